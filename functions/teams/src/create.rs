//! `POST /api/teams`

use crate::view::TeamView;
use plat_domain::{Name, Role, Visibility, team_slug};
use plat_http::problems::LIMIT_REACHED;
use plat_registry::{
    App, Created, Endpoint, Failure, Grant, Input, Method, NoPath, Person, SignedIn,
};
use plat_store::Team;
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

/// A new team.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CreateTeam {
    /// What it is called.
    name: Name,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(Method::POST, "/api/teams", "teams.create", SignedIn, handle)
        .summary("Create a team and be its owner")
        .grants(&[Grant::ReadTable, Grant::WriteTable])
        .problems(&[&LIMIT_REACHED])
}

async fn handle(
    app: Arc<App>,
    who: Person,
    input: Input<NoPath, CreateTeam>,
) -> Result<Created<TeamView>, Failure> {
    let command = input.command(&who.user);
    let id = command.new_id(0);
    let name = input.body.name;
    let team = Team {
        id,
        slug: team_slug(&name, id),
        name,
        visibility: Visibility::Team,
        owners: 1,
        members: 1,
    };
    let profile = app.store.users().get(who.id()).await?.value.user;
    let stored = app.store.team(id).create(&command, &team, &profile).await?;
    Ok(Created {
        location: format!("/api/teams/{id}"),
        entity: TeamView::new(stored, Role::Owner),
    })
}
