//! Timelines: what an event means to who looks at a lead.
//!
//! What belongs here: the lines of a timeline and which events make one. What does not: the events themselves, and who
//! sees which line.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::event::{Event, Fact, LeadChange};
use crate::invalid::wire_enum;
use crate::{LeadId, RecordRef};

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

/// One line of a timeline. Neither the title nor the data hold personal values of a lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activity {
    /// The lead that it is about; none for what concerns the team.
    pub lead: Option<LeadId>,
    /// What it tells.
    pub kind: ActivityType,
    /// A short sentence in English, without a full stop.
    pub title: String,
    /// Details for programs; the keys depend on the kind:
    /// `fields` (updated), `status` (created), `oldStatus` and `newStatus` (status
    /// changed), `from` and `to` (assigned; user ids or null), `tagIds` (tagged, untagged),
    /// `noteId` (notes), `name` and `role` (members), `role` (invitations).
    pub data: Map<String, Value>,
}

impl Activity {
    /// The line that `event` makes, if it makes one.
    pub fn of(event: &Event) -> Option<Self> {
        let (kind, title, data) = told(event)?;
        let lead = match event.fact.note() {
            Some(note) => match note.record {
                RecordRef::Lead(lead) => Some(lead),
                RecordRef::Client(_) | RecordRef::Deal(_) | RecordRef::Property(_) => None,
            },
            None => event
                .fact
                .lead_change()
                .and_then(|_| event.subject.id.parse().ok()),
        };
        let Value::Object(data) = data else {
            return None;
        };
        Some(Self {
            lead,
            kind,
            title,
            data,
        })
    }
}

/// What kind of line, in which words, with which details.
fn told(event: &Event) -> Option<(ActivityType, String, Value)> {
    let plain = |kind, title: &str| Some((kind, title.to_owned(), json!({})));
    let note = |kind, title: &str| {
        let data = json!({"noteId": event.subject.id});
        Some((kind, title.to_owned(), data))
    };
    match &event.fact {
        Fact::LeadCreated(change) => Some((
            ActivityType::LeadCreated,
            "Lead created".to_owned(),
            json!({"status": change.after.status}),
        )),
        Fact::LeadRestored(_) => plain(ActivityType::LeadRestored, "Lead restored"),
        Fact::LeadDeleted(_) => plain(ActivityType::LeadDeleted, "Lead deleted"),
        Fact::LeadUpdated(_) => {
            let fields: Vec<&String> = event.changes.keys().collect();
            Some((
                ActivityType::LeadUpdated,
                counted(fields.len(), "field", "changed"),
                json!({"fields": fields}),
            ))
        }
        Fact::LeadStatusChanged(change) => status_changed(change),
        Fact::LeadAssigned(change) => {
            let title = match change.after.assigned_to {
                Some(_) => "Lead assigned",
                None => "Lead unassigned",
            };
            let from = change.before.as_ref().and_then(|lead| lead.assigned_to);
            let data = json!({"from": from, "to": change.after.assigned_to});
            Some((ActivityType::LeadAssigned, title.to_owned(), data))
        }
        Fact::LeadTagged(_) => {
            let (off, on) = tags(event);
            let ids: Vec<_> = on.difference(&off).collect();
            Some((
                ActivityType::LeadTagged,
                counted(ids.len(), "tag", "added"),
                json!({"tagIds": ids}),
            ))
        }
        Fact::LeadUntagged(_) => {
            let (on, off) = tags(event);
            let ids: Vec<_> = on.difference(&off).collect();
            Some((
                ActivityType::LeadUntagged,
                counted(ids.len(), "tag", "removed"),
                json!({"tagIds": ids}),
            ))
        }
        Fact::NoteAdded(_) => note(ActivityType::NoteAdded, "Note added"),
        Fact::NoteUpdated(_) => note(ActivityType::NoteUpdated, "Note changed"),
        Fact::NoteDeleted(_) => note(ActivityType::NoteDeleted, "Note deleted"),
        Fact::MemberJoined(member) => Some((
            ActivityType::MemberJoined,
            format!("{} joined the team", member.name),
            json!({"name": member.name, "role": member.role}),
        )),
        Fact::MemberRoleChanged(member) => Some((
            ActivityType::MemberRoleChanged,
            format!("{} is now {}", member.name, member.role),
            json!({"name": member.name, "role": member.role}),
        )),
        Fact::MemberRemoved(member) => Some((
            ActivityType::MemberRemoved,
            format!("{} left the team", member.name),
            json!({"name": member.name, "role": member.role}),
        )),
        Fact::InvitationSent(invitation) => Some((
            ActivityType::InvitationSent,
            format!("Invitation sent for the role {}", invitation.role),
            json!({"role": invitation.role}),
        )),
        Fact::TeamUpdated(_) => plain(ActivityType::TeamUpdated, "Team settings changed"),
        Fact::DealCreated(_)
        | Fact::DealUpdated(_)
        | Fact::DealStatusChanged(_)
        | Fact::DealAssigned(_)
        | Fact::DealDeleted(_)
        | Fact::DocumentAnnounced(_)
        | Fact::DocumentAvailable(_)
        | Fact::DocumentRejected(_)
        | Fact::DocumentDeleted(_)
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

fn status_changed(change: &LeadChange) -> Option<(ActivityType, String, Value)> {
    let old = change.before.as_ref()?.status;
    let new = change.after.status;
    Some((
        ActivityType::LeadStatusChanged,
        format!("Status changed from {old} to {new}"),
        json!({"oldStatus": old, "newStatus": new}),
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
