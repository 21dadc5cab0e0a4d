//! The timeline of a lead: rows that a job writes from the changes it sees.

use crate::db::{Db, Range};
use crate::error::StoreError;
use crate::keys;
use crate::lead::{Sight, visible};
use crate::page::{Page, PageRequest, Position};
use crate::record::{Item, Stored, encode};
use aws_lc_rs::digest;
use plat_domain::{Activity, ActivityId, ActivityType, LeadId, TeamId};
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

    /// Writes what happened to `lead` when a record of it came to the state `after`. Writing the same again changes
    /// nothing, since the ids are the same.
    pub async fn record<T>(
        &self,
        lead: LeadId,
        after: &Stored<T>,
        happened: Vec<Activity>,
    ) -> Result<(), StoreError> {
        let items = happened
            .into_iter()
            .zip(0..)
            .map(|(activity, nth)| line(self.team, lead, after, nth, activity))
            .collect::<Result<Vec<_>, _>>()?;
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

/// The item of one line: the `nth` of what brought a record of `lead` to the state `after`.
pub(crate) fn line<T>(
    team: TeamId,
    lead: LeadId,
    after: &Stored<T>,
    nth: u8,
    activity: Activity,
) -> Result<Item, StoreError> {
    let row = ActivityRow {
        id: id(lead, after, nth),
        kind: activity.kind,
        title: activity.title,
        data: activity.data,
    };
    let key = keys::activity(team, lead, &row.id.to_string());
    let record = Stored {
        version: 1,
        created_at: after.updated_at,
        created_by: after.updated_by.clone(),
        updated_by: after.updated_by.clone(),
        ..after.with(row)
    };
    encode(&key, "activity", Some(team), &record)
}

/// The same each time a change is told. Behind the millisecond come the version and the place in the change, so that
/// changes of one millisecond keep their order; a hash of what only this change has makes up the rest.
fn id<T>(lead: LeadId, after: &Stored<T>, nth: u8) -> ActivityId {
    let input = format!("{lead}#{}#{nth}", after.command);
    let hash = digest::digest(&digest::SHA256, input.as_bytes());
    let hash = hash
        .as_ref()
        .iter()
        .take(6)
        .fold(0_u128, |sum, byte| (sum << 8) | u128::from(*byte));
    let version = u128::from(after.version.min(0x00FF_FFFF));
    ActivityId::from_parts(
        after.updated_at,
        (version << 56) | (u128::from(nth) << 48) | hash,
    )
}
