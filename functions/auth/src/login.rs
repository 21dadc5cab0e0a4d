//! `POST /api/auth/login`

use crate::issue;
use crate::limit;
use crate::login_two_factor::Challenge;
use crate::passwords;
use crate::problems::{INVALID_CREDENTIALS, NO_TEAM, invalid_credentials};
use crate::secret::Secret;
use crate::view::SignedInView;
use jiff::Timestamp;
use plat_domain::Email;
use plat_http::problems::TOO_MANY_REQUESTS;
use plat_registry::{App, Endpoint, Failure, Grant, Input, Json, Method, NoPath, Public, Visitor};
use plat_store::{SignIn, StoreError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Who somebody says they are, and what shows it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Login {
    /// Their address.
    email: Email,
    /// Their password.
    password: Secret,
}

/// Tokens, or a challenge for somebody who turned two-factor sign-in on.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "LoginReply")]
enum LoginView {
    SignedIn(Box<SignedInView>),
    Challenged(ChallengeView),
}

/// What is left to show.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "TwoFactorChallenge")]
struct ChallengeView {
    /// Always true.
    two_factor_required: bool,
    /// Send it with a code to `/api/auth/login/2fa` within five minutes.
    challenge_token: String,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::POST,
        "/api/auth/login",
        "auth.login",
        Public,
        handle,
    )
    .summary("Exchange e-mail and password for tokens or a two-factor challenge")
    .grants(&[Grant::ReadTable, Grant::WriteTable, Grant::SignTokens])
    .problems(&[&INVALID_CREDENTIALS, &NO_TEAM, &TOO_MANY_REQUESTS])
}

async fn handle(
    app: Arc<App>,
    _: Visitor,
    input: Input<NoPath, Login>,
) -> Result<Json<LoginView>, Failure> {
    let Login { email, password } = &input.body;
    let whom = limit::account_from(&app, email, &input.client);
    limit::take(&app, limit::LOGIN, &whom, input.now).await?;
    let person = find(&app, email, input.now).await?;
    let hash = person
        .as_ref()
        .map(|person| person.credentials.value.password_hash.clone());
    let verdict = passwords::verify(password.clone(), hash.clone()).await?;
    let Some(person) = person.filter(|_| verdict.matches) else {
        return Err(invalid_credentials().into());
    };
    app.store
        .limits()
        .give_back(limit::LOGIN, &whom, input.now)
        .await?;
    let user = &person.credentials.value;
    if user.two_factor.is_some() {
        return Ok(Json(LoginView::Challenged(ChallengeView {
            two_factor_required: true,
            challenge_token: Challenge::new(&app, user, input.now).seal(&app)?,
        })));
    }
    if let Some(old) = hash.filter(|_| verdict.rehash) {
        let new = passwords::hash_again(&app, password.clone()).await?;
        app.store.users().rehash(user.user.id, &old, &new).await?;
    }
    let command = input.command(&person.gate.user);
    let signed_in = issue::sign_in(&app, &command, &input.client, &person, input.now).await?;
    Ok(Json(LoginView::SignedIn(Box::new(signed_in))))
}

/// Looks a person up. An address that nobody has asks the table for as much.
async fn find(app: &App, email: &Email, now: Timestamp) -> Result<Option<SignIn>, Failure> {
    let users = app.store.users();
    let known = users.find_by_email(email).await?;
    let found = users
        .sign_in(known.unwrap_or_else(|| app.new_id(now)))
        .await;
    match found {
        Ok(person) => Ok(Some(person)),
        Err(StoreError::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
