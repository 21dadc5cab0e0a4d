//! `GET /api/integrations`

use crate::view::IntegrationView;
use plat_domain::Permission;
use plat_registry::{App, Can, Endpoint, Failure, Grant, Input, Listing, Method, Principal};
use std::sync::Arc;

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::GET,
        "/api/integrations",
        "integrations.list",
        Can(Permission::IntegrationsRead),
        handle,
    )
    .summary("Services that can be connected, and how each connection is")
    .grants(&[Grant::ReadTable, Grant::NameApi])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input,
) -> Result<Listing<IntegrationView>, Failure> {
    let integrations = app.store.team(who.team).integrations();
    let page = integrations.list(&input.page).await?;
    Ok(Listing(page.map(|row| {
        IntegrationView::new(&app, who.team, row.provider, row.connection)
    })))
}
