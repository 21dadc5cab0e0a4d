//! `POST /api/auth/reset-password`

use crate::mailed;
use crate::passwords;
use crate::secret::Secret;
use plat_domain::{Password, TokenPurpose};
use plat_http::problems;
use plat_registry::{
    App, Endpoint, Failure, Grant, Input, Method, NoContent, NoPath, Public, Visitor,
};
use plat_services::MailedPurpose;
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

/// A new password, and what shows that one may set it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ResetPassword {
    /// The token in the link that was mailed.
    token: Secret,
    /// 8 to 128 characters with an upper-case letter, a lower-case letter and a digit, and not a common password.
    password: Password,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::POST,
        "/api/auth/reset-password",
        "auth.reset_password",
        Public,
        handle,
    )
    .summary("Set a new password with the mailed token; every session ends")
    .grants(&[Grant::ReadTable, Grant::WriteTable, Grant::MailTokens])
}

async fn handle(
    app: Arc<App>,
    _: Visitor,
    input: Input<NoPath, ResetPassword>,
) -> Result<NoContent, Failure> {
    let command = input.command(&mailed::nobody());
    let ResetPassword { token, password } = input.body;
    let purpose = (MailedPurpose::ResetPassword, TokenPurpose::ResetPassword);
    let (token, user) = mailed::read(&app, &command, purpose, &token).await?;
    let password = Password::parse_for(password.as_str(), Some(&token.email))
        .map_err(|refused| problems::invalid_field("/password", refused.code, &refused.detail))?;
    let hash = passwords::hash(&app, password).await?;
    app.store
        .users()
        .reset_password(&command, &token, user, hash)
        .await
        .map_err(mailed::not_used)?;
    Ok(NoContent)
}
