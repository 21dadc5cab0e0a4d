//! Changes of a lead's status, written together with the change.

use crate::db::{Db, Range};
use crate::error::StoreError;
use crate::keys;
use crate::page::{Page, PageRequest};
use crate::record::Stored;
use crate::sight::{Sight, check_visible, visible};
use plat_domain::{HistoryId, LeadId, LeadStatus, RecordRef, SubjectKind, TeamId};
use serde::{Deserialize, Serialize};

/// A change of a record's status; who and when are in its envelope.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StatusChange<S> {
    /// Which.
    pub id: HistoryId,
    /// The status before.
    pub old_status: S,
    /// The status after.
    pub new_status: S,
    /// What was said about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// The door to histories.
pub struct History {
    db: Db,
    team: TeamId,
}

impl History {
    pub(crate) fn new(db: Db, team: TeamId) -> Self {
        Self { db, team }
    }

    /// A page of a lead's changes, newest first: one request, which brings the lead along to see whether it may be seen.
    pub async fn list(
        &self,
        lead: LeadId,
        sight: Sight,
        page: &PageRequest,
    ) -> Result<Page<Stored<StatusChange<LeadStatus>>>, StoreError> {
        let (from, lead_sk) = keys::history_below_lead();
        let pk = keys::lead(self.team, lead).pk;
        let to = match &page.after {
            None => lead_sk,
            Some(after) => {
                visible(&self.db, self.team, RecordRef::Lead(lead), sight).await?;
                after.before()
            }
        };
        let with_lead = usize::from(page.after.is_none());
        let limit = page.limit + page.skip + 1 + with_lead;
        let items = self
            .db
            .range(&Range {
                index: None,
                pk,
                from,
                to,
                descending: true,
                limit,
            })
            .await?;
        if with_lead == 1 {
            check_visible(items.first(), SubjectKind::Lead, sight)?;
        }
        Page::read(&items, with_lead + page.skip, page.limit)
    }
}
