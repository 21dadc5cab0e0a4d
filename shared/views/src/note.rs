//! Notes, on whatever they are.

use jiff::Timestamp;
use plat_domain::{Actor, DealId, LeadId, NoteContent, NoteId, RecordRef};
use plat_registry::Versioned;
use plat_store::{Note, Stored};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A new note.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AddNote {
    /// What it says.
    pub content: NoteContent,
}

/// A note on a lead or a deal.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Note")]
pub struct NoteView {
    /// Which.
    id: NoteId,
    /// The lead it is about; absent if it is about something else.
    #[serde(skip_serializing_if = "Option::is_none")]
    lead_id: Option<LeadId>,
    /// The deal it is about; absent if it is about something else.
    #[serde(skip_serializing_if = "Option::is_none")]
    deal_id: Option<DealId>,
    /// What it says.
    content: NoteContent,
    /// Who wrote it.
    author: Actor,
    /// One more with each change; the `ETag`.
    version: u64,
    /// When it was written.
    created_at: Timestamp,
    /// When it was last changed.
    updated_at: Timestamp,
}

impl From<Stored<Note>> for NoteView {
    fn from(stored: Stored<Note>) -> Self {
        let note = stored.value;
        let (lead_id, deal_id) = match note.record {
            RecordRef::Lead(lead) => (Some(lead), None),
            RecordRef::Deal(deal) => (None, Some(deal)),
            // Nobody writes notes on these.
            RecordRef::Client(_) | RecordRef::Property(_) => (None, None),
        };
        Self {
            id: note.id,
            lead_id,
            deal_id,
            content: note.content,
            author: stored.created_by,
            version: stored.version,
            created_at: stored.created_at,
            updated_at: stored.updated_at,
        }
    }
}

impl Versioned for NoteView {
    fn version(&self) -> u64 {
        self.version
    }
}
