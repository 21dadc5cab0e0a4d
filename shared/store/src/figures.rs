//! Figures: counters of a team's leads and deals, which follow what happens and are recounted now and then.
//!
//! One item a figure: all leads, those of each assignee and those of each source are counted by status, with the sums of
//! their values, and so are deals, all and those of each assignee; a day has an item of what happened on it. A source is
//! free text, so there may be many; each has an item of its own, and none grows with their number. How long closed deals
//! took is apart from the other counts of deals, which are read and written more often.
//!
//! The item of all leads is touched by each addition and counts them in `revision`: whoever finds it unchanged knows that
//! no figure of the team changed. It is also in an index under the day of its last change.
//!
//! A day's item names who was active on it, too. Naming somebody twice changes nothing, so that needs neither a mark nor a
//! revision.

use crate::command::Command;
use crate::condition::{Condition, Update, number, text};
use crate::db::{Db, Range, Written};
use crate::error::StoreError;
use crate::keys;
use crate::lead::Row;
use crate::page::Position;
use crate::record::{Item, decode, read_time, time};
use crate::sight::Sight;
use crate::transaction::Transaction;
use crate::{Stored, deal, table, work};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use plat_domain::figures::{Field, active_on, day_of};
use plat_domain::{
    Actor, DealFacts, DealFigures, DealId, Event, EventId, Figure, Figures, Id, LeadFacts,
    RESTORE_DAYS, TeamId, UserId, Whose,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A transaction has room for so many writes.
const TRANSACTION: usize = 100;

/// Under this name an event is marked as counted.
const JOB: &str = "analytics.aggregate";

/// The item that each addition touches.
const ALL_LEADS: Figure = Figure::Leads(Whose::All);

/// Rows read at a time: with 400 bytes each, less than the megabyte that one request returns.
const ROWS: usize = 1_000;

/// Deleted records of one partition that are looked at to see whether one is new. A team with more is busy.
const LATELY_DELETED: usize = 1_000;

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

/// The figures of records that stand.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// The counts.
    pub figures: Figures,
    /// Rises with each change of any figure of the team.
    pub revision: i64,
    /// When one changed last; none if none ever did.
    pub changed_at: Option<Timestamp>,
}

/// A place on the way over a team's records: its leads, then its deals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Place {
    /// Behind this lead, or before the first.
    Leads(Option<Position>),
    /// Behind this deal, or before the first.
    Deals(Option<Position>),
}

/// A part of the way over a team's records.
#[derive(Debug, Clone)]
pub struct Walked {
    /// What was counted on it.
    pub figures: Figures,
    /// How many leads that were.
    pub leads: u64,
    /// How many deals.
    pub deals: u64,
    /// When the one that was changed last was changed.
    pub changed_at: Option<Timestamp>,
    /// Where it goes on.
    pub next: Option<Place>,
}

/// What came of a recount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Recount {
    /// When it ended.
    pub at: Timestamp,
    /// What came of it.
    pub outcome: RecountOutcome,
    /// How many leads were counted.
    pub leads: u64,
    /// How many deals were counted.
    #[serde(default)]
    pub deals: u64,
    /// How many counters were wrong.
    pub drift: u64,
}

/// How a recount ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecountOutcome {
    /// Every counter was right.
    Right,
    /// Some were wrong and are right now.
    Repaired,
    /// Things changed meanwhile, so nothing can be said.
    Unsettled,
    /// There are more figures than one recount keeps in hand.
    TooLarge,
}

#[derive(Serialize, Deserialize)]
struct RecountItem {
    row: Recount,
}

#[derive(Deserialize)]
struct LeadRow {
    #[serde(with = "crate::as_json")]
    row: Row,
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
            let key = keys::figure(self.team, &Figure::Day(day));
            let users = users.iter().map(UserId::to_string).collect();
            let update = self.item().add_members(ACTIVE, users);
            self.db.update(&key, &update, None).await?;
        }
        Ok(())
    }

    /// Who was active on each day from `from` to `to`: one query. Days on which nobody was are left out.
    pub async fn active(
        &self,
        from: Date,
        to: Date,
    ) -> Result<BTreeMap<Date, BTreeSet<UserId>>, StoreError> {
        let (from, to) = keys::figures_of_days(from, to);
        let range = Range {
            index: None,
            pk: keys::figure(self.team, &ALL_LEADS).pk,
            from,
            to,
            descending: false,
            limit: usize::MAX,
        };
        let days = self.db.range_of(&range, &[ACTIVE]).await?;
        let active = days.iter().filter_map(|item| {
            let users = item.0.get(ACTIVE)?.as_ss().ok()?;
            let users = users.iter().filter_map(|user| user.parse().ok()).collect();
            Some((keys::figure_day(item.string("SK")?)?, users))
        });
        Ok(active.collect())
    }

    /// The figures of the deals that somebody sees; of those of one assignee or of none, if that is asked. One request.
    pub async fn deals(
        &self,
        sight: Sight,
        assigned_to: Option<Option<UserId>>,
    ) -> Result<DealFigures, StoreError> {
        let seen = seen(sight, assigned_to);
        let figures: Vec<_> = seen.into_iter().map(Figure::Deals).collect();
        self.of_deals(&figures).await
    }

    /// The same with how long the closed ones took. One request.
    pub async fn deals_and_closings(&self, sight: Sight) -> Result<DealFigures, StoreError> {
        let both = |whose| [Figure::Deals(whose), Figure::Closings(whose)];
        let figures: Vec<_> = seen(sight, None).into_iter().flat_map(both).collect();
        self.of_deals(&figures).await
    }

    async fn of_deals(&self, figures: &[Figure]) -> Result<DealFigures, StoreError> {
        let key = |figure| keys::figure(self.team, figure);
        let items = match figures {
            [] => Vec::new(),
            [one] => self.db.get(&key(one), false).await?.into_iter().collect(),
            several => {
                let keys: Vec<_> = several.iter().map(key).collect();
                self.db.get_many(&keys).await?
            }
        };
        Ok(items.iter().flat_map(counts).collect())
    }

    /// The figures of records that stand, as of the last write.
    pub async fn standing(&self) -> Result<Standing, StoreError> {
        let (from, to) = keys::standing_figures();
        let range = Range {
            index: None,
            pk: keys::figure(self.team, &ALL_LEADS).pk,
            from,
            to,
            descending: false,
            limit: usize::MAX,
        };
        let mut standing = Standing {
            figures: Figures::default(),
            revision: 0,
            changed_at: None,
        };
        for item in self.db.range_latest(&range).await? {
            let Some(figure) = item.string("SK").and_then(keys::standing_figure) else {
                continue;
            };
            if figure == ALL_LEADS {
                (standing.revision, standing.changed_at) = revision(&item);
            }
            for (field, count) in counts(&item) {
                standing.figures.add_to(&figure, field, count);
            }
        }
        Ok(standing)
    }

    /// How often, and when last, a figure of the team changed.
    pub async fn revision(&self) -> Result<(i64, Option<Timestamp>), StoreError> {
        let key = keys::figure(self.team, &ALL_LEADS);
        let item = self.db.get(&key, true).await?;
        Ok(item.as_ref().map(revision).unwrap_or_default())
    }

    /// Counts up to `most` records as they stand, from `place` on.
    pub async fn walk(&self, mut place: Place, most: usize) -> Result<Walked, StoreError> {
        let mut walked = Walked {
            figures: Figures::default(),
            leads: 0,
            deals: 0,
            changed_at: None,
            next: None,
        };
        let mut left = most.max(1);
        while left > 0 {
            let wanted = left.min(ROWS);
            let (pk, after) = match &place {
                Place::Leads(after) => (keys::leads(self.team), after),
                Place::Deals(after) => (keys::deals(self.team), after),
            };
            let (from, to) = keys::everything();
            let range = Range {
                index: Some("GSI1"),
                pk,
                from: after.as_ref().map_or(from, Position::behind),
                to,
                descending: false,
                limit: wanted,
            };
            let rows = self.db.range(&range).await?;
            let last = rows
                .last()
                .and_then(|row| row.string(table::INDEX_SORT_KEY));
            let last = last.map(|id| Position(id.to_owned()));
            let ended = rows.len() < wanted;
            left -= rows.len();
            place = match place {
                Place::Leads(_) => {
                    walked.count_leads(rows)?;
                    if ended {
                        Place::Deals(None)
                    } else {
                        Place::Leads(last)
                    }
                }
                Place::Deals(_) => {
                    self.count_deals(&mut walked, &rows).await?;
                    if ended {
                        return Ok(walked);
                    }
                    Place::Deals(last)
                }
            };
        }
        walked.next = Some(place);
        Ok(walked)
    }

    /// Counts deals by their items: how far each has ever come is in no index.
    async fn count_deals(&self, walked: &mut Walked, rows: &[Item]) -> Result<(), StoreError> {
        let id = |row: &Item| row.string(table::INDEX_SORT_KEY)?.parse().ok();
        let ids = rows.iter().filter_map(id);
        let keys: Vec<_> = ids.map(|id: DealId| keys::deal(self.team, id)).collect();
        for item in self.db.get_many(&keys).await? {
            let deal = deal::read(item)?;
            walked.changed_at = walked.changed_at.max(Some(deal.updated_at));
            let facts = DealFacts::from(&deal.value);
            walked.deals += u64::from(!facts.deleted);
            walked.figures.stand_deal(&facts, 1);
        }
        Ok(())
    }

    /// Whether a record was deleted at `since` or later: it is in no list any more, but may still be counted.
    pub async fn deleted_since(
        &self,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut day = day_of(since);
        while day <= day_of(now) {
            let until = day.saturating_add(RESTORE_DAYS.days());
            for shard in 0..keys::PURGE_SHARDS {
                let (from, to) = keys::purges_of(self.team);
                let range = Range {
                    index: Some("GSI1"),
                    pk: keys::purge(until, shard),
                    from,
                    to,
                    descending: false,
                    limit: LATELY_DELETED,
                };
                let rows = self.db.range(&range).await?;
                let lately = |row: &Item| read_time(row, "updatedAt").is_some_and(|at| at >= since);
                if rows.len() == LATELY_DELETED || rows.iter().any(lately) {
                    return Ok(true);
                }
            }
            day = day.saturating_add(1.day());
        }
        Ok(false)
    }

    /// Adds `missing`, if no figure of the team changed since `revision`.
    ///
    /// What does not fit one transaction is added in several, each of which goes on from the revision that the one before
    /// it made. A repetition finds its own mark on the item of all leads.
    pub async fn repair(
        &self,
        mut revision: i64,
        missing: &Figures,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let others: Vec<_> = missing
            .iter()
            .map(|(figure, _)| figure)
            .filter(|figure| **figure != ALL_LEADS)
            .collect();
        let none = Figures::default();
        let mut chunks = others.chunks(TRANSACTION - 1);
        let mut chunk = chunks.next().unwrap_or_default();
        let mut all = missing;
        loop {
            let command = command(
                Id::from_parts(now, u128::from(revision.unsigned_abs())),
                now,
            );
            let unchanged = match revision {
                0 => Condition::Lacks(REVISION.to_owned()),
                revision => Condition::Equals(REVISION.to_owned(), number(revision)),
            };
            let update = self
                .addition(&ALL_LEADS, all)
                .set("commandId", text(command.id));
            let key = keys::figure(self.team, &ALL_LEADS);
            let mut transaction =
                Transaction::new(&command)
                    .update_if(key, update, unchanged, |_| StoreError::Stale { current: 0 });
            for figure in chunk {
                let key = keys::figure(self.team, figure);
                transaction = transaction.update(key, self.addition(figure, missing));
            }
            transaction.commit(&self.db).await?;
            let Some(next) = chunks.next() else {
                return Ok(());
            };
            (revision, chunk, all) = (revision + 1, next, &none);
        }
    }

    /// The last report.
    pub async fn last_recount(&self) -> Result<Option<Recount>, StoreError> {
        let item = self.db.get(&keys::recount(self.team), true).await?;
        item.map(|item| item.decode::<RecountItem>().map(|item| item.row))
            .transpose()
    }

    /// Keeps a report in the place of the last one. One that somebody should look at is listed.
    pub async fn report(&self, recount: &Recount) -> Result<(), StoreError> {
        let row = RecountItem {
            row: recount.clone(),
        };
        let item: std::collections::HashMap<_, _> = serde_dynamo::to_item(&row)
            .map_err(|error| StoreError::Fault(format!("a recount does not write: {error}")))?;
        let mut item = Item(item)
            .with("type", text("recount"))
            .with("teamId", text(self.team));
        item.0.extend(keys::recount(self.team).attributes());
        if recount.outcome != RecountOutcome::Right {
            item = item.with("GSI1", text(keys::recounts())).with(
                table::INDEX_SORT_KEY,
                text(keys::recounts_sk(recount.at, self.team)),
            );
        }
        self.db.put(&item, None).await.map(|written| match written {
            Written::Yes(_) | Written::No(_) => (),
        })
    }
}

/// The door to figures of all teams, for their upkeep.
pub struct AllFigures {
    db: Db,
}

impl AllFigures {
    pub(crate) fn new(db: Db) -> Self {
        Self { db }
    }

    /// Up to `most` teams whose figures changed last on `day`, behind `after`.
    pub async fn changed_on(
        &self,
        day: Date,
        after: Option<TeamId>,
        most: usize,
    ) -> Result<Vec<TeamId>, StoreError> {
        let (from, to) = keys::everything();
        let range = Range {
            index: Some("GSI1"),
            pk: keys::figures_changed(day),
            from: after.map_or(from, |team| Position(team.to_string()).behind()),
            to,
            descending: false,
            limit: most,
        };
        let rows = self.db.range(&range).await?;
        let team = |row: &Item| row.string(table::INDEX_SORT_KEY)?.parse().ok();
        Ok(rows.iter().filter_map(team).collect())
    }

    /// The latest recounts since `since` that were not simply right, newest first, up to `most`.
    pub async fn recounts(
        &self,
        since: Timestamp,
        most: usize,
    ) -> Result<Vec<(TeamId, Recount)>, StoreError> {
        let (from, to) = keys::recounts_since(since);
        let range = Range {
            index: Some("GSI1"),
            pk: keys::recounts(),
            from,
            to,
            descending: true,
            limit: most,
        };
        let rows = self.db.range(&range).await?;
        rows.into_iter()
            .filter_map(|row| {
                let sk = row.string(table::INDEX_SORT_KEY)?;
                let team = sk.split_once('#')?.1.parse().ok()?;
                Some(row.decode::<RecountItem>().map(|item| (team, item.row)))
            })
            .collect()
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

/// The figures in which the deals that somebody sees are counted.
fn seen(sight: Sight, assigned_to: Option<Option<UserId>>) -> Vec<Whose> {
    match (assigned_to, sight) {
        (Some(assignee), _) => sight
            .sees(assignee)
            .then_some(Whose::Of(assignee))
            .into_iter()
            .collect(),
        (None, Sight::All) => vec![Whose::All],
        (None, Sight::Own(user)) => vec![Whose::Of(Some(user)), Whose::Of(None)],
    }
}

/// The counters of an item.
fn counts(item: &Item) -> impl Iterator<Item = (Field, i64)> {
    let count = |name: &String| Some((name.parse().ok()?, item.int(name)?));
    item.0.keys().filter_map(count)
}

fn revision(item: &Item) -> (i64, Option<Timestamp>) {
    let revision = item.int(REVISION).unwrap_or_default();
    (revision, read_time(item, CHANGED_AT))
}

impl Walked {
    fn count_leads(&mut self, rows: Vec<Item>) -> Result<(), StoreError> {
        for row in rows {
            let lead: Stored<LeadRow> = decode(row)?;
            self.changed_at = self.changed_at.max(Some(lead.updated_at));
            self.leads += 1;
            self.figures.stand(&facts(lead), 1);
        }
        Ok(())
    }
}

fn facts(lead: Stored<LeadRow>) -> LeadFacts {
    let created_at = lead.created_at;
    // The id is no part of what is counted.
    let row = lead.value.row.read(Id::from_bits(0));
    LeadFacts {
        status: row.status,
        source: row.source,
        assigned_to: row.assigned_to,
        value: row.value,
        created_at,
        deleted: false,
    }
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
