//! The history of a deal's status, read together with the deal.

use crate::db::Range;
use crate::deal::{Deals, MoveRow};
use crate::error::StoreError;
use crate::history::StatusChange;
use crate::keys;
use crate::page::{Page, PageRequest};
use crate::record::{Stored, decode};
use crate::sight::{Sight, check_visible, visible};
use plat_domain::{DealId, DealStatus, RecordRef, SubjectKind};

impl Deals {
    /// A page of a deal's moves, latest first: one request, which brings the deal along to see whether it may be seen.
    ///
    /// A row says where its move went. Where it came from, the row of the move before it says; the first move of all came
    /// from where every deal begins.
    pub async fn history(
        &self,
        deal: DealId,
        sight: Sight,
        page: &PageRequest,
    ) -> Result<Page<Stored<StatusChange<DealStatus>>>, StoreError> {
        let (deal_sk, to) = keys::history_above_deal();
        let from = match &page.after {
            None => deal_sk,
            Some(after) => {
                visible(&self.db, self.team, RecordRef::Deal(deal), sight).await?;
                after.behind()
            }
        };
        let with_deal = usize::from(page.after.is_none());
        let range = Range {
            index: None,
            pk: keys::deal(self.team, deal).pk,
            from,
            to,
            descending: false,
            limit: page.limit + page.skip + 1 + with_deal,
        };
        let items = self.db.range(&range).await?;
        if with_deal == 1 {
            check_visible(items.first(), SubjectKind::Deal, sight)?;
        }
        let rows = items.into_iter().skip(with_deal + page.skip).map(|item| {
            let sk = item.string("SK").unwrap_or_default().to_owned();
            Ok((sk, decode::<MoveRow>(item)?))
        });
        let rows = rows.collect::<Result<Vec<_>, StoreError>>()?;
        // The row that was read to see whether more follow tells where the last one of the page came from.
        let before: Vec<DealStatus> = rows
            .iter()
            .skip(1)
            .map(|(_, row)| row.value.new_status)
            .chain([DealStatus::New])
            .collect();
        let changes = rows.into_iter().zip(before).map(|((sk, row), old_status)| {
            let change = row.map(|row| StatusChange {
                id: row.id,
                old_status,
                new_status: row.new_status,
                note: row.note,
            });
            (sk, change)
        });
        Ok(Page::cut(changes.collect(), page.limit))
    }
}
