//! `POST /api/deals/{dealId}/notes`

use crate::view::DealPath;
use plat_domain::{Permission, RecordRef};
use plat_registry::{App, Can, Created, Endpoint, Failure, Grant, Input, Method, Principal};
use plat_store::Note;
use plat_views::{AddNote, NoteView};
use std::sync::Arc;

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::POST,
        "/api/deals/{dealId}/notes",
        "deals.add_note",
        Can(Permission::DealsWrite),
        handle,
    )
    .summary("Write a note on a deal")
    .grants(&[Grant::ReadTable, Grant::WriteTable])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<DealPath, AddNote>,
) -> Result<Created<NoteView>, Failure> {
    let command = input.command(&who.user);
    let note = Note {
        id: command.new_id(0),
        record: RecordRef::Deal(input.path.deal_id),
        content: input.body.content,
    };
    let notes = app.store.team(who.team).notes();
    let stored = notes.add(&command, who.sight(), note).await?;
    Ok(Created {
        location: format!("/api/notes/{}", stored.value.id),
        entity: stored.into(),
    })
}
