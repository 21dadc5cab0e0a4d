//! What providers told of an e-mail: an item for each event, under what the provider calls it, so that an event that is
//! told again is there already.

use crate::condition::text;
use crate::error::StoreError;
use crate::keys;
use crate::record::Item;
use aws_lc_rs::digest;
use jiff::Timestamp;
use plat_domain::{EmailId, MailEvent, MailEventKind, TeamId};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

const KIND: &str = "email_event";

/// Something that happened to an e-mail.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EmailEvent {
    /// What.
    #[serde(flatten)]
    pub kind: MailEventKind,
    /// When.
    pub at: Timestamp,
    /// From where it was looked at or a link followed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip: Option<IpAddr>,
    /// With what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// The link that was followed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Why, as the provider or the recipient's server put it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether a proxy or a scanner looked, and not a person.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub machine: bool,
}

impl From<&MailEvent> for EmailEvent {
    fn from(event: &MailEvent) -> Self {
        Self {
            kind: event.kind,
            at: event.at,
            ip: event.ip,
            user_agent: event.user_agent.clone(),
            url: event.url.clone(),
            reason: event.reason.clone(),
            machine: event.machine,
        }
    }
}

/// The item of an event.
pub(crate) fn item(team: TeamId, email: EmailId, event: &MailEvent) -> Result<Item, StoreError> {
    let told = serde_json::to_string(&EmailEvent::from(event))
        .map_err(|error| StoreError::Fault(format!("an event does not write: {error}")))?;
    let key = keys::email_event(team, email, &name(event));
    Ok(Item(key.attributes())
        .with("type", text(KIND))
        .with("teamId", text(team))
        .with("told", text(told)))
}

pub(crate) fn read(item: Item) -> Result<EmailEvent, StoreError> {
    let told = item.string("told").unwrap_or_default();
    serde_json::from_str(told)
        .map_err(|error| StoreError::Fault(format!("an event of an e-mail does not read: {error}")))
}

/// What a provider calls an event may be long, and have any character.
fn name(event: &MailEvent) -> String {
    let called = format!("{}#{}", event.provider, event.event_id);
    let hash = digest::digest(&digest::SHA256, called.as_bytes());
    hash.as_ref()
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
