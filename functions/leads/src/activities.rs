//! `GET /api/leads/{leadId}/activities`

use crate::view::LeadPath;
use jiff::Timestamp;
use plat_domain::{ActivityId, ActivityType, Actor, Permission};
use plat_registry::{App, Can, Endpoint, Failure, Grant, Input, Listing, Method, Principal};
use plat_store::{ActivityRow, Stored};
use schemars::JsonSchema;
use serde::Serialize;
use std::sync::Arc;

/// A line of a timeline.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Activity")]
struct ActivityView {
    /// Which.
    id: ActivityId,
    /// What happened.
    r#type: ActivityType,
    /// When.
    at: Timestamp,
    /// Who did it; null if nobody in particular did.
    actor: Option<Actor>,
    /// The same in words.
    title: String,
    /// What this type has to tell beside: ids, statuses, names of fields.
    data: serde_json::Map<String, serde_json::Value>,
}

impl From<Stored<ActivityRow>> for ActivityView {
    fn from(stored: Stored<ActivityRow>) -> Self {
        let row = stored.value;
        Self {
            id: row.id,
            r#type: row.kind,
            at: stored.created_at,
            actor: Some(stored.created_by),
            title: row.title,
            data: row.data,
        }
    }
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::GET,
        "/api/leads/{leadId}/activities",
        "leads.activities",
        Can(Permission::LeadsRead),
        handle,
    )
    .summary("The timeline of a lead, latest first")
    .grants(&[Grant::ReadTable])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<LeadPath>,
) -> Result<Listing<ActivityView>, Failure> {
    let page = app
        .store
        .team(who.team)
        .activities()
        .list(input.path.lead_id, who.sight(), &input.page)
        .await?;
    Ok(Listing(page.map(ActivityView::from)))
}
