//! `POST /api/documents/presigned-url`

use plat_domain::{
    AnnouncedFile, ClientId, DOCUMENTS, DealId, DocumentId, FileName, FileSize, FileType, LeadId,
    Permission, PropertyId, RecordRef, Sha256,
};
use plat_http::FieldError;
use plat_http::problems::LIMIT_REACHED;
use plat_registry::{
    App, Can, Created, Endpoint, Failure, Grant, Input, Method, NoPath, Principal,
};
use plat_store::StoreError;
use plat_views::AnnouncedView;
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

/// A file that is to be put, and the one record that it is attached to.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AnnounceFile {
    /// The lead that it is attached to.
    lead_id: Option<LeadId>,
    /// The deal that it is attached to.
    deal_id: Option<DealId>,
    /// The client that it is attached to.
    client_id: Option<ClientId>,
    /// The property that it is attached to.
    property_id: Option<PropertyId>,
    /// Its name, without folders.
    file_name: FileName,
    /// Its type, with which its name must agree.
    content_type: FileType,
    /// Its size in bytes.
    size: FileSize,
    /// The SHA-256 of its bytes, in hexadecimal digits.
    sha256: Sha256,
    /// The document of that record that it is a new version of.
    document_id: Option<DocumentId>,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::POST,
        "/api/documents/presigned-url",
        "documents.presign",
        Can(Permission::DocumentsWrite),
        handle,
    )
    .summary("Announce a file of any record, and learn where to put it")
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
    input: Input<NoPath, AnnounceFile>,
) -> Result<Created<AnnouncedView>, Failure> {
    let command = input.command(&who.user);
    let named = input.body.records();
    let body = input.body;
    let file = AnnouncedFile {
        name: body.file_name,
        kind: body.content_type,
        size: body.size,
        sha256: body.sha256,
    };
    let mut errors = Vec::new();
    if let Err(refused) = file.check_name() {
        errors.push(wrong("fileName", refused.code, &refused.detail));
    }
    let ([(field, record)], true) = (named.as_slice(), errors.is_empty()) else {
        errors.extend(not_one(&named));
        return Err(errors.into());
    };
    who.must_have(record.changed_with())?;
    let missing = StoreError::MissingReference(field);
    let (record, sight) = (*record, who.sight());
    let documents = app.store.team(who.team).documents();
    let announced = documents
        .announce(&command, sight, record, missing, body.document_id, file)
        .await?;
    AnnouncedView::created(&app, announced, input.now).await
}

impl AnnounceFile {
    /// The records that it names, each under the name of its field.
    fn records(&self) -> Vec<(&'static str, RecordRef)> {
        let fields = [
            ("clientId", self.client_id.map(RecordRef::Client)),
            ("dealId", self.deal_id.map(RecordRef::Deal)),
            ("leadId", self.lead_id.map(RecordRef::Lead)),
            ("propertyId", self.property_id.map(RecordRef::Property)),
        ];
        let named = fields.into_iter();
        named
            .filter_map(|(field, record)| Some((field, record?)))
            .collect()
    }
}

/// What is wrong with these records, unless they are one.
fn not_one(named: &[(&'static str, RecordRef)]) -> Vec<FieldError> {
    const DETAIL: &str = "Name exactly one of clientId, dealId, leadId and propertyId.";
    let all = ["clientId", "dealId", "leadId", "propertyId"];
    match named {
        [] => all.map(|field| wrong(field, "required", DETAIL)).into(),
        [_] => Vec::new(),
        several => several
            .iter()
            .map(|(field, _)| wrong(field, "not_together", DETAIL))
            .collect(),
    }
}

fn wrong(field: &str, code: &str, detail: &str) -> FieldError {
    FieldError {
        pointer: format!("/{field}"),
        code: code.to_owned(),
        detail: detail.to_owned(),
    }
}
