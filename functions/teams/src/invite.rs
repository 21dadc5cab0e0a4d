//! `POST /api/teams/{teamId}/invite`

use crate::problems::already_member;
use crate::rule::may_deal_in;
use crate::view::TeamPath;
use jiff::{SignedDuration, Timestamp};
use plat_domain::{Email, InviteDetails, Permission, Role, TeamId};
use plat_http::Problem;
use plat_http::problems::{self, DUPLICATE, TOO_MANY_REQUESTS};
use plat_registry::{Accepted, App, Endpoint, Failure, Grant, InTeam, Input, Method, Principal};
use plat_store::{Invite, Limit, StoreError};
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

/// How long an invitation is good: a week, so that a mail read after a holiday weekend still works.
const LIFE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Invitations of one team in an hour: enough to set up an office, too few to send bulk mail in our name.
const INVITATIONS: Limit = Limit {
    what: "invite",
    times: 50,
    seconds: 60 * 60,
};

/// Whom to invite, and as what.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct InviteMember {
    /// Where the invitation goes. Inviting an address again replaces the invitation that it has.
    email: Email,
    /// What they will be; only an owner invites owners.
    role: Role,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::POST,
        "/api/teams/{teamId}/invite",
        "teams.invite",
        InTeam(Permission::TeamManage),
        handle,
    )
    .summary("Invite somebody by e-mail; the invitation is good for seven days")
    .grants(&[Grant::ReadTable, Grant::WriteTable])
    .problems(&[&DUPLICATE, &TOO_MANY_REQUESTS])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<TeamPath, InviteMember>,
) -> Result<Accepted, Failure> {
    let command = input.command(&who.user);
    let InviteMember { email, role } = input.body;
    may_deal_in(&who, &[role])?;
    if belongs(&app, who.team, &email, input.now).await? {
        return Err(already_member("/email", "This person belongs to the team already.").into());
    }
    take(&app, who.team, input.now).await?;
    let (inviter, team) = app.store.users().with_team(who.id(), who.team).await?;
    let invite = Invite {
        email,
        role,
        token: command.new_id(0),
        ends_at: command.at.checked_add(LIFE).unwrap_or(command.at),
    };
    let details = InviteDetails {
        team: who.team,
        team_name: team.value.name.as_str().to_owned(),
        role,
        invited_by: inviter.value.user.name.as_str().to_owned(),
    };
    // Who is invited may have no account yet. Most likely they read what their team reads.
    let language = inviter.value.user.language;
    app.store
        .team(who.team)
        .members()
        .invite(&command, &invite, details, language)
        .await?;
    Ok(Accepted)
}

/// Whether the person with this address belongs to the team. An address that nobody has asks the table for as much, so
/// that the time of the reply does not tell who has an account.
async fn belongs(app: &App, team: TeamId, email: &Email, now: Timestamp) -> Result<bool, Failure> {
    let known = app.store.users().find_by_email(email).await?;
    let user = known.unwrap_or_else(|| app.new_id(now));
    match app.store.team(team).members().get(user).await {
        Ok(_) => Ok(true),
        Err(StoreError::NotFound) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

async fn take(app: &App, team: TeamId, now: Timestamp) -> Result<(), Failure> {
    let limits = app.store.limits();
    match limits.take(INVITATIONS, &team.to_string(), now).await? {
        Ok(()) => Ok(()),
        Err(wait) => Err(Problem::new(
            &problems::TOO_MANY_REQUESTS,
            format!("A team may send 50 invitations an hour. Wait {wait} seconds."),
        )
        .retry_after(wait)
        .into()),
    }
}
