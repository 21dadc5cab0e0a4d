//! What clients see of an e-mail.

use jiff::Timestamp;
use plat_domain::{
    Actor, ClientId, Email, EmailId, EmailStatus, FollowUpType, MailEventKind, MailProvider, Name,
    OutgoingEmail, TaskId, UserId, WritingProvider, WrittenBy,
};
use plat_registry::Versioned;
use plat_store::{EmailEvent, ListedEmail, Stored};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// The id in the path of everything about one e-mail.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct EmailPath {
    /// The e-mail.
    pub(crate) email_id: EmailId,
}

/// An e-mail.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Email")]
pub(crate) struct EmailView {
    #[serde(flatten)]
    summary: EmailSummaryView,
    /// Its HTML part. It holds nothing but text, lists, emphasis and links, but is shown best in a frame of its own.
    html: String,
    /// Its text part.
    text: String,
    /// Who wrote it.
    written_by: WrittenByView,
    /// What the provider calls it.
    message_id: Option<String>,
    /// How often sending it failed.
    failures: u8,
    /// When the recipient's server took it.
    delivered_at: Option<Timestamp>,
    /// When its recipient said by it that they want no more.
    unsubscribed_at: Option<Timestamp>,
    /// How often somebody looked at it.
    opens: u32,
    /// How often somebody followed a link in it.
    clicks: u32,
    /// What providers told of it, oldest first; the first 500 are kept in sight.
    events: Vec<EmailEventView>,
    /// Who had it sent.
    created_by: Actor,
}

/// What a list shows of an e-mail.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "EmailSummary")]
pub(crate) struct EmailSummaryView {
    /// Which.
    id: EmailId,
    /// Who it is to.
    client_id: ClientId,
    /// Their name when it was made.
    client_name: Name,
    /// Their address when it was made.
    to: Email,
    /// The task that it was made for.
    task_id: Option<TaskId>,
    /// Which follow-up it is.
    follow_up_type: FollowUpType,
    /// Who works with the client.
    assigned_to: Option<UserId>,
    /// What it is about.
    subject: String,
    /// How its text begins.
    snippet: String,
    /// Where it stands.
    status: EmailStatus,
    /// Whether it may have been sent: the provider did not answer, and has told nothing since. It is not sent again by
    /// itself.
    uncertain: bool,
    /// Who sends it.
    provider: MailProvider,
    /// Why it was not sent, or came back.
    error: Option<String>,
    /// When the provider took it.
    sent_at: Option<Timestamp>,
    /// When somebody first looked at it.
    first_opened_at: Option<Timestamp>,
    /// When somebody first followed a link in it.
    first_clicked_at: Option<Timestamp>,
    /// One more with each change; the `ETag`.
    version: u64,
    /// When it was made.
    #[serde(serialize_with = "plat_domain::write_time")]
    created_at: Timestamp,
    /// When it was last changed.
    #[serde(serialize_with = "plat_domain::write_time")]
    updated_at: Timestamp,
}

/// Who wrote an e-mail.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(tag = "by", rename_all = "snake_case", rename_all_fields = "camelCase")]
#[schemars(rename = "WrittenBy")]
pub(crate) enum WrittenByView {
    /// A model.
    Model {
        /// Whose.
        provider: WritingProvider,
        /// Which.
        model: String,
        /// How many tokens it read.
        input_tokens: u64,
        /// How many tokens it wrote.
        output_tokens: u64,
        /// What that cost in US dollars, such as `0.000420`, by the provider's list; null for a model that is not on it.
        cost_usd: Option<String>,
    },
    /// The template of its follow-up.
    Template {
        /// Why no model did: `no_key`, or what was wrong with the model or its answer, such as `timed_out` or `off_topic`.
        reason: String,
    },
}

/// Something that happened to an e-mail.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "EmailEvent")]
pub(crate) struct EmailEventView {
    /// What.
    kind: EmailEventKind,
    /// Of a bounce, whether it always would: there is no such mailbox.
    hard: Option<bool>,
    /// When.
    at: Timestamp,
    /// From where it was looked at or a link followed.
    ip: Option<IpAddr>,
    /// With what.
    user_agent: Option<String>,
    /// The link that was followed.
    url: Option<String>,
    /// Why, as the provider or the recipient's server put it.
    reason: Option<String>,
    /// Whether a proxy or a scanner looked, and not a person.
    machine: bool,
}

/// What can happen to an e-mail.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum EmailEventKind {
    Sent,
    Delivered,
    Deferred,
    Opened,
    Clicked,
    Bounced,
    Complained,
    Dropped,
    Failed,
    Unsubscribed,
}

impl Versioned for EmailView {
    fn version(&self) -> u64 {
        self.summary.version
    }
}

impl EmailView {
    /// The e-mail as of `now`: what is being sent for long may have been sent.
    pub(crate) fn of(
        stored: Stored<OutgoingEmail>,
        events: Vec<EmailEvent>,
        now: Timestamp,
    ) -> Self {
        let email = stored.value.clone();
        Self {
            html: email.html,
            text: email.text,
            written_by: email.written_by.into(),
            message_id: email.message_id,
            failures: email.failures,
            delivered_at: email.delivered_at,
            unsubscribed_at: email.unsubscribed_at,
            opens: email.opens,
            clicks: email.clicks,
            events: events.into_iter().map(EmailEventView::from).collect(),
            created_by: stored.created_by.clone(),
            summary: EmailSummaryView::of(ListedEmail::from(stored), now),
        }
    }
}

impl EmailSummaryView {
    pub(crate) fn of(listed: ListedEmail, now: Timestamp) -> Self {
        let uncertain = listed.is_uncertain(now);
        let email = listed.email;
        Self {
            id: email.id,
            client_id: email.client_id,
            client_name: email.client_name,
            to: email.to,
            task_id: email.task_id,
            follow_up_type: email.follow_up_type,
            assigned_to: email.assigned_to,
            subject: email.subject,
            snippet: email.snippet,
            status: email.status,
            uncertain,
            provider: email.provider,
            error: email.error,
            sent_at: email.sent_at,
            first_opened_at: email.first_opened_at,
            first_clicked_at: email.first_clicked_at,
            version: listed.version,
            created_at: listed.created_at,
            updated_at: listed.updated_at,
        }
    }
}

impl From<WrittenBy> for WrittenByView {
    fn from(by: WrittenBy) -> Self {
        match by {
            WrittenBy::Model {
                provider,
                model,
                input_tokens,
                output_tokens,
                cost,
            } => Self::Model {
                provider,
                model,
                input_tokens,
                output_tokens,
                cost_usd: cost.map(dollars),
            },
            WrittenBy::Template { reason } => Self::Template { reason },
        }
    }
}

/// Millionths of a dollar as a decimal.
fn dollars(millionths: u64) -> String {
    format!("{}.{:06}", millionths / 1_000_000, millionths % 1_000_000)
}

impl From<EmailEvent> for EmailEventView {
    fn from(event: EmailEvent) -> Self {
        let (kind, hard) = match event.kind {
            MailEventKind::Sent => (EmailEventKind::Sent, None),
            MailEventKind::Delivered => (EmailEventKind::Delivered, None),
            MailEventKind::Deferred => (EmailEventKind::Deferred, None),
            MailEventKind::Opened => (EmailEventKind::Opened, None),
            MailEventKind::Clicked => (EmailEventKind::Clicked, None),
            MailEventKind::Bounced { hard } => (EmailEventKind::Bounced, Some(hard)),
            MailEventKind::Complained => (EmailEventKind::Complained, None),
            MailEventKind::Dropped => (EmailEventKind::Dropped, None),
            MailEventKind::Failed => (EmailEventKind::Failed, None),
            MailEventKind::Unsubscribed => (EmailEventKind::Unsubscribed, None),
        };
        Self {
            kind,
            hard,
            at: event.at,
            ip: event.ip,
            user_agent: event.user_agent,
            url: event.url,
            reason: event.reason,
            machine: event.machine,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::dollars;

    #[test]
    fn what_an_email_cost_is_told_to_the_millionth() {
        assert_eq!(dollars(420), "0.000420");
        assert_eq!(dollars(12_000_001), "12.000001");
    }
}
