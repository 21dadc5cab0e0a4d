//! Long work that a person started: one item that says how far it is, and a mark for each part that is done.
//!
//! Work is cut into parts that may be done at the same time and more than once. A part's mark and what it counted are one
//! transaction, so that a part that is done again counts once; whoever adds the last one knows it.

use crate::command::Command;
use crate::condition::{Condition, Update, number, text};
use crate::db::{Db, Range, Written};
use crate::error::StoreError;
use crate::key::Key;
use crate::keys;
use crate::page::{Page, PageRequest, Position};
use crate::record::{Item, Stored, decode, encode, expiry};
use crate::table::{self, INDEX_SORT_KEY};
use crate::transaction::{Refused, Transaction};
use jiff::{SignedDuration, Timestamp};
use plat_domain::{Batch, BatchFailure, BatchId, BatchKind, BatchStatus, TeamId};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How long the mark of a part is kept: longer than its message can come back.
const MARKED: SignedDuration = SignedDuration::from_hours(24 * 20);

/// How long it is told what each piece came to: as long as what was deleted can be brought back.
const TOLD: SignedDuration = SignedDuration::from_hours(24 * 30);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct BatchItem {
    #[serde(flatten)]
    batch: Batch,
    /// What is to be done, as JSON: only who does it reads it.
    options: String,
    /// What was found out before it was cut into parts, as JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    found: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parts: Option<u64>,
    #[serde(default)]
    parts_done: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cursor: Option<String>,
}

/// Long work, as whoever does it needs it.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchWork<O> {
    /// How far it is.
    pub batch: Batch,
    /// What is to be done.
    pub options: O,
    /// What was found out before it was cut into parts, as JSON: only who does it reads it.
    pub found: Option<String>,
    /// Where to go on, for work that is done one slice after the other.
    pub cursor: Option<String>,
    /// How many parts there are, for work that is cut into parts, once that is known.
    pub parts: Option<u64>,
    /// How many of them are done.
    pub parts_done: u64,
}

/// The door to the long work of a team.
pub struct BatchJobs {
    db: Db,
    team: TeamId,
}

impl BatchJobs {
    pub(crate) fn new(db: Db, team: TeamId) -> Self {
        Self { db, team }
    }

    /// Notes that something is to be done. The same command begins it once.
    pub async fn begin<O: Serialize>(
        &self,
        command: &Command,
        kind: BatchKind,
        status: BatchStatus,
        options: &O,
    ) -> Result<Stored<Batch>, StoreError> {
        let (batch, item) = begun(self.team, command, kind, status, options)?;
        match self.db.put(&item, Some(&Condition::Absent)).await? {
            Written::Yes(_) => Ok(batch),
            Written::No(_) => self.get(batch.value.id).await,
        }
    }

    /// How far it is.
    pub async fn get(&self, batch: BatchId) -> Result<Stored<Batch>, StoreError> {
        Ok(self.read(batch).await?.map(|item| item.batch))
    }

    /// How far it is, and what is to be done.
    pub async fn work<O: DeserializeOwned>(
        &self,
        batch: BatchId,
    ) -> Result<Stored<BatchWork<O>>, StoreError> {
        self.read(batch).await.and_then(opened)
    }

    /// A page of the work of one kind, latest first.
    pub async fn list(
        &self,
        kind: BatchKind,
        page: &PageRequest,
    ) -> Result<Page<Stored<Batch>>, StoreError> {
        let page = self.page(kind, page).await?;
        Ok(page.map(|stored| stored.map(|item| item.batch)))
    }

    /// The same, with what was to be done.
    pub async fn list_work<O: DeserializeOwned>(
        &self,
        kind: BatchKind,
        page: &PageRequest,
    ) -> Result<Page<Stored<BatchWork<O>>>, StoreError> {
        let Page { items, next } = self.page(kind, page).await?;
        Ok(Page {
            items: items.into_iter().map(opened).collect::<Result<_, _>>()?,
            next,
        })
    }

    async fn page(
        &self,
        kind: BatchKind,
        page: &PageRequest,
    ) -> Result<Page<Stored<BatchItem>>, StoreError> {
        let (from, to) = keys::everything();
        let range = Range {
            index: Some("GSI1"),
            pk: keys::batches(self.team, kind),
            from,
            to: page.after.as_ref().map_or(to, Position::before),
            descending: true,
            limit: page.limit + page.skip + 1,
        };
        let rows = self.db.range(&range).await?;
        let ids = rows.iter().skip(page.skip).filter_map(|row| {
            let id = row.string(INDEX_SORT_KEY)?;
            Some((id.to_owned(), id.parse().ok()?))
        });
        let page: Page<BatchId> = Page::cut(ids.collect(), page.limit);
        let keys: Vec<_> = page
            .items
            .iter()
            .map(|id| keys::batch(self.team, *id))
            .collect();
        let found = self.db.get_many(&keys).await?.into_iter();
        let mut found: BTreeMap<BatchId, Stored<BatchItem>> = found
            .map(|item| {
                let stored = decode::<BatchItem>(item)?;
                Ok((stored.value.batch.id, stored))
            })
            .collect::<Result<_, StoreError>>()?;
        Ok(Page {
            items: page
                .items
                .iter()
                .filter_map(|id| found.remove(id))
                .collect(),
            next: page.next,
        })
    }

    /// Says how many pieces, in how many parts, there are. Work that waited for its file is running from then on.
    pub async fn measure(
        &self,
        batch: BatchId,
        total: u64,
        parts: u64,
    ) -> Result<bool, StoreError> {
        self.while_on(batch, &measured(total, parts), Vec::new())
            .await
    }

    /// The same with what else was found out, once. Tells whether it was on and not cut before.
    pub async fn cut<F: Serialize>(
        &self,
        batch: BatchId,
        total: u64,
        parts: u64,
        found: &F,
    ) -> Result<bool, StoreError> {
        let found = serde_json::to_string(found).map_err(|error| {
            StoreError::Fault(format!("what was found does not write: {error}"))
        })?;
        let update = measured(total, parts).set("found", text(found));
        let once = vec![Condition::Lacks("parts".to_owned())];
        self.while_on(batch, &update, once).await
    }

    /// Has work that waited for its file begin; tells whether it is on.
    pub async fn start(&self, batch: BatchId) -> Result<bool, StoreError> {
        let update = Update::default().set("status", text(BatchStatus::Running));
        self.while_on(batch, &update, Vec::new()).await
    }

    /// Adds what a part counted, once, however often it is told.
    pub async fn add_part(
        &self,
        command: &Command,
        batch: BatchId,
        part: u64,
        counts: &BTreeMap<String, u64>,
    ) -> Result<(), StoreError> {
        let mark = mark(
            command,
            self.team,
            &keys::batch_part(self.team, batch, part),
        );
        let update = counted(Update::default().add("partsDone", 1), counts);
        let transaction = Transaction::new(command)
            .create(mark, StoreError::Contended)
            .update_if(
                keys::batch(self.team, batch),
                update,
                Condition::Present,
                |_| StoreError::NotFound,
            );
        match transaction.attempt(&self.db).await? {
            // The mark is there: it was added before.
            None | Some(Refused { part: 0, .. }) => Ok(()),
            Some(_) => Err(StoreError::NotFound),
        }
    }

    /// Moves work that is done one slice after the other from `from` on to `to`, with what the slice counted. Tells whether
    /// to go on: somebody may have ended it meanwhile, or done the same slice and more. What was done counts even then.
    pub async fn advance(
        &self,
        batch: BatchId,
        from: Option<&str>,
        to: &str,
        counts: &BTreeMap<String, u64>,
    ) -> Result<bool, StoreError> {
        let stands = match from {
            Some(from) => Condition::Equals("cursor".to_owned(), text(from)),
            None => Condition::Lacks("cursor".to_owned()),
        };
        let update = counted(Update::default().set("cursor", text(to)), counts);
        let key = keys::batch(self.team, batch);
        let stands = Condition::All(vec![Condition::Present, stands]);
        let standing = match self.db.update(&key, &update, Some(&stands)).await? {
            Written::Yes(item) => Some(item),
            // The reply to the first try may have been lost.
            Written::No(item) => item.filter(|item| item.string("cursor") == Some(to)),
        };
        let status = standing.map(decode::<BatchItem>).transpose()?;
        Ok(status.is_some_and(|item| !item.value.batch.status.is_over()))
    }

    /// Keeps what a slice came to where that is worth telling; the same slice again replaces it.
    pub async fn keep_outcomes<T: Serialize>(
        &self,
        batch: BatchId,
        slice: u64,
        at: Timestamp,
        outcomes: &[T],
    ) -> Result<(), StoreError> {
        let outcomes = serde_json::to_string(outcomes)
            .map_err(|error| StoreError::Fault(format!("outcomes do not write: {error}")))?;
        let forgotten = at.checked_add(TOLD).unwrap_or(at);
        let key = keys::batch_outcomes(self.team, batch, slice);
        let item = Item(key.attributes())
            .with("type", text("batch_outcomes"))
            .with("teamId", text(self.team))
            .with("outcomes", text(outcomes))
            .with(table::EXPIRES_AT, expiry(forgotten));
        self.db.put(&item, None).await.map(|_| ())
    }

    /// What was kept of the first `most` slices, in their order.
    pub async fn outcomes<T: DeserializeOwned>(
        &self,
        batch: BatchId,
        most: usize,
    ) -> Result<Vec<T>, StoreError> {
        let (from, to) = keys::every_batch_outcome();
        let range = Range {
            index: None,
            pk: keys::batch(self.team, batch).pk,
            from,
            to,
            descending: false,
            limit: most,
        };
        let mut outcomes: Vec<T> = Vec::new();
        for item in self.db.range(&range).await? {
            let kept = item.string("outcomes").unwrap_or("[]");
            let kept: Vec<T> = serde_json::from_str(kept)
                .map_err(|error| StoreError::Fault(format!("outcomes do not read: {error}")))?;
            outcomes.extend(kept);
        }
        Ok(outcomes)
    }

    /// Says how many pieces came to `what` by now, for work that begins anew if it is interrupted. Tells whether it is on.
    pub async fn count(&self, batch: BatchId, what: &str, count: u64) -> Result<bool, StoreError> {
        let count = number(i64::try_from(count).unwrap_or(i64::MAX));
        let update = Update::default().set(format!("counts.{what}"), count);
        self.while_on(batch, &update, Vec::new()).await
    }

    /// Ends it well. Tells whether it was on.
    pub async fn complete(
        &self,
        command: &Command,
        batch: BatchId,
        counts: &BTreeMap<String, u64>,
    ) -> Result<bool, StoreError> {
        let update = ended(BatchStatus::Completed, command.at).by(command);
        self.while_on(batch, &counted(update, counts), Vec::new())
            .await
    }

    /// Ends it badly.
    pub async fn fail(
        &self,
        command: &Command,
        batch: BatchId,
        failure: &BatchFailure,
    ) -> Result<bool, StoreError> {
        let failure = serde_dynamo::to_attribute_value(failure)
            .map_err(|error| StoreError::Fault(format!("a failure does not write: {error}")))?;
        let update = ended(BatchStatus::Failed, command.at)
            .set("failure", failure)
            .by(command);
        self.while_on(batch, &update, Vec::new()).await
    }

    /// Stops it. What was done by then stays done. Tells whether it was on.
    pub async fn cancel(&self, command: &Command, batch: BatchId) -> Result<bool, StoreError> {
        let update = ended(BatchStatus::Cancelled, command.at).by(command);
        self.while_on(batch, &update, Vec::new()).await
    }

    async fn while_on(
        &self,
        batch: BatchId,
        update: &Update,
        mut also: Vec<Condition>,
    ) -> Result<bool, StoreError> {
        let is = |status: BatchStatus| Condition::Equals("status".to_owned(), text(status));
        also.push(Condition::Any(vec![
            is(BatchStatus::Waiting),
            is(BatchStatus::Running),
        ]));
        let key = keys::batch(self.team, batch);
        let written = self
            .db
            .update(&key, update, Some(&Condition::All(also)))
            .await?;
        Ok(matches!(written, Written::Yes(_)))
    }

    async fn read(&self, batch: BatchId) -> Result<Stored<BatchItem>, StoreError> {
        let item = self.db.get(&keys::batch(self.team, batch), true).await?;
        decode(item.ok_or(StoreError::NotFound)?)
    }
}

/// What shows that something was done for a part.
pub(crate) fn mark(command: &Command, team: TeamId, key: &Key) -> Item {
    let forgotten = command.at.checked_add(MARKED).unwrap_or(command.at);
    Item(key.attributes())
        .with("type", text("batch_part"))
        .with("teamId", text(team))
        .with(table::EXPIRES_AT, expiry(forgotten))
}

fn opened<O: DeserializeOwned>(
    stored: Stored<BatchItem>,
) -> Result<Stored<BatchWork<O>>, StoreError> {
    let options = serde_json::from_str(&stored.value.options)
        .map_err(|error| StoreError::Fault(format!("options do not read: {error}")))?;
    Ok(stored.map(|item| BatchWork {
        batch: item.batch,
        options,
        found: item.found,
        cursor: item.cursor,
        parts: item.parts,
        parts_done: item.parts_done,
    }))
}

fn measured(total: u64, parts: u64) -> Update {
    let whole = |count: u64| number(i64::try_from(count).unwrap_or(i64::MAX));
    Update::default()
        .set("status", text(BatchStatus::Running))
        .set("total", whole(total))
        .set("parts", whole(parts))
}

/// The item of work that begins, for a transaction that does more: its id is the first that `command` makes.
pub(crate) fn begun<O: Serialize>(
    team: TeamId,
    command: &Command,
    kind: BatchKind,
    status: BatchStatus,
    options: &O,
) -> Result<(Stored<Batch>, Item), StoreError> {
    let options = serde_json::to_string(options)
        .map_err(|error| StoreError::Fault(format!("options do not write: {error}")))?;
    let item = BatchItem {
        batch: Batch {
            id: command.new_id(0),
            kind,
            status,
            total: None,
            counts: BTreeMap::new(),
            failure: None,
            ended_at: None,
        },
        options,
        found: None,
        parts: None,
        parts_done: 0,
        cursor: None,
    };
    let record = Stored::new(item, command);
    let batch = record.value.batch.id;
    let item = encode(&keys::batch(team, batch), "batch", Some(team), &record)?
        .with("GSI1", text(keys::batches(team, kind)))
        .with(INDEX_SORT_KEY, text(batch));
    Ok((record.map(|item| item.batch), item))
}

fn ended(status: BatchStatus, at: Timestamp) -> Update {
    Update::default()
        .set("status", text(status))
        .set("endedAt", text(at))
}

fn counted(update: Update, counts: &BTreeMap<String, u64>) -> Update {
    counts.iter().fold(update, |update, (what, count)| {
        update.count(
            format!("counts.{what}"),
            i64::try_from(*count).unwrap_or(i64::MAX),
        )
    })
}
