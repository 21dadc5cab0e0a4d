//! `POST /api/deals/{dealId}/documents`

use crate::view::DealPath;
use plat_domain::{
    AnnouncedFile, DOCUMENTS, DocumentId, FileName, FileSize, FileType, Permission, RecordRef,
    Sha256,
};
use plat_http::problems::{self, LIMIT_REACHED};
use plat_registry::{App, Can, Created, Endpoint, Failure, Grant, Input, Method, Principal};
use plat_store::StoreError;
use plat_views::AnnouncedView;
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

/// A file that is to be put.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AddDocument {
    /// Its name, without folders.
    file_name: FileName,
    /// Its type, with which its name must agree.
    content_type: FileType,
    /// Its size in bytes.
    size: FileSize,
    /// The SHA-256 of its bytes, in hexadecimal digits.
    sha256: Sha256,
    /// The document of this deal that it is a new version of.
    document_id: Option<DocumentId>,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::POST,
        "/api/deals/{dealId}/documents",
        "deals.add_document",
        Can(Permission::DocumentsWrite),
        handle,
    )
    .summary("Announce a file of a deal, and learn where to put it")
    .grants(&[
        Grant::ReadTable,
        Grant::WriteTable,
        Grant::UploadFiles(DOCUMENTS),
    ])
    .problems(&[&LIMIT_REACHED])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<DealPath, AddDocument>,
) -> Result<Created<AnnouncedView>, Failure> {
    let command = input.command(&who.user);
    let body = input.body;
    let file = AnnouncedFile {
        name: body.file_name,
        kind: body.content_type,
        size: body.size,
        sha256: body.sha256,
    };
    file.check_name()
        .map_err(|refused| problems::invalid_field("/fileName", refused.code, &refused.detail))?;
    let deal = RecordRef::Deal(input.path.deal_id);
    let (sight, missing) = (who.sight(), StoreError::NotFound);
    let documents = app.store.team(who.team).documents();
    let announced = documents
        .announce(&command, sight, deal, missing, body.document_id, file)
        .await?;
    AnnouncedView::created(&app, announced, input.now).await
}
