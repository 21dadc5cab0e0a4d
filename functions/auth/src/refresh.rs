//! `POST /api/auth/refresh`
//!
//! Each refresh token is good for one use. The same token again means either that a reply was lost or that two tabs
//! refreshed at once, which happens within seconds, or that somebody has a copy: then nobody can tell who is who, and
//! the session ends for both.

use crate::issue;
use crate::problems::{NO_TEAM, REFRESH_INVALID, REFRESH_REUSED, refresh_invalid, refresh_reused};
use crate::secret::Secret;
use crate::view::TokensView;
use jiff::{SignedDuration, Timestamp};
use plat_registry::{App, Endpoint, Failure, Grant, Input, Json, Method, NoPath, Public, Visitor};
use plat_services::RefreshToken;
use plat_store::{Session, StoreError};
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

/// How long after its first use a token still leads to the token that replaced it.
const GRACE: SignedDuration = SignedDuration::from_secs(10);

/// A refresh token to exchange.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Refresh {
    /// As signing in, or the last refresh, gave it.
    refresh_token: Secret,
}

/// What a token is to its session.
#[derive(Debug, PartialEq, Eq)]
enum Standing {
    Current,
    /// Used a moment ago.
    JustReplaced,
    Reused,
    /// From a generation that was never issued, as after the table was set back to an earlier state.
    Unknown,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::POST,
        "/api/auth/refresh",
        "auth.refresh",
        Public,
        handle,
    )
    .summary("Rotate the refresh token")
    .grants(&[Grant::ReadTable, Grant::WriteTable, Grant::SignTokens])
    .problems(&[&REFRESH_INVALID, &REFRESH_REUSED, &NO_TEAM])
}

async fn handle(
    app: Arc<App>,
    _: Visitor,
    input: Input<NoPath, Refresh>,
) -> Result<Json<TokensView>, Failure> {
    let token = app
        .keys
        .read_refresh(input.body.refresh_token.as_str())
        .map_err(|error| Failure::for_token(error, refresh_invalid()))?;
    for _ in 0..issue::ROTATION_TRIES {
        let (current, gate) = app
            .store
            .sessions()
            .find(token.user, token.session)
            .await?
            .filter(|(session, _)| session.value.ends_at > input.now)
            .ok_or_else(refresh_invalid)?;
        let command = input.command(&gate.user);
        let session = match standing(token, &current.value, input.now) {
            Standing::Current => {
                let (team, _) = issue::goes_on_in(&current.value, &gate.memberships)?;
                let next = Session {
                    team,
                    ..issue::next_generation(&current.value, &input.client, input.now)
                };
                match issue::rotate(&app, &command, &gate, &current, next).await? {
                    Some(session) => session,
                    None => continue,
                }
            }
            Standing::JustReplaced => current.value,
            Standing::Reused => {
                let (user, session, team) = (token.user, token.session, current.value.team);
                tracing::warn!(%user, %session, "a refresh token was used again; session {session} ends");
                let sessions = app.store.sessions();
                sessions.end(&command, user, session, team).await?;
                return Err(refresh_reused().into());
            }
            Standing::Unknown => return Err(refresh_invalid().into()),
        };
        let active = issue::goes_on_in(&session, &gate.memberships)?;
        return Ok(Json(issue::tokens(
            &app, token.user, &session, active, input.now,
        )?));
    }
    Err(StoreError::Contended.into())
}

fn standing(token: RefreshToken, session: &Session, now: Timestamp) -> Standing {
    match session.generation.checked_sub(token.generation) {
        None => Standing::Unknown,
        Some(0) => Standing::Current,
        Some(1) if now.duration_since(session.rotated_at) <= GRACE => Standing::JustReplaced,
        Some(_) => Standing::Reused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plat_domain::{SessionId, TeamId, UserId};

    #[test]
    fn a_token_is_current_replaced_reused_or_unknown() {
        let rotated_at: Timestamp = "2026-03-01T09:00:00Z".parse().unwrap();
        let session = Session {
            id: SessionId::from_bits(1),
            team: TeamId::from_bits(1),
            generation: 5,
            rotated_at,
            ends_at: rotated_at,
            device: String::new(),
            ip: String::new(),
        };
        let cases = [
            (5, 0, Standing::Current),
            (5, 86_400, Standing::Current),
            // Clocks of two machines differ a little.
            (4, -1, Standing::JustReplaced),
            (4, 10, Standing::JustReplaced),
            (4, 11, Standing::Reused),
            (3, 0, Standing::Reused),
            (6, 0, Standing::Unknown),
        ];
        for (generation, seconds, expected) in cases {
            let token = RefreshToken {
                user: UserId::from_bits(1),
                session: session.id,
                generation,
            };
            let now = rotated_at + SignedDuration::from_secs(seconds);
            assert_eq!(
                standing(token, &session, now),
                expected,
                "generation {generation} after {seconds} s"
            );
        }
    }
}
