//! An outbox in the place of a provider: messages are kept, and seen on the local host.

use super::{HeaderText, Headers, Mail, MailError, MailStatus, Mailer, Sent, TeamMail, TeamMailer};
use crate::Clock;
use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

const KEPT_MAILS: usize = 1_000;

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
    /// What the sender was told that it is called.
    #[serde(default)]
    pub message_id: String,
    /// Who gets the answer, if that is somebody else.
    #[serde(default)]
    pub reply_to: Option<String>,
    /// What it is known by when something is told of it: nothing, if it is Plat's own.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

/// Keeps messages instead of sending them; the newest 1,000, so that a long demonstration does not fill memory.
pub struct Outbox {
    from: String,
    clock: Arc<dyn Clock>,
    sent: Mutex<Vec<SentMail>>,
    file: Option<PathBuf>,
}

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

    /// Keeps a message under the next id; `rest` makes the whole of it from that.
    fn keep(&self, rest: impl FnOnce(u64) -> SentMail) -> Result<Sent, MailError> {
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = rest(sent.last().map_or(1, |last| last.id + 1));
        if let Some(file) = &self.file {
            append(file, &kept).map_err(|error| MailError::Unavailable(error.to_string()))?;
        }
        let message_id = kept.message_id.clone();
        sent.push(kept);
        let surplus = sent.len().saturating_sub(KEPT_MAILS);
        sent.drain(..surplus);
        Ok(Sent {
            message_id: Some(message_id),
        })
    }
}

/// Unlike any id of SES, so that nobody looks for the message there.
fn message_id(id: u64) -> String {
    format!("local-{id:016}")
}

#[async_trait]
impl Mailer for Outbox {
    async fn send(&self, mail: &Mail) -> Result<Sent, MailError> {
        // What SES would not take is not taken here.
        let refused = |error: super::NotAHeader| MailError::Refused(error.to_string());
        Headers::read(&mail.headers).map_err(refused)?;
        HeaderText::parse(&mail.subject).map_err(refused)?;
        self.keep(|id| SentMail {
            id,
            from: self.from.clone(),
            mail: mail.clone(),
            at: self.clock.now(),
            message_id: message_id(id),
            reply_to: None,
            tags: BTreeMap::new(),
        })
    }

    async fn status(&self) -> Result<MailStatus, MailError> {
        Ok(MailStatus {
            sending: true,
            ..MailStatus::default()
        })
    }
}

#[async_trait]
impl TeamMailer for Outbox {
    async fn send_for_team(&self, mail: &TeamMail) -> Result<Sent, MailError> {
        let kept = Mail {
            to: mail.to.as_str().to_owned(),
            subject: mail.subject.as_str().to_owned(),
            text: mail.text.clone(),
            html: mail.html.clone(),
            headers: mail.headers.to_map(),
        };
        self.keep(|id| SentMail {
            id,
            from: mail.from_name.before(super::ses::address_in(&self.from)),
            mail: kept,
            at: self.clock.now(),
            message_id: message_id(id),
            reply_to: mail.reply_to.as_ref().map(|to| to.as_str().to_owned()),
            tags: mail
                .tags
                .pairs()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        })
    }
}

fn append(file: &Path, mail: &SentMail) -> std::io::Result<()> {
    let mut line = serde_json::to_string(mail)?;
    line.push('\n');
    let mut file = OpenOptions::new().create(true).append(true).open(file)?;
    file.write_all(line.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SetClock;
    use crate::mail::MailTags;
    use plat_domain::Id;

    fn outbox() -> Outbox {
        let clock = SetClock::standing_at("2026-03-02T15:00:00Z".parse().unwrap());
        Outbox::new("Plat <hello@plat.example>", Arc::new(clock))
    }

    fn of_a_team() -> TeamMail {
        TeamMail {
            to: "bob@example.com".parse().unwrap(),
            from_name: HeaderText::parse("Ann at Homes").unwrap(),
            reply_to: Some("ann@homes.example".parse().unwrap()),
            subject: HeaderText::parse("Your house").unwrap(),
            text: "Hello".to_owned(),
            html: "<p>Hello</p>".to_owned(),
            headers: Headers::one_click("https://plat.example/u/abc").unwrap(),
            tags: MailTags {
                team: Id::from_bits(1),
                email: Id::from_bits(2),
                task: None,
            },
        }
    }

    #[tokio::test]
    async fn a_message_of_a_team_is_kept_with_its_headers_and_tags() {
        let outbox = outbox();

        let sent = outbox.send_for_team(&of_a_team()).await.unwrap();

        let kept = outbox.sent().pop().unwrap();
        assert_eq!(sent.message_id.as_deref(), Some("local-0000000000000001"));
        assert_eq!(kept.message_id, "local-0000000000000001");
        assert_eq!(kept.from, "\"Ann at Homes\" <hello@plat.example>");
        assert_eq!(kept.reply_to.as_deref(), Some("ann@homes.example"));
        assert_eq!(
            kept.mail.headers["List-Unsubscribe"],
            "<https://plat.example/u/abc>"
        );
        assert_eq!(kept.tags["plat_email"], "00000000000000000000000002");
    }

    #[tokio::test]
    async fn a_message_that_would_split_a_header_is_not_taken() {
        let mail = Mail {
            to: "bob@example.com".to_owned(),
            subject: "Hello".to_owned(),
            text: String::new(),
            html: String::new(),
            headers: BTreeMap::new(),
        };
        let header = ("X-Note".to_owned(), "a\r\nBcc: eve@example.com".to_owned());
        for wrong in [
            Mail {
                headers: [header].into(),
                ..mail.clone()
            },
            Mail {
                subject: "Hello\nBcc: eve@example.com".to_owned(),
                ..mail
            },
        ] {
            let outbox = outbox();
            let refused = outbox.send(&wrong).await;
            assert!(matches!(refused, Err(MailError::Refused(_))), "{wrong:?}");
            assert!(outbox.sent().is_empty());
        }
    }

    #[test]
    fn what_was_kept_before_messages_had_ids_is_still_read() {
        let old = r#"{"id":7,"from":"Plat <a@b.example>","mail":{"to":"x@y.example","subject":"s","text":"t","html":"h","headers":{}},"at":"2026-03-02T15:00:00Z"}"#;
        let read: SentMail = serde_json::from_str(old).unwrap();
        assert_eq!((read.id, read.message_id.as_str()), (7, ""));
    }
}
