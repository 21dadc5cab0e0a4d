//! Notes on leads.

use crate::command::Command;
use crate::condition::{Condition, text};
use crate::db::{Db, Range};
use crate::error::StoreError;
use crate::keys;
use crate::lead::{Sight, check_visible, seen_condition, visible};
use crate::page::{Page, PageRequest};
use crate::record::{Change, Item, Stored, decode, encode};
use crate::transaction::Transaction;
use plat_domain::{LeadId, NoteContent, NoteId, TeamId};
use serde::{Deserialize, Serialize};

/// A note; its author is who created it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Note {
    /// Which.
    pub id: NoteId,
    /// The lead it is about.
    pub lead: LeadId,
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

    /// Writes a note on a lead that may be seen: one transaction, no read.
    pub async fn add(
        &self,
        command: &Command,
        sight: Sight,
        note: Note,
    ) -> Result<Stored<Note>, StoreError> {
        let lead = keys::lead(self.team, note.lead);
        let record = Stored::new(note, command);
        Transaction::new(command)
            .create(self.item(&record)?, StoreError::Contended)
            .check(lead, seen_condition(sight), StoreError::NotFound)
            .commit(&self.db)
            .await?;
        Ok(record)
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
                visible(&self.db, self.team, lead, sight).await?;
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
            check_visible(items.first(), sight)?;
        }
        Page::read(&items, with_lead + page.skip, page.limit)
    }

    /// A note by its id alone: the index tells its lead, then both are read at once.
    pub async fn get(&self, note: NoteId, sight: Sight) -> Result<Stored<Note>, StoreError> {
        let pk = keys::note_place(self.team, note);
        let range = Range {
            index: Some("G1"),
            pk,
            from: "LEAD#".to_owned(),
            to: "LEAD#~".to_owned(),
            descending: false,
            limit: 1,
        };
        let found = self.db.range(&range).await?;
        let place = found
            .first()
            .and_then(Item::key)
            .ok_or(StoreError::NotFound)?;
        let lead = crate::key::Key::new(place.pk.clone(), keys::LEAD);
        let items = self.db.get_many(&[place, lead]).await?;
        let find = |kind: &str| items.iter().find(|item| item.kind() == kind);
        check_visible(find("lead"), sight)?;
        decode(find("note").ok_or(StoreError::NotFound)?)
    }

    /// Replaces the text of a note that is at `current.version`.
    pub async fn update(
        &self,
        command: &Command,
        current: &Stored<Note>,
        content: NoteContent,
    ) -> Result<Stored<Note>, StoreError> {
        if current.is_written_by(command) {
            return Ok(current.clone());
        }
        let next = current.changed(
            Note {
                content,
                ..current.value.clone()
            },
            command,
        );
        Transaction::new(command)
            .replace(self.item(&next)?, current.version)
            .commit(&self.db)
            .await?;
        Ok(next)
    }

    /// Deletes a note that is at `current.version`.
    pub async fn delete(
        &self,
        command: &Command,
        current: &Stored<Note>,
    ) -> Result<(), StoreError> {
        let note = &current.value;
        let version = Condition::Equals(
            "version".to_owned(),
            aws_sdk_dynamodb::types::AttributeValue::N(current.version.to_string()),
        );
        Transaction::new(command)
            .delete_if(
                keys::note(self.team, note.lead, note.id),
                version,
                crate::transaction::stale,
            )
            .commit(&self.db)
            .await
    }

    /// The note before and after a change, for the jobs that follow notes.
    pub fn changed(
        change: &Change,
    ) -> Result<(Option<Stored<Note>>, Option<Stored<Note>>), StoreError> {
        let read = |item: &Option<Item>| item.as_ref().map(decode::<Note>).transpose();
        Ok((read(&change.old)?, read(&change.new)?))
    }

    fn item(&self, record: &Stored<Note>) -> Result<Item, StoreError> {
        let note = &record.value;
        let item = encode(
            &keys::note(self.team, note.lead, note.id),
            "note",
            Some(self.team),
            record,
        )?;
        Ok(item
            .with("G1", text(keys::note_place(self.team, note.id)))
            .with(
                crate::table::INDEX_SORT_KEY,
                text(keys::note_place_sk(note.lead)),
            ))
    }
}
