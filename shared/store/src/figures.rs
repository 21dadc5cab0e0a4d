//! Figures: counters of a team's leads, which follow what happens and are recounted now and then.
//!
//! One item a figure: all leads, those of each assignee and those of each source are counted by status, with the sums of
//! their values; a day has an item of what happened on it. A source is free text, so there may be many; each has an item
//! of its own, and none grows with their number.
//!
//! The item of all leads is touched by each addition and counts them in `revision`: whoever finds it unchanged knows that
//! no figure of the team changed. It is also in an index under the day of its last change.

use crate::command::Command;
use crate::condition::{Condition, Update, number, text};
use crate::db::{Db, Range, Written};
use crate::error::StoreError;
use crate::keys;
use crate::lead::Row;
use crate::page::Position;
use crate::record::{Item, decode, read_time, time};
use crate::transaction::Transaction;
use crate::{Stored, table, work};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use plat_domain::figures::day_of;
use plat_domain::{Actor, Event, EventId, Figure, Figures, Id, LeadFacts, RESTORE_DAYS, TeamId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A transaction has room for so many writes.
const TRANSACTION: usize = 100;

/// Under this name an event is marked as counted.
const JOB: &str = "analytics.aggregate";

/// Leads read at a time: with 400 bytes each, less than the megabyte that one request returns.
const ROWS: usize = 1_000;

/// Deleted leads of one partition that are looked at to see whether one is new. A team with more is busy.
const LATELY_DELETED: usize = 1_000;

/// The names that items of figures have beside their counters.
const REVISION: &str = "revision";
const CHANGED_AT: &str = "changedAt";

/// The door to a team's figures.
pub struct LeadFigures {
    db: Db,
    team: TeamId,
}

/// The figures of leads that stand.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// The counts.
    pub figures: Figures,
    /// Rises with each change of any figure of the team.
    pub revision: i64,
    /// When one changed last; none if none ever did.
    pub changed_at: Option<Timestamp>,
}

/// A part of the way over a team's leads.
#[derive(Debug, Clone)]
pub struct Walked {
    /// What was counted on it.
    pub figures: Figures,
    /// How many leads that were.
    pub leads: u64,
    /// When the one that was changed last was changed.
    pub changed_at: Option<Timestamp>,
    /// Where it goes on.
    pub next: Option<Position>,
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

impl LeadFigures {
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
            .addition(&Figure::All, figures)
            .set(CHANGED_AT, time(now))
            .set("GSI1", text(keys::figures_changed(day)))
            .set(table::INDEX_SORT_KEY, text(self.team));
        transaction = transaction.update(keys::figure(self.team, &Figure::All), changed);
        for (figure, _) in figures.iter().filter(|(figure, _)| **figure != Figure::All) {
            let key = keys::figure(self.team, figure);
            transaction = transaction.update(key, self.addition(figure, figures));
        }
        transaction.commit(&self.db).await
    }

    /// What is added to the item of one figure.
    fn addition(&self, figure: &Figure, figures: &Figures) -> Update {
        let mut update = Update::default()
            .set("type", text("figures"))
            .set("teamId", text(self.team));
        if *figure == Figure::All {
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

    /// The figures of leads that stand, as of the last write.
    pub async fn standing(&self) -> Result<Standing, StoreError> {
        let (from, to) = keys::standing_figures();
        let range = Range {
            index: None,
            pk: keys::figure(self.team, &Figure::All).pk,
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
            if figure == Figure::All {
                (standing.revision, standing.changed_at) = revision(&item);
            }
            for name in item.0.keys() {
                if let (Ok(field), Some(count)) = (name.parse(), item.int(name)) {
                    standing.figures.add_to(&figure, field, count);
                }
            }
        }
        Ok(standing)
    }

    /// How often, and when last, a figure of the team changed.
    pub async fn revision(&self) -> Result<(i64, Option<Timestamp>), StoreError> {
        let key = keys::figure(self.team, &Figure::All);
        let item = self.db.get(&key, true).await?;
        Ok(item.as_ref().map(revision).unwrap_or_default())
    }

    /// Counts up to `most` leads as they stand, from the first or from behind where it stopped before.
    pub async fn walk(&self, after: Option<Position>, most: usize) -> Result<Walked, StoreError> {
        let mut walked = Walked {
            figures: Figures::default(),
            leads: 0,
            changed_at: None,
            next: after,
        };
        let mut left = most.max(1);
        while left > 0 {
            let wanted = left.min(ROWS);
            let (from, to) = keys::everything();
            let range = Range {
                index: Some("GSI1"),
                pk: keys::leads(self.team),
                from: walked.next.as_ref().map_or(from, Position::behind),
                to,
                descending: false,
                limit: wanted,
            };
            let rows = self.db.range(&range).await?;
            let ended = rows.len() < wanted;
            for row in rows {
                let id = row.string(table::INDEX_SORT_KEY).unwrap_or_default();
                let id = id.to_owned();
                let lead: Stored<LeadRow> = decode(row)?;
                walked.changed_at = walked.changed_at.max(Some(lead.updated_at));
                walked.leads += 1;
                walked.figures.stand(&facts(lead), 1);
                walked.next = Some(Position(id));
            }
            if ended {
                walked.next = None;
                return Ok(walked);
            }
            left -= wanted;
        }
        Ok(walked)
    }

    /// Whether a lead was deleted at `since` or later: it is in no list any more, but may still be counted.
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
            .filter(|figure| **figure != Figure::All)
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
                .addition(&Figure::All, all)
                .set("commandId", text(command.id));
            let key = keys::figure(self.team, &Figure::All);
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
    let mut touched = BTreeSet::from([&Figure::All]);
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

fn revision(item: &Item) -> (i64, Option<Timestamp>) {
    let revision = item.int(REVISION).unwrap_or_default();
    (revision, read_time(item, CHANGED_AT))
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
