//! What becomes of follow-ups without a person: they come due, are claimed by whoever sends them, and are done, put off or
//! given up; and when their client goes, they go with it.
//!
//! A claim keeps a follow-up to one message for a while. It is no change of the task, so nothing tells of it, but it makes
//! a version: a change that was decided on what was before is decided anew. Whatever a person writes drops the claim.

use crate::command::Command;
use crate::condition::{Condition, Update, number, text};
use crate::db::{Db, Range, Written};
use crate::editing::Required;
use crate::entries::{LAST, time_value};
use crate::error::StoreError;
use crate::key::Key;
use crate::keys;
use crate::page::{PageRequest, Position};
use crate::record::{Stored, read_time};
use crate::sight::Sight;
use crate::table::INDEX_SORT_KEY;
use crate::task::{AT_ONCE, ListedTask, Tasks, due_partition, read};
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};
use plat_domain::{
    ClientId, EmailId, RecordRef, Task, TaskId, TaskKind, TaskStatus, TeamId, UserId,
};

/// Whose claim it is, and until when.
const CLAIM: &str = "claim";
const CLAIMED_UNTIL: &str = "claimedUntil";

/// Set on a follow-up that was cancelled because its client went; whatever else is written of it removes it.
pub(crate) const WITH_CLIENT: &str = "withClient";

/// How a claim ended.
#[derive(Debug)]
pub enum Claimed {
    /// It is the caller's until the lease ends, or until a person changes the task.
    Yours(Box<Stored<Task>>),
    /// There is nothing to do: it is deleted, not pending any more, given up, or due at another time.
    Gone,
    /// It is another's until then.
    Busy(Timestamp),
}

/// The door to the follow-ups of all teams that are due.
pub struct DueTasks {
    db: Db,
}

impl DueTasks {
    /// The parts in which they are kept.
    pub const SHARDS: u8 = keys::DUE_SHARDS;

    pub(crate) fn new(db: Db) -> Self {
        Self { db }
    }

    /// Up to `most` of one part that are due at `now`, longest due first: each with when it was due.
    pub async fn of_shard(
        &self,
        shard: u8,
        now: Timestamp,
        most: usize,
    ) -> Result<Vec<(TeamId, TaskId, Timestamp)>, StoreError> {
        let range = Range {
            index: Some("GSI4"),
            pk: keys::due(shard),
            from: keys::everything().0,
            to: format!("{}{LAST}", time_value(now)),
            descending: false,
            limit: most,
        };
        let rows = self.db.range_of(&range, &["PK"]).await?;
        let due = rows.iter().filter_map(|row| {
            let team = row.string("PK").and_then(keys::team_in)?;
            let (due_at, task) = row.string(INDEX_SORT_KEY).and_then(keys::task_at)?;
            Some((team, task, due_at))
        });
        Ok(due.collect())
    }
}

impl Tasks {
    /// Claims a follow-up that is due at `due_at` for the message `by`, which may claim again what it has: one request.
    pub async fn claim(
        &self,
        task: TaskId,
        due_at: Timestamp,
        by: &str,
        lease: SignedDuration,
        now: Timestamp,
    ) -> Result<Claimed, StoreError> {
        let place = keys::task_place(due_at, task);
        let until = now.checked_add(lease).unwrap_or(now);
        let free = Condition::Any(vec![
            Condition::Has("GSI4".to_owned()),
            Condition::Equals(CLAIM.to_owned(), text(by)),
            Condition::Below(CLAIMED_UNTIL.to_owned(), now.as_millisecond()),
        ]);
        let stands = Condition::All(vec![
            Condition::Equals("status".to_owned(), text(TaskStatus::Pending)),
            Condition::Equals(INDEX_SORT_KEY.to_owned(), text(&place)),
            free,
        ]);
        let claim = Update::default()
            .set(CLAIM, text(by))
            .set(CLAIMED_UNTIL, number(until.as_millisecond()))
            .remove("GSI4")
            .add("version", 1);
        let key = keys::task(self.team, task);
        let old = match self.db.update(&key, &claim, Some(&stands)).await? {
            Written::Yes(item) => return Ok(Claimed::Yours(Box::new(read(item)?))),
            Written::No(old) => old,
        };
        let same = old.filter(|item| {
            item.string("status") == Some(TaskStatus::Pending.as_str())
                && item.string(INDEX_SORT_KEY) == Some(place.as_str())
        });
        let until = same.and_then(|item| read_time(&item, CLAIMED_UNTIL));
        Ok(until.map_or(Claimed::Gone, Claimed::Busy))
    }

    /// Puts a follow-up that `by` has claimed off until `due_at`. Returns whether it was still so.
    pub async fn put_back(
        &self,
        task: TaskId,
        by: &str,
        due_at: Timestamp,
        note: Option<&str>,
    ) -> Result<bool, StoreError> {
        let (key, update) = put_back(self.team, task, due_at, note);
        let written = self.db.update(&key, &update, Some(&held(by))).await?;
        Ok(matches!(written, Written::Yes(_)))
    }

    /// Leaves a follow-up that `by` has claimed to people: at `status`, with a note that says why. Returns whether it was
    /// still so.
    pub async fn hold(
        &self,
        command: &Command,
        task: TaskId,
        by: &str,
        status: TaskStatus,
        note: &str,
    ) -> Result<bool, StoreError> {
        let (key, update) = given_up(self.team, command, task, status, note);
        let written = self.db.update(&key, &update, Some(&held(by))).await?;
        Ok(matches!(written, Written::Yes(_)))
    }

    /// Cancels every pending follow-up of a client that goes, with a note that says why. Doing it again changes nothing.
    pub async fn cancel_pending_of(
        &self,
        command: &Command,
        client: ClientId,
        why: &str,
    ) -> Result<(), StoreError> {
        let pending = |row: &ListedTask| row.task.status == TaskStatus::Pending;
        for task in self.follow_ups_of(client, pending).await? {
            let (key, update) = settled(self.team, command, task, TaskStatus::Cancelled, Some(why));
            let update = update.set(WITH_CLIENT, number(1));
            let stands = Condition::Equals("status".to_owned(), text(TaskStatus::Pending));
            self.db.update(&key, &update, Some(&stands)).await?;
        }
        Ok(())
    }

    /// Brings those back that were cancelled because the client went, if their time is still to come.
    pub async fn revive_of(
        &self,
        command: &Command,
        client: ClientId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let to_come =
            |row: &ListedTask| row.task.status == TaskStatus::Cancelled && row.task.due_at > now;
        for task in self.follow_ups_of(client, to_come).await? {
            let update = moved(self.team, command, TaskStatus::Pending, None)
                .set("GSI4", text(due_partition(task)))
                .remove(WITH_CLIENT);
            let stands = Condition::Has(WITH_CLIENT.to_owned());
            let key = keys::task(self.team, task);
            self.db.update(&key, &update, Some(&stands)).await?;
        }
        Ok(())
    }

    /// Gives the open follow-ups of a client that were for `from` to `to`, since the client went from one to the other.
    pub async fn hand_over_of(
        &self,
        command: &Command,
        client: ClientId,
        from: Option<UserId>,
        to: Option<UserId>,
    ) -> Result<(), StoreError> {
        let theirs = |row: &ListedTask| row.task.status.is_open() && row.task.assigned_to == from;
        for task in self.follow_ups_of(client, theirs).await? {
            let given = self.change(command, task, Sight::All, None, |task| {
                if task.status.is_open() && task.assigned_to == from {
                    task.assigned_to = to;
                }
                Ok(Required::default())
            });
            match given.await {
                // It was deleted meanwhile.
                Ok(_) | Err(StoreError::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// The follow-ups of a client that are `wanted`.
    async fn follow_ups_of(
        &self,
        client: ClientId,
        wanted: impl Fn(&ListedTask) -> bool,
    ) -> Result<Vec<TaskId>, StoreError> {
        let mut found = Vec::new();
        let mut after: Option<Position> = None;
        loop {
            let page = PageRequest {
                after,
                ..PageRequest::first(AT_ONCE)
            };
            let read = self
                .of_record(RecordRef::Client(client), Sight::All, &page)
                .await?;
            let follow_ups = read
                .items
                .iter()
                .filter(|row| row.task.kind == TaskKind::FollowUp && wanted(row));
            found.extend(follow_ups.map(|row| row.task.id));
            after = read.next;
            if after.is_none() {
                return Ok(found);
            }
        }
    }
}

/// That a follow-up is still to be sent, and by this message.
pub(crate) fn held(by: &str) -> Condition {
    Condition::All(vec![
        Condition::Equals("status".to_owned(), text(TaskStatus::Pending)),
        Condition::Equals(CLAIM.to_owned(), text(by)),
    ])
}

/// Brings a follow-up to `status`, out of the due index and out of the hands of whoever has claimed it; told as a change
/// that `command` made.
pub(crate) fn settled(
    team: TeamId,
    command: &Command,
    task: TaskId,
    status: TaskStatus,
    note: Option<&str>,
) -> (Key, Update) {
    let update = moved(team, command, status, note).remove("GSI4");
    (keys::task(team, task), update)
}

/// The same for one that is left to people, with a note that says why.
pub(crate) fn given_up(
    team: TeamId,
    command: &Command,
    task: TaskId,
    status: TaskStatus,
    note: &str,
) -> (Key, Update) {
    let (key, update) = settled(team, command, task, status, Some(note));
    (key, update.set("held", AttributeValue::Bool(true)))
}

/// The same for one whose e-mail was sent.
pub(crate) fn sent(
    team: TeamId,
    command: &Command,
    task: TaskId,
    email: EmailId,
    at: Timestamp,
) -> (Key, Update) {
    let (key, update) = settled(team, command, task, TaskStatus::Completed, None);
    let update = update
        .set("emailId", text(email))
        .set("since", number(at.as_millisecond()))
        .remove("held");
    (key, update)
}

/// Has a follow-up be due again at `due_at`. Nothing tells of it.
pub(crate) fn put_back(
    team: TeamId,
    task: TaskId,
    due_at: Timestamp,
    note: Option<&str>,
) -> (Key, Update) {
    let update = Update::default()
        .set(INDEX_SORT_KEY, text(keys::task_place(due_at, task)))
        .set("GSI4", text(due_partition(task)))
        .add("version", 1);
    (keys::task(team, task), noted(unclaimed(update), note))
}

fn moved(team: TeamId, command: &Command, status: TaskStatus, note: Option<&str>) -> Update {
    let update = Update::default()
        .set("status", text(status))
        .set("GSI2", text(keys::tasks_with_status(team, status)))
        .by(command);
    noted(unclaimed(update), note)
}

fn unclaimed(update: Update) -> Update {
    update.remove(CLAIM).remove(CLAIMED_UNTIL)
}

fn noted(update: Update, note: Option<&str>) -> Update {
    match note {
        Some(note) => update.set("statusNote", text(note)),
        None => update.remove("statusNote"),
    }
}
