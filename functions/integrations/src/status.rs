//! `GET /api/integrations/{provider}/status`

use crate::view::{IntegrationView, ProviderPath};
use plat_domain::Permission;
use plat_registry::{App, Can, Endpoint, Failure, Grant, Input, Json, Method, Principal};
use std::sync::Arc;

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::GET,
        "/api/integrations/{provider}/status",
        "integrations.status",
        Can(Permission::IntegrationsRead),
        handle,
    )
    .summary("How the connection with a service is")
    .grants(&[Grant::ReadTable, Grant::NameApi])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<ProviderPath>,
) -> Result<Json<IntegrationView>, Failure> {
    let provider = input.path.provider;
    let integrations = app.store.team(who.team).integrations();
    let connection = integrations.get(provider).await?;
    Ok(Json(IntegrationView::new(
        &app, who.team, provider, connection,
    )))
}
