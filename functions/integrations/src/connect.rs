//! `POST /api/integrations/{provider}/connect`: a key is tried, sealed and kept in place of the one before.

use crate::check::check;
use crate::secret::Secret;
use crate::view::{IntegrationView, ProviderPath};
use plat_domain::{Integration, IntegrationProvider, Permission, VerificationKey};
use plat_http::problems;
use plat_registry::{App, Can, Endpoint, Failure, Grant, Input, Json, Method, Principal};
use plat_services::mail_events::WebhookKey;
use plat_services::vault::Context;
use plat_store::Connection;
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

/// What a provider is connected by.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Connect {
    /// The key, as the provider shows it. It is sealed, and its last four characters alone are shown again.
    api_key: Secret,
    /// For SendGrid: the key by which it signs what it tells of e-mails, as its event webhook shows it. Without one, what
    /// becomes of e-mails is not known.
    verification_key: Option<VerificationKey>,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::POST,
        "/api/integrations/{provider}/connect",
        "integrations.connect",
        Can(Permission::IntegrationsManage),
        handle,
    )
    .summary("Connect a service by a key of the team's own, which is tried before it is kept")
    .grants(&[
        Grant::ReadTable,
        Grant::WriteTable,
        Grant::CallProviders,
        Grant::SealSecrets,
        Grant::NameApi,
    ])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<ProviderPath, Connect>,
) -> Result<Json<IntegrationView>, Failure> {
    let provider = input.path.provider;
    let command = input.command(&who.user);
    let key = &input.body.api_key;
    let verification_key = verification_key(provider, input.body.verification_key.as_ref())?;
    check(&app, provider, key).await?;
    let context = Context {
        team: who.team,
        provider: provider.to_string(),
    };
    let sealed = app.vault.seal(&context, key.reveal()).await?;
    let connection = Connection {
        integration: Integration {
            provider,
            key_ending: sealed.ending,
            verification_key: verification_key.cloned(),
            tested_at: input.now,
            problem: None,
        },
        sealed: sealed.text,
    };
    let integrations = app.store.team(who.team).integrations();
    let stored = integrations.connect(&command, connection).await?;
    Ok(Json(IntegrationView::new(
        &app,
        who.team,
        provider,
        Some(stored),
    )))
}

/// The key that comes with SendGrid's events, if it is one.
fn verification_key(
    provider: IntegrationProvider,
    given: Option<&VerificationKey>,
) -> Result<Option<&VerificationKey>, Failure> {
    let wrong = |code, detail| {
        let problem = problems::invalid_field("/verificationKey", code, detail);
        Err(problem.into())
    };
    match (provider, given) {
        (_, None) => Ok(None),
        (IntegrationProvider::SendGrid, Some(key)) => match WebhookKey::parse(key.as_str()) {
            Ok(_) => Ok(Some(key)),
            Err(error) => wrong("invalid_key", &format!("{error}.")),
        },
        (IntegrationProvider::Anthropic | IntegrationProvider::OpenAi, Some(_)) => {
            wrong("not_allowed", "Only SendGrid signs what it tells.")
        }
    }
}
