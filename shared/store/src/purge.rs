//! What happens to what was deleted once it cannot be restored any more: nothing of it stays.
//!
//! Whatever is deleted is in an index under the last day on which it can be restored. It is claimed before anything of it
//! goes, so that a restore either comes before the purge and is whole, or finds nothing. The documents of a record, the
//! tasks about it and the e-mails to a client go before the rest of it, of a document its files before the items that lead
//! to them, and the item that is in the index last: so a purge that was interrupted is taken up again, and no file is left
//! that nothing tells of.

use crate::condition::{Condition, Update, text};
use crate::db::{Db, Range, Written};
use crate::error::StoreError;
use crate::key::Key;
use crate::keys::{self, Deleted};
use crate::lead::{PURGING, restorable};
use crate::page::Position;
use crate::record::{Item, time};
use crate::table;
use crate::task::Tasks;
use jiff::Timestamp;
use jiff::civil::Date;
use plat_domain::figures::day_of;
use plat_domain::{ClientId, RecordRef, TeamId};

/// Items of one record that are removed at a time: four requests of 25.
const AT_ONCE: usize = 100;

/// The item of something that was deleted at `at`: it is in no list but that of what is removed for good once it cannot be
/// restored any more.
pub(crate) fn shelved(
    item: Item,
    team: TeamId,
    what: impl Into<Deleted>,
    bits: u128,
    at: Timestamp,
) -> Item {
    let until = day_of(at.checked_add(restorable()).unwrap_or(at));
    let list = keys::purge(until, keys::purge_shard(bits));
    item.with("GSI1", text(list))
        .with(table::INDEX_SORT_KEY, text(keys::purge_sk(team, what)))
}

/// Something that was deleted, and its place among what was deleted on its day.
#[derive(Debug, Clone)]
pub struct ToPurge {
    /// Whose it is.
    pub team: TeamId,
    /// What it is.
    pub what: Deleted,
    /// Where the list goes on behind it.
    pub place: Position,
}

/// A file that an item leads to, outside of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFile {
    /// Where it is.
    pub key: String,
    /// Which of those that were put there, if that is known.
    pub version: Option<String>,
}

/// The door to what is to be removed for good.
pub struct Purge {
    db: Db,
}

impl Purge {
    /// The parts in which what was deleted on one day is kept.
    pub const SHARDS: u8 = keys::PURGE_SHARDS;

    pub(crate) fn new(db: Db) -> Self {
        Self { db }
    }

    /// Up to `most` of one part that can be restored until `day`, behind `after`.
    pub async fn of_day(
        &self,
        day: Date,
        shard: u8,
        after: Option<&Position>,
        most: usize,
    ) -> Result<Vec<ToPurge>, StoreError> {
        let (from, to) = keys::everything();
        let range = Range {
            index: Some("GSI1"),
            pk: keys::purge(day, shard),
            from: after.map_or(from, Position::behind),
            to,
            descending: false,
            limit: most,
        };
        let rows = self.db.range(&range).await?;
        let deleted = |row: &Item| {
            let sk = row.string(table::INDEX_SORT_KEY)?;
            let (team, what) = keys::purged(sk)?;
            let place = Position(sk.to_owned());
            Some(ToPurge { team, what, place })
        };
        Ok(rows.iter().filter_map(deleted).collect())
    }

    /// Removes what cannot be restored any more, with everything in its partition, with the tasks about it and with its
    /// documents, whose files `remove` removes. Returns how many items went; none if it was restored or removed meanwhile,
    /// or if its time has not come.
    pub async fn purge<E, F>(
        &self,
        team: TeamId,
        what: Deleted,
        now: Timestamp,
        remove: impl Fn(Vec<StoredFile>) -> F,
    ) -> Result<usize, E>
    where
        E: From<StoreError>,
        F: Future<Output = Result<(), E>>,
    {
        let key = match what {
            Deleted::Record(record) => keys::record(team, record),
            Deleted::Document(document) => keys::document(team, document),
        };
        if !self.claim(&key, now).await? {
            return Ok(0);
        }
        let mut gone = 0;
        if let Deleted::Record(record) = what {
            gone += self.clear_documents(team, record, &remove).await?;
            gone += Tasks::new(self.db.clone(), team)
                .remove_about(record, now)
                .await?;
        }
        if let Deleted::Record(RecordRef::Client(client)) = what {
            gone += self.clear_emails(team, client, &remove).await?;
        }
        let claimed = Condition::Has(PURGING.to_owned());
        gone += self.clear(&key, &claimed, &remove).await?;
        Ok(gone)
    }

    /// Whether its time has come and nobody brings it back any more.
    async fn claim(&self, key: &Key, now: Timestamp) -> Result<bool, StoreError> {
        let ended = now.checked_sub(restorable()).unwrap_or(Timestamp::MIN);
        let over = Condition::All(vec![
            Condition::Has("deletedAt".to_owned()),
            Condition::Below("deletedAt".to_owned(), ended.as_millisecond()),
        ]);
        // With another version, a restore that has read it already does not succeed.
        let claim = Update::default().set(PURGING, time(now)).add("version", 1);
        let claimed = self.db.update(key, &claim, Some(&over)).await?;
        Ok(matches!(claimed, Written::Yes(_)))
    }

    /// Removes the documents of a record that were not deleted before it; those that were have their own time.
    async fn clear_documents<E, F>(
        &self,
        team: TeamId,
        record: RecordRef,
        remove: &impl Fn(Vec<StoredFile>) -> F,
    ) -> Result<usize, E>
    where
        E: From<StoreError>,
        F: Future<Output = Result<(), E>>,
    {
        let document = |place: &str| Some(keys::document(team, place.parse().ok()?));
        let partition = keys::documents_of(team, record);
        self.clear_listed("GSI1", partition, document, remove).await
    }

    /// Removes the e-mails to a client, with what was told of them.
    async fn clear_emails<E, F>(
        &self,
        team: TeamId,
        client: ClientId,
        remove: &impl Fn(Vec<StoredFile>) -> F,
    ) -> Result<usize, E>
    where
        E: From<StoreError>,
        F: Future<Output = Result<(), E>>,
    {
        let email = |place: &str| Some(keys::email(team, keys::email_at(place)?));
        let partition = keys::emails_to(team, client);
        self.clear_listed("GSI3", partition, email, remove).await
    }

    /// Removes what is listed in one partition of an index, each with everything in its own; `key` tells what a place
    /// leads to.
    async fn clear_listed<E, F>(
        &self,
        index: &'static str,
        partition: String,
        key: impl Fn(&str) -> Option<Key>,
        remove: &impl Fn(Vec<StoredFile>) -> F,
    ) -> Result<usize, E>
    where
        E: From<StoreError>,
        F: Future<Output = Result<(), E>>,
    {
        let mut gone = 0;
        let (mut from, to) = keys::everything();
        loop {
            let range = Range {
                index: Some(index),
                pk: partition.clone(),
                from,
                to: to.clone(),
                descending: false,
                limit: AT_ONCE,
            };
            let rows = self.db.range(&range).await?;
            let places = rows
                .iter()
                .filter_map(|row| row.string(table::INDEX_SORT_KEY));
            let places: Vec<&str> = places.collect();
            for place in &places {
                let Some(key) = key(place) else {
                    continue;
                };
                gone += self.clear(&key, &Condition::Present, remove).await?;
            }
            from = match places.last() {
                Some(last) if rows.len() == AT_ONCE => Position((*last).to_owned()).behind(),
                Some(_) | None => return Ok(gone),
            };
        }
    }

    /// Removes everything in the partition of `key`, and what is there itself last.
    async fn clear<E, F>(
        &self,
        key: &Key,
        stands: &Condition,
        remove: &impl Fn(Vec<StoredFile>) -> F,
    ) -> Result<usize, E>
    where
        E: From<StoreError>,
        F: Future<Output = Result<(), E>>,
    {
        let mut gone = 0;
        let (mut from, to) = keys::everything();
        loop {
            let range = Range {
                index: None,
                pk: key.pk.clone(),
                from,
                to: to.clone(),
                descending: false,
                limit: AT_ONCE,
            };
            let items = self.db.range_latest(&range).await?;
            let ended = items.len() < AT_ONCE;
            let found: Vec<Key> = items.iter().filter_map(Item::key).collect();
            from = match found.last() {
                Some(last) => Position(last.sk.clone()).behind(),
                None => break,
            };
            let files: Vec<StoredFile> = items.iter().filter_map(stored_file).collect();
            if !files.is_empty() {
                remove(files).await?;
            }
            let parts: Vec<Key> = found.into_iter().filter(|found| found != key).collect();
            gone += parts.len();
            self.db.write_many(Vec::new(), parts).await?;
            if ended {
                break;
            }
        }
        match self.db.delete(key, Some(stands)).await? {
            Written::Yes(_) => Ok(gone + 1),
            // The reply to its removal was lost, or another run was faster.
            Written::No(_) => Ok(gone),
        }
    }
}

/// The file of one version of a document, if the item is one.
fn stored_file(item: &Item) -> Option<StoredFile> {
    Some(StoredFile {
        key: item
            .string("key")
            .filter(|_| item.kind() == "file")?
            .to_owned(),
        version: item.string("s3Version").map(str::to_owned),
    })
}
