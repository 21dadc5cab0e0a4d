//! Timelines: what an event means to who looks at a record.
//!
//! What belongs here: the lines of a timeline, which events make one, and what a line asks of who sees it. What does not:
//! the events themselves, and which records somebody sees.

mod logged;

pub use logged::{ActivityNotes, ContactOutcome, LoggedActivity, LoggedKind, Minutes};

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use crate::event::{
    ClientChange, DealChange, DocumentFact, EmailFact, Event, EventType, Fact, LeadChange,
    TaskChange,
};
use crate::invalid::wire_enum;
use crate::{Permission, RecordRef, UserId};

/// Fields that follow from what has lines of its own: the documents of a deal are counted, and an e-mail or a call is a contact.
const TOLD_ELSEWHERE: [&str; 3] = ["documents", "lastContactAt", "lastContacted"];

wire_enum! {
    /// What a line of a timeline tells.
    pub enum ActivityType {
        /// A lead was made.
        LeadCreated = "lead_created",
        /// Fields of a lead changed.
        LeadUpdated = "lead_updated",
        /// A lead moved to another status.
        LeadStatusChanged = "lead_status_changed",
        /// A lead was given to somebody, or to nobody.
        LeadAssigned = "lead_assigned",
        /// Tags were put on a lead.
        LeadTagged = "lead_tagged",
        /// Tags were taken off a lead.
        LeadUntagged = "lead_untagged",
        /// A client was made of a lead.
        LeadConverted = "lead_converted",
        /// A lead was deleted.
        LeadDeleted = "lead_deleted",
        /// A deleted lead was brought back.
        LeadRestored = "lead_restored",
        /// Somebody who is a lead asked once more, by a form or a portal.
        LeadAskedAgain = "lead_asked_again",
        /// A lead took in another.
        LeadMerged = "lead_merged",
        /// A lead was parted again from one that it had taken in.
        LeadUnmerged = "lead_unmerged",
        /// A deal was made.
        DealCreated = "deal_created",
        /// Fields of a deal changed.
        DealUpdated = "deal_updated",
        /// A deal moved to another status.
        DealStatusChanged = "deal_status_changed",
        /// A deal was given to somebody, or to nobody.
        DealAssigned = "deal_assigned",
        /// A deal was deleted.
        DealDeleted = "deal_deleted",
        /// A client was made.
        ClientCreated = "client_created",
        /// Fields of a client changed.
        ClientUpdated = "client_updated",
        /// A client came to another stage.
        ClientStageChanged = "client_stage_changed",
        /// A client was given to somebody, or to nobody.
        ClientAssigned = "client_assigned",
        /// A client was deleted.
        ClientDeleted = "client_deleted",
        /// A deleted client was brought back.
        ClientRestored = "client_restored",
        /// A task was made by somebody.
        TaskCreated = "task_created",
        /// A task was done.
        TaskCompleted = "task_completed",
        /// Somebody chose not to do a task.
        TaskSkipped = "task_skipped",
        /// There was no reason for a task any more.
        TaskCancelled = "task_cancelled",
        /// A task is to be done again.
        TaskReopened = "task_reopened",
        /// A task was deleted.
        TaskDeleted = "task_deleted",
        /// An e-mail went out.
        EmailSent = "email_sent",
        /// Somebody looked at an e-mail.
        EmailOpened = "email_opened",
        /// Somebody followed a link in an e-mail.
        EmailClicked = "email_clicked",
        /// An e-mail came back.
        EmailBounced = "email_bounced",
        /// Somebody marked an e-mail as unwanted.
        EmailComplained = "email_complained",
        /// An e-mail could not be sent.
        EmailFailed = "email_failed",
        /// Somebody wants no more e-mails.
        EmailUnsubscribed = "email_unsubscribed",
        /// A file came and can be downloaded.
        DocumentAvailable = "document_available",
        /// A file was not taken.
        DocumentRejected = "document_rejected",
        /// A document was deleted.
        DocumentDeleted = "document_deleted",
        /// A note was written.
        NoteAdded = "note_added",
        /// A note was changed.
        NoteUpdated = "note_updated",
        /// A note was deleted.
        NoteDeleted = "note_deleted",
        /// Somebody joined the team.
        MemberJoined = "member_joined",
        /// A member got another role.
        MemberRoleChanged = "member_role_changed",
        /// A member was taken out of the team.
        MemberRemoved = "member_removed",
        /// Somebody was invited to the team.
        InvitationSent = "invitation_sent",
        /// The team connected a service.
        IntegrationConnected = "integration_connected",
        /// The team disconnected a service.
        IntegrationDisconnected = "integration_disconnected",
        /// The name, the visibility or other settings of the team changed.
        TeamUpdated = "team_updated",
        /// Somebody logged a call.
        Call = "call",
        /// Somebody logged a meeting.
        Meeting = "meeting",
        /// Somebody logged an e-mail that went by another way than Plat.
        Email = "email",
        /// Somebody logged a text message that did.
        Text = "text",
        /// Somebody logged anything else.
        Other = "other",
    }
}

impl ActivityType {
    /// The line that events of this type make; none if they make none.
    pub const fn of(event: EventType) -> Option<Self> {
        Some(match event {
            EventType::LeadCreated => Self::LeadCreated,
            EventType::LeadRestored => Self::LeadRestored,
            EventType::LeadUpdated => Self::LeadUpdated,
            EventType::LeadStatusChanged => Self::LeadStatusChanged,
            EventType::LeadAssigned => Self::LeadAssigned,
            EventType::LeadTagged => Self::LeadTagged,
            EventType::LeadUntagged => Self::LeadUntagged,
            EventType::LeadConverted => Self::LeadConverted,
            EventType::LeadDeleted => Self::LeadDeleted,
            EventType::LeadMerged => Self::LeadMerged,
            EventType::LeadUnmerged => Self::LeadUnmerged,
            EventType::ClientCreated => Self::ClientCreated,
            EventType::ClientRestored => Self::ClientRestored,
            EventType::ClientUpdated => Self::ClientUpdated,
            EventType::ClientStageChanged => Self::ClientStageChanged,
            EventType::ClientAssigned => Self::ClientAssigned,
            EventType::ClientDeleted => Self::ClientDeleted,
            EventType::TaskCreated => Self::TaskCreated,
            EventType::TaskCompleted => Self::TaskCompleted,
            EventType::TaskSkipped => Self::TaskSkipped,
            EventType::TaskCancelled => Self::TaskCancelled,
            EventType::TaskReopened => Self::TaskReopened,
            EventType::TaskDeleted => Self::TaskDeleted,
            EventType::EmailSent => Self::EmailSent,
            EventType::EmailOpened => Self::EmailOpened,
            EventType::EmailClicked => Self::EmailClicked,
            EventType::EmailBounced => Self::EmailBounced,
            EventType::EmailComplained => Self::EmailComplained,
            EventType::EmailFailed => Self::EmailFailed,
            EventType::EmailUnsubscribed => Self::EmailUnsubscribed,
            EventType::DealCreated => Self::DealCreated,
            EventType::DealUpdated => Self::DealUpdated,
            EventType::DealStatusChanged => Self::DealStatusChanged,
            EventType::DealAssigned => Self::DealAssigned,
            EventType::DealDeleted => Self::DealDeleted,
            EventType::DocumentAvailable => Self::DocumentAvailable,
            EventType::DocumentRejected => Self::DocumentRejected,
            EventType::DocumentDeleted => Self::DocumentDeleted,
            EventType::NoteAdded => Self::NoteAdded,
            EventType::NoteUpdated => Self::NoteUpdated,
            EventType::NoteDeleted => Self::NoteDeleted,
            EventType::TeamUpdated | EventType::SettingsUpdated => Self::TeamUpdated,
            EventType::IntegrationConnected => Self::IntegrationConnected,
            EventType::IntegrationDisconnected => Self::IntegrationDisconnected,
            EventType::InvitationSent => Self::InvitationSent,
            EventType::MemberJoined => Self::MemberJoined,
            EventType::MemberRoleChanged => Self::MemberRoleChanged,
            EventType::MemberRemoved => Self::MemberRemoved,
            EventType::BatchStarted
            | EventType::BatchEnded
            | EventType::DocumentAnnounced
            | EventType::TaskUpdated
            | EventType::TaskAssigned
            | EventType::TaskStarted
            | EventType::EmailDelivered
            // Its line is what was logged itself.
            | EventType::ActivityLogged
            | EventType::TagCreated
            | EventType::TagUpdated
            | EventType::TagDeleted
            | EventType::TeamCreated
            | EventType::UserRegistered
            | EventType::UserUpdated
            | EventType::UserEmailVerified
            | EventType::UserPasswordChanged
            | EventType::SessionStarted
            | EventType::SessionEnded
            | EventType::TokenIssued => return None,
        })
    }

    /// The types of the events that may make a line.
    pub fn sources() -> &'static [EventType] {
        static SOURCES: LazyLock<Vec<EventType>> = LazyLock::new(|| {
            let all = EventType::ALL.iter().copied();
            all.filter(|event| ActivityType::of(*event).is_some())
                .collect()
        });
        &SOURCES
    }

    /// What somebody must be allowed, beside seeing what the line is about, to see the line.
    pub const fn seen_with(self) -> Option<Permission> {
        match self {
            Self::DocumentAvailable | Self::DocumentRejected | Self::DocumentDeleted => {
                Some(Permission::DocumentsRead)
            }
            Self::TaskCreated
            | Self::TaskCompleted
            | Self::TaskSkipped
            | Self::TaskCancelled
            | Self::TaskReopened
            | Self::TaskDeleted => Some(Permission::TasksRead),
            Self::EmailSent
            | Self::EmailOpened
            | Self::EmailClicked
            | Self::EmailBounced
            | Self::EmailComplained
            | Self::EmailFailed
            | Self::EmailUnsubscribed => Some(Permission::EmailsRead),
            Self::LeadCreated
            | Self::LeadUpdated
            | Self::LeadStatusChanged
            | Self::LeadAssigned
            | Self::LeadTagged
            | Self::LeadUntagged
            | Self::LeadConverted
            | Self::LeadDeleted
            | Self::LeadRestored
            | Self::LeadAskedAgain
            | Self::LeadMerged
            | Self::LeadUnmerged
            | Self::ClientCreated
            | Self::ClientUpdated
            | Self::ClientStageChanged
            | Self::ClientAssigned
            | Self::ClientDeleted
            | Self::ClientRestored
            | Self::DealCreated
            | Self::DealUpdated
            | Self::DealStatusChanged
            | Self::DealAssigned
            | Self::DealDeleted
            | Self::NoteAdded
            | Self::NoteUpdated
            | Self::NoteDeleted
            | Self::MemberJoined
            | Self::MemberRoleChanged
            | Self::MemberRemoved
            | Self::InvitationSent
            | Self::IntegrationConnected
            | Self::IntegrationDisconnected
            | Self::TeamUpdated
            | Self::Call
            | Self::Meeting
            | Self::Email
            | Self::Text
            | Self::Other => None,
        }
    }

    /// Whether somebody wrote the line by hand.
    pub fn is_logged(self) -> bool {
        LoggedKind::ALL.iter().any(|kind| Self::from(*kind) == self)
    }
}

/// One line of a timeline.
///
/// Of the fields of a record, title and data tell which changed and not what they say. What was said about a move of a
/// deal, the names of files and those of members are told as they were; they are gone when what the line is about is
/// removed for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activity {
    /// The record that it is about; none for what concerns the team.
    pub about: Option<RecordRef>,
    /// What it tells.
    pub kind: ActivityType,
    /// A short sentence in English, without a full stop.
    pub title: String,
    /// Details for programs; the keys depend on the kind:
    /// `fields` (updated), `status` (created), `oldStatus` and `newStatus` (status
    /// changed; of a deal also `note`, or null), `from` and `to` (assigned; user ids or null),
    /// `tagIds` (tagged, untagged), `noteId` (notes), `documentId`, `fileName`, `version` and `size`
    /// (documents; rejected also `reason`), `clientId` and `dealId` (converted), `leadId` (merged, unmerged), `taskId`, `title` and `followUpType`
    /// (tasks), `emailId`, `taskId` and `followUpType` (e-mails), `provider` (integrations), `name` and `role` (members), `role` (invitations).
    pub data: Map<String, Value>,
}

impl Activity {
    /// What a line says that tells of a new note.
    pub const NOTE_ADDED: &str = "Note added";

    /// The line that `event` makes, if it makes one.
    pub fn of(event: &Event) -> Option<Self> {
        let kind = ActivityType::of(event.fact.kind())?;
        let (title, data) = told(event)?;
        let Value::Object(data) = data else {
            return None;
        };
        Some(Self {
            about: about(event),
            kind,
            title,
            data,
        })
    }
}

/// Notes, documents, tasks and e-mails are told of where they belong, any other record in its own timeline.
fn about(event: &Event) -> Option<RecordRef> {
    let note = event.fact.note().map(|note| note.record);
    let document = event.fact.document().map(|document| document.record);
    let task = event.fact.task_change().and_then(|task| task.after.record);
    let email = event.fact.email();
    let email = email.map(|email| RecordRef::Client(email.client_id));
    let itself = || RecordRef::read(event.subject.kind, &event.subject.id);
    note.or(document).or(task).or(email).or_else(itself)
}

/// In which words, and with which details; none if it is not worth a line.
fn told(event: &Event) -> Option<(String, Value)> {
    let plain = |title: &str| Some((title.to_owned(), json!({})));
    let note = |title: &str| Some((title.to_owned(), json!({"noteId": event.subject.id})));
    match &event.fact {
        Fact::LeadCreated(change) => Some((
            "Lead created".to_owned(),
            json!({"status": change.after.status}),
        )),
        Fact::LeadRestored(_) => plain("Lead restored"),
        Fact::LeadDeleted(_) => plain("Lead deleted"),
        Fact::LeadMerged(merge) => Some((
            "Merged with another lead".to_owned(),
            json!({"leadId": merge.lead_id}),
        )),
        Fact::LeadUnmerged(merge) => Some((
            "Parted from another lead again".to_owned(),
            json!({"leadId": merge.lead_id}),
        )),
        Fact::LeadUpdated(_) | Fact::DealUpdated(_) | Fact::ClientUpdated(_) => updated(event),
        Fact::LeadConverted(_) => {
            let id = |field: &str| {
                event
                    .changes
                    .get(field)
                    .and_then(|change| change.to.clone())
            };
            Some((
                "Converted to a client".to_owned(),
                json!({"clientId": id("clientId"), "dealId": id("dealId")}),
            ))
        }
        Fact::LeadStatusChanged(change) => status_changed(change),
        Fact::LeadAssigned(LeadChange { before, after }) => {
            let from = before.as_ref().and_then(|lead| lead.assigned_to);
            assigned("Lead", from, after.assigned_to)
        }
        Fact::LeadTagged(_) => {
            let (off, on) = tags(event);
            let ids: Vec<_> = on.difference(&off).collect();
            Some((counted(ids.len(), "tag", "added"), json!({"tagIds": ids})))
        }
        Fact::LeadUntagged(_) => {
            let (on, off) = tags(event);
            let ids: Vec<_> = on.difference(&off).collect();
            Some((counted(ids.len(), "tag", "removed"), json!({"tagIds": ids})))
        }
        Fact::ClientCreated(change) => Some((
            "Client created".to_owned(),
            json!({"status": change.after.stage}),
        )),
        Fact::ClientRestored(_) => plain("Client restored"),
        Fact::ClientDeleted(_) => plain("Client deleted"),
        Fact::ClientStageChanged(change) => came_to(change),
        Fact::ClientAssigned(change) => {
            let from = change.before.as_ref().and_then(|client| client.assigned_to);
            assigned("Client", from, change.after.assigned_to)
        }
        Fact::TaskCreated(change) => task(event, change, "planned"),
        Fact::TaskCompleted(change) => task(event, change, "done"),
        Fact::TaskSkipped(change) => task(event, change, "skipped"),
        Fact::TaskCancelled(change) => task(event, change, "cancelled"),
        Fact::TaskReopened(change) => task(event, change, "reopened"),
        Fact::TaskDeleted(change) => task(event, change, "deleted"),
        Fact::EmailSent(email) => Some(of_email(event, email, "E-mail sent")),
        Fact::EmailOpened(email) => Some(of_email(event, email, "E-mail opened")),
        Fact::EmailClicked(email) => Some(of_email(event, email, "Link in an e-mail followed")),
        Fact::EmailBounced(email) => Some(of_email(event, email, "E-mail came back")),
        Fact::EmailComplained(email) => Some(of_email(event, email, "E-mail marked as spam")),
        Fact::EmailFailed(email) => Some(of_email(event, email, "E-mail not sent")),
        Fact::EmailUnsubscribed(email) => Some(of_email(event, email, "Unsubscribed")),
        Fact::DealCreated(change) => Some((
            "Deal created".to_owned(),
            json!({"status": change.after.status}),
        )),
        Fact::DealStatusChanged(change) => moved(change),
        Fact::DealAssigned(change) => {
            let from = change.before.as_ref().and_then(|deal| deal.assigned_to);
            assigned("Deal", from, change.after.assigned_to)
        }
        Fact::DealDeleted(_) => plain("Deal deleted"),
        Fact::DocumentAvailable(document) => Some(of_document(event, document, "uploaded")),
        Fact::DocumentRejected(document) => Some(of_document(event, document, "rejected")),
        Fact::DocumentDeleted(document) => Some(of_document(event, document, "deleted")),
        Fact::NoteAdded(_) => note(Activity::NOTE_ADDED),
        Fact::NoteUpdated(_) => note("Note changed"),
        Fact::NoteDeleted(_) => note("Note deleted"),
        Fact::MemberJoined(member) => Some((
            format!("{} joined the team", member.name),
            json!({"name": member.name, "role": member.role}),
        )),
        Fact::MemberRoleChanged(member) => Some((
            format!("{} is now {}", member.name, member.role),
            json!({"name": member.name, "role": member.role}),
        )),
        Fact::MemberRemoved(member) => Some((
            format!("{} left the team", member.name),
            json!({"name": member.name, "role": member.role}),
        )),
        Fact::InvitationSent(invitation) => Some((
            format!("Invitation sent for the role {}", invitation.role),
            json!({"role": invitation.role}),
        )),
        Fact::TeamUpdated(_) | Fact::SettingsUpdated(_) => plain("Team settings changed"),
        Fact::IntegrationConnected(integration) => Some((
            format!("{} connected", integration.provider),
            json!({"provider": integration.provider}),
        )),
        Fact::IntegrationDisconnected(integration) => Some((
            format!("{} disconnected", integration.provider),
            json!({"provider": integration.provider}),
        )),
        Fact::BatchStarted(_)
        | Fact::BatchEnded(_)
        | Fact::ActivityLogged(_)
        | Fact::DocumentAnnounced(_)
        | Fact::TaskUpdated(_)
        | Fact::TaskAssigned(_)
        | Fact::TaskStarted(_)
        | Fact::EmailDelivered(_)
        | Fact::TagCreated(_)
        | Fact::TagUpdated(_)
        | Fact::TagDeleted(_)
        | Fact::TeamCreated(_)
        | Fact::UserRegistered(_)
        | Fact::UserUpdated(_)
        | Fact::UserEmailVerified(_)
        | Fact::UserPasswordChanged(_)
        | Fact::SessionStarted(_)
        | Fact::SessionEnded(_)
        | Fact::TokenIssued(_) => None,
    }
}

fn updated(event: &Event) -> Option<(String, Value)> {
    let fields = event.changes.keys();
    let fields: Vec<&String> = fields
        .filter(|field| !TOLD_ELSEWHERE.contains(&field.as_str()))
        .collect();
    (!fields.is_empty()).then(|| {
        (
            counted(fields.len(), "field", "changed"),
            json!({"fields": fields}),
        )
    })
}

fn assigned(what: &str, from: Option<UserId>, to: Option<UserId>) -> Option<(String, Value)> {
    let verb = match to {
        Some(_) => "assigned",
        None => "unassigned",
    };
    Some((format!("{what} {verb}"), json!({"from": from, "to": to})))
}

/// A task that is about no record is in no timeline. What jobs plan, what they cancel since its reason is gone, and what
/// they clean up would bury what people did.
fn task(event: &Event, change: &TaskChange, verb: &str) -> Option<(String, Value)> {
    change.after.record?;
    let by_a_job = event.causation.depth > 0;
    let quiet = matches!(
        event.fact,
        Fact::TaskCreated(_) | Fact::TaskCancelled(_) | Fact::TaskDeleted(_)
    );
    (!(by_a_job && quiet)).then(|| {
        (
            format!("{} {verb}", change.title),
            json!({
                "taskId": event.subject.id,
                "title": change.title,
                "followUpType": change.after.follow_up_type,
            }),
        )
    })
}

fn of_email(event: &Event, email: &EmailFact, title: &str) -> (String, Value) {
    let data = json!({
        "emailId": event.subject.id,
        "taskId": email.task_id,
        "followUpType": email.follow_up_type,
    });
    (title.to_owned(), data)
}

fn of_document(event: &Event, document: &DocumentFact, verb: &str) -> (String, Value) {
    let mut data = json!({
        "documentId": event.subject.id,
        "fileName": document.file_name,
        "version": document.version,
        "size": document.size,
    });
    if let (Some(reason), Value::Object(data)) = (&document.reason, &mut data) {
        data.insert("reason".to_owned(), json!(reason));
    }
    (format!("{} {verb}", document.file_name), data)
}

fn status_changed(change: &LeadChange) -> Option<(String, Value)> {
    let old = change.before.as_ref()?.status;
    let new = change.after.status;
    Some((
        format!("Status changed from {old} to {new}"),
        json!({"oldStatus": old, "newStatus": new}),
    ))
}

fn came_to(change: &ClientChange) -> Option<(String, Value)> {
    let old = change.before.as_ref()?.stage;
    let new = change.after.stage;
    let title = format!(
        "Stage changed from {} to {}",
        words(old.as_str()),
        words(new.as_str())
    );
    Some((title, json!({"oldStatus": old, "newStatus": new})))
}

fn words(wire: &str) -> String {
    wire.replace('_', " ")
}

fn moved(change: &DealChange) -> Option<(String, Value)> {
    let old = change.before.as_ref()?.status;
    let new = change.after.status;
    let title = format!(
        "Status changed from {} to {}",
        words(old.as_str()),
        words(new.as_str())
    );
    Some((
        title,
        json!({"oldStatus": old, "newStatus": new, "note": change.note}),
    ))
}

fn counted(count: usize, what: &str, verb: &str) -> String {
    match count {
        1 => format!("1 {what} {verb}"),
        count => format!("{count} {what}s {verb}"),
    }
}

/// The tags that a lead wore and wears.
fn tags(event: &Event) -> (BTreeSet<&str>, BTreeSet<&str>) {
    fn ids(side: Option<&Value>) -> BTreeSet<&str> {
        side.and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect()
    }
    let change = event.changes.get("tags");
    (
        ids(change.and_then(|change| change.from.as_ref())),
        ids(change.and_then(|change| change.to.as_ref())),
    )
}

#[cfg(test)]
mod tests;
