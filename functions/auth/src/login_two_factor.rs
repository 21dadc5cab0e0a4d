//! `POST /api/auth/login/2fa`

use crate::issue;
use crate::limit;
use crate::problems::{CHALLENGE_INVALID, CODE_INVALID, NO_TEAM, challenge_invalid, code_invalid};
use crate::secret::Secret;
use crate::view::SignedInView;
use jiff::Timestamp;
use plat_domain::UserId;
use plat_http::problems::TOO_MANY_REQUESTS;
use plat_registry::{App, Endpoint, Failure, Grant, Input, Json, Method, NoPath, Public, Visitor};
use plat_services::two_factor;
use plat_store::{Credentials, StoreError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What a challenge is sealed with.
const CONTEXT: &str = "two-factor";

/// Seconds in which a challenge can be answered: long enough to find the phone.
const CHALLENGE_LIFE: i64 = 5 * 60;

/// The answer to a challenge.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AnswerChallenge {
    /// As `/api/auth/login` gave it.
    challenge_token: Secret,
    /// The six digits that the authenticator shows.
    code: Secret,
}

/// What the bearer of a challenge has shown: the password of `user`, until then.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Challenge {
    user: UserId,
    /// Seconds.
    until: i64,
    /// Stands for the password that was shown: a new password makes the challenge void.
    shown: Vec<u8>,
}

impl Challenge {
    pub(crate) fn new(app: &App, credentials: &Credentials, now: Timestamp) -> Self {
        Self {
            user: credentials.user.id,
            until: now.as_second() + CHALLENGE_LIFE,
            shown: shown(app, credentials),
        }
    }

    pub(crate) fn seal(&self, app: &App) -> Result<String, Failure> {
        let plain = serde_json::to_vec(self).map_err(|error| Failure::fault(error.to_string()))?;
        Ok(app.keys.seal(CONTEXT, &plain)?)
    }

    fn open(app: &App, sealed: &Secret, now: Timestamp) -> Option<Self> {
        let plain = app.keys.open(CONTEXT, sealed.as_str()).ok()?;
        let challenge: Self = serde_json::from_slice(&plain).ok()?;
        (now.as_second() < challenge.until).then_some(challenge)
    }
}

fn shown(app: &App, credentials: &Credentials) -> Vec<u8> {
    app.keys
        .fingerprint(&[CONTEXT.as_bytes(), credentials.password_hash.as_bytes()])
        .to_vec()
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::POST,
        "/api/auth/login/2fa",
        "auth.login_two_factor",
        Public,
        handle,
    )
    .summary("Answer the two-factor challenge")
    .grants(&[Grant::ReadTable, Grant::WriteTable, Grant::SignTokens])
    .problems(&[
        &CHALLENGE_INVALID,
        &CODE_INVALID,
        &NO_TEAM,
        &TOO_MANY_REQUESTS,
    ])
}

async fn handle(
    app: Arc<App>,
    _: Visitor,
    input: Input<NoPath, AnswerChallenge>,
) -> Result<Json<SignedInView>, Failure> {
    let challenge = Challenge::open(&app, &input.body.challenge_token, input.now)
        .ok_or_else(challenge_invalid)?;
    let whom = challenge.user.to_string();
    limit::take(&app, limit::CODE, &whom, input.now).await?;
    let person = match app.store.users().sign_in(challenge.user).await {
        Ok(person) => person,
        Err(StoreError::NotFound) => return Err(challenge_invalid().into()),
        Err(error) => return Err(error.into()),
    };
    let credentials = &person.credentials.value;
    let sealed = credentials
        .two_factor
        .as_ref()
        .filter(|_| challenge.shown == shown(&app, credentials))
        .ok_or_else(challenge_invalid)?;
    let secret = app
        .keys
        .open(&format!("totp|{}", challenge.user), sealed)
        .map_err(|error| Failure::fault(format!("a two-factor secret does not open: {error}")))?;
    let step =
        two_factor::check(&secret, input.body.code.as_str(), input.now).ok_or_else(code_invalid)?;
    if !app
        .store
        .users()
        .use_two_factor_step(challenge.user, step)
        .await?
    {
        return Err(code_invalid().into());
    }
    app.store
        .limits()
        .give_back(limit::CODE, &whom, input.now)
        .await?;
    let command = input.command(&person.gate.user);
    issue::sign_in(&app, &command, &input.client, &person, input.now)
        .await
        .map(Json)
}
