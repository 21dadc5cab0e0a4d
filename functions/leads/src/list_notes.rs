//! `GET /api/leads/{leadId}/notes`

use crate::view::LeadPath;
use plat_domain::Permission;
use plat_http::problems::MERGED;
use plat_registry::{App, Can, Endpoint, Failure, Grant, Input, Listing, Method, Principal};
use plat_views::NoteView;
use std::sync::Arc;

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::GET,
        "/api/leads/{leadId}/notes",
        "leads.list_notes",
        Can(Permission::LeadsRead),
        handle,
    )
    .summary("Notes of a lead, latest first")
    .grants(&[Grant::ReadTable])
    .problems(&[&MERGED])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<LeadPath>,
) -> Result<Listing<NoteView>, Failure> {
    let page = app
        .store
        .team(who.team)
        .notes()
        .list(input.path.lead_id, who.sight(), &input.page)
        .await?;
    Ok(Listing(page.map(NoteView::from)))
}
