//! `GET /api/deals/{dealId}/history`

use crate::view::DealPath;
use jiff::Timestamp;
use plat_domain::{Actor, DealStatus, HistoryId, Permission};
use plat_registry::{App, Can, Endpoint, Failure, Grant, Input, Listing, Method, Principal};
use plat_store::{DealStatusChange, Stored};
use schemars::JsonSchema;
use serde::Serialize;
use std::sync::Arc;

/// A change of a deal's status.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "DealStatusChange")]
struct DealStatusChangeView {
    /// Which.
    id: HistoryId,
    /// The status before.
    old_status: DealStatus,
    /// The status after.
    new_status: DealStatus,
    /// Who changed it.
    changed_by: Actor,
    /// When.
    changed_at: Timestamp,
    /// What was said about it.
    note: Option<String>,
}

impl From<Stored<DealStatusChange>> for DealStatusChangeView {
    fn from(stored: Stored<DealStatusChange>) -> Self {
        let change = stored.value;
        Self {
            id: change.id,
            old_status: change.old_status,
            new_status: change.new_status,
            changed_by: stored.created_by,
            changed_at: stored.created_at,
            note: change.note,
        }
    }
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::GET,
        "/api/deals/{dealId}/history",
        "deals.history",
        Can(Permission::DealsRead),
        handle,
    )
    .summary("Status changes of a deal, latest first")
    .grants(&[Grant::ReadTable])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<DealPath>,
) -> Result<Listing<DealStatusChangeView>, Failure> {
    let page = app
        .store
        .team(who.team)
        .deals()
        .history(input.path.deal_id, who.sight(), &input.page)
        .await?;
    Ok(Listing(page.map(DealStatusChangeView::from)))
}
