//! `GET /api/documents/{documentId}/versions`

use crate::view::{DocumentPath, VersionView};
use plat_domain::{DOCUMENTS, Permission};
use plat_registry::{App, Can, Endpoint, Failure, Grant, Input, Listing, Method, Principal};
use plat_store::Page;
use std::sync::Arc;

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::GET,
        "/api/documents/{documentId}/versions",
        "documents.versions",
        Can(Permission::DocumentsRead),
        handle,
    )
    .summary("Versions of a document, newest first")
    .grants(&[Grant::ReadTable, Grant::ReadFiles(DOCUMENTS)])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<DocumentPath>,
) -> Result<Listing<VersionView>, Failure> {
    let document = input.path.document_id;
    let documents = app.store.team(who.team).documents();
    let (record, page) = documents
        .versions(document, who.sight(), &input.page)
        .await?;
    who.must_have(record.seen_with())?;
    let mut items = Vec::with_capacity(page.items.len());
    for version in page.items {
        items.push(VersionView::of(&app, who.team, document, input.now, version).await?);
    }
    Ok(Listing(Page {
        items,
        next: page.next,
    }))
}
