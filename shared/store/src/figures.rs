//! Figures: counters of a team's records, which follow what happens (here), are told (`told`) and are recounted now and then
//! (`recount`).
//!
//! One item a figure: all leads, those of each assignee and those of each source, all and of each assignee, are counted by
//! status, with the sums of their values, and so are deals, all and those of each assignee; a day has an item of what happened on it. A source is
//! free text, so there may be many; each has an item of its own, and none grows with their number. How long closed deals
//! took is apart from the other counts of deals, which are read and written more often. Clients, tasks and e-mails share an
//! item, all of them and those of each assignee, since they are shown together.
//!
//! The item of all leads is touched by each addition and counts them in `revision`: whoever finds it unchanged knows that
//! no figure of the team changed. It is also in an index under the day of its last change.
//!
//! A day's item names who was active on it, too. Naming somebody twice changes nothing, so that needs neither a mark nor a
//! revision.

mod recount;
mod told;

pub use recount::{AllFigures, Counted, Place, Recount, RecountOutcome, Standing, Walked};
pub use told::{Dashboard, Overview};

use crate::command::Command;
use crate::condition::{Update, text};
use crate::db::Db;
use crate::error::StoreError;
use crate::keys;
use crate::record::{Item, time};
use crate::transaction::Transaction;
use crate::{table, work};
use jiff::Timestamp;
use jiff::civil::Date;
use plat_domain::figures::{Field, active_on, day_of};
use plat_domain::{Actor, Event, EventId, Figure, Figures, Id, TeamId, UserId, Whose};
use std::collections::{BTreeMap, BTreeSet};

/// A transaction has room for so many writes.
const TRANSACTION: usize = 100;

/// Under this name an event is marked as counted.
const JOB: &str = "analytics.aggregate";

/// The item that each addition touches.
const ALL_LEADS: Figure = Figure::Leads(Whose::All);

/// The names that items of figures have beside their counters.
const REVISION: &str = "revision";
const CHANGED_AT: &str = "changedAt";

/// Who was active on a day.
const ACTIVE: &str = "active";

/// The door to a team's figures.
pub struct TeamFigures {
    db: Db,
    team: TeamId,
}

impl TeamFigures {
    pub(crate) fn new(db: Db, team: TeamId) -> Self {
        Self { db, team }
    }

    /// Adds what `events` of this team add, each once however often it is told. Returns how many were new.
    ///
    /// Each event is marked in the transaction that adds it. Those that were marked before drop out, and what is left is
    /// tried again. An event that changes no figure is not marked either.
    pub async fn follow(&self, events: &[Event], now: Timestamp) -> Result<usize, StoreError> {
        let mut seen = BTreeSet::new();
        let mut left: Vec<(EventId, Figures)> = events
            .iter()
            .filter(|event| seen.insert(event.id))
            .map(|event| (event.id, Figures::of(event)))
            .filter(|(_, figures)| !figures.is_empty())
            .collect();
        let mut new = 0;
        while !left.is_empty() {
            let (count, figures) = fitting(&left);
            let ids: Vec<EventId> = left.iter().take(count).map(|(id, _)| *id).collect();
            match self.add(&ids, &figures, now).await {
                Ok(()) => {
                    left.drain(..count);
                    new += count;
                }
                Err(StoreError::Taken(_)) => {
                    let counted = self.counted(&ids).await?;
                    if counted.is_empty() {
                        return Err(StoreError::Contended);
                    }
                    left.retain(|(id, _)| !counted.contains(id));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(new)
    }

    async fn add(
        &self,
        events: &[EventId],
        figures: &Figures,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut transaction = Transaction::new(&command(Id::from_bits(0), now));
        for event in events {
            let mark = work::mark(JOB, &event.to_string(), now);
            transaction = transaction.create(mark, StoreError::Taken("event"));
        }
        let day = day_of(now);
        let changed = self
            .addition(&ALL_LEADS, figures)
            .set(CHANGED_AT, time(now))
            .set("GSI1", text(keys::figures_changed(day)))
            .set(table::INDEX_SORT_KEY, text(self.team));
        transaction = transaction.update(keys::figure(self.team, &ALL_LEADS), changed);
        for (figure, _) in figures.iter().filter(|(figure, _)| **figure != ALL_LEADS) {
            let key = keys::figure(self.team, figure);
            transaction = transaction.update(key, self.addition(figure, figures));
        }
        transaction.commit(&self.db).await
    }

    /// What every item of figures says of itself; the first addition makes it.
    fn item(&self) -> Update {
        Update::default()
            .set("type", text("figures"))
            .set("teamId", text(self.team))
    }

    /// What is added to the item of one figure.
    fn addition(&self, figure: &Figure, figures: &Figures) -> Update {
        let mut update = self.item();
        if *figure == ALL_LEADS {
            update = update.add(REVISION, 1);
        }
        let fields = figures.iter().find(|(of, _)| *of == figure);
        for (field, count) in fields.into_iter().flat_map(|(_, fields)| fields) {
            update = update.add(field.to_string(), *count);
        }
        update
    }

    /// Those of `events` that were counted before.
    async fn counted(&self, events: &[EventId]) -> Result<BTreeSet<EventId>, StoreError> {
        let keys: Vec<_> = events
            .iter()
            .map(|event| keys::work(JOB, &event.to_string()))
            .collect();
        let marks = self.db.get_latest(&keys).await?;
        let marked: BTreeSet<&str> = marks.iter().filter_map(|mark| mark.string("PK")).collect();
        let is_marked = |key: &crate::key::Key| marked.contains(key.pk.as_str());
        let marked = events.iter().zip(&keys).filter(|(_, key)| is_marked(key));
        Ok(marked.map(|(event, _)| *event).collect())
    }

    /// Keeps who was active on which day, by `events` of this team.
    pub async fn keep_active(&self, events: &[Event]) -> Result<(), StoreError> {
        let mut days: BTreeMap<Date, BTreeSet<UserId>> = BTreeMap::new();
        for (day, user) in events.iter().filter_map(active_on) {
            days.entry(day).or_default().insert(user);
        }
        for (day, users) in days {
            let key = keys::figure(self.team, &Figure::Day(day, Whose::All));
            let users = users.iter().map(UserId::to_string).collect();
            let update = self.item().add_members(ACTIVE, users);
            self.db.update(&key, &update, None).await?;
        }
        Ok(())
    }
}

/// As many events as a transaction has room for, and what they add together.
fn fitting(events: &[(EventId, Figures)]) -> (usize, Figures) {
    let mut sum = Figures::default();
    let mut touched = BTreeSet::from([&ALL_LEADS]);
    let mut count = 0;
    for (_, figures) in events {
        let more: BTreeSet<&Figure> = figures
            .iter()
            .map(|(figure, _)| figure)
            .filter(|figure| !touched.contains(figure))
            .collect();
        if count > 0 && count + 1 + touched.len() + more.len() > TRANSACTION {
            break;
        }
        touched.extend(more);
        sum.add(figures, 1);
        count += 1;
    }
    (count, sum)
}

/// The counters of an item.
fn counts(item: &Item) -> impl Iterator<Item = (Field, i64)> {
    let count = |name: &String| Some((name.parse().ok()?, item.int(name)?));
    item.0.keys().filter_map(count)
}

/// A command that no person gave and that signs no record.
pub(crate) fn command(id: plat_domain::CommandId, now: Timestamp) -> Command {
    Command {
        id,
        at: now,
        by: Actor {
            id: Id::from_bits(0),
            name: String::new(),
        },
        origin: plat_domain::Origin::default(),
        depth: 0,
    }
}
