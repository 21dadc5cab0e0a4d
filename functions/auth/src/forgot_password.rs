//! `POST /api/auth/forgot-password`

use crate::limit;
use crate::mailed;
use plat_domain::{Email, Language, TokenPurpose};
use plat_http::problems::TOO_MANY_REQUESTS;
use plat_registry::{
    Accepted, App, Endpoint, Failure, Grant, Input, Method, NoPath, Public, Visitor,
};
use plat_store::{StoreError, Token};
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

/// Whose password is to be set anew.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ForgotPassword {
    /// The address they sign in with.
    email: Email,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::POST,
        "/api/auth/forgot-password",
        "auth.forgot_password",
        Public,
        handle,
    )
    .summary("Mail a link to set a new password; the reply is the same for unknown addresses")
    .grants(&[Grant::ReadTable, Grant::WriteTable])
    .problems(&[&TOO_MANY_REQUESTS])
}

/// Whether the address is known shows neither in the reply nor in the time: both ways ask and write the same.
async fn handle(
    app: Arc<App>,
    _: Visitor,
    input: Input<NoPath, ForgotPassword>,
) -> Result<Accepted, Failure> {
    let email = &input.body.email;
    let whom = limit::account_from(&app, email, &input.client);
    limit::take(&app, limit::FORGOT, &whom, input.now).await?;
    let users = app.store.users();
    let user = users
        .find_by_email(email)
        .await?
        .unwrap_or_else(|| app.new_id(input.now));
    let (purpose, email, language) = match users.get(user).await {
        // The mail goes to the address on file: another spelling of it may be another person's.
        Ok(known) => {
            let known = known.value.user;
            (TokenPurpose::ResetPassword, known.email, known.language)
        }
        Err(StoreError::NotFound) => {
            let language = Language::parse("en").map_err(|error| Failure::fault(error.detail))?;
            (TokenPurpose::Decoy, email.clone(), language)
        }
        Err(error) => return Err(error.into()),
    };
    let command = input.command(&mailed::nobody());
    let token = Token {
        id: command.new_id(0),
        purpose,
        email,
        user: Some(user),
        invite: None,
        language,
        ends_at: mailed::reset_end(command.at),
    };
    app.store.tokens().create(&command, &token).await?;
    Ok(Accepted)
}
