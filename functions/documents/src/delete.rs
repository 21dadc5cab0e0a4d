//! `DELETE /api/documents/{documentId}`

use crate::view::DocumentPath;
use plat_domain::Permission;
use plat_http::problems::STALE;
use plat_registry::{App, Can, Endpoint, Failure, Grant, Input, Method, NoContent, Principal};
use std::sync::Arc;

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::DELETE,
        "/api/documents/{documentId}",
        "documents.delete",
        Can(Permission::DocumentsWrite),
        handle,
    )
    .summary("Delete a document")
    .grants(&[Grant::ReadTable, Grant::WriteTable])
    .problems(&[&STALE])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<DocumentPath>,
) -> Result<NoContent, Failure> {
    let command = input.command(&who.user);
    let documents = app.store.team(who.team).documents();
    documents
        .delete(
            &command,
            input.path.document_id,
            who.sight(),
            input.if_match,
            |record| who.must_have(record.changed_with()),
        )
        .await?;
    Ok(NoContent)
}
