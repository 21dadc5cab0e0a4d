//! `GET /api/deals/{dealId}/history`

use crate::view::DealPath;
use plat_domain::{DealStatus, Permission};
use plat_registry::{App, Can, Endpoint, Failure, Grant, Input, Listing, Method, Principal};
use plat_views::StatusChangeView;
use std::sync::Arc;

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
) -> Result<Listing<StatusChangeView<DealStatus>>, Failure> {
    let page = app
        .store
        .team(who.team)
        .deals()
        .history(input.path.deal_id, who.sight(), &input.page)
        .await?;
    Ok(Listing(page.map(StatusChangeView::from)))
}
