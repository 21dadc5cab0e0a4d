//! `DELETE /api/settings/api-keys/{keyId}`

use crate::api_key_view::KeyPath;
use plat_domain::Permission;
use plat_registry::{App, Can, Endpoint, Failure, Grant, Input, Method, NoContent, Principal};
use std::sync::Arc;

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::DELETE,
        "/api/settings/api-keys/{keyId}",
        "settings.delete_api_key",
        Can(Permission::TeamManage),
        handle,
    )
    .summary("Revoke a key: nothing comes by it from now on")
    .grants(&[Grant::ReadTable, Grant::WriteTable])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<KeyPath>,
) -> Result<NoContent, Failure> {
    let command = input.command(&who.user);
    let keys = app.store.team(who.team).api_keys();
    keys.delete(&command, input.path.key_id).await?;
    Ok(NoContent)
}
