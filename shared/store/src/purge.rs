//! What happens to deleted leads once they cannot be restored any more: nothing of them stays.
//!
//! A deleted lead is in an index under the last day on which it can be restored. A lead is claimed before anything of it
//! goes, so that a restore either comes before the purge and is whole, or finds nothing. The lead's own item goes last:
//! until then the index leads to what is left, so a purge that was interrupted is taken up again.

use crate::condition::{Condition, Update};
use crate::db::{Db, Range, Written};
use crate::error::StoreError;
use crate::key::Key;
use crate::keys;
use crate::lead::{PURGING, restorable};
use crate::page::Position;
use crate::record::{Item, time};
use crate::table;
use jiff::Timestamp;
use jiff::civil::Date;
use plat_domain::{LeadId, RecordRef, TeamId};

/// Items of one lead that are removed at a time: four requests of 25.
const AT_ONCE: usize = 100;

/// A deleted lead, and its place among those of its day.
#[derive(Debug, Clone)]
pub struct DeletedLead {
    /// Whose it is.
    pub team: TeamId,
    /// Which.
    pub lead: LeadId,
    /// Where the list goes on behind it.
    pub place: Position,
}

/// The door to what is to be removed for good.
pub struct Purge {
    db: Db,
}

impl Purge {
    /// The parts in which the leads of one day are kept.
    pub const SHARDS: u8 = keys::PURGE_SHARDS;

    pub(crate) fn new(db: Db) -> Self {
        Self { db }
    }

    /// Up to `most` leads of one part that can be restored until `day`, behind `after`.
    pub async fn of_day(
        &self,
        day: Date,
        shard: u8,
        after: Option<&Position>,
        most: usize,
    ) -> Result<Vec<DeletedLead>, StoreError> {
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
            let (team, RecordRef::Lead(lead)) = keys::purged(sk)? else {
                return None;
            };
            let place = Position(sk.to_owned());
            Some(DeletedLead { team, lead, place })
        };
        Ok(rows.iter().filter_map(deleted).collect())
    }

    /// Removes a lead that cannot be restored any more, with everything in its partition. Returns how many items went;
    /// none if the lead was restored or removed meanwhile, or if its time has not come.
    pub async fn purge(
        &self,
        team: TeamId,
        lead: LeadId,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        let key = keys::lead(team, lead);
        let ended = now.checked_sub(restorable()).unwrap_or(Timestamp::MIN);
        let over = Condition::All(vec![
            Condition::Has("deletedAt".to_owned()),
            Condition::Below("deletedAt".to_owned(), ended.as_millisecond()),
        ]);
        // With another version, a restore that has read the lead already does not succeed.
        let claim = Update::default().set(PURGING, time(now)).add("version", 1);
        match self.db.update(&key, &claim, Some(&over)).await? {
            Written::Yes(_) => {}
            Written::No(_) => return Ok(0),
        }
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
            let parts: Vec<Key> = found.into_iter().filter(|found| *found != key).collect();
            gone += parts.len();
            self.db.write_many(Vec::new(), parts).await?;
            if ended {
                break;
            }
        }
        let claimed = Condition::Has(PURGING.to_owned());
        match self.db.delete(&key, Some(&claimed)).await? {
            Written::Yes(_) => Ok(gone + 1),
            // The reply to its removal was lost, or another run was faster.
            Written::No(_) => Ok(gone),
        }
    }
}
