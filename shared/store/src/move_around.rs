//! What is around a lead moves to the lead that took it in, and back when the two are parted.
//!
//! Whatever is moved says where it came from, so that it is known later what goes back. What somebody rewrites since says
//! so no more, and stays. Nothing is told of a move: the merge was. Each step is a transaction that moves some of it and
//! counts it, and what was moved is not there any more to be moved again; so work that was interrupted goes on where it
//! stopped, and what is done twice counts once.

use crate::batch::BatchJobs;
use crate::command::Command;
use crate::condition::{Condition, Update, number, text};
use crate::db::Range;
use crate::deal_index::reference_facet;
use crate::error::StoreError;
use crate::key::Key;
use crate::keys;
use crate::lead::{CHANGE_TRIES, NOTES, PURGING};
use crate::merge::{MergeState, Merges};
use crate::page::Position;
use crate::record::Item;
use crate::table::INDEX_SORT_KEY;
use crate::transaction::{Transaction, stale};
use aws_sdk_dynamodb::types::AttributeValue;
use plat_domain::event::MergeFact;
use plat_domain::{ActivityType, BatchId, DocumentId, LeadId, RecordRef};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};

/// Set on what was moved: the lead that it came from, and before it the one that it had come from there.
pub(crate) const MOVED: &str = "movedFrom";

/// Where a row of history was among those of the lead that it came from, in the same order.
const PLACE: &str = "movedPlace";

/// What moves in one transaction: two writes each, within the hundred that there may be.
const AT_ONCE: usize = 40;

/// Versions of one document that move with it; older ones than these say where it was, which only events show.
const VERSIONS: usize = 90;

/// From which lead to which, for which work.
struct Way {
    from: LeadId,
    to: LeadId,
    /// The lead whose things go back; none on the way to the winner, to which everything goes.
    returns: bool,
    batch: BatchId,
    command: Command,
}

impl Way {
    /// Whether an item goes this way, and with which marks it arrives.
    fn takes(&self, item: &Item) -> bool {
        !item.0.contains_key(PURGING)
            && (!self.returns || top(item, MOVED) == Some(self.to.to_string()))
    }

    /// The item as it arrives.
    fn marked(&self, item: Item) -> Item {
        if self.returns {
            popped(item, MOVED)
        } else {
            pushed(item, MOVED, &self.from.to_string())
        }
    }
}

impl Merges {
    /// Moves what is around the lead that was taken in, or back what of it was not rewritten since; `command` is that of the
    /// event that told `merge` of `winner`. What is under way already, or over, is left alone.
    pub async fn move_around(
        &self,
        command: &Command,
        winner: LeadId,
        merge: &MergeFact,
    ) -> Result<(), StoreError> {
        let loser = merge.lead_id;
        let Some(found) = self.find(winner, loser).await? else {
            return Ok(());
        };
        let batch = merge.batch_id;
        let command = command.clone();
        let is_of = |state, of| found.value.state == state && of == Some(batch);
        let (way, from, to) = if is_of(MergeState::Moving, Some(found.value.batch)) {
            let way = Way {
                from: loser,
                to: winner,
                returns: false,
                batch,
                command,
            };
            (way, MergeState::Moving, MergeState::Moved)
        } else if is_of(MergeState::Returning, found.value.return_batch) {
            let way = Way {
                from: winner,
                to: loser,
                returns: true,
                batch,
                command,
            };
            (way, MergeState::Returning, MergeState::Returned)
        } else {
            return Ok(());
        };
        self.within(&way, "notes", keys::notes_of_lead()).await?;
        self.within(&way, "history", keys::history_of_lead())
            .await?;
        self.within(&way, "activities", keys::activities()).await?;
        self.tasks(&way).await?;
        let facet = reference_facet(RecordRef::Lead(way.from));
        let deals = keys::deal_facet(self.team, &facet);
        self.pointers(&way, "deals", &deals, |id| {
            Some(RecordRef::Deal(id.parse().ok()?))
        })
        .await?;
        let clients = keys::client_facet(self.team, &facet);
        self.pointers(&way, "clients", &clients, |id| {
            Some(RecordRef::Client(id.parse().ok()?))
        })
        .await?;
        self.documents(&way).await?;
        let stayed = match way.returns {
            true => self.stayed(found.value.batch, batch).await?,
            false => BTreeMap::new(),
        };
        let jobs = BatchJobs::new(self.db.clone(), self.team);
        jobs.complete(&way.command, batch, &stayed).await?;
        self.settle((winner, loser), from, to).await
    }

    /// How much of what a merge had moved did not go back.
    async fn stayed(
        &self,
        merge: BatchId,
        back: BatchId,
    ) -> Result<BTreeMap<String, u64>, StoreError> {
        let jobs = BatchJobs::new(self.db.clone(), self.team);
        let went = jobs.get(merge).await?.value.done();
        let returned = jobs.get(back).await?.value.done();
        let stayed = went.saturating_sub(returned);
        Ok((stayed > 0)
            .then(|| ("stayed".to_owned(), stayed))
            .into_iter()
            .collect())
    }

    /// Moves what lies in the partition of the lead itself: notes, history, lines of the timeline.
    async fn within(
        &self,
        way: &Way,
        what: &str,
        (mut from, to): (String, String),
    ) -> Result<(), StoreError> {
        let mut tries = 0;
        loop {
            let range = Range {
                index: None,
                pk: keys::lead(self.team, way.from).pk,
                from: from.clone(),
                to: to.clone(),
                descending: false,
                limit: AT_ONCE,
            };
            let items = self.db.range_latest(&range).await?;
            let last = items.last().and_then(Item::key);
            let ended = items.len() < AT_ONCE;
            let mut transaction = Transaction::new(&way.command);
            let mut count = 0;
            for item in items {
                let Some(key) = item.key().filter(|_| way.takes(&item) && moves(&item)) else {
                    continue;
                };
                let same = at_version(&item);
                let arrived = self.arrived(way, item)?;
                transaction = transaction
                    .delete_if(key, same, stale)
                    .create(arrived, StoreError::Stale { current: 0 });
                count += 1;
            }
            if what == NOTES && count > 0 {
                for (lead, by) in [(way.from, -count), (way.to, count)] {
                    let key = keys::lead(self.team, lead);
                    let counted = Update::default().add(NOTES, by);
                    let there = Condition::Present;
                    transaction =
                        transaction.update_if(key, counted, there, |_| StoreError::NotFound);
                }
            }
            if !self
                .moved(way, transaction, what, count, &mut tries)
                .await?
            {
                continue;
            }
            match last {
                Some(last) if !ended => from = Position(last.sk).behind(),
                Some(_) | None => return Ok(()),
            }
        }
    }

    /// An item of the partition of the one lead as it is in that of the other.
    fn arrived(&self, way: &Way, item: Item) -> Result<Item, StoreError> {
        let to = keys::lead(self.team, way.to).pk;
        let mut item = way.marked(item).with("PK", text(to));
        match item.kind() {
            "note" => {
                let record = RecordRef::Lead(way.to);
                let sk = keys::note_place_sk(record);
                Ok(item
                    .with("record", pointer(record))
                    .with(INDEX_SORT_KEY, text(sk)))
            }
            "lead_history" if way.returns => {
                let place = top(&item, PLACE).unwrap_or_default();
                item = popped(item, PLACE);
                Ok(item.with("SK", text(place)))
            }
            "lead_history" => {
                let place = item.string("SK").unwrap_or_default().to_owned();
                let id = item.string("id").and_then(|id| id.parse().ok());
                let id = id.ok_or_else(|| broken("a row of history has no id"))?;
                let key = keys::merged_history(self.team, way.to, id);
                Ok(pushed(item, PLACE, &place).with("SK", text(key.sk)))
            }
            _ => edited(item, "row", |row| {
                let subject = row.get_mut("subject").and_then(|it| it.get_mut("id"));
                if let Some(id) = subject.filter(|id| **id == way.from.to_string().as_str()) {
                    *id = way.to.to_string().into();
                }
            }),
        }
    }

    /// Moves the tasks about the lead.
    async fn tasks(&self, way: &Way) -> Result<(), StoreError> {
        let partition = |lead| keys::tasks_about(self.team, Some(RecordRef::Lead(lead)));
        let (from, to) = (partition(way.from), partition(way.to));
        let mut after = None;
        loop {
            let (places, next) = self.listed(Some("GSI1"), &from, after).await?;
            let tasks = places.iter().filter_map(|place| keys::task_at(place));
            let found: Vec<Key> = tasks.map(|(_, id)| keys::task(self.team, id)).collect();
            let there = |item: &Item| item.string("GSI1") == Some(from.as_str());
            let redirected = |item: Item| {
                let item = edited(item, "row", |row| {
                    if let Some(record) = row.get_mut("r") {
                        *record = serde_json::json!(RecordRef::Lead(way.to));
                    }
                })?;
                Ok(item.with("GSI1", text(&to)))
            };
            self.replaced(way, "tasks", &found, there, redirected)
                .await?;
            after = match next {
                Some(next) => Some(next),
                None => return Ok(()),
            };
        }
    }

    /// Has the deals or the clients that point to the lead point to the other.
    async fn pointers(
        &self,
        way: &Way,
        what: &str,
        partition: &str,
        read: impl Fn(&str) -> Option<RecordRef>,
    ) -> Result<(), StoreError> {
        let (of, to) = (way.from.to_string(), way.to.to_string());
        let mut after = None;
        loop {
            let (places, next) = self.listed(None, partition, after).await?;
            let found = places.iter().filter_map(|id| read(id));
            let found: Vec<Key> = found.map(|id| keys::record(self.team, id)).collect();
            let there = |item: &Item| {
                let rest = item.string("rest").unwrap_or_default();
                let rest: Value = serde_json::from_str(rest).unwrap_or_default();
                rest.get("leadId").and_then(Value::as_str) == Some(of.as_str())
            };
            let redirected = |item: Item| {
                edited(item, "rest", |rest| {
                    if let Some(lead) = rest.get_mut("leadId") {
                        *lead = to.clone().into();
                    }
                })
            };
            self.replaced(way, what, &found, there, redirected).await?;
            after = match next {
                Some(next) => Some(next),
                None => return Ok(()),
            };
        }
    }

    /// Moves the documents of the lead, each with its versions.
    async fn documents(&self, way: &Way) -> Result<(), StoreError> {
        let partition = |lead| keys::documents_of(self.team, RecordRef::Lead(lead));
        let (from, to) = (partition(way.from), partition(way.to));
        let mut after = None;
        loop {
            let (places, next) = self.listed(Some("GSI1"), &from, after).await?;
            for id in places.iter().filter_map(|id| id.parse().ok()) {
                self.document(way, id, (&from, &to)).await?;
            }
            after = match next {
                Some(next) => Some(next),
                None => return Ok(()),
            };
        }
    }

    async fn document(
        &self,
        way: &Way,
        id: DocumentId,
        (from, to): (&str, &str),
    ) -> Result<(), StoreError> {
        let mut tries = 0;
        loop {
            let (first, last) = keys::files_above_document();
            let range = Range {
                index: None,
                pk: keys::document(self.team, id).pk,
                from: first,
                to: last,
                descending: false,
                limit: 1 + VERSIONS,
            };
            let mut items = self.db.range_latest(&range).await?.into_iter();
            let document = items.next().filter(|item| {
                item.kind() == "document" && item.string("GSI1") == Some(from) && way.takes(item)
            });
            let Some(document) = document else {
                return Ok(());
            };
            let record = || pointer(RecordRef::Lead(way.to));
            let (same, version) = (at_version(&document), document.version());
            let arrived = way.marked(document).with("record", record());
            let arrived = next_version(arrived.with("GSI1", text(to)), version);
            let mut transaction = Transaction::new(&way.command).put_if(arrived, same, stale);
            for key in items.filter_map(|item| item.key()) {
                let update = Update::default().set("record", record());
                let there = Condition::Present;
                transaction = transaction.update_if(key, update, there, stale);
            }
            if self
                .moved(way, transaction, "documents", 1, &mut tries)
                .await?
            {
                return Ok(());
            }
        }
    }

    /// The last parts of the places in a partition, and where to go on.
    async fn listed(
        &self,
        index: Option<&'static str>,
        partition: &str,
        after: Option<Position>,
    ) -> Result<(Vec<String>, Option<Position>), StoreError> {
        let (from, to) = keys::everything();
        let range = Range {
            index,
            pk: partition.to_owned(),
            from: after.as_ref().map_or(from, Position::behind),
            to,
            descending: false,
            limit: AT_ONCE,
        };
        let rows = self.db.range(&range).await?;
        let place = index.map_or("SK", |_| INDEX_SORT_KEY);
        let places = rows.iter().filter_map(|row| row.string(place));
        let places: Vec<String> = places.map(str::to_owned).collect();
        let next = places.last().filter(|_| rows.len() == AT_ONCE);
        let next = next.map(|last| Position(last.clone()));
        Ok((places, next))
    }

    /// Replaces each of these that is `there` and goes this way with what `redirected` makes of it.
    async fn replaced(
        &self,
        way: &Way,
        what: &str,
        found: &[Key],
        there: impl Fn(&Item) -> bool,
        redirected: impl Fn(Item) -> Result<Item, StoreError>,
    ) -> Result<(), StoreError> {
        let mut tries = 0;
        loop {
            let items = self.db.get_latest(found).await?.into_iter();
            let items = items.filter(|item| there(item) && way.takes(item));
            let mut transaction = Transaction::new(&way.command);
            let mut count = 0;
            for item in items {
                let (same, version) = (at_version(&item), item.version());
                let item = next_version(redirected(way.marked(item))?, version);
                transaction = transaction.put_if(item, same, stale);
                count += 1;
            }
            if self
                .moved(way, transaction, what, count, &mut tries)
                .await?
            {
                return Ok(());
            }
        }
    }

    /// Does it and counts it, unless somebody changed something of it since it was read: then it is to be read again.
    async fn moved(
        &self,
        way: &Way,
        transaction: Transaction,
        what: &str,
        count: i64,
        tries: &mut u32,
    ) -> Result<bool, StoreError> {
        if count == 0 {
            return Ok(true);
        }
        let counted = Update::default().add(format!("counts.{what}"), count);
        let key = keys::batch(self.team, way.batch);
        let there = Condition::Present;
        let transaction = transaction.update_if(key, counted, there, |_| StoreError::NotFound);
        match transaction.commit(&self.db).await {
            Ok(()) => Ok(true),
            Err(StoreError::Stale { .. } | StoreError::NotFound) if *tries < CHANGE_TRIES => {
                *tries += 1;
                crate::db::pause(*tries).await;
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }
}

/// Whether an item is of those that go along. That the lead was deleted is told of it alone.
fn moves(item: &Item) -> bool {
    let row: Value = item
        .string("row")
        .and_then(|row| serde_json::from_str(row).ok())
        .unwrap_or_default();
    item.kind() != "activity"
        || row.get("kind").and_then(Value::as_str) != Some(ActivityType::LeadDeleted.as_str())
}

fn at_version(item: &Item) -> Condition {
    let version = AttributeValue::N(item.version().to_string());
    Condition::Equals("version".to_owned(), version)
}

/// With another version, whoever read it before does not write it back.
fn next_version(item: Item, version: u64) -> Item {
    let next = i64::try_from(version).unwrap_or(i64::MAX).saturating_add(1);
    item.with("version", number(next))
}

/// A record as items keep it.
fn pointer(record: RecordRef) -> AttributeValue {
    AttributeValue::M(HashMap::from([
        ("kind".to_owned(), text(record.kind())),
        ("id".to_owned(), text(record.id())),
    ]))
}

/// The item with a part of it, which is kept as JSON, edited.
fn edited(item: Item, part: &str, edit: impl FnOnce(&mut Value)) -> Result<Item, StoreError> {
    let text_of = item.string(part).unwrap_or_default();
    let mut value: Value =
        serde_json::from_str(text_of).map_err(|error| broken(&error.to_string()))?;
    edit(&mut value);
    let edited = value.to_string();
    Ok(item.with(part, text(edited)))
}

fn broken(why: &str) -> StoreError {
    StoreError::Fault(format!("what is to be moved does not read: {why}"))
}

/// The last of several marks, which are one text.
fn top(item: &Item, name: &str) -> Option<String> {
    let marks = item.string(name)?;
    marks.split(' ').next().map(str::to_owned)
}

fn pushed(item: Item, name: &str, mark: &str) -> Item {
    let marks = match item.string(name) {
        Some(before) => format!("{mark} {before}"),
        None => mark.to_owned(),
    };
    item.with(name, text(marks))
}

fn popped(mut item: Item, name: &str) -> Item {
    let rest = item.string(name).and_then(|marks| marks.split_once(' '));
    match rest.map(|(_, rest)| rest.to_owned()) {
        Some(rest) => item.with(name, text(rest)),
        None => {
            item.0.remove(name);
            item
        }
    }
}
