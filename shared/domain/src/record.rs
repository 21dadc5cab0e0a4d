//! A record of any kind that others point to: notes and documents are about one, a deal comes of one.
//!
//! What belongs here: which kinds there are, and who may see and change records of each. What does not: the records.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::SubjectKind;
use crate::{ClientId, DealId, LeadId, Permission, PropertyId};

/// One record of a team, by its kind and its id.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum RecordRef {
    /// A client.
    Client(ClientId),
    /// A deal.
    Deal(DealId),
    /// A lead.
    Lead(LeadId),
    /// A property.
    Property(PropertyId),
}

impl RecordRef {
    /// Its kind, as events name it.
    pub const fn kind(self) -> SubjectKind {
        match self {
            Self::Client(_) => SubjectKind::Client,
            Self::Deal(_) => SubjectKind::Deal,
            Self::Lead(_) => SubjectKind::Lead,
            Self::Property(_) => SubjectKind::Property,
        }
    }

    /// Its id.
    pub fn id(self) -> String {
        match self {
            Self::Client(id) => id.to_string(),
            Self::Deal(id) => id.to_string(),
            Self::Lead(id) => id.to_string(),
            Self::Property(id) => id.to_string(),
        }
    }

    /// The record of `kind` with this id; none if records of that kind are not pointed to, or the id is none.
    pub fn read(kind: SubjectKind, id: &str) -> Option<Self> {
        match kind {
            SubjectKind::Client => id.parse().ok().map(Self::Client),
            SubjectKind::Deal => id.parse().ok().map(Self::Deal),
            SubjectKind::Lead => id.parse().ok().map(Self::Lead),
            SubjectKind::Property => id.parse().ok().map(Self::Property),
            SubjectKind::Batch
            | SubjectKind::Activity
            | SubjectKind::Document
            | SubjectKind::Email
            | SubjectKind::Integration
            | SubjectKind::Invitation
            | SubjectKind::Member
            | SubjectKind::Note
            | SubjectKind::Session
            | SubjectKind::Settings
            | SubjectKind::Tag
            | SubjectKind::Task
            | SubjectKind::Team
            | SubjectKind::Token
            | SubjectKind::User => None,
        }
    }

    /// What somebody must be allowed to see it.
    pub const fn seen_with(self) -> Permission {
        match self {
            Self::Client(_) => Permission::ClientsRead,
            Self::Deal(_) => Permission::DealsRead,
            Self::Lead(_) => Permission::LeadsRead,
            Self::Property(_) => Permission::PropertiesRead,
        }
    }

    /// What somebody must be allowed to change it.
    pub const fn changed_with(self) -> Permission {
        match self {
            Self::Client(_) => Permission::ClientsWrite,
            Self::Deal(_) => Permission::DealsWrite,
            Self::Lead(_) => Permission::LeadsWrite,
            Self::Property(_) => Permission::PropertiesWrite,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_as_it_is_written() {
        let deal = RecordRef::Deal(DealId::from_bits(7));

        let written = serde_json::to_value(deal).unwrap();

        assert_eq!(
            written,
            serde_json::json!({"kind": "deal", "id": "00000000000000000000000007"})
        );
        assert_eq!(serde_json::from_value::<RecordRef>(written).unwrap(), deal);
        assert_eq!(RecordRef::read(deal.kind(), &deal.id()), Some(deal));
        assert_eq!(RecordRef::read(SubjectKind::Deal, "no id"), None);
        assert_eq!(RecordRef::read(SubjectKind::Note, &deal.id()), None);
    }
}
