//! `GET /api/deals/{dealId}`

use crate::view::{DealPath, DealView};
use plat_domain::Permission;
use plat_registry::{App, Can, Endpoint, Entity, Failure, Grant, Input, Method, Principal};
use std::sync::Arc;

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::GET,
        "/api/deals/{dealId}",
        "deals.get",
        Can(Permission::DealsRead),
        handle,
    )
    .summary("One deal")
    .grants(&[Grant::ReadTable])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<DealPath>,
) -> Result<Entity<DealView>, Failure> {
    let deals = app.store.team(who.team).deals();
    let deal = deals.get(input.path.deal_id, who.sight()).await?;
    Ok(Entity(deal.into()))
}
