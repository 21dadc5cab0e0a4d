//! `POST /api/leads/{leadId}/notes`

use crate::note_view::NoteView;
use crate::view::LeadPath;
use plat_domain::{NoteContent, Permission};
use plat_registry::{App, Can, Created, Endpoint, Failure, Grant, Input, Method, Principal};
use plat_store::Note;
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

/// A new note.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AddNote {
    /// What it says.
    content: NoteContent,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::POST,
        "/api/leads/{leadId}/notes",
        "leads.add_note",
        Can(Permission::LeadsWrite),
        handle,
    )
    .summary("Write a note on a lead")
    .grants(&[Grant::ReadTable, Grant::WriteTable])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<LeadPath, AddNote>,
) -> Result<Created<NoteView>, Failure> {
    let command = input.command(&who.user);
    let note = Note {
        id: command.new_id(0),
        lead: input.path.lead_id,
        content: input.body.content,
    };
    let stored = app
        .store
        .team(who.team)
        .notes()
        .add(&command, who.sight(), note)
        .await?;
    Ok(Created {
        location: format!("/api/notes/{}", stored.value.id),
        entity: stored.into(),
    })
}
