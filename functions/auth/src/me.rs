//! `GET /api/auth/me`

use crate::view::{TeamView, UserView};
use plat_domain::Permission;
use plat_registry::{
    App, Endpoint, Entity, Failure, Grant, Input, Method, Person, SignedIn, Versioned,
};
use schemars::JsonSchema;
use serde::Serialize;
use std::sync::Arc;

/// Who is signed in, and what they may do.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "WhoAmI")]
struct MeView {
    /// Who.
    user: UserView,
    /// The team of the access token; null once they no longer belong to it.
    #[schemars(required)]
    team: Option<TeamView>,
    /// What they may do in that team.
    permissions: Vec<Permission>,
}

impl Versioned for MeView {
    fn version(&self) -> u64 {
        self.user.version()
    }
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(Method::GET, "/api/auth/me", "auth.me", SignedIn, handle)
        .summary("The signed-in user, the active team and their permissions in it")
        .grants(&[Grant::ReadTable])
}

async fn handle(app: Arc<App>, who: Person, _: Input) -> Result<Entity<MeView>, Failure> {
    let users = app.store.users();
    let Some(active) = who.in_team(who.team) else {
        let user = users.get(who.id()).await?;
        return Ok(Entity(MeView {
            user: UserView::new(&user),
            team: None,
            permissions: Vec::new(),
        }));
    };
    let (user, team) = users.with_team(who.id(), active.team).await?;
    Ok(Entity(MeView {
        user: UserView::new(&user),
        team: Some(TeamView::new(&team.value, active.role)),
        permissions: active.role.permissions().collect(),
    }))
}
