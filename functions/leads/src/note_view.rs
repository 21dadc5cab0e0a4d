//! What clients see of a note. Domains do not know each other, so `notes` says the same of its own.

use jiff::Timestamp;
use plat_domain::{Actor, LeadId, NoteContent, NoteId};
use plat_registry::Versioned;
use plat_store::{Note, Stored};
use schemars::JsonSchema;
use serde::Serialize;

/// A note on a lead.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Note")]
pub(crate) struct NoteView {
    /// Which.
    id: NoteId,
    /// The lead it is about.
    lead_id: LeadId,
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
        Self {
            id: note.id,
            lead_id: note.lead,
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
