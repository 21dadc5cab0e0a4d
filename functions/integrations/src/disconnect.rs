//! `POST /api/integrations/{provider}/disconnect`

use crate::view::ProviderPath;
use plat_domain::Permission;
use plat_registry::{App, Can, Endpoint, Failure, Grant, Input, Method, NoContent, Principal};
use std::sync::Arc;

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::POST,
        "/api/integrations/{provider}/disconnect",
        "integrations.disconnect",
        Can(Permission::IntegrationsManage),
        handle,
    )
    .summary("Disconnect a service and forget its key")
    .grants(&[Grant::ReadTable, Grant::WriteTable])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<ProviderPath>,
) -> Result<NoContent, Failure> {
    let command = input.command(&who.user);
    app.store
        .team(who.team)
        .integrations()
        .disconnect(&command, input.path.provider)
        .await?;
    Ok(NoContent)
}
