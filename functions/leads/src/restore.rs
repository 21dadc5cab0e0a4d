//! `POST /api/leads/{leadId}/restore`

use crate::view::{LeadPath, LeadView};
use plat_domain::Permission;
use plat_http::problems::{DUPLICATE, MERGED, STALE};
use plat_registry::{App, Can, Endpoint, Entity, Failure, Grant, Input, Method, Principal};
use std::sync::Arc;

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::POST,
        "/api/leads/{leadId}/restore",
        "leads.restore",
        Can(Permission::LeadsWrite),
        handle,
    )
    .summary("Bring a deleted lead back")
    .grants(&[Grant::ReadTable, Grant::WriteTable])
    .problems(&[&DUPLICATE, &MERGED, &STALE])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<LeadPath>,
) -> Result<Entity<LeadView>, Failure> {
    let command = input.command(&who.user);
    let stored = app
        .store
        .team(who.team)
        .leads()
        .restore(&command, input.path.lead_id, who.sight(), input.if_match)
        .await?;
    Ok(Entity(LeadView::written(&app, who.team, stored).await?))
}
