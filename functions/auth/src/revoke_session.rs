//! `DELETE /api/auth/sessions/{sessionId}`

use plat_domain::SessionId;
use plat_http::problems;
use plat_registry::{App, Endpoint, Failure, Grant, Input, Method, NoContent, Person, SignedIn};
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

/// The session in the path.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SessionPath {
    /// One of the person's own sessions.
    session_id: SessionId,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::DELETE,
        "/api/auth/sessions/{sessionId}",
        "auth.revoke_session",
        SignedIn,
        handle,
    )
    .summary("Sign one device out")
    .grants(&[Grant::WriteTable])
}

async fn handle(
    app: Arc<App>,
    who: Person,
    input: Input<SessionPath>,
) -> Result<NoContent, Failure> {
    let session = input.path.session_id;
    who.sessions
        .get(&session)
        .filter(|ends| **ends > input.now)
        .ok_or_else(problems::not_found)?;
    let command = input.command(&who.user);
    app.store
        .sessions()
        .end(&command, who.id(), session, who.team)
        .await?;
    Ok(NoContent)
}
