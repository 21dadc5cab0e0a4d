//! What providers tell of mail that was sent: SES on the bus, SendGrid by its webhook.
//!
//! Both are read into one [`MailEvent`]. Here belong the two forms, which of them a machine caused, whether a webhook is
//! SendGrid's, and how an e-mail's status follows. Not here: where events are kept, and who is not written to any more.
//!
//! What comes by a webhook was written by somebody else's account, so nothing of it is trusted but what its signature
//! vouches for: the team whose key it is.

mod machine;
mod sendgrid;
mod ses;
mod signature;
mod status;

use jiff::Timestamp;
use plat_domain::EmailId;
use plat_domain::{TaskId, TeamId};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use thiserror::Error;

pub use sendgrid::{FromSendGrid, from_sendgrid};
pub use ses::from_ses;
pub use signature::{NotAKey, NotSigned, SIGNATURE_HEADER, TIMESTAMP_HEADER, WebhookKey};
pub use status::{EmailStatus, MailEventKind};

/// How much is kept of what others write, in characters.
const LONGEST_TEXT: usize = 500;
const LONGEST_URL: usize = 2_000;

/// Who told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailProvider {
    /// Amazon SES.
    Ses,
    /// SendGrid.
    SendGrid,
}

/// Something happened to an e-mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MailEvent {
    /// Who told.
    pub provider: MailProvider,
    /// What the provider calls the event. It is the same when it is told again.
    pub event_id: String,
    /// The e-mail; none for a message that carried no tags, such as Plat's own.
    pub email_id: Option<EmailId>,
    /// Whose it is.
    pub team_id: Option<TeamId>,
    /// The task that it was sent for.
    pub task_id: Option<TaskId>,
    /// What the provider called the message when it took it.
    pub message_id: String,
    /// What happened.
    pub kind: MailEventKind,
    /// When.
    pub at: Timestamp,
    /// From where it was looked at or a link followed.
    pub ip: Option<IpAddr>,
    /// With what.
    pub user_agent: Option<String>,
    /// The link that was followed.
    pub url: Option<String>,
    /// Why, as the provider or the recipient's server put it. May hold the address.
    pub reason: Option<String>,
    /// Whether a proxy or a scanner looked, and not a person.
    pub machine: bool,
}

/// What was told does not read. The reason repeats nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("an event of mail does not read: {0}")]
pub struct UnreadableEvent(pub &'static str);

/// Text of others, on one line and shortened; none if nothing is left.
fn kept(text: Option<&str>, longest: usize) -> Option<String> {
    let line: String = text?
        .trim()
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(longest)
        .collect();
    (!line.is_empty()).then_some(line)
}

/// Whether what was looked at or followed was by a machine; of anything else it is not asked.
fn by_machine(kind: MailEventKind, user_agent: Option<&str>) -> bool {
    match kind {
        MailEventKind::Opened | MailEventKind::Clicked => machine::is_machine(user_agent),
        MailEventKind::Sent
        | MailEventKind::Delivered
        | MailEventKind::Deferred
        | MailEventKind::Bounced { .. }
        | MailEventKind::Complained
        | MailEventKind::Dropped
        | MailEventKind::Failed
        | MailEventKind::Unsubscribed => false,
    }
}
