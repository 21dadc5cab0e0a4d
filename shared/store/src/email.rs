//! E-mails to clients: one item each, and one for each thing that a provider told of it.
//!
//! The e-mail of a task has the task's id: whoever takes up the task again finds what became of the e-mail before, and
//! there is never a second one. What moves e-mails is in `sending`.

use crate::condition::text;
use crate::db::{Db, Range};
use crate::error::StoreError;
use crate::keys;
use crate::record::{BeforeAndAfter, Change, Item, Stored, decode, encode, read_time};
use crate::sight::Sight;
use crate::suppression::{self, Suppression};
use crate::table::INDEX_SORT_KEY;
use jiff::Timestamp;
use plat_domain::outgoing_email::is_silent;
use plat_domain::{
    ClientId, Email, EmailId, EmailStatus, FollowUpType, MailProvider, Name, OutgoingEmail, TaskId,
    TeamId, UserId, WrittenBy,
};
use serde::{Deserialize, Serialize};

use crate::email_event::{self, EmailEvent};

/// What is shown of the events of an e-mail at most. Machines can look at one any number of times.
const MAX_EVENTS: usize = 500;

/// What a list shows of an e-mail.
#[derive(Debug, Clone, PartialEq)]
pub struct EmailSummary {
    /// Which.
    pub id: EmailId,
    /// Who it is to.
    pub client_id: ClientId,
    /// Their name when it was made.
    pub client_name: Name,
    /// Their address when it was made.
    pub to: Email,
    /// The task that it was made for.
    pub task_id: Option<TaskId>,
    /// Which follow-up it is.
    pub follow_up_type: FollowUpType,
    /// Who works with the client.
    pub assigned_to: Option<UserId>,
    /// What it is about.
    pub subject: String,
    /// How its text begins.
    pub snippet: String,
    /// Where it stands.
    pub status: EmailStatus,
    /// Who sends it.
    pub provider: MailProvider,
    /// Why it failed last.
    pub error: Option<String>,
    /// Since when it is being handed over.
    pub sending_since: Option<Timestamp>,
    /// Whether it is known that it may have been sent.
    pub uncertain: bool,
    /// When the provider took it.
    pub sent_at: Option<Timestamp>,
    /// When somebody first looked at it.
    pub first_opened_at: Option<Timestamp>,
    /// When somebody first followed a link in it.
    pub first_clicked_at: Option<Timestamp>,
}

/// A row of a list: what it shows of the e-mail and of its envelope.
#[derive(Debug, Clone, PartialEq)]
pub struct ListedEmail {
    /// The e-mail.
    pub email: EmailSummary,
    /// One more with each change.
    pub version: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl ListedEmail {
    /// Whether it may have been sent, for all that is known now.
    pub fn is_uncertain(&self, now: Timestamp) -> bool {
        self.email.uncertain || is_silent(self.email.sending_since, now)
    }
}

/// What is asked of the table right before something is sent.
#[derive(Debug, Clone)]
pub struct BeforeSending {
    /// The e-mail as of the last write, if it was made before.
    pub email: Option<Stored<OutgoingEmail>>,
    /// Why its recipient is not written to, if so.
    pub suppressed: Option<Suppression>,
}

/// The part of an e-mail that lists show, beside its status; the indexes carry it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Row {
    #[serde(rename = "c")]
    client_id: ClientId,
    #[serde(rename = "n")]
    client_name: String,
    #[serde(rename = "e")]
    to: String,
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    task_id: Option<TaskId>,
    #[serde(rename = "k")]
    follow_up_type: FollowUpType,
    #[serde(rename = "as", default, skip_serializing_if = "Option::is_none")]
    assigned_to: Option<UserId>,
    #[serde(rename = "s")]
    subject: String,
    #[serde(rename = "b")]
    snippet: String,
    #[serde(rename = "p")]
    provider: MailProvider,
    #[serde(rename = "x", default, skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(rename = "ss", default, skip_serializing_if = "Option::is_none")]
    sending_since: Option<i64>,
    #[serde(rename = "u", default, skip_serializing_if = "std::ops::Not::not")]
    uncertain: bool,
    #[serde(rename = "sa", default, skip_serializing_if = "Option::is_none")]
    sent_at: Option<i64>,
    #[serde(rename = "oa", default, skip_serializing_if = "Option::is_none")]
    first_opened_at: Option<i64>,
    #[serde(rename = "ca", default, skip_serializing_if = "Option::is_none")]
    first_clicked_at: Option<i64>,
}

/// What only the e-mail itself shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rest {
    text: String,
    html: String,
    written_by: WrittenBy,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    message_id: Option<String>,
    #[serde(default)]
    failures: u8,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    delivered_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unsubscribed_at: Option<i64>,
    #[serde(default)]
    opens: u32,
    #[serde(default)]
    clicks: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct EmailItem {
    id: EmailId,
    #[serde(with = "crate::as_json")]
    row: Row,
    #[serde(with = "crate::as_json")]
    rest: Rest,
    status: EmailStatus,
}

fn millisecond(at: Option<Timestamp>) -> Option<i64> {
    at.map(Timestamp::as_millisecond)
}

fn moment(millisecond: Option<i64>) -> Option<Timestamp> {
    Timestamp::from_millisecond(millisecond?).ok()
}

impl Row {
    fn of(email: &OutgoingEmail) -> Self {
        Self {
            client_id: email.client_id,
            client_name: email.client_name.as_str().to_owned(),
            to: email.to.as_str().to_owned(),
            task_id: email.task_id,
            follow_up_type: email.follow_up_type,
            assigned_to: email.assigned_to,
            subject: email.subject.clone(),
            snippet: email.snippet.clone(),
            provider: email.provider,
            error: email.error.clone(),
            sending_since: millisecond(email.sending_since),
            uncertain: email.uncertain,
            sent_at: millisecond(email.sent_at),
            first_opened_at: millisecond(email.first_opened_at),
            first_clicked_at: millisecond(email.first_clicked_at),
        }
    }

    fn read(self, id: EmailId, status: EmailStatus) -> EmailSummary {
        EmailSummary {
            id,
            client_id: self.client_id,
            client_name: Name::from_stored(self.client_name),
            to: Email::from_stored(self.to),
            task_id: self.task_id,
            follow_up_type: self.follow_up_type,
            assigned_to: self.assigned_to,
            subject: self.subject,
            snippet: self.snippet,
            status,
            provider: self.provider,
            error: self.error,
            sending_since: moment(self.sending_since),
            uncertain: self.uncertain,
            sent_at: moment(self.sent_at),
            first_opened_at: moment(self.first_opened_at),
            first_clicked_at: moment(self.first_clicked_at),
        }
    }
}

impl EmailItem {
    fn of(email: &OutgoingEmail) -> Self {
        Self {
            id: email.id,
            row: Row::of(email),
            rest: Rest {
                text: email.text.clone(),
                html: email.html.clone(),
                written_by: email.written_by.clone(),
                message_id: email.message_id.clone(),
                failures: email.failures,
                delivered_at: millisecond(email.delivered_at),
                unsubscribed_at: millisecond(email.unsubscribed_at),
                opens: email.opens,
                clicks: email.clicks,
            },
            status: email.status,
        }
    }

    fn into_email(self, created_at: Timestamp) -> OutgoingEmail {
        let row = self.row.read(self.id, self.status);
        let rest = self.rest;
        OutgoingEmail {
            id: row.id,
            client_id: row.client_id,
            client_name: row.client_name,
            to: row.to,
            task_id: row.task_id,
            follow_up_type: row.follow_up_type,
            assigned_to: row.assigned_to,
            subject: row.subject,
            snippet: row.snippet,
            text: rest.text,
            html: rest.html,
            written_by: rest.written_by,
            status: row.status,
            provider: row.provider,
            message_id: rest.message_id,
            failures: rest.failures,
            error: row.error,
            sending_since: row.sending_since,
            uncertain: row.uncertain,
            sent_at: row.sent_at,
            delivered_at: moment(rest.delivered_at),
            first_opened_at: row.first_opened_at,
            first_clicked_at: row.first_clicked_at,
            unsubscribed_at: moment(rest.unsubscribed_at),
            opens: rest.opens,
            clicks: rest.clicks,
            created_at,
        }
    }
}

/// The door to e-mails.
pub struct Emails {
    pub(crate) db: Db,
    pub(crate) team: TeamId,
}

impl Emails {
    pub(crate) fn new(db: Db, team: TeamId) -> Self {
        Self { db, team }
    }

    /// An e-mail that may be seen, with what providers told of it, oldest first.
    pub async fn get(
        &self,
        email: EmailId,
        sight: Sight,
    ) -> Result<(Stored<OutgoingEmail>, Vec<EmailEvent>), StoreError> {
        let (from, to) = keys::events_above_email();
        let range = Range {
            index: None,
            pk: keys::email(self.team, email).pk,
            from,
            to,
            descending: false,
            limit: MAX_EVENTS + 1,
        };
        let mut items = self.db.range(&range).await?.into_iter();
        let found = items.next().filter(|item| item.kind() == "email");
        let found = read(found.ok_or(StoreError::NotFound)?)?;
        if !sight.sees(found.value.assigned_to) {
            return Err(StoreError::NotFound);
        }
        let events = items.map(email_event::read);
        let mut events = events.collect::<Result<Vec<_>, _>>()?;
        events.sort_by_key(|event| event.at);
        Ok((found, events))
    }

    /// An e-mail as of the last write.
    pub async fn latest(&self, email: EmailId) -> Result<Stored<OutgoingEmail>, StoreError> {
        let item = self.db.get(&keys::email(self.team, email), true).await?;
        read(item.ok_or(StoreError::NotFound)?)
    }

    /// What must be known before `email` is sent to an address: one request.
    pub async fn before_sending(
        &self,
        email: EmailId,
        to: &Email,
    ) -> Result<BeforeSending, StoreError> {
        let wanted = [
            keys::email(self.team, email),
            suppression::key(self.team, to.hash()),
        ];
        let items = self.db.get_latest(&wanted).await?;
        let of_kind = |kind: &str| items.iter().find(|item| item.kind() == kind);
        Ok(BeforeSending {
            email: of_kind("email").map(read).transpose()?,
            suppressed: of_kind(suppression::KIND)
                .map(suppression::read)
                .transpose()?,
        })
    }

    /// The e-mail before and after a change, for the jobs that follow e-mails.
    pub fn changed(change: &Change) -> Result<BeforeAndAfter<OutgoingEmail>, StoreError> {
        let read = |item: &Option<Item>| item.as_ref().map(read).transpose();
        Ok((read(&change.old)?, read(&change.new)?))
    }

    pub(crate) fn item(&self, record: &Stored<OutgoingEmail>) -> Result<Item, StoreError> {
        let email = &record.value;
        let stored = record.clone().map(|email| EmailItem::of(&email));
        let key = keys::email(self.team, email.id);
        let item = encode(&key, "email", Some(self.team), &stored)?;
        let place = keys::email_place(record.created_at, email.id);
        Ok(item
            .with("GSI1", text(keys::emails(self.team)))
            .with(
                "GSI2",
                text(keys::emails_with_status(self.team, email.status)),
            )
            .with("GSI3", text(keys::emails_to(self.team, email.client_id)))
            .with(INDEX_SORT_KEY, text(place)))
    }
}

pub(crate) fn read(item: impl Into<Item>) -> Result<Stored<OutgoingEmail>, StoreError> {
    let stored: Stored<EmailItem> = decode(item)?;
    let created_at = stored.created_at;
    Ok(stored.map(|email| email.into_email(created_at)))
}

/// A row of one of the table's indexes.
pub(crate) fn listed(item: &Item) -> Result<ListedEmail, StoreError> {
    let broken = |why: &str| StoreError::Fault(format!("a listed e-mail does not read: {why}"));
    let id = item.string(INDEX_SORT_KEY).and_then(keys::email_at);
    let status = item.string("status").and_then(|text| text.parse().ok());
    let row = item.string("row").ok_or_else(|| broken("it has no row"))?;
    let row: Row = serde_json::from_str(row).map_err(|error| broken(&error.to_string()))?;
    Ok(ListedEmail {
        email: row.read(
            id.ok_or_else(|| broken("it has no id"))?,
            status.ok_or_else(|| broken("it has no status"))?,
        ),
        version: item.version(),
        created_at: read_time(item, "createdAt").unwrap_or_default(),
        updated_at: read_time(item, "updatedAt").unwrap_or_default(),
    })
}

impl From<Stored<OutgoingEmail>> for ListedEmail {
    fn from(stored: Stored<OutgoingEmail>) -> Self {
        let (id, status) = (stored.value.id, stored.value.status);
        Self {
            version: stored.version,
            created_at: stored.created_at,
            updated_at: stored.updated_at,
            email: Row::of(&stored.value).read(id, status),
        }
    }
}
