//! `DELETE /api/notes/{noteId}`

use crate::rule::{NotePath, may_change};
use plat_domain::Permission;
use plat_http::problems::STALE;
use plat_registry::{App, Can, Endpoint, Failure, Grant, Input, Method, NoContent, Principal};
use std::sync::Arc;

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::DELETE,
        "/api/notes/{noteId}",
        "notes.delete",
        Can(Permission::LeadsWrite),
        handle,
    )
    .summary("Delete a note")
    .grants(&[Grant::ReadTable, Grant::WriteTable])
    .problems(&[&STALE])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<NotePath>,
) -> Result<NoContent, Failure> {
    let command = input.command(&who.user);
    app.store
        .team(who.team)
        .notes()
        .delete(
            &command,
            input.path.note_id,
            who.sight(),
            input.if_match,
            |note| may_change(&who, note),
        )
        .await?;
    Ok(NoContent)
}
