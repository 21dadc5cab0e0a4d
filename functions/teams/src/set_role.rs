//! `PATCH /api/teams/{teamId}/members/{userId}/role`

use crate::problems::{LAST_OWNER, MemberKept};
use crate::rule::may_deal_in;
use crate::view::{MemberPath, MemberView};
use plat_domain::{Permission, Role};
use plat_http::problems::STALE;
use plat_registry::{App, Endpoint, Entity, Failure, Grant, InTeam, Input, Method, Principal};
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

/// What a member is from now on.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SetRole {
    /// Their role; only an owner makes owners, and changes them.
    role: Role,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::PATCH,
        "/api/teams/{teamId}/members/{userId}/role",
        "teams.set_role",
        InTeam(Permission::TeamManage),
        handle,
    )
    .summary("Give a member another role, at once")
    .grants(&[Grant::ReadTable, Grant::WriteTable])
    .problems(&[&LAST_OWNER, &STALE])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<MemberPath, SetRole>,
) -> Result<Entity<MemberView>, Failure> {
    let command = input.command(&who.user);
    let role = input.body.role;
    let member = app
        .store
        .team(who.team)
        .members()
        .set_role(
            &command,
            input.path.user_id,
            input.if_match,
            role,
            |member| may_deal_in(&who, &[member.role, role]).map_err(MemberKept),
        )
        .await?;
    Ok(Entity(MemberView::new(member)))
}
