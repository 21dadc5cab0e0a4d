//! `GET /api/auth/sessions`

use jiff::Timestamp;
use plat_domain::{SessionId, TeamId};
use plat_registry::{App, Endpoint, Failure, Grant, Input, Listing, Method, Person, SignedIn};
use plat_store::Session;
use schemars::JsonSchema;
use serde::Serialize;
use std::sync::Arc;

/// A signed-in device.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Session")]
struct SessionView {
    /// Which.
    id: SessionId,
    /// The device, as its user agent names itself.
    device: String,
    /// The address it was last seen at.
    ip: String,
    /// Whether it is the one that asks.
    current: bool,
    /// The team it acts in.
    team_id: TeamId,
    /// When it signed in.
    created_at: Timestamp,
    /// When it was last given new tokens.
    last_seen_at: Timestamp,
    /// When it ends unless it is given new tokens before.
    expires_at: Timestamp,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::GET,
        "/api/auth/sessions",
        "auth.sessions",
        SignedIn,
        handle,
    )
    .summary("Signed-in devices, the newest first")
    .grants(&[Grant::ReadTable])
}

async fn handle(app: Arc<App>, who: Person, input: Input) -> Result<Listing<SessionView>, Failure> {
    let standing = who
        .sessions
        .iter()
        .filter(|(_, ends)| **ends > input.now)
        .map(|(session, _)| *session);
    let page = app
        .store
        .sessions()
        .standing(who.id(), standing, &input.page)
        .await?;
    Ok(Listing(page.map(|stored| {
        let Session {
            id,
            team,
            rotated_at,
            ends_at,
            device,
            ip,
            generation: _,
        } = stored.value;
        SessionView {
            id,
            device,
            ip,
            current: id == who.session,
            team_id: team,
            created_at: stored.created_at,
            last_seen_at: rotated_at,
            expires_at: ends_at,
        }
    })))
}
