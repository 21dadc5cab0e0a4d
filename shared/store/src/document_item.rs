//! How documents and their versions are stored.

use crate::condition::text;
use crate::error::StoreError;
use crate::key::Key;
use crate::keys::{self, Deleted};
use crate::lead::PURGING;
use crate::outbox::one;
use crate::purge::shelved;
use crate::record::{Item, Stored, decode, encode};
use crate::table::INDEX_SORT_KEY;
use jiff::Timestamp;
use plat_domain::event::DocumentFact;
use plat_domain::figures::day_of;
use plat_domain::{
    AnnouncedFile, Document, DocumentId, DocumentStatus, DocumentVersion, Fact, FileKey, FileName,
    FileSize, FileType, Received, RecordRef, Rejection, ScanVerdict, Sha256, Step, TeamId,
    UploadId, VersionState,
};
use serde::{Deserialize, Serialize};

/// What a list shows of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentSummary {
    /// Which.
    pub id: DocumentId,
    /// What it is attached to.
    pub record: RecordRef,
    /// Where it stands.
    pub status: DocumentStatus,
    /// Which version it shows.
    pub number: u32,
    /// The file of that version.
    pub file: AnnouncedFile,
    /// Why it was rejected.
    pub reason: Option<Rejection>,
    /// The newest version, if its bytes are awaited.
    pub awaited: Option<u32>,
}

impl From<Document> for DocumentSummary {
    fn from(document: Document) -> Self {
        Self {
            id: document.id,
            record: document.record,
            status: document.status(),
            number: document.shown.number,
            reason: document.shown.state.reason(),
            awaited: document.awaited,
            file: document.shown.file,
        }
    }
}

/// A file, as it was announced. Names are short, since a list pays for every letter in every row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct File {
    #[serde(rename = "f")]
    name: String,
    #[serde(rename = "t")]
    kind: FileType,
    #[serde(rename = "b")]
    size: u64,
    #[serde(rename = "h")]
    sha256: String,
}

/// The part of a document that lists show, beside its status; the indexes carry it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Row {
    #[serde(rename = "n")]
    number: u32,
    #[serde(rename = "d")]
    file: File,
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    reason: Option<Rejection>,
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    awaited: Option<u32>,
}

/// What only the document itself shows, or is needed for a download of what it shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rest {
    upload: UploadId,
    /// Where the version that it shows stands, which is not where a deleted document stands.
    status: DocumentStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    received_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stored_as: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct DocumentItem {
    id: DocumentId,
    record: RecordRef,
    status: DocumentStatus,
    #[serde(with = "crate::as_json")]
    row: Row,
    #[serde(with = "crate::as_json")]
    rest: Rest,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    deleted_at: Option<i64>,
}

/// A row of the index.
#[derive(Deserialize)]
struct ListedItem {
    #[serde(rename = "GSK")]
    id: DocumentId,
    status: DocumentStatus,
    #[serde(with = "crate::as_json")]
    row: Row,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct VersionItem {
    document: DocumentId,
    /// For the events that tell of it, as is the version of the document since its last change.
    record: RecordRef,
    document_version: u64,
    number: u32,
    upload: UploadId,
    #[serde(with = "crate::as_json")]
    file: File,
    status: DocumentStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<Rejection>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    received_at: Option<i64>,
    /// Where its bytes are; known once they are there, so that the purge removes what there is and no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    s3_version: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scan: Option<ScanVerdict>,
}

impl File {
    fn of(file: &AnnouncedFile) -> Self {
        Self {
            name: file.name.as_str().to_owned(),
            kind: file.kind,
            size: file.size.get(),
            sha256: file.sha256.as_str().to_owned(),
        }
    }

    fn read(self) -> AnnouncedFile {
        AnnouncedFile {
            name: FileName::from_stored(self.name),
            kind: self.kind,
            size: FileSize::from_stored(self.size),
            sha256: Sha256::from_stored(self.sha256),
        }
    }
}

/// A version is never deleted alone; what says so is of no version.
fn state(status: DocumentStatus, reason: Option<Rejection>) -> VersionState {
    match (status, reason) {
        (DocumentStatus::Available, _) => VersionState::Available,
        (DocumentStatus::Rejected, Some(reason)) => VersionState::Rejected(reason),
        (DocumentStatus::Rejected | DocumentStatus::Deleted | DocumentStatus::Pending, _) => {
            VersionState::Pending
        }
    }
}

fn received(at: Option<i64>, stored_as: Option<String>) -> Option<Received> {
    let at = Timestamp::from_millisecond(at?).unwrap_or_default();
    Some(Received { stored_as, at })
}

/// The item of a document.
pub(crate) fn of_document(team: TeamId, stored: &Stored<Document>) -> Result<Item, StoreError> {
    let document = &stored.value;
    let shown = &document.shown;
    let item = DocumentItem {
        id: document.id,
        record: document.record,
        status: document.status(),
        row: Row {
            number: shown.number,
            file: File::of(&shown.file),
            reason: shown.state.reason(),
            awaited: document.awaited,
        },
        rest: Rest {
            upload: shown.upload,
            status: shown.state.status(),
            received_at: shown.received.as_ref().map(|it| it.at.as_millisecond()),
            stored_as: shown.received.as_ref().and_then(|it| it.stored_as.clone()),
        },
        deleted_at: document.deleted_at.map(Timestamp::as_millisecond),
    };
    let key: Key = keys::document(team, document.id);
    let item = encode(&key, "document", Some(team), &stored.with(item))?;
    Ok(match document.deleted_at {
        Some(at) => {
            let bits = document.id.bits();
            shelved(item, team, Deleted::Document(document.id), bits, at)
        }
        None => item
            .with("GSI1", text(keys::documents_of(team, document.record)))
            .with(INDEX_SORT_KEY, text(document.id)),
    })
}

/// A document. One that is being removed for good is not there any more.
pub(crate) fn document(item: impl Into<Item>) -> Result<Stored<Document>, StoreError> {
    let item = item.into();
    if item.0.contains_key(PURGING) {
        return Err(StoreError::NotFound);
    }
    read(item)
}

fn read(item: impl Into<Item>) -> Result<Stored<Document>, StoreError> {
    let stored: Stored<DocumentItem> = decode(item)?;
    Ok(stored.map(|item| {
        let Rest {
            upload,
            status,
            received_at,
            stored_as,
        } = item.rest;
        let shown = DocumentVersion {
            number: item.row.number,
            upload,
            file: item.row.file.read(),
            state: state(status, item.row.reason),
            received: received(received_at, stored_as),
            scan: None,
        };
        let deleted_at = item.deleted_at;
        Document {
            id: item.id,
            record: item.record,
            shown,
            awaited: item.row.awaited,
            deleted_at: deleted_at.and_then(|at| Timestamp::from_millisecond(at).ok()),
        }
    }))
}

/// A row of the list of a record's documents.
pub(crate) fn listed(item: Item, record: RecordRef) -> Result<Stored<DocumentSummary>, StoreError> {
    let stored: Stored<ListedItem> = decode(item)?;
    Ok(stored.map(|item| DocumentSummary {
        id: item.id,
        record,
        status: item.status,
        number: item.row.number,
        file: item.row.file.read(),
        reason: item.row.reason,
        awaited: item.row.awaited,
    }))
}

/// The item of one version of a document, which is in an index as long as its bytes are awaited.
pub(crate) fn of_version(
    team: TeamId,
    document: &Stored<Document>,
    stored: &Stored<DocumentVersion>,
) -> Result<Item, StoreError> {
    let version = &stored.value;
    let bytes_at = FileKey {
        team,
        document: document.value.id,
        upload: version.upload,
    };
    let received = version.received.as_ref();
    let item = VersionItem {
        document: document.value.id,
        record: document.value.record,
        document_version: document.version,
        number: version.number,
        upload: version.upload,
        file: File::of(&version.file),
        status: version.state.status(),
        reason: version.state.reason(),
        received_at: received.map(|it| it.at.as_millisecond()),
        key: received.map(|_| bytes_at.to_string()),
        s3_version: received.and_then(|it| it.stored_as.clone()),
        scan: version.scan,
    };
    let key: Key = keys::file(team, document.value.id, version.number);
    let item = encode(&key, "file", Some(team), &stored.with(item))?;
    if version.state != VersionState::Pending {
        return Ok(item);
    }
    let shard = keys::upload_shard(version.upload.bits());
    let awaited = keys::uploads(day_of(stored.created_at), shard);
    Ok(item
        .with("GSI1", text(awaited))
        .with(INDEX_SORT_KEY, text(keys::uploads_sk(&bytes_at))))
}

/// One version of a document.
pub(crate) fn version(item: impl Into<Item>) -> Result<Stored<DocumentVersion>, StoreError> {
    let stored: Stored<VersionItem> = decode(item)?;
    Ok(stored.map(VersionItem::read))
}

impl VersionItem {
    fn read(self) -> DocumentVersion {
        DocumentVersion {
            number: self.number,
            upload: self.upload,
            file: self.file.read(),
            state: state(self.status, self.reason),
            received: received(self.received_at, self.s3_version),
            scan: self.scan,
        }
    }
}

/// What happened to a document between two states: that it was deleted. What becomes of its files, its versions tell.
pub(crate) fn document_steps(
    new: &Item,
    old: Option<&Item>,
) -> Result<(Stored<DocumentId>, Vec<Step>), StoreError> {
    let new = read(new)?;
    let stood = old.map(read).transpose()?.map(|old| old.value.status());
    let mut steps = Vec::new();
    if new.value.deleted_at.is_some() && stood != Some(DocumentStatus::Deleted) {
        let fact = fact(new.value.record, &new.value.shown);
        let changes = one("status", stood.as_ref(), Some(&DocumentStatus::Deleted));
        steps.push((Fact::DocumentDeleted(fact), changes));
    }
    let id = new.value.id;
    Ok((new.with(id), steps))
}

/// What happened to a document with a change of one of its versions.
pub(crate) fn version_steps(
    new: &Item,
    old: Option<&Item>,
) -> Result<(Stored<DocumentId>, Vec<Step>), StoreError> {
    let new: Stored<VersionItem> = decode(new)?;
    let old = old.map(version).transpose()?;
    let stood = old.map(|old| old.value.state.status());
    let mut document = new.with(new.value.document);
    document.version = new.value.document_version;
    let record = new.value.record;
    let version = new.value.read();
    let status = version.state.status();
    let mut steps = Vec::new();
    if stood != Some(status) {
        let fact = fact(record, &version);
        let fact = match version.state {
            VersionState::Pending => Fact::DocumentAnnounced(fact),
            VersionState::Available => Fact::DocumentAvailable(fact),
            VersionState::Rejected(_) => Fact::DocumentRejected(fact),
        };
        let changes = one("status", stood.as_ref(), Some(&status));
        steps.push((fact, changes));
    }
    Ok((document, steps))
}

fn fact(record: RecordRef, version: &DocumentVersion) -> DocumentFact {
    let reason = version.state.reason();
    DocumentFact {
        record,
        file_name: version.file.name.to_string(),
        version: version.number,
        size: version.file.size.get(),
        reason: reason.map(|reason| reason.to_string()),
    }
}
