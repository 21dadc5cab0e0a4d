//! `POST /api/auth/logout`

use plat_registry::{
    App, Endpoint, Failure, Grant, Input, Method, NoBody, NoContent, NoPath, Person, SignedIn,
};
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

/// Which sessions to end.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Logout {
    /// Whether to sign out on every device instead of this one.
    #[serde(default)]
    all: bool,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::POST,
        "/api/auth/logout",
        "auth.logout",
        SignedIn,
        handle,
    )
    .summary("End this session, or all with ?all=true")
    .grants(&[Grant::WriteTable])
}

async fn handle(
    app: Arc<App>,
    who: Person,
    input: Input<NoPath, NoBody, Logout>,
) -> Result<NoContent, Failure> {
    let sessions = app.store.sessions();
    if input.query.all {
        sessions.end_all(who.id()).await?;
    } else {
        let command = input.command(&who.user);
        sessions
            .end(&command, who.id(), who.session, who.team)
            .await?;
    }
    Ok(NoContent)
}
