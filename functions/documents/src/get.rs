//! `GET /api/documents/{documentId}`

use crate::view::{DocumentPath, DocumentView};
use plat_domain::{DOCUMENTS, Permission};
use plat_registry::{App, Can, Endpoint, Entity, Failure, Grant, Input, Method, Principal};
use std::sync::Arc;

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::GET,
        "/api/documents/{documentId}",
        "documents.get",
        Can(Permission::DocumentsRead),
        handle,
    )
    .summary("One document, and how to download it")
    .grants(&[Grant::ReadTable, Grant::ReadFiles(DOCUMENTS)])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<DocumentPath>,
) -> Result<Entity<DocumentView>, Failure> {
    let documents = app.store.team(who.team).documents();
    let document = documents.get(input.path.document_id, who.sight()).await?;
    who.must_have(document.value.record.seen_with())?;
    let view = DocumentView::of(&app, who.team, input.now, document).await?;
    Ok(Entity(view))
}
