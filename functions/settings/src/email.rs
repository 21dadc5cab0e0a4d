//! `GET /api/settings/email`

use crate::view::EmailSettingsView;
use plat_domain::Permission;
use plat_registry::{App, Can, Endpoint, Entity, Failure, Grant, Input, Method, Principal};
use std::sync::Arc;

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::GET,
        "/api/settings/email",
        "settings.email",
        Can(Permission::TeamRead),
        handle,
    )
    .summary("How the team writes to its clients: sender, provider, and whose model writes")
    .grants(&[Grant::ReadTable])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    _: Input,
) -> Result<Entity<EmailSettingsView>, Failure> {
    let email = app.store.team(who.team).settings().email().await?;
    Ok(Entity(email.into()))
}
