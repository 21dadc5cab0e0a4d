//! `POST /api/clients/{clientId}/restore`

use crate::path::ClientPath;
use plat_domain::Permission;
use plat_http::problems::{DUPLICATE, STALE};
use plat_registry::{App, Can, Endpoint, Entity, Failure, Grant, Input, Method, Principal};
use plat_views::ClientView;
use std::sync::Arc;

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::POST,
        "/api/clients/{clientId}/restore",
        "clients.restore",
        Can(Permission::ClientsWrite),
        handle,
    )
    .summary("Bring a deleted client back, with the follow-ups whose time is still to come")
    .grants(&[Grant::ReadTable, Grant::WriteTable])
    .problems(&[&DUPLICATE, &STALE])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<ClientPath>,
) -> Result<Entity<ClientView>, Failure> {
    let command = input.command(&who.user);
    let stored = app
        .store
        .team(who.team)
        .clients()
        .restore(&command, input.path.client_id, who.sight(), input.if_match)
        .await?;
    Ok(Entity(stored.into()))
}
