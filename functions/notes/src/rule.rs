//! Who may change a note.

use plat_domain::NoteId;
use plat_http::{Problem, problems};
use plat_registry::{Failure, Principal};
use plat_store::{Note, Stored};
use schemars::JsonSchema;
use serde::Deserialize;

/// The id in the path of everything about one note.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NotePath {
    /// The note.
    pub(crate) note_id: NoteId,
}

/// Its author may, and whoever may change what other people wrote; but only where they may change what the note is about.
///
/// The endpoints ask for the least that any note asks, since only the note tells what it is about.
pub(crate) fn may_change(who: &Principal, note: &Stored<Note>) -> Result<(), Failure> {
    if !who.can(note.value.record.changed_with()) {
        return Err(problems::not_found().into());
    }
    if note.created_by.id == who.id() || who.role.edits_others() {
        return Ok(());
    }
    let detail = "Only the author of a note changes it, or a manager of the team.";
    Err(Problem::new(&problems::FORBIDDEN, detail).into())
}
