//! `GET /api/teams/{teamId}`

use crate::view::{TeamPath, TeamView};
use plat_domain::Permission;
use plat_registry::{App, Endpoint, Entity, Failure, Grant, InTeam, Input, Method, Principal};
use std::sync::Arc;

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::GET,
        "/api/teams/{teamId}",
        "teams.get",
        InTeam(Permission::TeamRead),
        handle,
    )
    .summary("One team")
    .grants(&[Grant::ReadTable])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    _: Input<TeamPath>,
) -> Result<Entity<TeamView>, Failure> {
    let team = app.store.team(who.team).get().await?;
    Ok(Entity(TeamView::new(team, who.role)))
}
