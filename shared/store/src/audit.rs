//! The audit log: one chain of rows a team, and one of what concerns no team.
//!
//! Rows are only ever added: those of one batch of events together with the head of their chain, if the head is still the
//! one that they were chained to. A row's key is its event, so an event that is told twice meets its row, however much
//! later.

use crate::command::Command;
use crate::condition::{Condition, Update, number, text};
use crate::db::{Db, Range, pause};
use crate::error::StoreError;
use crate::keys;
use crate::page::{Page, PageRequest, Position};
use crate::record::Item;
use crate::session::millis;
use crate::table::INDEX_SORT_KEY;
use crate::transaction::Transaction;
use jiff::Timestamp;
use plat_domain::{
    Actor, AuditHead, AuditRow, AuditSubject, CommandId, Event, EventId, EventType, TeamId, UserId,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Rows written at a time: with the head, what one transaction holds.
const TOGETHER: usize = 99;

/// How often rows are chained anew because somebody else extended the chain meanwhile.
const CHAIN_TRIES: u32 = 6;

/// Rows read at a time while a filter throws some away.
const BATCH: usize = 100;

/// How many such batches one request reads at most before it answers with what it found and a cursor to go on.
const MAX_BATCHES: usize = 10;

/// Which rows are wanted. An empty filter wants all.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Any of these; empty for every type.
    pub kinds: BTreeSet<EventType>,
    /// Done by this person.
    pub actor: Option<UserId>,
    /// About this record.
    pub subject: Option<AuditSubject>,
    /// Happened at or after.
    pub from: Option<Timestamp>,
    /// Happened before.
    pub to: Option<Timestamp>,
}

/// A page of rows, newest first.
#[derive(Debug, Clone)]
pub struct AuditPage {
    /// The rows. A page may be short, or even empty, and still have a cursor: then a filter left so little that the bound
    /// on one request was reached.
    pub page: Page<AuditRow>,
    /// Where the chain ends; known if the page begins there.
    pub head: Option<AuditHead>,
}

/// A row as it is stored, but for what its key says.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoredRow {
    seq: u64,
    kind: EventType,
    #[serde(with = "millis")]
    at: Timestamp,
    actor: Actor,
    subject: AuditSubject,
    /// As JSON: numbers must come back digit by digit, or the row's hash would not fit.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    changes: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ip: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    command_id: CommandId,
    previous_hash: String,
    hash: String,
}

/// The part of an item that is read; indexes have it too.
#[derive(Serialize, Deserialize)]
struct Listed {
    row: StoredRow,
}

/// The door to one chain.
pub struct Audit {
    db: Db,
    team: Option<TeamId>,
}

impl Audit {
    pub(crate) fn new(db: Db, team: Option<TeamId>) -> Self {
        Self { db, team }
    }

    /// Adds a row for each of `events`, which are of this chain, unless it has one already.
    pub async fn record(&self, events: &[Event]) -> Result<(), StoreError> {
        // In the order of time, and each once.
        let events: BTreeMap<EventId, &Event> = events
            .iter()
            .filter(|event| event.team_id == self.team && AuditRow::records(event.fact.kind()))
            .map(|event| (event.id, event))
            .collect();
        let events: Vec<&Event> = events.into_values().collect();
        for together in events.chunks(TOGETHER) {
            self.chain(together.to_vec()).await?;
        }
        Ok(())
    }

    async fn chain(&self, mut events: Vec<&Event>) -> Result<(), StoreError> {
        let mut tries = 0;
        while let Some(first) = events.first() {
            let command = Command::after(first, "audit");
            let head = self.head().await?;
            let written = self
                .transaction(&command, head, &events)?
                .commit(&self.db)
                .await;
            match written {
                Ok(()) => return Ok(()),
                // Told before, or written by a try whose reply was lost.
                Err(StoreError::Taken(_)) => events = self.unrecorded(events).await?,
                Err(StoreError::Stale { .. } | StoreError::Contended) => {}
                Err(error) => return Err(error),
            }
            tries += 1;
            if tries >= CHAIN_TRIES {
                return Err(StoreError::Contended);
            }
            pause(tries).await;
        }
        Ok(())
    }

    /// Where the chain ends, as of the last write; none if it has no row.
    async fn head(&self) -> Result<Option<AuditHead>, StoreError> {
        let item = self.db.get(&keys::audit_head(self.team), true).await?;
        item.as_ref().map(read_head).transpose()
    }

    fn transaction(
        &self,
        command: &Command,
        old: Option<AuditHead>,
        events: &[&Event],
    ) -> Result<Transaction, StoreError> {
        let mut transaction = Transaction::new(command);
        let mut head = old.clone().unwrap_or_else(AuditHead::start);
        for event in events {
            let row = AuditRow::behind(&head, event);
            head = row.head();
            transaction = transaction.create(self.item(row)?, StoreError::Taken("event"));
        }
        let stale = StoreError::Stale { current: head.seq };
        let Some(old) = old else {
            return Ok(transaction.create(self.head_item(&head), stale));
        };
        let update = Update::default()
            .set("seq", count(head.seq))
            .set("hash", text(&head.hash));
        let unmoved = Condition::All(vec![
            Condition::Equals("seq".to_owned(), count(old.seq)),
            Condition::Equals("hash".to_owned(), text(&old.hash)),
        ]);
        let key = keys::audit_head(self.team);
        Ok(transaction.update_if(key, update, unmoved, move |_| stale.clone()))
    }

    /// The events that have no row yet.
    async fn unrecorded<'e>(&self, events: Vec<&'e Event>) -> Result<Vec<&'e Event>, StoreError> {
        let keys: Vec<_> = events
            .iter()
            .map(|event| keys::audit_row(self.team, event.id))
            .collect();
        let found = self.db.get_latest(&keys).await?;
        let recorded: BTreeSet<&str> = found.iter().filter_map(|item| item.string("SK")).collect();
        let is_new = |event: &&Event| !recorded.contains(event.id.to_string().as_str());
        Ok(events.into_iter().filter(is_new).collect())
    }

    fn head_item(&self, head: &AuditHead) -> Item {
        let item = Item(keys::audit_head(self.team).attributes())
            .with("type", text("audit_head"))
            .with("seq", count(head.seq))
            .with("hash", text(&head.hash));
        self.of_team(item)
    }

    fn item(&self, row: AuditRow) -> Result<Item, StoreError> {
        let key = keys::audit_row(self.team, row.id);
        let changes = if row.changes.is_empty() {
            String::new()
        } else {
            serde_json::to_string(&row.changes).map_err(|error| broken(&error))?
        };
        let listed = Listed {
            row: StoredRow {
                seq: row.seq,
                kind: row.kind,
                at: row.at,
                actor: row.actor,
                subject: row.subject,
                changes,
                ip: row.ip,
                request_id: row.request_id,
                command_id: row.command_id,
                previous_hash: row.previous_hash,
                hash: row.hash,
            },
        };
        let mut item: Item = serde_dynamo::to_item(&listed)
            .map(Item)
            .map_err(|error| broken(&error))?;
        item.0.extend(key.attributes());
        let item = item
            .with("type", text("audit"))
            .with("GSI1", text(keys::AUDIT))
            .with(INDEX_SORT_KEY, text(&key.sk));
        Ok(self.of_team(item))
    }

    fn of_team(&self, item: Item) -> Item {
        match self.team {
            Some(team) => item.with("teamId", text(team)),
            None => item,
        }
    }

    /// A page of this chain.
    pub async fn list(
        &self,
        filter: &AuditFilter,
        page: &PageRequest,
    ) -> Result<AuditPage, StoreError> {
        self.read(None, keys::audit(self.team), filter, page).await
    }

    /// A page of all chains together, for operators.
    pub async fn list_all(
        &self,
        filter: &AuditFilter,
        page: &PageRequest,
    ) -> Result<AuditPage, StoreError> {
        let all = keys::AUDIT.to_owned();
        self.read(Some("GSI1"), all, filter, page).await
    }

    async fn read(
        &self,
        index: Option<&'static str>,
        pk: String,
        filter: &AuditFilter,
        page: &PageRequest,
    ) -> Result<AuditPage, StoreError> {
        let (from, mut to) = keys::audit_span(filter.from, filter.to);
        if let Some(after) = &page.after {
            to = to.min(after.before());
        }
        let mut head = None;
        let mut skip = page.skip;
        let mut rows: Vec<(String, AuditRow)> = Vec::new();
        let mut last = page.after.clone();
        let rounds = MAX_BATCHES.max(skip.div_ceil(BATCH) + 1);
        for _ in 0..rounds {
            if from > to {
                last = None;
                break;
            }
            let limit = if filter.is_selective() {
                BATCH.max(page.limit + 1)
            } else {
                // One further, to see whether more follow, and the head.
                skip + page.limit + 2
            };
            let range = Range {
                index,
                pk: pk.clone(),
                from: from.clone(),
                to: to.clone(),
                descending: true,
                limit,
            };
            let items = self.db.range(&range).await?;
            let ended = items.len() < limit;
            for item in items {
                let sk = item.string("SK").unwrap_or_default().to_owned();
                if sk == keys::AUDIT_HEAD {
                    head = Some(read_head(&item)?);
                    continue;
                }
                last = Some(Position(sk.clone()));
                let row = read_row(item)?;
                if !filter.wants(&row) {
                    continue;
                }
                if skip > 0 {
                    skip -= 1;
                    continue;
                }
                rows.push((sk, row));
            }
            if rows.len() > page.limit {
                return Ok(AuditPage {
                    page: Page::cut(rows, page.limit),
                    head,
                });
            }
            if ended {
                last = None;
                break;
            }
            if let Some(last) = &last {
                to = last.before();
            }
        }
        let page = Page {
            items: rows.into_iter().map(|(_, row)| row).collect(),
            next: last,
        };
        Ok(AuditPage { page, head })
    }
}

impl AuditFilter {
    /// Whether rows of the range that is read may be unwanted.
    fn is_selective(&self) -> bool {
        !self.kinds.is_empty() || self.actor.is_some() || self.subject.is_some()
    }

    /// Whether a row of the range that is read is wanted.
    fn wants(&self, row: &AuditRow) -> bool {
        (self.kinds.is_empty() || self.kinds.contains(&row.kind))
            && self.actor.is_none_or(|actor| actor == row.actor.id)
            && self
                .subject
                .as_ref()
                .is_none_or(|subject| *subject == row.subject)
    }
}

fn read_head(item: &Item) -> Result<AuditHead, StoreError> {
    let seq = item.int("seq").and_then(|seq| u64::try_from(seq).ok());
    match (seq, item.string("hash")) {
        (Some(seq), Some(hash)) => Ok(AuditHead {
            seq,
            hash: hash.to_owned(),
        }),
        (None, _) | (_, None) => Err(broken(&"the head of a chain has no seq or no hash")),
    }
}

fn read_row(item: Item) -> Result<AuditRow, StoreError> {
    let id = item.string("SK").and_then(|id| id.parse().ok());
    let id = id.ok_or_else(|| broken(&"the key of an audit row is no event"))?;
    let team_id = item.string("PK").and_then(keys::audited_team);
    let Listed { row } = item.decode()?;
    let changes = if row.changes.is_empty() {
        BTreeMap::new()
    } else {
        serde_json::from_str(&row.changes).map_err(|error| broken(&error))?
    };
    Ok(AuditRow {
        id,
        team_id,
        seq: row.seq,
        kind: row.kind,
        at: row.at,
        actor: row.actor,
        subject: row.subject,
        changes,
        ip: row.ip,
        request_id: row.request_id,
        command_id: row.command_id,
        previous_hash: row.previous_hash,
        hash: row.hash,
    })
}

fn count(seq: u64) -> aws_sdk_dynamodb::types::AttributeValue {
    number(i64::try_from(seq).unwrap_or(i64::MAX))
}

fn broken(error: &dyn std::fmt::Display) -> StoreError {
    StoreError::Fault(format!("an audit row does not read or write: {error}"))
}
