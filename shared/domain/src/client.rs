//! Clients: people being worked, each with a property, and the rules of their life.
//!
//! What belongs here: the record, and when it is to be followed up. What does not: the follow-ups themselves (`task`), how
//! a client is stored, listed or shown.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::invalid::wire_enum;
use crate::{
    ClientId, CustomFields, Email, LeadId, Line, Name, Phone, PropertyType, RecordRef, Text,
    UserId, person_words,
};

/// What is noted about a client. Whoever writes to them reads it, so it is short.
pub type ClientNotes = Text<1, 1_000>;

wire_enum! {
    /// How far a client has come.
    pub enum ClientStage {
        /// They have shown interest.
        Lead = "lead",
        /// Terms are being discussed.
        Negotiating = "negotiating",
        /// A contract is signed.
        UnderContract = "under_contract",
        /// The business is done.
        Closed = "closed",
        /// It came to nothing.
        Lost = "lost",
    }
}

impl ClientStage {
    /// Whether they are still being worked, and so followed up.
    pub const fn is_active(self) -> bool {
        match self {
            Self::Lead | Self::Negotiating | Self::UnderContract => true,
            Self::Closed | Self::Lost => false,
        }
    }
}

/// A person being worked. Serialised for events, not for the wire: a phone number keeps both spellings, and what is absent
/// is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Client {
    /// The id, which also says when the client was made.
    pub id: ClientId,
    /// The lead that they were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead_id: Option<LeadId>,
    /// Their name.
    pub name: Name,
    /// Their address, unique among the clients of the team.
    pub email: Email,
    /// Their phone number.
    #[serde(
        default,
        with = "crate::phone::stored",
        skip_serializing_if = "Option::is_none"
    )]
    pub phone: Option<Phone>,
    /// Where the property is that it is about.
    pub property_address: Line,
    /// What kind of property it is.
    pub property_type: PropertyType,
    /// How far they have come.
    pub stage: ClientStage,
    /// When they came there.
    pub since: Timestamp,
    /// What is noted about them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<ClientNotes>,
    /// The team's own fields.
    #[serde(default, skip_serializing_if = "CustomFields::is_empty")]
    pub custom_fields: CustomFields,
    /// Who works with them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assigned_to: Option<UserId>,
    /// When a message last went out to them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_contacted: Option<Timestamp>,
    /// When they were made.
    pub created_at: Timestamp,
    /// When they were deleted; they can be brought back for [`RESTORE_DAYS`](crate::RESTORE_DAYS).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Timestamp>,
}

impl Client {
    /// Brings them to a stage, from any other. The time of coming there never goes back.
    pub fn come_to(&mut self, stage: ClientStage, at: Timestamp) {
        if stage != self.stage {
            self.stage = stage;
            self.since = at.max(self.since);
        }
    }

    /// The words under which they are found.
    pub fn search_words(&self) -> BTreeSet<String> {
        person_words(
            &self.name,
            Some(&self.email),
            self.phone.as_ref(),
            Some(&self.property_address),
        )
    }

    /// The records that they point to, each with the name of its field.
    pub fn references(&self) -> impl Iterator<Item = (&'static str, RecordRef)> {
        let lead = self.lead_id.map(RecordRef::Lead);
        lead.into_iter().map(|lead| ("leadId", lead))
    }

    /// Whether they are to be followed up: pending follow-ups of anybody else are cancelled.
    pub const fn is_followed_up(&self) -> bool {
        self.stage.is_active() && self.deleted_at.is_none()
    }
}
