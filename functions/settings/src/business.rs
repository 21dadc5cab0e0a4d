//! `GET /api/settings/business`

use crate::view::BusinessView;
use plat_domain::Permission;
use plat_registry::{App, Can, Endpoint, Entity, Failure, Grant, Input, Method, Principal};
use std::sync::Arc;

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::GET,
        "/api/settings/business",
        "settings.business",
        Can(Permission::TeamRead),
        handle,
    )
    .summary("Who the team is to those whom it writes to")
    .grants(&[Grant::ReadTable])
}

async fn handle(app: Arc<App>, who: Principal, _: Input) -> Result<Entity<BusinessView>, Failure> {
    let settings = app.store.team(who.team).settings();
    let (business, team) = settings.business_and_name().await?;
    Ok(Entity(BusinessView::new(business, team)))
}
