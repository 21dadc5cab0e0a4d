//! `GET /api/teams`

use crate::view::TeamView;
use plat_registry::{
    App, Endpoint, Failure, Grant, Input, Listing, Method, NoPath, Person, SignedIn,
};
use std::sync::Arc;

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(Method::GET, "/api/teams", "teams.list", SignedIn, handle)
        .summary("List the teams one belongs to, by name")
        .grants(&[Grant::ReadTable])
}

async fn handle(
    app: Arc<App>,
    who: Person,
    input: Input<NoPath>,
) -> Result<Listing<TeamView>, Failure> {
    let page = app.store.teams_of(&who.memberships, &input.page).await?;
    Ok(Listing(page.map(|(team, membership)| {
        TeamView::new(team, membership.role)
    })))
}
