//! What clients see of a connection. Of its key they see the last characters, and those once it is connected.

use jiff::Timestamp;
use plat_domain::{Actor, IntegrationProvider, Line, TeamId};
use plat_registry::App;
use plat_store::{Connection, Stored};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The provider in the path of everything about a connection.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ProviderPath {
    /// The provider.
    pub(crate) provider: IntegrationProvider,
}

/// A service that a team can connect, and how the connection is.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Integration")]
pub(crate) struct IntegrationView {
    /// Which.
    provider: IntegrationProvider,
    /// What is done by it.
    used_for: UsedFor,
    /// How the connection is.
    state: ConnectionState,
    /// Why it does not work any more, as the provider put it.
    problem: Option<Line>,
    /// How its key ends.
    key_ending: Option<String>,
    /// When the key was tried.
    tested_at: Option<Timestamp>,
    /// When it was connected last.
    connected_at: Option<Timestamp>,
    /// By whom.
    connected_by: Option<Actor>,
    /// Where the provider tells what becomes of e-mails; null for one that tells nothing.
    webhook: Option<WebhookView>,
}

/// What a provider does for a team.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum UsedFor {
    /// Its models write follow-ups.
    Writing,
    /// It sends follow-ups.
    Sending,
}

/// How a connection is.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum ConnectionState {
    /// The key was taken when it was used last.
    Connected,
    /// There is no key.
    NotConnected,
    /// The key was refused since it was connected.
    Failing,
}

/// Where a provider tells what happens.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "IntegrationWebhook")]
struct WebhookView {
    /// The address to set up there.
    url: String,
    /// Whether the key is known by which it signs; what comes unsigned is refused.
    verified: bool,
}

impl IntegrationView {
    pub(crate) fn new(
        app: &App,
        team: TeamId,
        provider: IntegrationProvider,
        connection: Option<Stored<Connection>>,
    ) -> Self {
        let known = connection.as_ref().map(|stored| &stored.value.integration);
        let problem = known.and_then(|known| known.problem.clone());
        let webhook = WebhookView {
            url: format!("{}/webhook/sendgrid?team={team}", app.settings.api_origin),
            verified: known.is_some_and(|known| known.verification_key.is_some()),
        };
        let (used_for, webhook) = match provider {
            IntegrationProvider::Anthropic | IntegrationProvider::OpenAi => {
                (UsedFor::Writing, None)
            }
            IntegrationProvider::SendGrid => (UsedFor::Sending, Some(webhook)),
        };
        Self {
            provider,
            used_for,
            state: match (known, &problem) {
                (None, _) => ConnectionState::NotConnected,
                (Some(_), None) => ConnectionState::Connected,
                (Some(_), Some(_)) => ConnectionState::Failing,
            },
            problem,
            key_ending: known.map(|known| known.key_ending.clone()),
            tested_at: known.map(|known| known.tested_at),
            connected_at: connection.as_ref().map(|stored| stored.updated_at),
            connected_by: connection.map(|stored| stored.updated_by),
            webhook,
        }
    }
}
