//! Documents: one item each, with the version that it shows, and one item for each version.
//!
//! A document follows from its versions (`domain::document`), so whatever changes one of them replaces the document too, at
//! the version at which both were read. How many documents of a deal are available is part of the deal and changes with
//! them.

use crate::command::Command;
use crate::condition::Condition;
use crate::db::{Db, Range};
use crate::deal::Deals;
use crate::document_item::{self, DocumentSummary};
use crate::editing::Edited;
use crate::error::StoreError;
use crate::keys;
use crate::note::done;
use crate::page::{Page, PageRequest, Position};
use crate::record::{Item, Stored};
use crate::sight::{Sight, seen_condition, visible};
use crate::table::INDEX_SORT_KEY;
use crate::transaction::Transaction;
use jiff::Timestamp;
use plat_domain::{
    AnnouncedFile, Document, DocumentId, DocumentVersion, FileKey, MAX_VERSIONS, RecordRef, TeamId,
};

/// A file that may now be put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announced {
    /// The version of the document's record.
    pub version: u64,
    /// Which version of the document it will be.
    pub number: u32,
    /// Where it is to be put.
    pub key: FileKey,
    /// What was announced.
    pub file: AnnouncedFile,
}

/// A document with all its versions, in the order of their numbers.
struct WholeDocument {
    document: Stored<Document>,
    versions: Vec<Stored<DocumentVersion>>,
}

/// The door to documents.
pub struct Documents {
    db: Db,
    team: TeamId,
}

impl Documents {
    pub(crate) fn new(db: Db, team: TeamId) -> Self {
        Self { db, team }
    }

    /// Announces a file: the first of a new document, or a new version of `document`, which is attached to that record.
    ///
    /// The record must be there and be seen; otherwise this fails with `missing`.
    pub async fn announce(
        &self,
        command: &Command,
        sight: Sight,
        record: RecordRef,
        missing: StoreError,
        document: Option<DocumentId>,
        file: AnnouncedFile,
    ) -> Result<Announced, StoreError> {
        let seen = (seen_condition(self.team, record, sight), missing);
        match document {
            None => self.announce_first(command, record, seen, file).await,
            Some(document) => {
                self.announce_next(command, record, seen, document, file)
                    .await
            }
        }
    }

    /// One transaction, no read.
    async fn announce_first(
        &self,
        command: &Command,
        record: RecordRef,
        (seen, missing): (Condition, StoreError),
        file: AnnouncedFile,
    ) -> Result<Announced, StoreError> {
        let id = command.new_id(0);
        let first = DocumentVersion::announced(1, command.new_id(1), file);
        let document = Stored::new(Document::new(id, record, first.clone()), command);
        let first = Stored::new(first, command);
        let existing = StoreError::Stale { current: 0 };
        let written = Transaction::new(command)
            .create(
                document_item::of_document(self.team, &document)?,
                existing.clone(),
            )
            .create(
                document_item::of_version(self.team, &document, &first)?,
                existing,
            )
            .check(keys::record(self.team, record), seen, missing)
            .commit(&self.db)
            .await;
        match written {
            Ok(()) => Ok(self.announced(&document, &first)),
            // Its id is made from the command, so this command announced it before and it has come further since.
            Err(StoreError::Stale { .. }) => {
                let whole = self.whole(id).await?;
                let first = whole.versions.first().ok_or(StoreError::NotFound)?;
                Ok(self.announced(&whole.document, first))
            }
            Err(error) => Err(error),
        }
    }

    async fn announce_next(
        &self,
        command: &Command,
        record: RecordRef,
        (seen, missing): (Condition, StoreError),
        document: DocumentId,
        file: AnnouncedFile,
    ) -> Result<Announced, StoreError> {
        let unknown = || StoreError::MissingReference("documentId");
        let upload = command.new_id(1);
        let mut tries = 0;
        loop {
            let whole = match self.whole(document).await {
                Err(StoreError::NotFound) => return Err(unknown()),
                whole => whole?,
            };
            let mut versions = whole.versions.iter();
            if let Some(made) = versions.find(|version| version.value.upload == upload) {
                return Ok(self.announced(&whole.document, made));
            }
            let current = &whole.document;
            if current.value.record != record || current.value.deleted_at.is_some() {
                return Err(unknown());
            }
            if whole.versions.len() >= MAX_VERSIONS {
                return Err(StoreError::LimitReached("documentVersions"));
            }
            let newest = whole
                .versions
                .last()
                .map_or(0, |newest| newest.value.number);
            let version = DocumentVersion::announced(newest + 1, upload, file.clone());
            let mut versions = whole.values();
            versions.push(version.clone());
            let next = current.changed(current.value.with(&versions), command);
            let version = Stored::new(version, command);
            let written = Transaction::new(command)
                .replace(
                    document_item::of_document(self.team, &next)?,
                    current.version,
                )
                .create(
                    document_item::of_version(self.team, &next, &version)?,
                    StoreError::Stale { current: 0 },
                )
                .check(
                    keys::record(self.team, record),
                    seen.clone(),
                    missing.clone(),
                )
                .commit(&self.db)
                .await;
            if done(written, None, &mut tries).await? {
                return Ok(self.announced(&next, &version));
            }
        }
    }

    fn announced(
        &self,
        document: &Stored<Document>,
        version: &Stored<DocumentVersion>,
    ) -> Announced {
        Announced {
            version: document.version,
            number: version.value.number,
            key: FileKey {
                team: self.team,
                document: document.value.id,
                upload: version.value.upload,
            },
            file: version.value.file.clone(),
        }
    }

    /// A page of the documents of a record that may be seen, newest first; the record is asked for at once.
    pub async fn list(
        &self,
        record: RecordRef,
        sight: Sight,
        page: &PageRequest,
    ) -> Result<Page<Stored<DocumentSummary>>, StoreError> {
        let (from, to) = keys::everything();
        let range = Range {
            index: Some("GSI1"),
            pk: keys::documents_of(self.team, record),
            from,
            to: page.after.as_ref().map_or(to, Position::before),
            descending: true,
            limit: page.limit + page.skip + 1,
        };
        let (_, items) = futures::try_join!(
            visible(&self.db, self.team, record, sight),
            self.db.range(&range)
        )?;
        let rows = items.into_iter().skip(page.skip).map(|item| {
            let place = item.string(INDEX_SORT_KEY).unwrap_or_default().to_owned();
            Ok((place, document_item::listed(item, record)?))
        });
        let rows = rows.collect::<Result<Vec<_>, StoreError>>()?;
        Ok(Page::cut(rows, page.limit))
    }

    /// A document that is not deleted, of a record that may be seen.
    pub async fn get(
        &self,
        document: DocumentId,
        sight: Sight,
    ) -> Result<Stored<Document>, StoreError> {
        let item = self
            .db
            .get(&keys::document(self.team, document), false)
            .await?;
        let found = document_item::document(item.ok_or(StoreError::NotFound)?)?;
        self.check_seen(&found.value, sight).await?;
        Ok(found)
    }

    /// A page of the versions of a document that is not deleted, newest first, and the record that it is attached to, which
    /// must be seen. All are read, since they are few.
    pub async fn versions(
        &self,
        document: DocumentId,
        sight: Sight,
        page: &PageRequest,
    ) -> Result<(RecordRef, Page<Stored<DocumentVersion>>), StoreError> {
        let items = self.db.range(&self.range(document)).await?;
        let WholeDocument { document, versions } = WholeDocument::read(items)?;
        self.check_seen(&document.value, sight).await?;
        let rows = versions
            .into_iter()
            .rev()
            .map(|version| (keys::file_place(version.value.number), version))
            .filter(|(place, _)| page.after.as_ref().is_none_or(|after| *place < after.0))
            .skip(page.skip);
        let rows = rows.collect();
        Ok((document.value.record, Page::cut(rows, page.limit)))
    }

    async fn check_seen(&self, document: &Document, sight: Sight) -> Result<(), StoreError> {
        if document.deleted_at.is_some() {
            return Err(StoreError::NotFound);
        }
        visible(&self.db, self.team, document.record, sight).await
    }

    /// Deletes a document that `may` lets the asking person delete; it is in no list any more, and is removed for good, with
    /// its files, after 30 days.
    pub async fn delete<E: From<StoreError>>(
        &self,
        command: &Command,
        document: DocumentId,
        sight: Sight,
        if_match: Option<u64>,
        may: impl Fn(RecordRef) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut tries = 0;
        loop {
            let key = keys::document(self.team, document);
            let item = self.db.get(&key, true).await?;
            let current = document_item::document(item.ok_or(StoreError::NotFound)?)?;
            if current.is_written_by(command) {
                return Ok(());
            }
            self.check_seen(&current.value, sight).await?;
            may(current.value.record)?;
            if if_match.is_some_and(|wanted| wanted != current.version) {
                let current = current.version;
                return Err(StoreError::Stale { current }.into());
            }
            let mut deleted = current.value.clone();
            deleted.deleted_at = Some(command.at);
            let next = current.changed(deleted, command);
            let transaction = Transaction::new(command).replace(
                document_item::of_document(self.team, &next)?,
                current.version,
            );
            let written = self
                .count(transaction, command, &current.value, &next.value)
                .await?
                .commit(&self.db)
                .await;
            if done(written, if_match, &mut tries).await? {
                return Ok(());
            }
        }
    }

    /// The document that a file belongs to, and its version, as of the last write.
    pub async fn of_file(
        &self,
        key: &FileKey,
    ) -> Result<(Stored<Document>, Stored<DocumentVersion>), StoreError> {
        let WholeDocument { document, versions } = self.whole(key.document).await?;
        let mut versions = versions.into_iter();
        let version = versions.find(|version| version.value.upload == key.upload);
        Ok((document, version.ok_or(StoreError::NotFound)?))
    }

    /// Changes the version that a file belongs to as `news` of that file says: `what` it is, and since when it holds. Whoever
    /// announced the file has done it.
    ///
    /// The same news change nothing when they come again. A deleted document stays as it is. Returns the version as it is
    /// then.
    pub async fn follow(
        &self,
        key: &FileKey,
        what: &str,
        at: Timestamp,
        news: impl Fn(&DocumentVersion) -> DocumentVersion,
    ) -> Result<DocumentVersion, StoreError> {
        let mut tries = 0;
        loop {
            let whole = self.whole(key.document).await?;
            let current = &whole.document;
            let mut versions = whole.versions.iter();
            let version = versions
                .find(|version| version.value.upload == key.upload)
                .ok_or(StoreError::NotFound)?;
            let after = news(&version.value);
            if current.value.deleted_at.is_some() || after == version.value {
                return Ok(version.value.clone());
            }
            let command = Command::because(&format!("{key}#{what}"), at, &version.created_by);
            let mut transaction = Transaction::new(&command);
            let mut document = current.clone();
            // What does not move the version is no change of the document.
            if after.state != version.value.state {
                let versions = whole.values_with(&after);
                document = current.changed(current.value.with(&versions), &command);
                transaction = transaction.replace(
                    document_item::of_document(self.team, &document)?,
                    current.version,
                );
                transaction = self
                    .count(transaction, &command, &current.value, &document.value)
                    .await?;
            }
            let next = version.changed(after, &command);
            let written = transaction
                .replace(
                    document_item::of_version(self.team, &document, &next)?,
                    version.version,
                )
                .commit(&self.db)
                .await;
            if done(written, None, &mut tries).await? {
                return Ok(next.value);
            }
        }
    }

    /// Counts a document of a deal that came to be available, or is it no more, in the deal, if that still stands.
    async fn count(
        &self,
        transaction: Transaction,
        command: &Command,
        before: &Document,
        after: &Document,
    ) -> Result<Transaction, StoreError> {
        let (was, is) = (before.is_available(), after.is_available());
        let RecordRef::Deal(deal) = after.record else {
            return Ok(transaction);
        };
        if was == is {
            return Ok(transaction);
        }
        let deals = Deals::new(self.db.clone(), self.team);
        let current = match deals.find(deal).await {
            Err(StoreError::NotFound) => return Ok(transaction),
            found => found?,
        };
        if current.value.deleted_at.is_some() {
            return Ok(transaction);
        }
        let mut counted = current.value.clone();
        counted.documents = if is {
            counted.documents.saturating_add(1)
        } else {
            counted.documents.saturating_sub(1)
        };
        let next = current.changed(counted, command);
        Ok(transaction.replace(deals.item(&next)?, current.version))
    }

    /// A document with all its versions, as of the last write.
    async fn whole(&self, document: DocumentId) -> Result<WholeDocument, StoreError> {
        WholeDocument::read(self.db.range_latest(&self.range(document)).await?)
    }

    fn range(&self, document: DocumentId) -> Range {
        let (from, to) = keys::files_above_document();
        Range {
            index: None,
            pk: keys::document(self.team, document).pk,
            from,
            to,
            descending: false,
            limit: MAX_VERSIONS + 1,
        }
    }
}

impl WholeDocument {
    fn read(items: Vec<Item>) -> Result<Self, StoreError> {
        let mut items = items.into_iter();
        let first = items.next().filter(|item| item.kind() == "document");
        Ok(Self {
            document: document_item::document(first.ok_or(StoreError::NotFound)?)?,
            versions: items
                .map(document_item::version)
                .collect::<Result<_, _>>()?,
        })
    }

    fn values(&self) -> Vec<DocumentVersion> {
        let versions = self.versions.iter();
        versions.map(|version| version.value.clone()).collect()
    }

    /// The versions with this one as it is now.
    fn values_with(&self, changed: &DocumentVersion) -> Vec<DocumentVersion> {
        let mut versions = self.values();
        for version in &mut versions {
            if version.number == changed.number {
                version.clone_from(changed);
            }
        }
        versions
    }
}
