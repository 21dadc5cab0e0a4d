//! A team's own SendGrid: handing its messages over, and trying its key.
//!
//! Sources: SendGrid's references of "Mail Send" and "API Key Permissions", version 3. Not here: what SendGrid tells of
//! messages afterwards, which `mail_events` reads, and where keys are kept, which is a `vault`.

use crate::mail::{MailError, Sent, TeamMail, TeamMailer, reason};
use crate::outgoing::{Outgoing, OutgoingError, Request, Response};
use crate::vault::Secret;
use async_trait::async_trait;
use plat_domain::Email;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;

/// Where SendGrid is, for all but accounts that are kept in the European Union.
pub const SENDGRID: &str = "https://api.sendgrid.com";

/// How long taking a message may last. It usually takes a tenth of a second; what is given up is uncertain.
const TAKING: Duration = Duration::from_secs(10);

/// What a key must be allowed to do.
const MAY_SEND: &str = "mail.send";

/// What SendGrid says when the plan's messages are used up. It has no code of its own.
const USED_UP: &str = "credits exceeded";

/// Replies that mean something here (RFC 9110).
const TOO_MANY: u16 = 429;
const SERVICE_UNAVAILABLE: u16 = 503;

/// Why a key cannot be connected.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum KeyUnusable {
    /// SendGrid does not know it.
    #[error("SendGrid does not know this key")]
    Unknown,
    /// It may do other things, and not send mail.
    #[error("this key may not send mail")]
    MayNotSend,
    /// SendGrid could not be asked. Trying again may help.
    #[error("SendGrid did not answer: {0}")]
    Unavailable(String),
}

/// SendGrid, by a team's key.
pub struct SendGrid {
    outgoing: Arc<dyn Outgoing>,
    base_url: String,
    key: Secret,
    from: Email,
}

impl SendGrid {
    /// Sends by `key` as `from`, which the team has verified at SendGrid. `base_url` is [`SENDGRID`] but in tests.
    pub fn new(outgoing: Arc<dyn Outgoing>, base_url: &str, key: Secret, from: Email) -> Self {
        Self {
            outgoing,
            base_url: base_url.trim_end_matches('/').to_owned(),
            key,
            from,
        }
    }

    /// Whether `key` is known and may send mail. Nothing is sent.
    ///
    /// # Errors
    /// It is not, may not, or SendGrid could not be asked.
    pub async fn test_key(
        outgoing: &dyn Outgoing,
        base_url: &str,
        key: &Secret,
    ) -> Result<(), KeyUnusable> {
        let url = format!("{}/v3/scopes", base_url.trim_end_matches('/'));
        // A key that cannot stand in a header is none that SendGrid gave.
        let request = with_key(Request::get(url), key).map_err(|_| KeyUnusable::Unknown)?;
        let unavailable = |said: String| KeyUnusable::Unavailable(said);
        let reply = outgoing
            .send(request)
            .await
            .map_err(|error| unavailable(error.to_string()))?;
        match reply.status {
            200..=299 => {
                let held: Scopes = serde_json::from_slice(&reply.body)
                    .map_err(|_| unavailable("its answer does not read".to_owned()))?;
                if held.scopes.iter().any(|scope| scope == MAY_SEND) {
                    Ok(())
                } else {
                    Err(KeyUnusable::MayNotSend)
                }
            }
            401 => Err(KeyUnusable::Unknown),
            403 => Err(KeyUnusable::MayNotSend),
            other => Err(unavailable(format!("it answered {other}"))),
        }
    }
}

fn with_key(request: Request, key: &Secret) -> Result<Request, OutgoingError> {
    request.secret("authorization", &format!("Bearer {}", key.reveal()))
}

#[async_trait]
impl TeamMailer for SendGrid {
    async fn send_for_team(&self, mail: &TeamMail) -> Result<Sent, MailError> {
        let body = message(mail, &self.from).to_string();
        let request = Request::post_json(format!("{}/v3/mail/send", self.base_url), body);
        let request = with_key(request, &self.key)
            .map_err(not_sent)?
            .within(TAKING);
        let reply = self.outgoing.send(request).await.map_err(not_sent)?;
        taken(&reply)
    }
}

#[derive(Deserialize)]
struct Scopes {
    #[serde(default)]
    scopes: Vec<String>,
}

#[derive(Deserialize)]
struct Errors {
    #[serde(default)]
    errors: Vec<Told>,
}

#[derive(Deserialize)]
struct Told {
    message: Option<String>,
}

fn message(mail: &TeamMail, from: &Email) -> Value {
    let parts = [("text/plain", &mail.text), ("text/html", &mail.html)];
    let content: Vec<Value> = parts
        .into_iter()
        // SendGrid refuses a part without content.
        .filter(|(_, value)| !value.is_empty())
        .map(|(kind, value)| json!({"type": kind, "value": value}))
        .collect();
    let headers: BTreeMap<_, _> = mail.headers.iter().collect();
    let tags: BTreeMap<_, _> = mail.tags.pairs().collect();
    let mut message = json!({
        "personalizations": [{"to": [{"email": mail.to.as_str()}]}],
        "from": {"email": from.as_str(), "name": mail.from_name.as_str()},
        "subject": mail.subject.as_str(),
        "content": content,
        "headers": headers,
        "custom_args": tags,
        // An account may be set up otherwise. Text keeps its links as they are, and there is one way to unsubscribe.
        "tracking_settings": {
            "click_tracking": {"enable": true, "enable_text": false},
            "open_tracking": {"enable": true},
            "subscription_tracking": {"enable": false},
        },
    });
    if let (Some(reply_to), Some(message)) = (&mail.reply_to, message.as_object_mut()) {
        message.insert("reply_to".to_owned(), json!({"email": reply_to.as_str()}));
    }
    message
}

fn not_sent(error: OutgoingError) -> MailError {
    if error.may_have_been_taken() {
        return MailError::Uncertain(error.to_string());
    }
    match error {
        OutgoingError::Malformed(_) => MailError::Refused(error.to_string()),
        OutgoingError::Unreachable(_)
        | OutgoingError::TimedOut
        | OutgoingError::Interrupted(_)
        | OutgoingError::TooLarge => MailError::Unavailable(error.to_string()),
    }
}

/// What a reply says about the message. A server at fault may have taken it, unless it says that it did nothing.
fn taken(reply: &Response) -> Result<Sent, MailError> {
    let said = || {
        let told: Option<Errors> = serde_json::from_slice(&reply.body).ok();
        let messages = told.into_iter().flat_map(|told| told.errors);
        let messages: Vec<String> = messages.filter_map(|error| error.message).collect();
        reason(&format!("{}: {}", reply.status, messages.join(" ")))
    };
    match reply.status {
        200..=299 => Ok(Sent {
            message_id: reply.header("x-message-id").map(str::to_owned),
        }),
        TOO_MANY => Err(MailError::Throttled(said())),
        SERVICE_UNAVAILABLE => Err(MailError::Unavailable(said())),
        500..=599 => Err(MailError::Uncertain(said())),
        _ => {
            let said = said();
            let is_used_up = said.to_ascii_lowercase().contains(USED_UP);
            Err(if is_used_up {
                MailError::QuotaExceeded(said)
            } else {
                MailError::Refused(said)
            })
        }
    }
}

#[cfg(test)]
mod tests;
