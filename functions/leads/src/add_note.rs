//! `POST /api/leads/{leadId}/notes`

use crate::view::LeadPath;
use plat_domain::{Permission, RecordRef};
use plat_http::problems::MERGED;
use plat_registry::{App, Can, Created, Endpoint, Failure, Grant, Input, Method, Principal};
use plat_store::Note;
use plat_views::{AddNote, NoteView};
use std::sync::Arc;

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
    .problems(&[&MERGED])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<LeadPath, AddNote>,
) -> Result<Created<NoteView>, Failure> {
    let command = input.command(&who.user);
    let note = Note {
        id: command.new_id(0),
        record: RecordRef::Lead(input.path.lead_id),
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
