//! Documents, and how their files are put.

use jiff::Timestamp;
use plat_domain::{
    Actor, DocumentId, DocumentStatus, FileName, FileSize, FileType, RecordRef, Rejection, Sha256,
};
use plat_registry::{App, Created, Failure, Versioned};
use plat_services::files;
use plat_store::{Announced, DocumentSummary, Stored};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// What a list shows of a document.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "DocumentSummary")]
pub struct DocumentSummaryView {
    /// Which.
    id: DocumentId,
    /// What it is attached to.
    record: RecordRef,
    /// The name of its file.
    file_name: FileName,
    /// The type of its file.
    content_type: FileType,
    /// The size of its file in bytes.
    size: FileSize,
    /// The SHA-256 of its file.
    sha256: Sha256,
    /// Where it stands.
    status: DocumentStatus,
    /// Why it was rejected.
    reason: Option<RejectionView>,
    /// Which version of its file this is, from 1: the newest that is available, or else the newest.
    file_version: u32,
    /// The newest version of its file, if that is still awaited.
    pending_version: Option<u32>,
    /// One more with each change; the `ETag`.
    version: u64,
    /// Who attached it.
    created_by: Actor,
    /// When it was attached.
    created_at: Timestamp,
    /// When it was last changed.
    updated_at: Timestamp,
}

/// Why a file was rejected.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Rejected")]
pub struct RejectionView {
    /// A stable word for programs.
    code: Rejection,
    /// A sentence for people.
    detail: &'static str,
}

/// A request that can be made without a token, for a few minutes.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "PresignedRequest")]
pub struct PresignedView {
    /// Its method.
    method: &'static str,
    /// Its address.
    url: String,
    /// Its headers, to be sent exactly so.
    headers: BTreeMap<String, String>,
    /// From then on it is refused.
    expires_at: Timestamp,
}

/// A file that may now be put.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "AnnouncedFile")]
pub struct AnnouncedView {
    /// The document that it is a version of.
    document_id: DocumentId,
    /// Which version of the document's file it will be, from 1.
    file_version: u32,
    /// The version of the document; the `ETag`.
    version: u64,
    /// How to put it.
    upload: PresignedView,
}

impl Versioned for AnnouncedView {
    fn version(&self) -> u64 {
        self.version
    }
}

impl Versioned for DocumentSummaryView {
    fn version(&self) -> u64 {
        self.version
    }
}

impl AnnouncedView {
    /// What is answered to who announced a file: how to put it.
    pub async fn created(
        app: &App,
        announced: Announced,
        now: Timestamp,
    ) -> Result<Created<Self>, Failure> {
        let file = files::Announced {
            key: announced.key.to_string(),
            content_type: announced.file.kind.to_string(),
            size: announced.file.size.get(),
            sha256: Some(announced.file.sha256.to_string()),
        };
        let upload = app.files.presign_upload(&file, now).await?;
        let document_id = announced.key.document;
        Ok(Created {
            location: format!("/api/documents/{document_id}"),
            entity: Self {
                document_id,
                file_version: announced.number,
                version: announced.version,
                upload: upload.into(),
            },
        })
    }
}

impl From<Rejection> for RejectionView {
    fn from(code: Rejection) -> Self {
        let detail = code.detail();
        Self { code, detail }
    }
}

impl From<files::Presigned> for PresignedView {
    fn from(request: files::Presigned) -> Self {
        Self {
            method: request.method,
            url: request.url,
            headers: request.headers,
            expires_at: request.expires_at,
        }
    }
}

impl From<Stored<DocumentSummary>> for DocumentSummaryView {
    fn from(stored: Stored<DocumentSummary>) -> Self {
        let document = stored.value;
        Self {
            id: document.id,
            record: document.record,
            file_name: document.file.name,
            content_type: document.file.kind,
            size: document.file.size,
            sha256: document.file.sha256,
            status: document.status,
            reason: document.reason.map(Into::into),
            file_version: document.number,
            pending_version: document.awaited,
            version: stored.version,
            created_by: stored.created_by,
            created_at: stored.created_at,
            updated_at: stored.updated_at,
        }
    }
}
