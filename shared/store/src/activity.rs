//! Timelines: lines that a job writes from the events it is told.
//!
//! A line lies in the partition of the lead that it is about, or of the team, and in one index with all lines of the
//! team. What it says is in its row, so a list of the latest needs no more than the index and the leads' names of today.

use crate::as_json;
use crate::command::Command;
use crate::condition::text;
use crate::db::{Db, Range};
use crate::error::StoreError;
use crate::key::Key;
use crate::keys;
use crate::lead::{self, PURGING};
use crate::page::{Page, PageRequest, Position};
use crate::record::{Stored, decode, encode};
use crate::sight::{Sight, visible};
use crate::table;
use crate::team::Team;
use plat_domain::{
    Activity, ActivityId, ActivityType, Event, Lead, LeadId, RecordRef, SubjectKind, TeamId,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap};

/// Lines read at a time while some are not for the eyes of who asks.
const BATCH: usize = 100;

/// How many such batches one request reads at most before it answers with what it found and a cursor to go on.
const MAX_BATCHES: usize = 5;

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
    /// What it is about.
    pub subject: ActivitySubject,
}

/// What a line is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActivitySubject {
    /// Its kind.
    pub kind: SubjectKind,
    /// Its id; none for an invitation, whose id is somebody's address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// A line among all lines of a team, with what it is about as that is today.
#[derive(Debug, Clone)]
pub struct RecentActivity {
    /// The line.
    pub line: Stored<ActivityRow>,
    /// The lead that it is about; it may be deleted.
    pub lead: Option<Lead>,
    /// The team, if it is about that.
    pub team: Option<Team>,
}

#[derive(Serialize, Deserialize)]
struct ActivityItem {
    #[serde(with = "as_json")]
    row: ActivityRow,
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
        let subject = match activity.lead {
            Some(lead) => ActivitySubject {
                kind: SubjectKind::Lead,
                id: Some(lead.to_string()),
            },
            None => ActivitySubject {
                kind: event.subject.kind,
                id: Some(event.subject.id.clone())
                    .filter(|_| event.subject.kind != SubjectKind::Invitation),
            },
        };
        let row = ActivityRow {
            id: ActivityId::from_bits(event.id.bits()),
            kind: activity.kind,
            title: activity.title,
            data: activity.data,
            subject,
        };
        let id = row.id.to_string();
        let key = match activity.lead {
            Some(lead) => keys::activity(self.team, lead, &id),
            None => keys::team_activity(self.team, &id),
        };
        let record = Stored::new(ActivityItem { row }, &Command::after(event, "activity"));
        let item = encode(&key, "activity", Some(self.team), &record)?
            .with("GSI1", text(keys::recent_activities(self.team)))
            .with(table::INDEX_SORT_KEY, text(id));
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
            visible(&self.db, self.team, RecordRef::Lead(lead), sight),
            self.db.range(&range)
        )?;
        let page: Page<Stored<ActivityItem>> = Page::read(&items, page.skip, page.limit)?;
        Ok(page.map(|line| line.map(|item| item.row)))
    }

    /// A page of the latest lines of the whole team that `sight` sees and `wanted` wants, newest first.
    ///
    /// Whether a line about a lead is seen, the lead as it is today decides. A deleted lead has its lines, until it is
    /// removed for good and they with it. A page may be short, or even empty, and still have a cursor: then so much was
    /// not seen that the bound on one request was reached.
    pub async fn recent(
        &self,
        sight: Sight,
        wanted: impl Fn(&ActivityRow) -> bool,
        page: &PageRequest,
    ) -> Result<Page<RecentActivity>, StoreError> {
        let mut about = About::default();
        let mut after = page.after.clone();
        let mut skip = page.skip;
        let mut rows = Vec::new();
        for round in 0..MAX_BATCHES.max(skip.div_ceil(BATCH) + 1) {
            let count = match sight {
                // Hardly a line is thrown away, so no more is read than the page needs.
                Sight::All => {
                    let left = skip + page.limit + 1 - rows.len();
                    left.max(BATCH.min(page.limit << round.min(8)))
                }
                Sight::Own(_) => BATCH.max(page.limit + 1),
            };
            let (from, to) = keys::everything();
            let range = Range {
                index: Some("GSI1"),
                pk: keys::recent_activities(self.team),
                from,
                to: after.as_ref().map_or(to, Position::before),
                descending: true,
                limit: count,
            };
            let items = self.db.range(&range).await?;
            let ended = items.len() < count;
            let mut lines = Vec::with_capacity(items.len());
            for item in items {
                let place = item.string(table::INDEX_SORT_KEY).unwrap_or_default();
                let place = place.to_owned();
                let line = decode::<ActivityItem>(item)?.map(|item| item.row);
                after = Some(Position(place.clone()));
                if wanted(&line.value) {
                    lines.push((place, line));
                }
            }
            self.look_up(&lines, &mut about).await?;
            for (place, line) in lines {
                let Some(row) = about.tell(line, sight) else {
                    continue;
                };
                if skip > 0 {
                    skip -= 1;
                    continue;
                }
                rows.push((place, row));
            }
            if rows.len() > page.limit {
                return Ok(Page::cut(rows, page.limit));
            }
            if ended {
                after = None;
                break;
            }
        }
        Ok(Page {
            items: rows.into_iter().map(|(_, row)| row).collect(),
            next: after,
        })
    }

    /// Reads what `lines` are about, unless it was read before.
    async fn look_up(
        &self,
        lines: &[(String, Stored<ActivityRow>)],
        about: &mut About,
    ) -> Result<(), StoreError> {
        let mut keys: Vec<Key> = Vec::new();
        let mut leads = BTreeSet::new();
        for (_, line) in lines {
            let subject = &line.value.subject;
            match lead_of(subject) {
                Some(lead) if !about.leads.contains_key(&lead) && leads.insert(lead) => {
                    keys.push(keys::lead(self.team, lead));
                }
                None if subject.kind == SubjectKind::Team && about.team.is_none() => {
                    keys.push(keys::team(self.team));
                }
                Some(_) | None => {}
            }
        }
        keys.sort_by(|a, b| (&a.pk, &a.sk).cmp(&(&b.pk, &b.sk)));
        keys.dedup();
        about
            .leads
            .extend(leads.into_iter().map(|lead| (lead, None)));
        for item in self.db.get_many(&keys).await? {
            match item.kind() {
                "lead" if !item.0.contains_key(PURGING) => {
                    let lead = lead::read(item)?.value;
                    about.leads.insert(lead.id, Some(lead));
                }
                "team" => about.team = Some(decode::<Team>(item)?.value),
                _ => {}
            }
        }
        Ok(())
    }
}

/// What lines are about, as it is today.
#[derive(Default)]
struct About {
    /// None for one that is gone.
    leads: HashMap<LeadId, Option<Lead>>,
    team: Option<Team>,
}

impl About {
    /// The line with what it is about, if `sight` sees that.
    fn tell(&self, line: Stored<ActivityRow>, sight: Sight) -> Option<RecentActivity> {
        let subject = &line.value.subject;
        let Some(id) = lead_of(subject) else {
            let team = self.team.clone();
            let team = team.filter(|_| subject.kind == SubjectKind::Team);
            return Some(RecentActivity {
                line,
                lead: None,
                team,
            });
        };
        let lead = self.leads.get(&id)?.clone()?;
        sight.sees(lead.assigned_to).then_some(RecentActivity {
            line,
            lead: Some(lead),
            team: None,
        })
    }
}

fn lead_of(subject: &ActivitySubject) -> Option<LeadId> {
    let id = subject.id.as_ref();
    id.filter(|_| subject.kind == SubjectKind::Lead)?
        .parse()
        .ok()
}
