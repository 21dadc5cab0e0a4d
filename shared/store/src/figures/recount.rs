//! Counting records anew, to prove the counters.
//!
//! What stands can be counted again. What happened on a day can not, nor how far e-mails came: a bounce that was opened later
//! is in no item, and e-mails go with their client.

use super::{ALL_LEADS, CHANGED_AT, REVISION, TRANSACTION, TeamFigures, command, counts};
use crate::condition::{Condition, number, text};
use crate::db::{Db, Range, Written};
use crate::error::StoreError;
use crate::keys;
use crate::lead::Row;
use crate::page::Position;
use crate::record::{Item, decode, read_time};
use crate::transaction::Transaction;
use crate::{Stored, client, deal, table, task};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use plat_domain::figures::day_of;
use plat_domain::{
    ClientFacts, DealFacts, DealId, Figures, Id, LeadFacts, RESTORE_DAYS, TaskFacts, TaskStatus,
    TeamId,
};
use serde::{Deserialize, Serialize};
use std::ops::AddAssign;

/// Rows read at a time: with 400 bytes each, less than the megabyte that one request returns.
const ROWS: usize = 1_000;

/// Deleted records of one partition that are looked at to see whether one is new. A team with more is busy.
const LATELY_DELETED: usize = 1_000;

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

/// A place on the way over a team's records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    at: Stretch,
    /// Behind this one of them, or before the first.
    after: Option<Position>,
}

/// Records that follow each other in one index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Stretch {
    Leads,
    Deals,
    Clients,
    /// Tasks of one status.
    Tasks(TaskStatus),
}

/// How many records of each kind were counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Counted {
    /// Leads.
    pub leads: u64,
    /// Deals.
    pub deals: u64,
    /// Clients.
    pub clients: u64,
    /// Tasks.
    pub tasks: u64,
}

/// A part of the way over a team's records.
#[derive(Debug, Clone)]
pub struct Walked {
    /// What was counted on it.
    pub figures: Figures,
    /// How many records that were.
    pub counted: Counted,
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
    /// How many records were counted.
    #[serde(flatten)]
    pub counted: Counted,
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
    /// The figures of records that stand, as of the last write.
    pub async fn standing(&self) -> Result<Standing, StoreError> {
        let (from, to) = keys::standing_figures();
        let range = self.all_between(from, to);
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
            for (field, count) in counts(&item).filter(|(field, _)| field.what.is_recounted()) {
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
    pub async fn walk(&self, place: Place, most: usize) -> Result<Walked, StoreError> {
        let mut walked = Walked {
            figures: Figures::default(),
            counted: Counted::default(),
            changed_at: None,
            next: Some(place),
        };
        let mut left = most.max(1);
        while left > 0
            && let Some(place) = walked.next.take()
        {
            let wanted = left.min(ROWS);
            let rows = self.rows(&place, wanted).await?;
            let last = rows
                .last()
                .and_then(|row| row.string(table::INDEX_SORT_KEY));
            let after = last.map(|last| Position(last.to_owned()));
            walked.next = if rows.len() < wanted {
                place.at.next().map(Place::before)
            } else {
                Some(Place { after, ..place })
            };
            left -= rows.len();
            self.count(&mut walked, place.at, rows).await?;
        }
        Ok(walked)
    }

    async fn rows(&self, place: &Place, most: usize) -> Result<Vec<Item>, StoreError> {
        let (index, pk) = match place.at {
            Stretch::Leads => ("GSI1", keys::leads(self.team)),
            Stretch::Deals => ("GSI1", keys::deals(self.team)),
            Stretch::Clients => ("GSI1", keys::clients(self.team)),
            Stretch::Tasks(status) => ("GSI2", keys::tasks_with_status(self.team, status)),
        };
        let (from, to) = keys::everything();
        let range = Range {
            index: Some(index),
            pk,
            from: place.after.as_ref().map_or(from, Position::behind),
            to,
            descending: false,
            limit: most,
        };
        self.db.range(&range).await
    }

    async fn count(
        &self,
        walked: &mut Walked,
        at: Stretch,
        rows: Vec<Item>,
    ) -> Result<(), StoreError> {
        match at {
            Stretch::Leads => walked.count_leads(rows),
            Stretch::Deals => self.count_deals(walked, &rows).await,
            Stretch::Clients => walked.count_clients(&rows),
            Stretch::Tasks(_) => walked.count_tasks(&rows),
        }
    }

    /// Counts deals by their items: how far each has ever come is in no index.
    async fn count_deals(&self, walked: &mut Walked, rows: &[Item]) -> Result<(), StoreError> {
        let id = |row: &Item| row.string(table::INDEX_SORT_KEY)?.parse().ok();
        let ids = rows.iter().filter_map(id);
        let keys: Vec<_> = ids.map(|id: DealId| keys::deal(self.team, id)).collect();
        for item in self.db.get_many(&keys).await? {
            let deal = deal::read(item)?;
            walked.see(deal.updated_at);
            let facts = DealFacts::from(&deal.value);
            walked.counted.deals += u64::from(!facts.deleted);
            walked.figures.stand_deal(&facts, 1);
        }
        Ok(())
    }

    /// Whether a record was deleted at `since` or later: it is in no list any more, but may still be counted. Tasks are
    /// removed at once, others can be brought back for some days.
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
        let (from, to) = keys::commands_since(since);
        let removed = Range {
            index: Some("GSI1"),
            pk: keys::removed_tasks(self.team),
            from,
            to,
            descending: false,
            limit: 1,
        };
        Ok(!self.db.range(&removed).await?.is_empty())
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

fn revision(item: &Item) -> (i64, Option<Timestamp>) {
    let revision = item.int(REVISION).unwrap_or_default();
    (revision, read_time(item, CHANGED_AT))
}

impl Place {
    /// Before the first record.
    pub fn first() -> Self {
        Self::before(Stretch::Leads)
    }

    fn before(at: Stretch) -> Self {
        Self { at, after: None }
    }
}

impl Stretch {
    fn next(self) -> Option<Self> {
        match self {
            Self::Leads => Some(Self::Deals),
            Self::Deals => Some(Self::Clients),
            Self::Clients => TaskStatus::ALL.first().copied().map(Self::Tasks),
            Self::Tasks(status) => {
                let mut behind = TaskStatus::ALL.iter().skip_while(|each| **each != status);
                behind.nth(1).copied().map(Self::Tasks)
            }
        }
    }
}

impl AddAssign for Counted {
    fn add_assign(&mut self, other: Self) {
        self.leads += other.leads;
        self.deals += other.deals;
        self.clients += other.clients;
        self.tasks += other.tasks;
    }
}

impl Walked {
    fn see(&mut self, changed_at: Timestamp) {
        self.changed_at = self.changed_at.max(Some(changed_at));
    }

    fn count_leads(&mut self, rows: Vec<Item>) -> Result<(), StoreError> {
        for row in rows {
            let lead: Stored<LeadRow> = decode(row)?;
            self.see(lead.updated_at);
            self.counted.leads += 1;
            self.figures.stand(&facts(lead), 1);
        }
        Ok(())
    }

    fn count_clients(&mut self, rows: &[Item]) -> Result<(), StoreError> {
        for row in rows {
            let listed = client::listed(row)?;
            self.see(listed.updated_at);
            self.counted.clients += 1;
            let facts = ClientFacts {
                stage: listed.client.stage,
                assigned_to: listed.client.assigned_to,
                created_at: listed.created_at,
                deleted: false,
            };
            self.figures.stand_client(&facts, 1);
        }
        Ok(())
    }

    fn count_tasks(&mut self, rows: &[Item]) -> Result<(), StoreError> {
        for row in rows {
            let listed = task::listed(row)?;
            self.see(listed.updated_at);
            self.counted.tasks += 1;
            let task = listed.task;
            let facts = TaskFacts {
                kind: task.kind,
                follow_up_type: task.follow_up_type,
                status: task.status,
                priority: task.priority,
                due_at: task.due_at,
                assigned_to: task.assigned_to,
                record: task.record,
                email_id: None,
                deleted: false,
            };
            self.figures.stand_task(&facts, 1);
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
