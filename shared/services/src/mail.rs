//! Outgoing mail.

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use thiserror::Error;

use crate::Clock;

/// One message to one person.
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
    /// Headers beyond those that the sender makes.
    pub headers: BTreeMap<String, String>,
}

/// Why a message was not taken.
#[derive(Debug, Error)]
pub enum MailError {
    /// Trying again may help.
    #[error("the mail service did not answer: {0}")]
    Unavailable(String),
    /// The service will not take this message.
    #[error("the mail service refused the message: {0}")]
    Refused(String),
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

/// Takes messages for delivery.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Hands a message over, once.
    async fn send(&self, mail: &Mail) -> Result<(), MailError>;

    /// How delivery is.
    async fn status(&self) -> Result<MailStatus, MailError> {
        Err(MailError::Refused("it does not tell".to_owned()))
    }
}

/// Amazon SES.
pub struct SesMailer {
    client: aws_sdk_sesv2::Client,
    from: String,
    configuration_set: Option<String>,
}

impl SesMailer {
    /// Sends as `from`, an address or `Name <address>` that SES has verified; what becomes of messages is told as the
    /// configuration set says.
    pub fn new(
        client: aws_sdk_sesv2::Client,
        from: String,
        configuration_set: Option<String>,
    ) -> Self {
        Self {
            client,
            from,
            configuration_set,
        }
    }
}

#[async_trait]
impl Mailer for SesMailer {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        use aws_sdk_sesv2::types::{
            Body, Content, Destination, EmailContent, Message, MessageHeader,
        };
        let refused =
            |error: aws_sdk_sesv2::error::BuildError| MailError::Refused(error.to_string());
        let content = |data: &str| {
            Content::builder()
                .data(data)
                .charset("UTF-8")
                .build()
                .map_err(refused)
        };
        let headers = mail
            .headers
            .iter()
            .map(|(name, value)| {
                MessageHeader::builder()
                    .name(name)
                    .value(value)
                    .build()
                    .map_err(refused)
            })
            .collect::<Result<Vec<_>, _>>()?;
        let body = Body::builder()
            .text(content(&mail.text)?)
            .html(content(&mail.html)?)
            .build();
        let message = Message::builder()
            .subject(content(&mail.subject)?)
            .body(body)
            .set_headers(Some(headers))
            .build();
        self.client
            .send_email()
            .from_email_address(&self.from)
            .set_configuration_set_name(self.configuration_set.clone())
            .destination(Destination::builder().to_addresses(&mail.to).build())
            .content(EmailContent::builder().simple(message).build())
            .send()
            .await
            .map(|_| ())
            .map_err(|error| match error.as_service_error() {
                Some(known) if known.is_message_rejected() || known.is_bad_request_exception() => {
                    MailError::Refused(format!("{known}"))
                }
                _ => MailError::Unavailable(format!("{error:?}")),
            })
    }

    async fn status(&self) -> Result<MailStatus, MailError> {
        let account = self
            .client
            .get_account()
            .send()
            .await
            .map_err(|error| MailError::Unavailable(format!("{error:?}")))?;
        let quota = account.send_quota();
        Ok(MailStatus {
            sending: account.sending_enabled(),
            standing: account.enforcement_status().map(str::to_owned),
            quota: quota.and_then(|quota| whole(quota.max24_hour_send())),
            sent: quota.and_then(|quota| whole(quota.sent_last24_hours())),
        })
    }
}

/// A number of messages, which SES writes as a float. Below zero it means that there is no bound.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn whole(count: f64) -> Option<u64> {
    // `as` saturates, and accounts send far fewer than the floats that are exact.
    (count >= 0.0).then_some(count as u64)
}

/// A message as the local host shows it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SentMail {
    /// Rises with each message.
    pub id: u64,
    /// Who it is from.
    pub from: String,
    /// The message.
    pub mail: Mail,
    /// When it was sent.
    pub at: Timestamp,
}

/// Keeps messages instead of sending them; the newest 1,000, so that a long demonstration does not fill memory.
pub struct Outbox {
    from: String,
    clock: Arc<dyn Clock>,
    sent: Mutex<Vec<SentMail>>,
    file: Option<PathBuf>,
}

const KEPT_MAILS: usize = 1_000;

impl Outbox {
    /// An empty outbox that stamps messages by `clock`.
    pub fn new(from: impl Into<String>, clock: Arc<dyn Clock>) -> Self {
        Self {
            from: from.into(),
            clock,
            sent: Mutex::default(),
            file: None,
        }
    }

    /// The same, kept in a file of one JSON object a line, with what the file already has.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn kept_in(self, file: PathBuf) -> std::io::Result<Self> {
        let text = match std::fs::read_to_string(&file) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            other => other?,
        };
        // A line that was cut off by a crash is passed over.
        let mut sent: Vec<SentMail> = text
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect();
        let surplus = sent.len().saturating_sub(KEPT_MAILS);
        sent.drain(..surplus);
        Ok(Self {
            sent: Mutex::new(sent),
            file: Some(file),
            ..self
        })
    }

    /// What was sent, oldest first.
    pub fn sent(&self) -> Vec<SentMail> {
        self.sent
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

#[async_trait]
impl Mailer for Outbox {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = SentMail {
            id: sent.last().map_or(1, |last| last.id + 1),
            from: self.from.clone(),
            mail: mail.clone(),
            at: self.clock.now(),
        };
        if let Some(file) = &self.file {
            append(file, &kept).map_err(|error| MailError::Unavailable(error.to_string()))?;
        }
        sent.push(kept);
        let surplus = sent.len().saturating_sub(KEPT_MAILS);
        sent.drain(..surplus);
        Ok(())
    }

    async fn status(&self) -> Result<MailStatus, MailError> {
        Ok(MailStatus {
            sending: true,
            ..MailStatus::default()
        })
    }
}

fn append(file: &Path, mail: &SentMail) -> std::io::Result<()> {
    let mut line = serde_json::to_string(mail)?;
    line.push('\n');
    let mut file = OpenOptions::new().create(true).append(true).open(file)?;
    file.write_all(line.as_bytes())
}
