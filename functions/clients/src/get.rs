//! `GET /api/clients/{clientId}`

use crate::path::ClientPath;
use plat_domain::Permission;
use plat_registry::{App, Can, Endpoint, Entity, Failure, Grant, Input, Method, Principal};
use plat_views::ClientView;
use std::sync::Arc;

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::GET,
        "/api/clients/{clientId}",
        "clients.get",
        Can(Permission::ClientsRead),
        handle,
    )
    .summary("One client")
    .grants(&[Grant::ReadTable])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<ClientPath>,
) -> Result<Entity<ClientView>, Failure> {
    let clients = app.store.team(who.team).clients();
    let client = clients.get(input.path.client_id, who.sight()).await?;
    Ok(Entity(client.into()))
}
