//! Timelines: lines that a job writes from the events it is told.

use crate::command::Command;
use crate::db::{Db, Range};
use crate::error::StoreError;
use crate::keys;
use crate::lead::{Sight, visible};
use crate::page::{Page, PageRequest, Position};
use crate::record::{Stored, encode};
use plat_domain::{Activity, ActivityId, ActivityType, Event, LeadId, TeamId};
use serde::{Deserialize, Serialize};

/// One line of a timeline; who did it and when are in its envelope.
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

    /// Writes the line that an event makes. Writing it again changes nothing, since it has the event's id.
    pub async fn record(&self, event: &Event, activity: Activity) -> Result<(), StoreError> {
        let row = ActivityRow {
            id: ActivityId::from_bits(event.id.bits()),
            kind: activity.kind,
            title: activity.title,
            data: activity.data,
        };
        let id = row.id.to_string();
        let key = match activity.lead {
            Some(lead) => keys::activity(self.team, lead, &id),
            None => keys::team_activity(self.team, &id),
        };
        let record = Stored::new(row, &Command::after(event, "activity"));
        let item = encode(&key, "activity", Some(self.team), &record)?;
        self.db.put(&item, None).await.map(|_| ())
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
