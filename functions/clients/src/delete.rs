//! `DELETE /api/clients/{clientId}`

use crate::path::ClientPath;
use plat_domain::Permission;
use plat_http::problems::STALE;
use plat_registry::{App, Can, Endpoint, Failure, Grant, Input, Method, NoContent, Principal};
use std::sync::Arc;

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::DELETE,
        "/api/clients/{clientId}",
        "clients.delete",
        Can(Permission::ClientsWrite),
        handle,
    )
    .summary("Delete a client; it can be restored for 30 days, and follow-ups are cancelled")
    .grants(&[Grant::ReadTable, Grant::WriteTable])
    .problems(&[&STALE])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<ClientPath>,
) -> Result<NoContent, Failure> {
    let command = input.command(&who.user);
    app.store
        .team(who.team)
        .clients()
        .delete(&command, input.path.client_id, who.sight(), input.if_match)
        .await?;
    Ok(NoContent)
}
