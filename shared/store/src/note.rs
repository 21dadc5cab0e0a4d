//! Notes on records.

use crate::command::Command;
use crate::condition::{Condition, Update, text};
use crate::db::{Db, Range};
use crate::error::StoreError;
use crate::keys;
use crate::lead::{CHANGE_TRIES, NOTES};
use crate::outbox::{Removal, one};
use crate::page::{Page, PageRequest};
use crate::record::{Item, Stored, decode, encode};
use crate::sight::{Sight, check_visible, seen_condition, visible};
use crate::table::INDEX_SORT_KEY;
use crate::transaction::Transaction;
use aws_sdk_dynamodb::types::AttributeValue;
use plat_domain::event::NoteFact;
use plat_domain::{Fact, LeadId, NoteContent, NoteId, RecordRef, SubjectKind, TeamId};
use serde::{Deserialize, Serialize};

/// A note; its author is who created it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Note {
    /// Which.
    pub id: NoteId,
    /// What it is about.
    pub record: RecordRef,
    /// What it says.
    pub content: NoteContent,
}

/// The door to notes.
pub struct Notes {
    db: Db,
    team: TeamId,
}

impl Notes {
    pub(crate) fn new(db: Db, team: TeamId) -> Self {
        Self { db, team }
    }

    /// Writes a note on a record that may be seen: one transaction, no read.
    pub async fn add(
        &self,
        command: &Command,
        sight: Sight,
        note: Note,
    ) -> Result<Stored<Note>, StoreError> {
        let about = note.record;
        let record = Stored::new(note, command);
        let existing = StoreError::Stale { current: 0 };
        let transaction = Transaction::new(command).create(self.item(&record)?, existing);
        let seen = seen_condition(self.team, about, sight);
        let transaction = match counted(about, 1) {
            Some(count) => {
                let key = keys::record(self.team, about);
                transaction.update_if(key, count, seen, |_| StoreError::NotFound)
            }
            None => {
                let key = keys::record(self.team, about);
                transaction.check(key, seen, StoreError::NotFound)
            }
        };
        let written = transaction.commit(&self.db).await;
        match written {
            Ok(()) => Ok(record),
            // Its id is made from the command, so this command wrote it before and somebody has changed it since.
            Err(StoreError::Stale { .. }) => self.get(record.value.id, sight).await,
            Err(StoreError::NotFound) if matches!(about, RecordRef::Lead(_)) => {
                // Where a lead went that was merged, it says itself.
                visible(&self.db, self.team, about, sight).await?;
                Err(StoreError::NotFound)
            }
            Err(error) => Err(error),
        }
    }

    /// A page of a lead's notes, newest first: one request, which brings the lead along to see whether it may be seen.
    pub async fn list(
        &self,
        lead: LeadId,
        sight: Sight,
        page: &PageRequest,
    ) -> Result<Page<Stored<Note>>, StoreError> {
        let (lead_sk, to) = keys::notes_above_lead();
        let from = match &page.after {
            None => lead_sk,
            Some(after) => {
                visible(&self.db, self.team, RecordRef::Lead(lead), sight).await?;
                after.behind()
            }
        };
        let with_lead = usize::from(page.after.is_none());
        let pk = keys::lead(self.team, lead).pk;
        let limit = page.limit + page.skip + 1 + with_lead;
        let items = self
            .db
            .range(&Range {
                index: None,
                pk,
                from,
                to,
                descending: false,
                limit,
            })
            .await?;
        if with_lead == 1 {
            check_visible(items.first(), SubjectKind::Lead, sight)?;
        }
        Page::read(&items, with_lead + page.skip, page.limit)
    }

    /// The latest `most` notes of a lead, oldest first, for a job that has seen the lead.
    pub async fn latest_of(&self, lead: LeadId, most: usize) -> Result<Vec<Note>, StoreError> {
        let (from, to) = keys::notes_of_lead();
        let items = self
            .db
            .range(&Range {
                index: None,
                pk: keys::lead(self.team, lead).pk,
                from,
                to,
                descending: false,
                limit: most,
            })
            .await?;
        let notes = items.into_iter().rev().map(decode);
        notes.map(|note| Ok(note?.value)).collect()
    }

    /// A note by its id alone: the index tells its record, then both are read at once.
    pub async fn get(&self, note: NoteId, sight: Sight) -> Result<Stored<Note>, StoreError> {
        let pk = keys::note_place(self.team, note);
        let (from, to) = keys::everything();
        let range = Range {
            index: Some("GSI1"),
            pk,
            from,
            to,
            descending: false,
            limit: 1,
        };
        let found = self.db.range(&range).await?;
        let found = found.first().ok_or(StoreError::NotFound)?;
        let about = found.string(INDEX_SORT_KEY).and_then(keys::noted);
        let about = about.ok_or(StoreError::NotFound)?;
        let wanted = [
            keys::note(self.team, about, note),
            keys::record(self.team, about),
        ];
        let items = self.db.get_latest(&wanted).await?;
        let find = |kind: SubjectKind| items.iter().find(|item| item.kind() == kind.as_str());
        check_visible(find(about.kind()), about.kind(), sight)?;
        decode(find(SubjectKind::Note).ok_or(StoreError::NotFound)?)
    }

    /// Replaces the text of a note that `may` lets the asking person change.
    pub async fn update<E: From<StoreError>>(
        &self,
        command: &Command,
        note: NoteId,
        sight: Sight,
        if_match: Option<u64>,
        content: &NoteContent,
        may: impl Fn(&Stored<Note>) -> Result<(), E>,
    ) -> Result<Stored<Note>, E> {
        let mut tries = 0;
        loop {
            let current = self.standing(note, sight, if_match, &may).await?;
            if current.value.content == *content {
                return Ok(current);
            }
            let edited = Note {
                content: content.clone(),
                ..current.value.clone()
            };
            let next = current.changed(edited, command);
            let written = Transaction::new(command)
                .replace(self.item(&next)?, current.version)
                .commit(&self.db)
                .await;
            if done(written, if_match, &mut tries).await? {
                return Ok(next);
            }
        }
    }

    /// Deletes a note that `may` lets the asking person change.
    pub async fn delete<E: From<StoreError>>(
        &self,
        command: &Command,
        note: NoteId,
        sight: Sight,
        if_match: Option<u64>,
        may: impl Fn(&Stored<Note>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut tries = 0;
        loop {
            let current = self.standing(note, sight, if_match, &may).await?;
            let gone = current.with(());
            let Note {
                id,
                record,
                content,
            } = current.value.clone();
            let version = Condition::Equals(
                "version".to_owned(),
                AttributeValue::N(current.version.to_string()),
            );
            let key = keys::note(self.team, record, id);
            let told = (
                Fact::NoteDeleted(NoteFact { record }),
                one("content", Some(&content), None),
            );
            let subject = (SubjectKind::Note, id.to_string());
            let removal = Removal::item(command, Some(self.team), subject, &gone, told)?;
            let mut transaction = Transaction::new(command)
                .delete_if(key, version, crate::transaction::stale)
                .create(removal, StoreError::Contended);
            if let Some(count) = counted(record, -1) {
                let key = keys::record(self.team, record);
                // A lead that is removed for good meanwhile must not come back as a count.
                let there = Condition::Present;
                transaction = transaction.update_if(key, count, there, |_| StoreError::NotFound);
            }
            let deleted = transaction.commit(&self.db).await;
            if done(deleted, if_match, &mut tries).await? {
                return Ok(());
            }
        }
    }

    /// A note that is at the version that `if_match` names and that may be changed.
    async fn standing<E: From<StoreError>>(
        &self,
        note: NoteId,
        sight: Sight,
        if_match: Option<u64>,
        may: impl Fn(&Stored<Note>) -> Result<(), E>,
    ) -> Result<Stored<Note>, E> {
        let current = self.get(note, sight).await?;
        may(&current)?;
        if if_match.is_some_and(|wanted| wanted != current.version) {
            let current = current.version;
            return Err(StoreError::Stale { current }.into());
        }
        Ok(current)
    }

    pub(crate) fn item(&self, record: &Stored<Note>) -> Result<Item, StoreError> {
        let note = &record.value;
        let item = encode(
            &keys::note(self.team, note.record, note.id),
            "note",
            Some(self.team),
            record,
        )?;
        Ok(item
            .with("GSI1", text(keys::note_place(self.team, note.id)))
            .with(INDEX_SORT_KEY, text(keys::note_place_sk(note.record))))
    }
}

/// How the count of notes on a record changes, where one is kept. It is no change of the record: it has no version of its
/// own, and nothing is told of it but the note.
pub(crate) fn counted(about: RecordRef, by: i64) -> Option<Update> {
    match about {
        RecordRef::Lead(_) => Some(Update::default().add(NOTES, by)),
        RecordRef::Client(_) | RecordRef::Deal(_) | RecordRef::Property(_) => None,
    }
}

/// Whether a write is done. One that somebody else's came before is to be tried again, unless the caller named the
/// version that it wants to change.
pub(crate) async fn done(
    written: Result<(), StoreError>,
    if_match: Option<u64>,
    tries: &mut u32,
) -> Result<bool, StoreError> {
    match written {
        Ok(()) => Ok(true),
        Err(StoreError::Stale { .. }) if if_match.is_none() && *tries < CHANGE_TRIES => {
            *tries += 1;
            crate::db::pause(*tries).await;
            Ok(false)
        }
        Err(StoreError::Stale { .. }) if if_match.is_none() => Err(StoreError::Contended),
        Err(error) => Err(error),
    }
}
