//! `POST /api/auth/verify-email`

use crate::mailed;
use crate::secret::Secret;
use plat_domain::TokenPurpose;
use plat_registry::{
    App, Endpoint, Failure, Grant, Input, Method, NoContent, NoPath, Public, Visitor,
};
use plat_services::MailedPurpose;
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

/// What shows that somebody reads the mail of an address.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct VerifyEmail {
    /// The token in the link that was mailed.
    token: Secret,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::POST,
        "/api/auth/verify-email",
        "auth.verify_email",
        Public,
        handle,
    )
    .summary("Confirm an e-mail address with the mailed token")
    .grants(&[Grant::ReadTable, Grant::WriteTable, Grant::MailTokens])
}

async fn handle(
    app: Arc<App>,
    _: Visitor,
    input: Input<NoPath, VerifyEmail>,
) -> Result<NoContent, Failure> {
    let command = input.command(&mailed::nobody());
    let purpose = (MailedPurpose::VerifyEmail, TokenPurpose::VerifyEmail);
    let (token, user) = mailed::read(&app, &command, purpose, &input.body.token).await?;
    app.store
        .users()
        .verify_email(&command, &token, user)
        .await
        .map_err(mailed::not_used)?;
    Ok(NoContent)
}
