//! `GET /api/leads/{leadId}/history`

use crate::view::LeadPath;
use plat_domain::{LeadStatus, Permission};
use plat_http::problems::MERGED;
use plat_registry::{App, Can, Endpoint, Failure, Grant, Input, Listing, Method, Principal};
use plat_views::StatusChangeView;
use std::sync::Arc;

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
    .problems(&[&MERGED])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<LeadPath>,
) -> Result<Listing<StatusChangeView<LeadStatus>>, Failure> {
    let page = app
        .store
        .team(who.team)
        .history()
        .list(input.path.lead_id, who.sight(), &input.page)
        .await?;
    Ok(Listing(page.map(StatusChangeView::from)))
}
