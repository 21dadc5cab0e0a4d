//! Sessions and their tokens, as every way of signing in makes them.

use crate::problems::{no_team, refresh_invalid};
use crate::view::{SignedInView, TeamView, TokensView, UserView};
use jiff::{SignedDuration, Timestamp};
use plat_domain::{Role, SessionId, TeamId, UserId};
use plat_registry::{App, Client, Failure};
use plat_services::RefreshToken;
use plat_services::keys::ACCESS_LIFE;
use plat_store::{Command, Gate, Membership, Session, SignIn, StoreError, Stored, Team};
use std::collections::BTreeMap;

/// How long a session stands without being refreshed.
const SESSION_LIFE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// How often a rotation looks again after another request rotated the same session.
pub(crate) const ROTATION_TRIES: usize = 5;

/// When a session that is refreshed at `now` ends.
fn session_end(now: Timestamp) -> Timestamp {
    now.checked_add(SESSION_LIFE).unwrap_or(now)
}

/// A new session on the device of `client`.
pub(crate) fn session(id: SessionId, team: TeamId, client: &Client, at: Timestamp) -> Session {
    Session {
        id,
        team,
        generation: 0,
        rotated_at: at,
        ends_at: session_end(at),
        device: client.user_agent.clone(),
        ip: client.ip.to_string(),
    }
}

/// The session after a request of `client` has been given new tokens.
pub(crate) fn next_generation(session: &Session, client: &Client, now: Timestamp) -> Session {
    Session {
        generation: session.generation.saturating_add(1),
        rotated_at: now,
        ends_at: session_end(now),
        device: client.user_agent.clone(),
        ip: client.ip.to_string(),
        ..session.clone()
    }
}

/// Makes `next` current; none if another request rotated the session meanwhile.
pub(crate) async fn rotate(
    app: &App,
    command: &Command,
    gate: &Gate,
    current: &Stored<Session>,
    next: Session,
) -> Result<Option<Session>, Failure> {
    let rotated = app
        .store
        .sessions()
        .rotate(command, gate, current, next.clone())
        .await;
    match rotated {
        Ok(()) => Ok(Some(next)),
        Err(StoreError::Stale { .. }) => Ok(None),
        Err(StoreError::NotFound) => Err(refresh_invalid().into()),
        Err(
            error @ (StoreError::Merged { .. }
            | StoreError::Taken(_)
            | StoreError::MissingReference(_)
            | StoreError::LimitReached(_)
            | StoreError::Contended
            | StoreError::Unavailable(_)
            | StoreError::Fault(_)),
        ) => Err(error.into()),
    }
}

/// The tokens of a session's current generation. The refresh token is the same each time, the access token is new.
pub(crate) fn tokens(
    app: &App,
    user: UserId,
    session: &Session,
    active: (TeamId, Role),
    now: Timestamp,
) -> Result<TokensView, Failure> {
    let (team, role) = active;
    Ok(TokensView {
        access_token: app.keys.sign_access(user, session.id, team, role, now)?,
        refresh_token: app.keys.refresh_token(RefreshToken {
            user,
            session: session.id,
            generation: session.generation,
        })?,
        token_type: "Bearer",
        expires_in: ACCESS_LIFE.as_secs(),
    })
}

/// Starts a session for a person who has shown who they are.
pub(crate) async fn sign_in(
    app: &App,
    command: &Command,
    client: &Client,
    person: &SignIn,
    now: Timestamp,
) -> Result<SignedInView, Failure> {
    let gate = &person.gate;
    let (team, role) = home(app, gate).await?;
    let session = session(command.new_id(0), team.value.id, client, command.at);
    app.store.sessions().start(command, gate, &session).await?;
    Ok(SignedInView {
        user: UserView::new(&person.credentials),
        tokens: tokens(app, gate.user.id, &session, (team.value.id, role), now)?,
        team: TeamView::new(&team.value, role),
    })
}

/// The team somebody is in when they sign in: the oldest of theirs, which is their own unless they left it.
async fn home(app: &App, gate: &Gate) -> Result<(Stored<Team>, Role), Failure> {
    let ids: Vec<TeamId> = gate.memberships.keys().copied().collect();
    let teams = app.store.teams(&ids).await?;
    teams
        .into_iter()
        .min_by_key(|team| team.value.id)
        .and_then(|team| {
            let role = gate.memberships.get(&team.value.id)?.role;
            Some((team, role))
        })
        .ok_or_else(|| no_team().into())
}

/// The team a session goes on in: its own while the person belongs to it, then the oldest of theirs.
pub(crate) fn goes_on_in(
    session: &Session,
    memberships: &BTreeMap<TeamId, Membership>,
) -> Result<(TeamId, Role), Failure> {
    memberships
        .get_key_value(&session.team)
        .or_else(|| memberships.first_key_value())
        .map(|(team, membership)| (*team, membership.role))
        .ok_or_else(|| no_team().into())
}
