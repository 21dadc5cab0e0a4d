//! The board: of each status the deals that changed last.
//!
//! They are at hand in an index of their own. Every write of a deal puts it there, as the latest of its status, so one
//! request reads the board however many deals there are. The job `deals.keep_board` takes out what has sunk, and brings
//! back what rises again when those above it leave. What is at hand of a status changed later than all that is not.

use crate::condition::{Condition, Update, number, text};
use crate::db::Range;
use crate::deal::{Deals, ListedDeal, listed};
use crate::deal_index::changed_place;
use crate::deal_list::{DealFilter, DealSort};
use crate::error::StoreError;
use crate::keys;
use crate::page::{PageRequest, Position};
use crate::record::{Item, read_time};
use crate::sight::Sight;
use crate::table::INDEX_SORT_KEY;
use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use plat_domain::{DealId, DealStatus, UserId};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Cards that a column shows.
const CARDS: usize = 20;

/// What is at hand of a status once the job has been there.
const KEEP: usize = 2 * CARDS;

/// With more than this at hand, the job takes some out: not with each change one.
const MOST: usize = 3 * CARDS;

/// Rows of the index that are read at most. The job leaves far fewer.
const ROWS: usize = 1_000;

/// How often the job looks again at what it has left.
const LOOKS: usize = 10;

/// Writes at a time.
const AT_ONCE: usize = 16;

/// What cards show, and what else the board asks of them.
const LISTED: [&str; 6] = [
    "row",
    "status",
    "since",
    "version",
    "createdAt",
    "updatedAt",
];

/// One status of the board.
#[derive(Debug, Clone)]
pub struct BoardColumn {
    /// Which.
    pub status: DealStatus,
    /// The deals of it that changed last and may be seen, latest first.
    pub cards: Vec<ListedDeal>,
    /// Whether more than these are at hand.
    more: bool,
    /// The last deal that was looked at.
    end: Option<Position>,
}

impl BoardColumn {
    /// Where the list of this status goes on, latest change first, if it has `count` deals. None if all are shown.
    pub fn next(&self, count: u64) -> Option<Position> {
        let shown = u64::try_from(self.cards.len()).unwrap_or(u64::MAX);
        self.end.clone().filter(|_| self.more || count > shown)
    }
}

/// A deal at hand, as the job sees it.
struct AtHand {
    id: DealId,
    version: u64,
    updated_at: Timestamp,
}

impl Deals {
    /// The columns of the board in the order of a deal's life, with what `assigned_to` wants and `sight` sees.
    pub async fn board(
        &self,
        assigned_to: Option<Option<UserId>>,
        sight: Sight,
    ) -> Result<Vec<BoardColumn>, StoreError> {
        let rows = self.db.range_of(&self.at_hand(), &LISTED).await?;
        let rows: Vec<ListedDeal> = rows.iter().map(listed).collect::<Result<_, _>>()?;
        let mut columns = by_status(
            rows,
            |row| row.deal.status,
            |row| (row.updated_at, row.deal.id),
        );
        let wanted = |row: &ListedDeal| {
            let assignee = row.deal.assigned_to;
            sight.sees(assignee) && assigned_to.is_none_or(|wanted| wanted == assignee)
        };
        let column = |status: &DealStatus| {
            let mut cards = columns.remove(status).unwrap_or_default();
            let lowest = cards.last().map(|row| (row.deal.id, row.updated_at));
            cards.retain(wanted);
            let more = cards.len() > CARDS;
            cards.truncate(CARDS);
            // A column that is not full has looked at everything that is at hand.
            let last = cards.last().map(|row| (row.deal.id, row.updated_at));
            let end = if cards.len() == CARDS { last } else { lowest };
            BoardColumn {
                status: *status,
                cards,
                more,
                end: end.map(|(deal, updated_at)| changed_place(deal, updated_at)),
            }
        };
        Ok(DealStatus::ALL.iter().map(column).collect())
    }

    /// Keeps at hand what the board needs, and no more. `counts` tells how many deals have each status.
    ///
    /// Each write holds only if the deal is as it was read: one that changed meanwhile has put itself on top. What was
    /// taken out is looked at again, since others may have left the column at the same time.
    pub async fn keep_board(&self, counts: impl Fn(DealStatus) -> u64) -> Result<(), StoreError> {
        let mut thinned = BTreeSet::new();
        for _ in 0..LOOKS {
            let attributes = ["status", "version", "updatedAt"];
            let rows = self.db.range_of(&self.at_hand(), &attributes).await?;
            let rows = rows.iter().filter_map(at_hand);
            let mut columns = by_status(
                rows,
                |(status, _)| *status,
                |(_, row)| (row.updated_at, row.id),
            );
            let mut sunk = Vec::new();
            for status in DealStatus::ALL {
                let mut cards = columns.remove(status).unwrap_or_default();
                if cards.len() > MOST {
                    sunk.extend(cards.split_off(KEEP));
                    thinned.insert(*status);
                    continue;
                }
                let least = if thinned.contains(status) {
                    KEEP
                } else {
                    CARDS
                };
                let have = u64::try_from(cards.len()).unwrap_or(u64::MAX);
                if cards.len() < least && counts(*status) > have {
                    let have = cards.into_iter().map(|(_, row)| row.id).collect();
                    self.refill(*status, &have).await?;
                }
            }
            if sunk.is_empty() {
                return Ok(());
            }
            let out = Update::default().remove("GSI4");
            self.write_each(sunk.into_iter().map(|(_, row)| (row.id, row.version)), &out)
                .await?;
        }
        Ok(())
    }

    /// Brings the deals of a status that changed last to hand, but for those that are.
    async fn refill(&self, status: DealStatus, have: &BTreeSet<DealId>) -> Result<(), StoreError> {
        let filter = DealFilter {
            statuses: BTreeSet::from([status]),
            ..DealFilter::everything(Sight::All)
        };
        let latest = DealSort::LastChange { descending: true };
        let page = self
            .list(&filter, Some(latest), &PageRequest::first(KEEP))
            .await?;
        let missing = page.items.into_iter();
        let missing = missing
            .map(|row| (row.deal.id, row.version))
            .filter(|(deal, _)| !have.contains(deal));
        let back = Update::default().set("GSI4", text(keys::board(self.team)));
        self.write_each(missing, &back).await
    }

    /// Changes the deals that still have these versions. Where a deal is at hand is no change of it: it keeps its version,
    /// and nobody is told.
    async fn write_each(
        &self,
        deals: impl Iterator<Item = (DealId, u64)>,
        update: &Update,
    ) -> Result<(), StoreError> {
        let writes = deals.map(|(deal, version)| async move {
            let version = number(i64::try_from(version).unwrap_or(i64::MAX));
            let unchanged = Condition::Equals("version".to_owned(), version);
            let key = keys::deal(self.team, deal);
            self.db.update(&key, update, Some(&unchanged)).await
        });
        stream::iter(writes)
            .buffer_unordered(AT_ONCE)
            .try_for_each(|_| async { Ok(()) })
            .await
    }

    fn at_hand(&self) -> Range {
        let (from, to) = keys::everything();
        Range {
            index: Some("GSI4"),
            pk: keys::board(self.team),
            from,
            to,
            descending: true,
            limit: ROWS,
        }
    }
}

fn at_hand(row: &Item) -> Option<(DealStatus, AtHand)> {
    let deal = AtHand {
        id: row.string(INDEX_SORT_KEY)?.parse().ok()?,
        version: row.version(),
        updated_at: read_time(row, "updatedAt")?,
    };
    Some((row.string("status")?.parse().ok()?, deal))
}

/// Rows of each status, the largest by `order` first.
fn by_status<T, K: Ord>(
    rows: impl IntoIterator<Item = T>,
    status: impl Fn(&T) -> DealStatus,
    order: impl Fn(&T) -> K,
) -> BTreeMap<DealStatus, Vec<T>> {
    let mut columns: BTreeMap<DealStatus, Vec<T>> = BTreeMap::new();
    for row in rows {
        columns.entry(status(&row)).or_default().push(row);
    }
    for column in columns.values_mut() {
        column.sort_by_key(|row| Reverse(order(row)));
    }
    columns
}
