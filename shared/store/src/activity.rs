//! Timelines: lines that a job writes from the events it is told.
//!
//! A line lies in the partition of the record that it is about, or of the team, and in one index with all lines of the
//! team. What it says is in its row, so a list of the latest needs no more than the index and the records' names of today.

use crate::as_json;
use crate::command::Command;
use crate::condition::text;
use crate::db::{Db, Range};
use crate::error::StoreError;
use crate::key::Key;
use crate::lead::{self, PURGING};
use crate::note::Note;
use crate::page::{Page, PageRequest, Position};
use crate::record::{Item, Stored, decode, encode};
use crate::sight::{Sight, check_visible, visible};
use crate::table;
use crate::team::Team;
use crate::{client, deal, keys};
use plat_domain::{
    Activity, ActivityId, ActivityType, Event, LeadId, RecordRef, SubjectKind, TeamId, UserId,
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

impl ActivitySubject {
    /// The record that it is, if it is one.
    pub fn record(&self) -> Option<RecordRef> {
        RecordRef::read(self.kind, self.id.as_deref()?)
    }
}

/// A line of the timeline of anything but a lead.
#[derive(Debug, Clone)]
pub enum TimelineLine {
    /// What was told when it happened.
    Told(Stored<ActivityRow>),
    /// A note, with what it says today.
    Note(Stored<Note>),
}

/// A line among all lines of a team, with what it is about as that is today.
#[derive(Debug, Clone)]
pub struct RecentActivity {
    /// The line.
    pub line: Stored<ActivityRow>,
    /// What it is about, if that is a record or the team.
    pub about: Option<SubjectToday>,
}

/// What a line is about, as it is today.
#[derive(Debug, Clone)]
pub struct SubjectToday {
    /// What it is known by: a name, or the address of a deal's property.
    pub name: String,
    /// Whether it is deleted; it may still be restored.
    pub deleted: bool,
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
        let subject = match activity.about {
            Some(record) => ActivitySubject {
                kind: record.kind(),
                id: Some(record.id()),
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
        let key = match activity.about {
            // The note is in the timeline itself.
            Some(record)
                if row.kind == ActivityType::NoteAdded && keys::notes_are_lines(record) =>
            {
                keys::feed(self.team, record, &id)
            }
            Some(record) => keys::activity(self.team, record, &id),
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

    /// A page of a record's timeline, newest first: one request, which brings the record along to see whether it may be
    /// seen. Not for leads, whose history lies between.
    pub async fn timeline(
        &self,
        record: RecordRef,
        sight: Sight,
        page: &PageRequest,
    ) -> Result<Page<TimelineLine>, StoreError> {
        let (from, record_sk) = keys::timeline_below(record);
        let with_record = usize::from(page.after.is_none());
        let range = Range {
            index: None,
            pk: keys::record(self.team, record).pk,
            from,
            to: page.after.as_ref().map_or(record_sk, Position::before),
            descending: true,
            limit: page.limit + page.skip + 1 + with_record,
        };
        let items = match &page.after {
            None => {
                let items = self.db.range(&range).await?;
                check_visible(items.first(), record.kind(), sight)?;
                items
            }
            Some(_) => {
                let seen = visible(&self.db, self.team, record, sight);
                futures::try_join!(seen, self.db.range(&range))?.1
            }
        };
        let lines = items.into_iter().skip(with_record + page.skip);
        let lines = lines.map(|item| {
            let place = item.string("SK").unwrap_or_default().to_owned();
            Ok((place, TimelineLine::read(item)?))
        });
        Ok(Page::cut(
            lines.collect::<Result<Vec<_>, StoreError>>()?,
            page.limit,
        ))
    }

    /// A page of the latest lines of the whole team that `sight` sees and `wanted` wants, newest first.
    ///
    /// Whether a line about a record is seen, the record as it is today decides. A deleted record has its lines, until it
    /// is removed for good and they with it. A page may be short, or even empty, and still have a cursor: then so much was
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
        let mut records = BTreeSet::new();
        let mut team = false;
        for (_, line) in lines {
            let subject = &line.value.subject;
            match subject.record() {
                Some(record) if !about.records.contains_key(&record) => {
                    records.insert(record);
                }
                None if subject.kind == SubjectKind::Team => team = about.team.is_none(),
                Some(_) | None => {}
            }
        }
        let place = |record: &RecordRef| keys::record(self.team, *record);
        let mut keys: Vec<Key> = records.iter().map(place).collect();
        keys.extend(team.then(|| keys::team(self.team)));
        about
            .records
            .extend(records.into_iter().map(|record| (record, None)));
        for item in self.db.get_many(&keys).await? {
            about.learn(item)?;
        }
        Ok(())
    }
}

impl TimelineLine {
    /// What it tells.
    pub fn kind(&self) -> ActivityType {
        match self {
            Self::Told(line) => line.value.kind,
            Self::Note(_) => ActivityType::NoteAdded,
        }
    }

    fn read(item: Item) -> Result<Self, StoreError> {
        if item.kind() == SubjectKind::Note.as_str() {
            return decode(item).map(Self::Note);
        }
        let line: Stored<ActivityItem> = decode(item)?;
        Ok(Self::Told(line.map(|item| item.row)))
    }
}

/// What lines are about, as it is today.
#[derive(Default)]
struct About {
    /// Each with its assignee; none for one that is gone.
    records: HashMap<RecordRef, Option<(SubjectToday, Option<UserId>)>>,
    team: Option<SubjectToday>,
}

impl About {
    fn learn(&mut self, item: Item) -> Result<(), StoreError> {
        if item.0.contains_key(PURGING) {
            return Ok(());
        }
        let (record, name, deleted_at, assignee) = match item.kind() {
            "client" => {
                let client = client::read(item)?.value;
                let name = client.name.to_string();
                let record = RecordRef::Client(client.id);
                (record, name, client.deleted_at, client.assigned_to)
            }
            "deal" => {
                let deal = deal::read(item)?.value;
                let name = deal.property_address.to_string();
                let record = RecordRef::Deal(deal.id);
                (record, name, deal.deleted_at, deal.assigned_to)
            }
            "lead" => {
                let lead = lead::read(item)?.value;
                let name = lead.name.to_string();
                let record = RecordRef::Lead(lead.id);
                (record, name, lead.deleted_at, lead.assigned_to)
            }
            "team" => {
                let name = decode::<Team>(item)?.value.name.to_string();
                let deleted = false;
                self.team = Some(SubjectToday { name, deleted });
                return Ok(());
            }
            _ => return Ok(()),
        };
        let deleted = deleted_at.is_some();
        let today = (SubjectToday { name, deleted }, assignee);
        self.records.insert(record, Some(today));
        Ok(())
    }

    /// The line with what it is about, if `sight` sees that.
    fn tell(&self, line: Stored<ActivityRow>, sight: Sight) -> Option<RecentActivity> {
        let subject = &line.value.subject;
        let Some(record) = subject.record() else {
            let team = self.team.clone();
            let about = team.filter(|_| subject.kind == SubjectKind::Team);
            return Some(RecentActivity { line, about });
        };
        let (today, assignee) = self.records.get(&record)?.clone()?;
        let about = Some(today);
        sight
            .sees(assignee)
            .then_some(RecentActivity { line, about })
    }
}
