//! `GET /api/leads`

use crate::filter::{Asked, LeadQuery};
use crate::view::LeadSummaryView;
use plat_domain::Permission;
use plat_registry::{
    App, Can, Endpoint, Failure, Grant, Input, Listing, Method, NoBody, NoPath, Principal,
};
use plat_store::{Page, TagSet};
use std::sync::Arc;

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::GET,
        "/api/leads",
        "leads.list",
        Can(Permission::LeadsRead),
        handle,
    )
    .summary("List leads with filters, search, order and cursor")
    .grants(&[Grant::ReadTable])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<NoPath, NoBody, LeadQuery>,
) -> Result<Listing<LeadSummaryView>, Failure> {
    let query = input.query;
    let team = app.store.team(who.team);
    query.check_fields(&team).await?;
    let tags = match query.tags(&team).await? {
        Asked::NoTag => None,
        Asked::Tag(set) => Some(set),
        Asked::Nothing => {
            return Ok(Listing(Page::empty()));
        }
    };
    let filter = query.filter(&team, who.id(), who.sight()).await?;
    let page = team
        .leads()
        .list(&filter, query.order(), &input.page)
        .await?;
    let tagged = page.items.iter().any(|lead| !lead.lead.tags.is_empty());
    let tags = match tags {
        Some(tags) => tags,
        None if tagged => team.tags().get().await?,
        None => TagSet::default(),
    };
    Ok(Listing(page.map(|lead| LeadSummaryView::new(lead, &tags))))
}
