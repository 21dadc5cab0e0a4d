//! `POST /api/teams/invites/accept`

use crate::problems::{INVITATION_FOR_SOMEBODY_ELSE, for_somebody_else, invalid_token, not_joined};
use crate::view::TeamView;
use plat_domain::{InviteDetails, TokenPurpose};
use plat_http::problems::{DUPLICATE, LIMIT_REACHED};
use plat_registry::{
    App, Endpoint, Entity, Failure, Grant, Input, Method, NoPath, Person, SignedIn,
};
use plat_services::MailedPurpose;
use plat_store::{Command, Token};
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

/// What shows that one was invited. It is not `Debug`, so that no log of a request's parts can hold it.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AcceptInvite {
    /// The token in the link that was mailed.
    token: String,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::POST,
        "/api/teams/invites/accept",
        "teams.accept_invite",
        SignedIn,
        handle,
    )
    .summary("Join a team with the mailed token")
    .grants(&[Grant::ReadTable, Grant::WriteTable, Grant::MailTokens])
    .problems(&[&INVITATION_FOR_SOMEBODY_ELSE, &DUPLICATE, &LIMIT_REACHED])
}

async fn handle(
    app: Arc<App>,
    who: Person,
    input: Input<NoPath, AcceptInvite>,
) -> Result<Entity<TeamView>, Failure> {
    let command = input.command(&who.user);
    let (token, offer) = read(&app, &command, &input.body.token).await?;
    let profile = app.store.users().get(who.id()).await?.value.user;
    if profile.email.key() != token.email.key() {
        return Err(for_somebody_else(&token.email).into());
    }
    let team = app
        .store
        .team(offer.team)
        .members()
        .join(&command, &token, &profile, offer.role)
        .await
        .map_err(not_joined)?;
    Ok(Entity(TeamView::new(team, offer.role)))
}

/// A token that can still be used, and what it offers.
async fn read(
    app: &App,
    command: &Command,
    mailed: &str,
) -> Result<(Token, InviteDetails), Failure> {
    let id = app
        .keys
        .read_mailed(MailedPurpose::AcceptInvite, mailed)
        .map_err(|error| Failure::for_token(error, invalid_token()))?;
    let token = app
        .store
        .tokens()
        .find(command, id, TokenPurpose::AcceptInvite)
        .await?;
    let offer = token.as_ref().and_then(|token| token.invite.clone());
    token.zip(offer).ok_or_else(|| invalid_token().into())
}
