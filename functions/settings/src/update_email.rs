//! `PATCH /api/settings/email` and its alias `PUT`: a JSON Merge Patch.

use crate::view::EmailSettingsView;
use plat_domain::{
    Email, EmailSettings, Instructions, IntegrationProvider, Line, MailProvider, Name, Permission,
    WritingProvider,
};
use plat_http::Problem;
use plat_http::patch::{Patch, never_null, present};
use plat_http::problems::{self, STALE};
use plat_registry::{App, Can, Endpoint, Entity, Failure, Grant, Input, Method, NoPath, Principal};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What changes. A field that is absent stays, one that is null is cleared.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct UpdateEmailSettings {
    /// Who e-mails are from, as people read it; the agent's name and the business's unless set.
    #[serde(default)]
    sender_name: Patch<Name>,
    /// Who gets answers if nobody works with the client.
    #[serde(default)]
    reply_to: Patch<Email>,
    /// Who sends. SendGrid has to be connected first.
    #[serde(default, deserialize_with = "present")]
    #[schemars(transform = never_null)]
    provider: Option<MailProvider>,
    /// The address that e-mails by SendGrid are from; it has to be verified there.
    #[serde(default)]
    from: Patch<Email>,
    /// Whose model writes. A provider with keys has to be connected first.
    #[serde(default)]
    writer: Patch<WritingProvider>,
    /// Which model; the provider's usual one unless set. It is cleared with the writer that it belongs to.
    #[serde(default)]
    model: Patch<Line>,
    /// What is asked of whoever writes, for every e-mail.
    #[serde(default)]
    instructions: Patch<Instructions>,
    /// Whether follow-ups send themselves.
    #[serde(default, deserialize_with = "present")]
    #[schemars(transform = never_null)]
    follow_ups: Option<bool>,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::PATCH,
        "/api/settings/email",
        "settings.update_email",
        Can(Permission::TeamManage),
        handle,
    )
    .alias(Method::PUT)
    .summary("Change how the team writes to its clients")
    .grants(&[Grant::ReadTable, Grant::WriteTable])
    .problems(&[&STALE])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<NoPath, UpdateEmailSettings>,
) -> Result<Entity<EmailSettingsView>, Failure> {
    let command = input.command(&who.user);
    let team = app.store.team(who.team);
    let asks = input.body.provider.is_some() || input.body.writer.as_set().is_some();
    let connected = if asks {
        team.integrations().connected().await?
    } else {
        BTreeSet::new()
    };
    let email = team
        .settings()
        .change_email(&command, input.if_match, |email| {
            apply(input.body.clone(), email, &connected)
        })
        .await?;
    Ok(Entity(email.into()))
}

/// Only what changes is held to what is connected: who disconnected something since can still change the rest.
fn apply(
    body: UpdateEmailSettings,
    email: &mut EmailSettings,
    connected: &BTreeSet<IntegrationProvider>,
) -> Result<(), Failure> {
    let before = email.clone();
    body.sender_name.apply(&mut email.sender_name);
    body.reply_to.apply(&mut email.reply_to);
    body.from.apply(&mut email.from);
    body.instructions.apply(&mut email.instructions);
    body.writer.apply(&mut email.writer);
    if email.writer != before.writer {
        email.model = None;
    }
    body.model.apply(&mut email.model);
    if let Some(provider) = body.provider {
        email.provider = provider;
    }
    if let Some(follow_ups) = body.follow_ups {
        email.follow_ups = follow_ups;
    }
    let must_be_connected = |provider: IntegrationProvider, field: &str| {
        if connected.contains(&provider) {
            Ok(())
        } else {
            Err(not_connected(provider, field))
        }
    };
    if email.provider != before.provider && email.provider == MailProvider::SendGrid {
        must_be_connected(IntegrationProvider::SendGrid, "/provider")?;
    }
    if email.provider == MailProvider::SendGrid && email.from.is_none() {
        let detail = "E-mails by SendGrid are from an address of yours that is verified there.";
        return Err(problems::invalid_field("/from", "required", detail).into());
    }
    if email.writer != before.writer
        && let Some(provider) = email.writer.and_then(keys_of)
    {
        must_be_connected(provider, "/writer")?;
    }
    Ok(())
}

/// The provider whose key a writer needs. Bedrock needs none: where the installation has it, it is there for all its
/// teams, and where not, templates write.
fn keys_of(writer: WritingProvider) -> Option<IntegrationProvider> {
    match writer {
        WritingProvider::Anthropic => Some(IntegrationProvider::Anthropic),
        WritingProvider::OpenAi => Some(IntegrationProvider::OpenAi),
        WritingProvider::Bedrock => None,
    }
}

fn not_connected(provider: IntegrationProvider, field: &str) -> Problem {
    let detail = format!(
        "{provider} is not connected. Connect it with its key first, at /api/integrations/{provider}/connect."
    );
    problems::invalid_field(field, "not_connected", &detail)
}
