//! `GET /api/leads/{leadId}/activities`

use crate::view::LeadPath;
use plat_domain::Permission;
use plat_http::problems::MERGED;
use plat_registry::{App, Can, Endpoint, Failure, Grant, Input, Listing, Method, Principal};
use plat_views::ActivityView;
use std::sync::Arc;

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
    .problems(&[&MERGED])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<LeadPath>,
) -> Result<Listing<ActivityView>, Failure> {
    let timeline = app.store.team(who.team).activities();
    let mut page = timeline
        .list(input.path.lead_id, who.sight(), &input.page)
        .await?;
    // Whoever may see leads may not see their documents for that.
    page.items.retain(|line| {
        let asked = line.value.kind.seen_with();
        asked.is_none_or(|permission| who.can(permission))
    });
    Ok(Listing(page.map(ActivityView::from)))
}
