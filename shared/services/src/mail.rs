//! Outgoing mail: what a message is, who takes it, and what came of handing it over.
//!
//! Here belong messages with their headers and tags, and two that take them: Amazon SES and, on one machine, an outbox. A
//! team's own SendGrid is a third, in `sendgrid`. Not here: what a message says, who may be written to, and what becomes of
//! it afterwards, which `mail_events` reads.

mod header;
mod outbox;
mod ses;
pub(crate) mod tags;

use async_trait::async_trait;
use plat_domain::Email;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use thiserror::Error;

pub use header::{HeaderText, Headers, NotAHeader};
pub use outbox::{Outbox, SentMail};
pub use ses::SesMailer;
pub use tags::MailTags;

/// The longest reason that is kept of what a provider said, in characters.
const LONGEST_REASON: usize = 300;

/// One message to one person, in Plat's own name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// The address.
    pub to: String,
    /// One line.
    pub subject: String,
    /// The text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
    /// Headers beyond those that the sender makes. What is no header is refused when it is sent.
    pub headers: BTreeMap<String, String>,
}

/// One message to one person, in the name of a team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamMail {
    /// The address.
    pub to: Email,
    /// Who it is from, as people read it; the address is the sender's.
    pub from_name: HeaderText,
    /// Who gets the answer.
    pub reply_to: Option<Email>,
    /// What it is about.
    pub subject: HeaderText,
    /// The text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
    /// Headers beyond those that the sender makes.
    pub headers: Headers,
    /// What it is known by when something is told of it.
    pub tags: MailTags,
}

/// A message was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// What the provider calls it, if it says.
    pub message_id: Option<String>,
}

/// Why a message was not taken, or may not have been. Reasons hold no address.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MailError {
    /// It was not taken. Trying again may help.
    #[error("the mail service did not answer: {0}")]
    Unavailable(String),
    /// It was not taken, because there are too many at once. Trying again helps, later.
    #[error("the mail service takes no more at a time: {0}")]
    Throttled(String),
    /// It was not taken, and none will be until the day is over or somebody acts: the quota is used up, or sending is
    /// paused.
    #[error("the mail service takes no more for now: {0}")]
    QuotaExceeded(String),
    /// The service will never take this message.
    #[error("the mail service refused the message: {0}")]
    Refused(String),
    /// It may have been taken: what was sent was not answered. To send it again may be to send it twice; if it was
    /// taken, an event with its tags will tell.
    #[error("the mail service may have taken the message: {0}")]
    Uncertain(String),
}

/// How the one who delivers mail is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MailStatus {
    /// Whether messages are sent.
    pub sending: bool,
    /// What it thinks of us: `HEALTHY`, `PROBATION` or `SHUTDOWN` from SES.
    pub standing: Option<String>,
    /// Messages that may be sent in 24 hours; none for any number.
    pub quota: Option<u64>,
    /// Messages that were.
    pub sent: Option<u64>,
}

/// Takes messages of Plat's own for delivery, and those of teams.
#[async_trait]
pub trait Mailer: TeamMailer {
    /// Hands a message over. It may arrive twice: one that never comes would lock somebody out.
    async fn send(&self, mail: &Mail) -> Result<Sent, MailError>;

    /// How delivery is.
    async fn status(&self) -> Result<MailStatus, MailError> {
        Err(MailError::Refused("it does not tell".to_owned()))
    }
}

/// Takes messages of teams for delivery.
#[async_trait]
pub trait TeamMailer: Send + Sync {
    /// Hands a message over, at most once: nothing that may have been taken is tried again.
    async fn send_for_team(&self, mail: &TeamMail) -> Result<Sent, MailError>;
}

/// What a provider said, as far as it can be kept: on one line, short, and without addresses, which are personal.
pub(crate) fn reason(said: &str) -> String {
    let words: Vec<&str> = said
        .split_whitespace()
        .map(|word| if word.contains('@') { "…" } else { word })
        .collect();
    words.join(" ").chars().take(LONGEST_REASON).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_names_nobody() {
        let said = "Email address is not verified. The following failed:\r\n bob@example.com, <eve@example.com>";
        assert_eq!(
            reason(said),
            "Email address is not verified. The following failed: … …"
        );
        assert_eq!(reason(&"x".repeat(1_000)).len(), LONGEST_REASON);
    }
}
