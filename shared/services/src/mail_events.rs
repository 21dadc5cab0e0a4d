//! What providers tell of mail that was sent: SES on the bus, SendGrid by its webhook.
//!
//! Both are read into one [`MailEvent`](plat_domain::MailEvent). Here belong the two forms, which of them a machine caused, and
//! whether a webhook is SendGrid's. Not here: how an e-mail's status follows (`domain`), where events are kept, and who is
//! not written to any more.
//!
//! What comes by a webhook was written by somebody else's account, so nothing of it is trusted but what its signature
//! vouches for: the team whose key it is.

mod machine;
mod sendgrid;
mod ses;
mod signature;

use plat_domain::MailEventKind;
use thiserror::Error;

pub use sendgrid::{FromSendGrid, from_sendgrid};
pub use ses::from_ses;
pub use signature::{NotAKey, NotSigned, SIGNATURE_HEADER, TIMESTAMP_HEADER, WebhookKey};

/// How much is kept of what others write, in characters.
const LONGEST_TEXT: usize = 500;
const LONGEST_URL: usize = 2_000;

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
