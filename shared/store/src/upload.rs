//! Files that were announced and are awaited, of all teams: an index leads to them by the day on which they were announced.

use crate::db::{Db, Range};
use crate::error::StoreError;
use crate::keys;
use crate::page::Position;
use crate::record::read_time;
use crate::table::INDEX_SORT_KEY;
use jiff::Timestamp;
use jiff::civil::Date;
use plat_domain::FileKey;

/// A file that is awaited.
#[derive(Debug, Clone)]
pub struct AwaitedFile {
    /// Where it is to be put.
    pub key: FileKey,
    /// When it was announced.
    pub announced_at: Timestamp,
    /// Where the list goes on behind it.
    pub place: Position,
}

/// The door to awaited files.
pub struct Uploads {
    db: Db,
}

impl Uploads {
    /// The parts in which the files of one day are kept.
    pub const SHARDS: u8 = keys::UPLOAD_SHARDS;

    pub(crate) fn new(db: Db) -> Self {
        Self { db }
    }

    /// Up to `most` files of one part that were announced on `day`, behind `after`.
    pub async fn of_day(
        &self,
        day: Date,
        shard: u8,
        after: Option<&Position>,
        most: usize,
    ) -> Result<Vec<AwaitedFile>, StoreError> {
        let (from, to) = keys::everything();
        let range = Range {
            index: Some("GSI1"),
            pk: keys::uploads(day, shard),
            from: after.map_or(from, Position::behind),
            to,
            descending: false,
            limit: most,
        };
        let rows = self.db.range(&range).await?;
        let awaited = rows.iter().filter_map(|row| {
            let place = row.string(INDEX_SORT_KEY)?;
            Some(AwaitedFile {
                key: keys::awaited_file(place)?,
                announced_at: read_time(row, "createdAt")?,
                place: Position(place.to_owned()),
            })
        });
        Ok(awaited.collect())
    }
}
