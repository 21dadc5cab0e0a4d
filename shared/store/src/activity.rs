//! Timelines: lines that a job writes from the events it is told, and those that people write by hand.
//!
//! A line lies in the partition of the record that it is about, or of the team, and in one index with all lines of the
//! team. What it says is in its row, so a list of the latest needs no more than the index and the records' names of today.

use crate::as_json;
use crate::client::Clients;
use crate::command::Command;
use crate::condition::text;
use crate::db::{Db, Range};
use crate::error::StoreError;
use crate::key::Key;
use crate::lead::{self, Leads, PURGING};
use crate::listing::created_in;
use crate::note::{Note, done};
use crate::page::{Page, PageRequest, Position};
use crate::record::{Item, Stored, decode, encode};
use crate::sight::{Sight, check_visible, seen_condition, visible};
use crate::table;
use crate::team::Team;
use crate::transaction::Transaction;
use crate::{client, deal, keys};
use futures::future::try_join_all;
use jiff::Timestamp;
use plat_domain::{
    Activity, ActivityFact, ActivityId, ActivityType, Event, Fact, LeadId, LoggedActivity,
    RecordRef, Span, Step, SubjectKind, TeamId, UserId, changed, kind,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::{BTreeSet, HashMap};

/// Lines read at a time while some are not for the eyes of who asks.
const BATCH: usize = 100;

/// How many such batches one request reads at most before it answers with what it found and a cursor to go on.
const MAX_BATCHES: usize = 5;

/// What a line is called that somebody wrote by hand. Others are made of events, and nothing follows from them.
pub(crate) const LOGGED: &str = "logged";

/// Which lines are wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct ActivityFilter {
    /// Any of these; empty for every kind.
    pub kinds: BTreeSet<ActivityType>,
    /// Of this record's timeline; none for all of the team.
    pub record: Option<RecordRef>,
    /// Of what this person did.
    pub by: Option<UserId>,
    /// Of what happened in this time.
    pub at: Span,
    /// What the asking person may see.
    pub sight: Sight,
}

impl ActivityFilter {
    /// Everything that `sight` sees.
    pub fn everything(sight: Sight) -> Self {
        Self {
            kinds: BTreeSet::new(),
            record: None,
            by: None,
            at: Span::default(),
            sight,
        }
    }

    /// Whether hardly a line is thrown away.
    fn is_close(&self) -> bool {
        let all_seen = self.sight == Sight::All || self.record.is_some();
        all_seen && self.kinds.is_empty() && self.by.is_none()
    }

    fn wants(&self, line: &Stored<ActivityRow>) -> bool {
        (self.kinds.is_empty() || self.kinds.contains(&line.value.kind))
            && self.by.is_none_or(|by| line.created_by.id == by)
    }
}

/// One line of a timeline; who did it is in its envelope, and when, unless it was written by hand: then its id tells.
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

impl ActivityRow {
    /// What somebody wrote by hand. The id tells when it was, and so has its place in time.
    fn logged(id: ActivityId, command: &Command, logged: &LoggedActivity) -> Self {
        let said = [
            ("notes", logged.notes.as_ref().map(|notes| json!(notes))),
            ("durationMinutes", logged.duration.map(|took| json!(took))),
            ("outcome", logged.outcome.map(|outcome| json!(outcome))),
            ("loggedAt", Some(json!(command.at))),
        ];
        let said = said.into_iter();
        Self {
            id,
            kind: logged.kind.into(),
            title: logged.title.as_str().to_owned(),
            data: said
                .filter_map(|(name, value)| Some((name.to_owned(), value?)))
                .collect(),
            subject: ActivitySubject {
                kind: logged.record.kind(),
                id: Some(logged.record.id()),
            },
        }
    }
}

/// What happened when a line was written by hand: what was logged, and every field of it as new.
pub(crate) fn logged_steps(item: &Item) -> Result<(Stored<ActivityId>, Vec<Step>), StoreError> {
    let line = decode::<ActivityItem>(item)?.map(|item| item.row);
    let row = &line.value;
    let mut said = row.data.clone();
    said.insert("title".to_owned(), json!(row.title));
    let record = row.subject.record();
    let step = record.map(|record| {
        let fact = Fact::ActivityLogged(ActivityFact {
            kind: row.kind,
            record,
            at: row.id.created_at(),
        });
        (fact, changed(None, Some(&said)))
    });
    Ok((line.with(row.id), step.into_iter().collect()))
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
pub(crate) struct ActivityItem {
    #[serde(with = "as_json")]
    pub(crate) row: ActivityRow,
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

    /// A page of the lines that `filter` and `wanted` want, newest first: of one record's timeline, or of the whole team.
    ///
    /// Whether a line about a record is seen, the record as it is today decides. A deleted record has its lines among the
    /// team's, until it is removed for good and they with it. A page may be short, or even empty, and still have a cursor:
    /// then so much was not wanted that the bound on one request was reached.
    pub async fn search(
        &self,
        filter: &ActivityFilter,
        wanted: impl Fn(&ActivityRow) -> bool,
        page: &PageRequest,
    ) -> Result<Page<RecentActivity>, StoreError> {
        if let Some(record) = filter.record {
            visible(&self.db, self.team, record, filter.sight).await?;
        }
        let mut about = About::default();
        let mut after = page.after.clone();
        let mut skip = page.skip;
        let mut rows = Vec::new();
        for round in 0..MAX_BATCHES.max(skip.div_ceil(BATCH) + 1) {
            let count = if filter.is_close() {
                // Hardly a line is thrown away, so no more is read than the page needs.
                let left = skip + page.limit + 1 - rows.len();
                left.max(BATCH.min(page.limit << round.min(8)))
            } else {
                BATCH.max(page.limit + 1)
            };
            let items = self.read(filter, after.as_ref(), count).await?;
            let ended = items.len() < count;
            let mut lines = Vec::with_capacity(items.len());
            for (place, item) in items {
                after = Some(Position(place.clone()));
                // A note that is a line itself has another among the team's, which tells of it.
                if item.kind() == SubjectKind::Note.as_str() {
                    continue;
                }
                let line = decode::<ActivityItem>(item)?.map(|item| item.row);
                if filter.wants(&line) && wanted(&line.value) {
                    lines.push((place, line));
                }
            }
            self.look_up(&lines, &mut about).await?;
            for (place, line) in lines {
                let Some(row) = about.tell(line, filter.sight) else {
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

    /// Up to `count` lines with their places, newest first, behind `after`.
    async fn read(
        &self,
        filter: &ActivityFilter,
        after: Option<&Position>,
        count: usize,
    ) -> Result<Vec<(String, Item)>, StoreError> {
        let (from, to) = created_in::<kind::Activity>(&filter.at);
        let to = after.map_or(to, Position::before);
        if from > to {
            return Ok(Vec::new());
        }
        let range = |index, pk, from, to| Range {
            index,
            pk,
            from,
            to,
            descending: true,
            limit: count,
        };
        let Some(record) = filter.record else {
            let recent = keys::recent_activities(self.team);
            let items = self
                .db
                .range(&range(Some("GSI1"), recent, from, to))
                .await?;
            let placed = items.into_iter().map(|item| {
                let place = item.string(table::INDEX_SORT_KEY).unwrap_or_default();
                (place.to_owned(), item)
            });
            return Ok(placed.collect());
        };
        let pk = keys::record(self.team, record).pk;
        let lines_at = [keys::activity, keys::feed];
        let apart = usize::from(keys::notes_are_lines(record));
        let reads = lines_at.into_iter().take(1 + apart).map(|at| {
            let (from, to) = (at(self.team, record, &from), at(self.team, record, &to));
            let range = range(None, pk.clone(), from.sk, to.sk);
            async move { self.db.range(&range).await }
        });
        let items = try_join_all(reads).await?.into_iter().flatten();
        let placed = items.filter_map(|item| {
            let place = keys::line(item.string("SK")?)?.to_owned();
            Some((place, item))
        });
        let mut placed: Vec<_> = placed.collect();
        placed.sort_by(|(a, _), (b, _)| b.cmp(a));
        placed.truncate(count);
        Ok(placed)
    }

    /// Writes a line by hand, and with it when the lead or the client that it is about was last talked to. The same
    /// command writes it once.
    pub async fn log(
        &self,
        command: &Command,
        sight: Sight,
        logged: &LoggedActivity,
    ) -> Result<RecentActivity, StoreError> {
        let id = command.new_id::<kind::Activity>(0).bits();
        let row = ActivityRow::logged(ActivityId::from_parts(logged.at, id), command, logged);
        let id = row.id.to_string();
        let line = Stored::new(ActivityItem { row }, command);
        let key = keys::activity(self.team, logged.record, &id);
        let item = encode(&key, LOGGED, Some(self.team), &line)?
            .with("GSI1", text(keys::recent_activities(self.team)))
            .with(table::INDEX_SORT_KEY, text(id));
        let mut tries = 0;
        loop {
            let about = keys::record(self.team, logged.record);
            let about = self.db.get(&about, true).await?;
            check_visible(about.as_ref(), logged.record.kind(), sight)?;
            let about = about.ok_or(StoreError::NotFound)?;
            let transaction =
                Transaction::new(command).create(item.clone(), StoreError::Taken("activity"));
            let transaction = self.with_contact(transaction, command, sight, logged, &about)?;
            if done(transaction.commit(&self.db).await, None, &mut tries).await? {
                let mut today = About::default();
                today.learn(about)?;
                let line = line.map(|item| item.row);
                return today.tell(line, sight).ok_or(StoreError::NotFound);
            }
        }
    }

    /// The transaction that also notes a contact with the record that was read, or else that it may still be seen.
    fn with_contact(
        &self,
        transaction: Transaction,
        command: &Command,
        sight: Sight,
        logged: &LoggedActivity,
        about: &Item,
    ) -> Result<Transaction, StoreError> {
        let (db, team, at) = (self.db.clone(), self.team, logged.at);
        let later = |last: Option<Timestamp>| logged.is_contact() && last < Some(at);
        match logged.record {
            RecordRef::Lead(_) => {
                let lead = lead::read(about)?;
                if later(lead.value.last_contact_at) {
                    return Leads::new(db, team).contacted(transaction, command, &lead, at);
                }
            }
            RecordRef::Client(_) => {
                let client = client::read(about)?;
                if later(client.value.last_contacted) {
                    return Clients::new(db, team).contacted(transaction, command, &client, at);
                }
            }
            RecordRef::Deal(_) | RecordRef::Property(_) => {}
        }
        Ok(transaction.check(
            keys::record(team, logged.record),
            seen_condition(team, logged.record, sight),
            StoreError::NotFound,
        ))
    }

    /// A line by its id alone, if `sight` sees what it is about.
    pub async fn get(
        &self,
        activity: ActivityId,
        sight: Sight,
    ) -> Result<RecentActivity, StoreError> {
        let id = activity.to_string();
        let range = Range {
            index: Some("GSI1"),
            pk: keys::recent_activities(self.team),
            from: id.clone(),
            to: id.clone(),
            descending: true,
            limit: 1,
        };
        let found = self.db.range(&range).await?.into_iter().next();
        let line = decode::<ActivityItem>(found.ok_or(StoreError::NotFound)?)?;
        let lines = [(id, line.map(|item| item.row))];
        let mut about = About::default();
        self.look_up(&lines, &mut about).await?;
        let [(_, line)] = lines;
        about.tell(line, sight).ok_or(StoreError::NotFound)
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
