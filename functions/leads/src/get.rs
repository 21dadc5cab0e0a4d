//! `GET /api/leads/{leadId}`

use crate::view::{LeadPath, LeadView};
use plat_domain::Permission;
use plat_http::problems::MERGED;
use plat_registry::{App, Can, Endpoint, Entity, Failure, Grant, Input, Method, Principal};
use std::sync::Arc;

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::GET,
        "/api/leads/{leadId}",
        "leads.get",
        Can(Permission::LeadsRead),
        handle,
    )
    .summary("One lead with its tags and score")
    .grants(&[Grant::ReadTable])
    .problems(&[&MERGED])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<LeadPath>,
) -> Result<Entity<LeadView>, Failure> {
    let (lead, tags) = app
        .store
        .team(who.team)
        .leads()
        .get(input.path.lead_id, who.sight())
        .await?;
    Ok(Entity(LeadView::new(lead, &tags)))
}
