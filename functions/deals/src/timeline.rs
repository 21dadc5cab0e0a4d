//! `GET /api/deals/{dealId}/timeline`
//!
//! A note is shown as it is today, at the place where it was written; a deleted one is not shown any more.

use crate::view::DealPath;
use plat_domain::{Permission, RecordRef};
use plat_registry::{App, Can, Endpoint, Failure, Grant, Input, Listing, Method, Principal};
use plat_views::ActivityView;
use std::sync::Arc;

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::GET,
        "/api/deals/{dealId}/timeline",
        "deals.timeline",
        Can(Permission::DealsRead),
        handle,
    )
    .summary("What happened to a deal, with its notes, latest first")
    .grants(&[Grant::ReadTable])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<DealPath>,
) -> Result<Listing<ActivityView>, Failure> {
    let page = app
        .store
        .team(who.team)
        .activities()
        .timeline(
            RecordRef::Deal(input.path.deal_id),
            who.sight(),
            &input.page,
        )
        .await?;
    Ok(Listing(page.map(ActivityView::from)))
}
