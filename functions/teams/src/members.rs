//! `GET /api/teams/{teamId}/members`

use crate::view::{MemberView, TeamPath};
use plat_domain::Permission;
use plat_registry::{App, Endpoint, Failure, Grant, InTeam, Input, Listing, Method, Principal};
use std::sync::Arc;

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::GET,
        "/api/teams/{teamId}/members",
        "teams.members",
        InTeam(Permission::TeamRead),
        handle,
    )
    .summary("List a team's members, by the age of their accounts")
    .grants(&[Grant::ReadTable])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<TeamPath>,
) -> Result<Listing<MemberView>, Failure> {
    let members = app.store.team(who.team).members();
    let page = members.list(&input.page).await?;
    Ok(Listing(page.map(MemberView::new)))
}
