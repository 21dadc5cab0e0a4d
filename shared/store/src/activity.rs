//! The timeline of a lead: rows that a job writes from the changes it sees.

use crate::db::{Db, Range};
use crate::error::StoreError;
use crate::keys;
use crate::lead::{Sight, visible};
use crate::page::{Page, PageRequest, Position};
use crate::record::{Stored, encode};
use jiff::Timestamp;
use plat_domain::{ActivityId, ActivityType, Actor, LeadId, TeamId};
use serde::{Deserialize, Serialize};

/// One line of a timeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ActivityRow {
    /// Which.
    pub id: ActivityId,
    /// What happened.
    pub kind: ActivityType,
    /// The same in words.
    pub title: String,
    /// What the kind has to tell beside: ids, statuses, names of fields.
    pub data: serde_json::Map<String, serde_json::Value>,
}

/// The door to timelines.
pub struct Activities {
    db: Db,
    team: TeamId,
}

impl Activities {
    pub(crate) fn new(db: Db, team: TeamId) -> Self {
        Self { db, team }
    }

    /// Writes lines of `lead`'s timeline. Writing the same lines again changes nothing, since their ids are the same.
    pub async fn record(
        &self,
        lead: LeadId,
        by: &Actor,
        at: Timestamp,
        rows: Vec<ActivityRow>,
    ) -> Result<(), StoreError> {
        let mut items = Vec::with_capacity(rows.len());
        for row in rows {
            let key = keys::activity(self.team, lead, &row.id.to_string());
            let command = row.id.to_string();
            let record = Stored {
                value: row,
                version: 1,
                created_at: at,
                created_by: by.clone(),
                updated_at: at,
                updated_by: by.clone(),
                command,
            };
            items.push(encode(&key, "activity", Some(self.team), &record)?);
        }
        self.db.write_many(items, Vec::new()).await
    }

    /// A page of a lead's timeline, newest first: the lead and its lines, asked for at once.
    pub async fn list(
        &self,
        lead: LeadId,
        sight: Sight,
        page: &PageRequest,
    ) -> Result<Page<Stored<ActivityRow>>, StoreError> {
        let (from, to) = keys::activities();
        let to = page.after.as_ref().map_or(to, Position::before);
        let pk = keys::lead(self.team, lead).pk;
        let range = Range {
            index: None,
            pk,
            from,
            to,
            descending: true,
            limit: page.limit + page.skip + 1,
        };
        let (_, items) = futures::try_join!(
            visible(&self.db, self.team, lead, sight),
            self.db.range(&range)
        )?;
        Page::read(&items, page.skip, page.limit)
    }
}
