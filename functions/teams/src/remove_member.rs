//! `DELETE /api/teams/{teamId}/members/{userId}`

use crate::problems::{LAST_OWNER, MemberKept};
use crate::rule::may_deal_in;
use crate::view::MemberPath;
use plat_domain::Permission;
use plat_http::problems::STALE;
use plat_registry::{App, Endpoint, Failure, Grant, InTeam, Input, Method, NoContent, Principal};
use std::sync::Arc;

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::DELETE,
        "/api/teams/{teamId}/members/{userId}",
        "teams.remove_member",
        InTeam(Permission::TeamManage),
        handle,
    )
    .summary("Take a member out of the team, at once")
    .grants(&[Grant::ReadTable, Grant::WriteTable])
    .problems(&[&LAST_OWNER, &STALE])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<MemberPath>,
) -> Result<NoContent, Failure> {
    let command = input.command(&who.user);
    app.store
        .team(who.team)
        .members()
        .remove(&command, input.path.user_id, input.if_match, |member| {
            may_deal_in(&who, &[member.role]).map_err(MemberKept)
        })
        .await?;
    Ok(NoContent)
}
