//! What clients see of one document and its versions.

use jiff::Timestamp;
use plat_domain::{
    Actor, Document, DocumentId, DocumentStatus, DocumentVersion, FileKey, FileName, FileSize,
    FileType, ScanVerdict, Sha256, TeamId, VersionState,
};
use plat_registry::{App, Failure, Versioned};
use plat_services::files::FileVersion;
use plat_store::{DocumentSummary, Stored};
use plat_views::{DocumentSummaryView, PresignedView, RejectionView};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The id in the path of everything about one document.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct DocumentPath {
    /// The document.
    pub(crate) document_id: DocumentId,
}

/// A document.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Document")]
pub(crate) struct DocumentView {
    #[serde(flatten)]
    summary: DocumentSummaryView,
    /// How to download it; null unless it is available.
    download: Option<PresignedView>,
}

/// One version of a document's file.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "DocumentVersion")]
pub(crate) struct VersionView {
    /// Which, from 1.
    file_version: u32,
    /// The name of the file.
    file_name: FileName,
    /// Its type.
    content_type: FileType,
    /// Its size in bytes.
    size: FileSize,
    /// Its SHA-256.
    sha256: Sha256,
    /// Where it stands.
    status: DocumentStatus,
    /// Why it was rejected.
    reason: Option<RejectionView>,
    /// What a search for malware came to, if there was one.
    scan: Option<ScanVerdict>,
    /// Who announced it.
    uploaded_by: Actor,
    /// When it was announced.
    announced_at: Timestamp,
    /// When it came.
    uploaded_at: Option<Timestamp>,
    /// How to download it; null unless it is available.
    download: Option<PresignedView>,
}

impl Versioned for DocumentView {
    fn version(&self) -> u64 {
        self.summary.version()
    }
}

impl DocumentView {
    /// A document of `team`, with how to download it.
    pub(crate) async fn of(
        app: &App,
        team: TeamId,
        now: Timestamp,
        stored: Stored<Document>,
    ) -> Result<Self, Failure> {
        let document = &stored.value;
        let download = download(app, team, document.id, now, &document.shown).await?;
        Ok(Self {
            summary: stored.map(DocumentSummary::from).into(),
            download,
        })
    }
}

impl VersionView {
    /// A version of a document of `team`, with how to download it.
    pub(crate) async fn of(
        app: &App,
        team: TeamId,
        document: DocumentId,
        now: Timestamp,
        stored: Stored<DocumentVersion>,
    ) -> Result<Self, Failure> {
        let download = download(app, team, document, now, &stored.value).await?;
        let version = stored.value;
        Ok(Self {
            file_version: version.number,
            file_name: version.file.name,
            content_type: version.file.kind,
            size: version.file.size,
            sha256: version.file.sha256,
            status: version.state.status(),
            reason: version.state.reason().map(Into::into),
            scan: version.scan,
            uploaded_by: stored.created_by,
            announced_at: stored.created_at,
            uploaded_at: version.received.map(|received| received.at),
            download,
        })
    }
}

async fn download(
    app: &App,
    team: TeamId,
    document: DocumentId,
    now: Timestamp,
    version: &DocumentVersion,
) -> Result<Option<PresignedView>, Failure> {
    let (VersionState::Available, Some(received)) = (version.state, &version.received) else {
        return Ok(None);
    };
    let upload = version.upload;
    let key = FileKey {
        team,
        document,
        upload,
    };
    let stored = FileVersion {
        key: key.to_string(),
        version: received.stored_as.clone(),
    };
    let (name, kind) = (version.file.name.as_str(), version.file.kind.as_str());
    let request = app.files.presign_download(&stored, name, kind, now).await?;
    Ok(Some(request.into()))
}
