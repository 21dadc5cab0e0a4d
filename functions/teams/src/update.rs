//! `PATCH /api/teams/{teamId}` and its alias `PUT`: a JSON Merge Patch.

use crate::view::{TeamPath, TeamView};
use plat_domain::{Name, Permission, Visibility};
use plat_http::patch::{never_null, present};
use plat_http::problems::STALE;
use plat_registry::{App, Endpoint, Entity, Failure, Grant, InTeam, Input, Method, Principal};
use plat_store::TeamChange;
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

/// What changes. A field that is absent stays.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct UpdateTeam {
    /// What it is called.
    #[serde(default, deserialize_with = "present")]
    #[schemars(transform = never_null)]
    name: Option<Name>,
    /// Which records members and assistants see: all of the team's, or what is assigned to them or to nobody.
    #[serde(default, deserialize_with = "present")]
    #[schemars(transform = never_null)]
    visibility: Option<Visibility>,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::PATCH,
        "/api/teams/{teamId}",
        "teams.update",
        InTeam(Permission::TeamManage),
        handle,
    )
    .alias(Method::PUT)
    .summary("Change a team's name, or which records its members see")
    .grants(&[Grant::ReadTable, Grant::WriteTable])
    .problems(&[&STALE])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<TeamPath, UpdateTeam>,
) -> Result<Entity<TeamView>, Failure> {
    let command = input.command(&who.user);
    let change = TeamChange {
        name: input.body.name,
        visibility: input.body.visibility,
    };
    let team = app
        .store
        .team(who.team)
        .update(&command, input.if_match, &change)
        .await?;
    Ok(Entity(TeamView::new(team, who.role)))
}
