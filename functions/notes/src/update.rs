//! `PATCH /api/notes/{noteId}` and its alias `PUT`.

use crate::rule::{NotePath, may_change};
use plat_domain::{NoteContent, Permission};
use plat_http::problems::STALE;
use plat_registry::{App, Can, Endpoint, Entity, Failure, Grant, Input, Method, Principal};
use plat_views::NoteView;
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

/// What the note says from now on.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct UpdateNote {
    /// Its text.
    content: NoteContent,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::PATCH,
        "/api/notes/{noteId}",
        "notes.update",
        Can(Permission::LeadsWrite),
        handle,
    )
    .alias(Method::PUT)
    .summary("Edit a note")
    .grants(&[Grant::ReadTable, Grant::WriteTable])
    .problems(&[&STALE])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<NotePath, UpdateNote>,
) -> Result<Entity<NoteView>, Failure> {
    let command = input.command(&who.user);
    let stored = app
        .store
        .team(who.team)
        .notes()
        .update(
            &command,
            input.path.note_id,
            who.sight(),
            input.if_match,
            &input.body.content,
            |note| may_change(&who, note),
        )
        .await?;
    Ok(Entity(stored.into()))
}
