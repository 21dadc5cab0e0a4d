//! `GET /api/leads/{leadId}/history`

use crate::view::LeadPath;
use jiff::Timestamp;
use plat_domain::{Actor, HistoryId, LeadStatus, Permission};
use plat_registry::{App, Can, Endpoint, Failure, Grant, Input, Listing, Method, Principal};
use plat_store::{StatusChange, Stored};
use schemars::JsonSchema;
use serde::Serialize;
use std::sync::Arc;

/// A change of a lead's status.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "StatusChange")]
struct StatusChangeView {
    /// Which.
    id: HistoryId,
    /// The status before.
    old_status: LeadStatus,
    /// The status after.
    new_status: LeadStatus,
    /// Who changed it.
    changed_by: Actor,
    /// When.
    changed_at: Timestamp,
    /// What was said about it.
    note: Option<String>,
}

impl From<Stored<StatusChange>> for StatusChangeView {
    fn from(stored: Stored<StatusChange>) -> Self {
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
        "/api/leads/{leadId}/history",
        "leads.history",
        Can(Permission::LeadsRead),
        handle,
    )
    .summary("Status changes of a lead, latest first")
    .grants(&[Grant::ReadTable])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<LeadPath>,
) -> Result<Listing<StatusChangeView>, Failure> {
    let page = app
        .store
        .team(who.team)
        .history()
        .list(input.path.lead_id, who.sight(), &input.page)
        .await?;
    Ok(Listing(page.map(StatusChangeView::from)))
}
