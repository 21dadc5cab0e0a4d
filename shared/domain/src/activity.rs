//! Timelines: what an event means to who looks at a record.
//!
//! What belongs here: the lines of a timeline, which events make one, and what a line asks of who sees it. What does not:
//! the events themselves, and which records somebody sees.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use crate::event::{DealChange, DocumentFact, Event, EventType, Fact, LeadChange};
use crate::invalid::wire_enum;
use crate::{DealStatus, Permission, RecordRef, UserId};

/// The field of a deal that counts its documents, which have lines of their own.
const COUNTED: &str = "documents";

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
        /// A lead was deleted.
        LeadDeleted = "lead_deleted",
        /// A deleted lead was brought back.
        LeadRestored = "lead_restored",
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
        /// The name or the visibility of the team changed.
        TeamUpdated = "team_updated",
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
            EventType::LeadDeleted => Self::LeadDeleted,
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
            EventType::TeamUpdated => Self::TeamUpdated,
            EventType::InvitationSent => Self::InvitationSent,
            EventType::MemberJoined => Self::MemberJoined,
            EventType::MemberRoleChanged => Self::MemberRoleChanged,
            EventType::MemberRemoved => Self::MemberRemoved,
            EventType::DocumentAnnounced
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
            Self::LeadCreated
            | Self::LeadUpdated
            | Self::LeadStatusChanged
            | Self::LeadAssigned
            | Self::LeadTagged
            | Self::LeadUntagged
            | Self::LeadDeleted
            | Self::LeadRestored
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
            | Self::TeamUpdated => None,
        }
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
    /// (documents; rejected also `reason`), `name` and `role` (members), `role` (invitations).
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

/// Notes and documents are told of where they belong, any other record in its own timeline.
fn about(event: &Event) -> Option<RecordRef> {
    let note = event.fact.note().map(|note| note.record);
    let document = event.fact.document().map(|document| document.record);
    let itself = || RecordRef::read(event.subject.kind, &event.subject.id);
    note.or(document).or_else(itself)
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
        Fact::LeadUpdated(_) | Fact::DealUpdated(_) => updated(event),
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
        Fact::TeamUpdated(_) => plain("Team settings changed"),
        Fact::DocumentAnnounced(_)
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
    let fields: Vec<&String> = fields.filter(|field| *field != COUNTED).collect();
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

fn moved(change: &DealChange) -> Option<(String, Value)> {
    let old = change.before.as_ref()?.status;
    let new = change.after.status;
    let words = |status: DealStatus| status.as_str().replace('_', " ");
    Some((
        format!("Status changed from {} to {}", words(old), words(new)),
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
