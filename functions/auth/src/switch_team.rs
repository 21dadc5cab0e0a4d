//! `POST /api/auth/switch-team`

use crate::issue;
use crate::problems::{REFRESH_INVALID, refresh_invalid};
use crate::view::{SignedInView, TeamView, UserView};
use plat_domain::TeamId;
use plat_http::problems;
use plat_registry::{App, Endpoint, Failure, Grant, Input, Json, Method, NoPath, Person, SignedIn};
use plat_store::{Session, StoreError};
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

/// Which team to act in.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SwitchTeam {
    /// A team that the person belongs to.
    team_id: TeamId,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::POST,
        "/api/auth/switch-team",
        "auth.switch_team",
        SignedIn,
        handle,
    )
    .summary("Tokens for another team the user belongs to")
    .grants(&[Grant::ReadTable, Grant::WriteTable, Grant::SignTokens])
    .problems(&[&REFRESH_INVALID])
}

async fn handle(
    app: Arc<App>,
    who: Person,
    input: Input<NoPath, SwitchTeam>,
) -> Result<Json<SignedInView>, Failure> {
    let principal = who
        .in_team(input.body.team_id)
        .ok_or_else(problems::not_found)?;
    let (user, team) = app
        .store
        .users()
        .with_team(who.id(), principal.team)
        .await?;
    let command = input.command(&who.user);
    for _ in 0..issue::ROTATION_TRIES {
        let (current, gate) = app
            .store
            .sessions()
            .find(who.id(), who.session)
            .await?
            .ok_or_else(refresh_invalid)?;
        let next = Session {
            team: principal.team,
            ..issue::next_generation(&current.value, &input.client, input.now)
        };
        if let Some(session) = issue::rotate(&app, &command, &gate, &current, next).await? {
            let active = (principal.team, principal.role);
            return Ok(Json(SignedInView {
                user: UserView::new(&user),
                tokens: issue::tokens(&app, who.id(), &session, active, input.now)?,
                team: TeamView::new(&team.value, principal.role),
            }));
        }
    }
    Err(StoreError::Contended.into())
}
