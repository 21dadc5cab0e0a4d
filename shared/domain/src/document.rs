//! Documents: files attached to records, and the rules of their life.
//!
//! What belongs here: what may be announced, what a file must be to become available, and which of its versions a
//! document shows. What does not: where the bytes are, and how a document is stored, listed or shown.

use jiff::Timestamp;

mod announced;
mod content;
mod key;

pub use announced::{AnnouncedFile, FileName, FileSize, FileType, MAX_FILE_SIZE, Sha256};
pub use key::{DOCUMENTS, FileKey};

use crate::invalid::wire_enum;
use crate::{DocumentId, RecordRef, UploadId};

/// The most versions of one document, so that all of them are read at once.
pub const MAX_VERSIONS: usize = 100;

wire_enum! {
    /// Where a document stands.
    pub enum DocumentStatus {
        /// It was announced; its bytes are awaited.
        Pending = "pending",
        /// It can be downloaded.
        Available = "available",
        /// It cannot, and never will be.
        Rejected = "rejected",
        /// Somebody deleted it.
        Deleted = "deleted",
    }
}

wire_enum! {
    /// Why a file was rejected.
    pub enum Rejection {
        /// It has another size than was announced.
        WrongSize = "wrong_size",
        /// It has other bytes than were announced.
        WrongHash = "wrong_hash",
        /// Its bytes are of another type than was announced.
        WrongType = "wrong_type",
        /// A search for malware found some.
        Harmful = "harmful",
        /// It never came.
        Expired = "expired",
    }
}

impl Rejection {
    /// The same in a sentence for who uploaded it.
    pub const fn detail(self) -> &'static str {
        match self {
            Self::WrongSize => "The file has another size than was announced.",
            Self::WrongHash => "The file is not the one that was announced.",
            Self::WrongType => "What is in the file is not what its type says.",
            Self::Harmful => "Malware was found in the file.",
            Self::Expired => "The file was not uploaded within a day.",
        }
    }
}

wire_enum! {
    /// What a search for malware came to.
    pub enum ScanVerdict {
        /// Nothing was found.
        Clean = "clean",
        /// Malware was found.
        Threat = "threat",
        /// It could not be told.
        Unknown = "unknown",
    }
}

/// Where one version stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VersionState {
    /// Its bytes are awaited.
    Pending,
    /// It can be downloaded.
    Available,
    /// It cannot, and never will be.
    Rejected(Rejection),
}

impl VersionState {
    /// Without the reason.
    pub const fn status(self) -> DocumentStatus {
        match self {
            Self::Pending => DocumentStatus::Pending,
            Self::Available => DocumentStatus::Available,
            Self::Rejected(_) => DocumentStatus::Rejected,
        }
    }

    /// Why it was rejected.
    pub const fn reason(self) -> Option<Rejection> {
        match self {
            Self::Pending | Self::Available => None,
            Self::Rejected(reason) => Some(reason),
        }
    }
}

/// What was put where a file was awaited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// Which of those that were put there, in the words of the store of files; none where it keeps no other.
    pub stored_as: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// One version of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentVersion {
    /// Which, from 1.
    pub number: u32,
    /// Under which id its bytes are kept.
    pub upload: UploadId,
    /// What was announced.
    pub file: AnnouncedFile,
    /// Where it stands.
    pub state: VersionState,
    /// What was put there, once something was.
    pub received: Option<Received>,
    /// What searches for malware came to.
    pub scan: Option<ScanVerdict>,
}

impl DocumentVersion {
    /// A version that was just announced.
    pub const fn announced(number: u32, upload: UploadId, file: AnnouncedFile) -> Self {
        Self {
            number,
            upload,
            file,
            state: VersionState::Pending,
            received: None,
            scan: None,
        }
    }

    /// The same once something was put there that was `judged`. Only what is awaited can be received, so what comes later
    /// changes nothing.
    #[must_use]
    pub fn received(&self, what: Received, judged: Result<(), Rejection>) -> Self {
        if self.state != VersionState::Pending {
            return self.clone();
        }
        let judged = if self.scan == Some(ScanVerdict::Threat) {
            Err(Rejection::Harmful)
        } else {
            judged
        };
        Self {
            state: judged.map_or_else(VersionState::Rejected, |()| VersionState::Available),
            received: Some(what),
            ..self.clone()
        }
    }

    /// The same once it was searched. A verdict that comes before the bytes are known of is kept for them, and malware that
    /// was found once stays found: whatever is put at its address has the bytes that were announced.
    #[must_use]
    pub fn scanned(&self, verdict: ScanVerdict) -> Self {
        if self.scan == Some(ScanVerdict::Threat) {
            return self.clone();
        }
        let mut searched = self.clone();
        searched.scan = Some(verdict);
        if verdict == ScanVerdict::Threat && self.state == VersionState::Available {
            searched.state = VersionState::Rejected(Rejection::Harmful);
        }
        searched
    }

    /// The same if nothing came of it within a day.
    #[must_use]
    pub fn expired(&self) -> Self {
        let mut expired = self.clone();
        if self.state == VersionState::Pending {
            expired.state = VersionState::Rejected(Rejection::Expired);
        }
        expired
    }
}

/// A file attached to a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Which.
    pub id: DocumentId,
    /// What it is attached to.
    pub record: RecordRef,
    /// The version that is shown and downloaded.
    pub shown: DocumentVersion,
    /// The newest version, if its bytes are awaited.
    pub awaited: Option<u32>,
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
}

impl Document {
    /// A new document whose first file was just announced.
    pub fn new(id: DocumentId, record: RecordRef, first: DocumentVersion) -> Self {
        Self {
            id,
            record,
            awaited: Some(first.number),
            shown: first,
            deleted_at: None,
        }
    }

    /// The same with these versions, in the order of their numbers.
    ///
    /// It shows the newest that is available: while a new version is awaited, or was rejected, the one before stays. If
    /// none is available it shows the newest.
    #[must_use]
    pub fn with(&self, versions: &[DocumentVersion]) -> Self {
        let mut available = versions
            .iter()
            .filter(|version| version.state == VersionState::Available);
        let newest = versions.last().unwrap_or(&self.shown);
        Self {
            shown: available.next_back().unwrap_or(newest).clone(),
            awaited: (newest.state == VersionState::Pending).then_some(newest.number),
            ..self.clone()
        }
    }

    /// Where it stands.
    pub const fn status(&self) -> DocumentStatus {
        match self.deleted_at {
            Some(_) => DocumentStatus::Deleted,
            None => self.shown.state.status(),
        }
    }

    /// Whether it can be downloaded, and so counts.
    pub fn is_available(&self) -> bool {
        self.status() == DocumentStatus::Available
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DealId, Permission, Role};
    use proptest::prelude::*;

    fn at() -> Timestamp {
        "2026-01-02T03:04:05Z".parse().unwrap()
    }

    fn version(number: u32) -> DocumentVersion {
        let file = AnnouncedFile {
            name: FileName::parse("contract.pdf").unwrap(),
            kind: FileType::Pdf,
            size: FileSize::new(5).unwrap(),
            sha256: Sha256::parse(&"0".repeat(64)).unwrap(),
        };
        DocumentVersion::announced(number, UploadId::from_bits(number.into()), file)
    }

    fn put(stored_as: Option<&str>) -> Received {
        Received {
            stored_as: stored_as.map(str::to_owned),
            at: at(),
        }
    }

    fn document(versions: &[DocumentVersion]) -> Document {
        let record = RecordRef::Deal(DealId::from_bits(1));
        Document::new(DocumentId::from_bits(2), record, version(1)).with(versions)
    }

    #[test]
    fn what_is_received_first_is_kept() {
        let first = version(1).received(put(Some("a")), Ok(()));

        let again = first.received(put(Some("b")), Err(Rejection::WrongHash));

        assert_eq!(first.state, VersionState::Available);
        assert_eq!(again, first);
        assert_eq!(again.expired(), first);
    }

    #[test]
    fn malware_holds_whether_it_is_found_before_or_after_the_bytes_are_known_of() {
        for verdict in ScanVerdict::ALL {
            let before = version(1).scanned(*verdict).received(put(None), Ok(()));
            let after = version(1).received(put(None), Ok(())).scanned(*verdict);
            let expected = match verdict {
                ScanVerdict::Threat => VersionState::Rejected(Rejection::Harmful),
                ScanVerdict::Clean | ScanVerdict::Unknown => VersionState::Available,
            };
            assert_eq!(before, after);
            assert_eq!(after.state, expected, "{verdict}");
        }
    }

    #[test]
    fn what_was_found_harmful_is_not_declared_clean() {
        let harmful = version(1).scanned(ScanVerdict::Threat);

        let again = harmful.scanned(ScanVerdict::Clean);

        assert_eq!(again, harmful);
    }

    #[test]
    fn a_document_shows_its_newest_available_version() {
        let (one, two) = (version(1), version(2));
        let ok = |version: &DocumentVersion| version.received(put(None), Ok(()));
        let bad =
            |version: &DocumentVersion| version.received(put(None), Err(Rejection::WrongType));
        use DocumentStatus::{Available, Pending, Rejected};
        let cases = [
            (vec![one.clone()], 1, Pending, Some(1)),
            (vec![ok(&one)], 1, Available, None),
            (vec![bad(&one)], 1, Rejected, None),
            (vec![ok(&one), two.clone()], 1, Available, Some(2)),
            (vec![bad(&one), two.clone()], 2, Pending, Some(2)),
            (vec![ok(&one), bad(&two)], 1, Available, None),
            (vec![ok(&one), ok(&two)], 2, Available, None),
            (vec![one.clone(), ok(&two)], 2, Available, None),
            (vec![bad(&one), bad(&two)], 2, Rejected, None),
        ];
        for (versions, shown, status, awaited) in cases {
            let document = document(&versions);
            assert_eq!(
                (document.shown.number, document.status(), document.awaited),
                (shown, status, awaited),
                "{versions:?}"
            );
        }
    }

    #[test]
    fn a_deleted_document_is_not_available_whatever_it_shows() {
        let mut document = document(&[version(1).received(put(None), Ok(()))]);
        assert!(document.is_available());

        document.deleted_at = Some(at());

        assert_eq!(document.status(), DocumentStatus::Deleted);
        assert!(!document.is_available());
    }

    /// So who is let at the documents of a deal need not be asked for the deal's permission too.
    #[test]
    fn whoever_works_with_documents_works_with_deals() {
        let deal = RecordRef::Deal(DealId::from_bits(1));
        for role in Role::ALL {
            let reads = role.can(Permission::DocumentsRead);
            assert!(!reads || role.can(deal.seen_with()), "{role}");
            let writes = role.can(Permission::DocumentsWrite);
            assert!(!writes || role.can(deal.changed_with()), "{role}");
        }
    }

    /// What may be told of one version, in any order and any number of times.
    fn any_news() -> impl Strategy<Value = Vec<u8>> {
        prop::collection::vec(0_u8..6, 0..8)
    }

    proptest! {
        #[test]
        fn a_version_moves_once_from_pending_and_then_only_to_harmful(news in any_news()) {
            let mut now = version(1);
            for news in news {
                let next = match news {
                    0 => now.received(put(Some("a")), Ok(())),
                    1 => now.received(put(Some("b")), Err(Rejection::WrongHash)),
                    2 => now.scanned(ScanVerdict::Threat),
                    3 => now.scanned(ScanVerdict::Clean),
                    4 => now.scanned(ScanVerdict::Unknown),
                    _ => now.expired(),
                };
                let legal = match (now.state, next.state) {
                    (VersionState::Pending, _) => true,
                    (VersionState::Available, to) => {
                        matches!(to, VersionState::Available | VersionState::Rejected(Rejection::Harmful))
                    }
                    (VersionState::Rejected(from), to) => to == VersionState::Rejected(from),
                };
                prop_assert!(legal, "{now:?} to {next:?}");
                now = next;
            }
        }
    }
}
