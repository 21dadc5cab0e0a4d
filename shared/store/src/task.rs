//! Tasks: one item each. When a task is due is in the sort key of its indexes and nowhere else, and where it stands is
//! beside its row, so that whoever sends follow-ups moves them without reading them.

use crate::command::Command;
use crate::condition::{Condition, number, text};
use crate::db::Db;
use crate::editing::{Edited, Required, edit};
use crate::error::StoreError;
use crate::keys;
use crate::note::done;
use crate::outbox::Removal;
use crate::page::PageRequest;
use crate::record::{BeforeAndAfter, Change, Item, Stored, decode, encode, read_time};
use crate::sight::{Sight, check_visible};
use crate::table::INDEX_SORT_KEY;
use crate::task_due::WITH_CLIENT;
use crate::transaction::{Transaction, stale};
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use plat_domain::{
    Client, ClientId, EmailId, FollowUpType, Line, Priority, RecordRef, SubjectKind, Task,
    TaskDescription, TaskId, TaskKind, TaskNotes, TaskStatus, TeamId, UserId, task_steps,
};
use serde::{Deserialize, Serialize};

/// Tasks of a record that are read at a time.
pub(crate) const AT_ONCE: usize = 100;

/// What a list shows of a task.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskSummary {
    /// Which.
    pub id: TaskId,
    /// What it is called.
    pub title: Line,
    /// Who does it.
    pub kind: TaskKind,
    /// Which follow-up it is; a to-do is none.
    pub follow_up_type: Option<FollowUpType>,
    /// How much it matters.
    pub priority: Priority,
    /// Who it is for.
    pub assigned_to: Option<UserId>,
    /// What it is about.
    pub record: Option<RecordRef>,
    /// When it is to be done.
    pub due_at: Timestamp,
    /// Where it stands.
    pub status: TaskStatus,
    /// When it was completed.
    pub completed_at: Option<Timestamp>,
}

/// A row of a list: what it shows of the task and of its envelope.
#[derive(Debug, Clone, PartialEq)]
pub struct ListedTask {
    /// The task.
    pub task: TaskSummary,
    /// One more with each change.
    pub version: u64,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// The part of a task that lists show, beside its status and its times; the indexes carry it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Row {
    #[serde(rename = "t")]
    title: String,
    #[serde(rename = "k")]
    kind: TaskKind,
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    follow_up_type: Option<FollowUpType>,
    #[serde(rename = "p")]
    priority: Priority,
    #[serde(rename = "as", default, skip_serializing_if = "Option::is_none")]
    assigned_to: Option<UserId>,
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    record: Option<RecordRef>,
}

/// What only the task itself shows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Rest {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    description: Option<TaskDescription>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    notes: Option<TaskNotes>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TaskItem {
    #[serde(with = "crate::as_json")]
    row: Row,
    #[serde(with = "crate::as_json")]
    rest: Rest,
    #[serde(rename = "GSK")]
    place: String,
    status: TaskStatus,
    /// When it was completed; the indexes carry it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    since: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    email_id: Option<EmailId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status_note: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    held: bool,
}

fn moment(millisecond: i64) -> Timestamp {
    Timestamp::from_millisecond(millisecond).unwrap_or_default()
}

impl TaskItem {
    fn of(task: &Task) -> Self {
        Self {
            row: Row {
                title: task.title.as_str().to_owned(),
                kind: task.kind,
                follow_up_type: task.follow_up_type,
                priority: task.priority,
                assigned_to: task.assigned_to,
                record: task.record,
            },
            rest: Rest {
                description: task.description.clone(),
                notes: task.notes.clone(),
            },
            place: keys::task_place(task.due_at, task.id),
            status: task.status,
            since: task.completed_at.map(Timestamp::as_millisecond),
            email_id: task.email_id,
            status_note: task.status_note.clone(),
            held: task.held,
        }
    }

    fn into_task(self, created_at: Timestamp) -> Result<Task, StoreError> {
        let (due_at, id) = placed(&self.place)?;
        let row = self.row;
        Ok(Task {
            id,
            title: Line::from_stored(row.title),
            description: self.rest.description,
            kind: row.kind,
            follow_up_type: row.follow_up_type,
            due_at,
            priority: row.priority,
            status: self.status,
            assigned_to: row.assigned_to,
            record: row.record,
            notes: self.rest.notes,
            completed_at: self.since.map(moment),
            email_id: self.email_id,
            status_note: self.status_note,
            held: self.held,
            created_at,
            deleted_at: None,
        })
    }
}

/// When a task is due, and which it is, by its place in the indexes.
fn placed(place: &str) -> Result<(Timestamp, TaskId), StoreError> {
    keys::task_at(place)
        .ok_or_else(|| StoreError::Fault(format!("{place} is no place of a task in its indexes")))
}

/// The door to tasks.
pub struct Tasks {
    pub(crate) db: Db,
    pub(crate) team: TeamId,
}

impl Tasks {
    pub(crate) fn new(db: Db, team: TeamId) -> Self {
        Self { db, team }
    }

    /// Creates a task: one transaction, no read. What it is about must be there and be seen.
    ///
    /// The id of a task is made from its command, so a task that exists already was made by this command; it is returned
    /// as it stands.
    pub async fn create(
        &self,
        command: &Command,
        sight: Sight,
        task: Task,
        beside: Required,
    ) -> Result<Stored<Task>, StoreError> {
        let record = Stored::new(task, command);
        let existing = StoreError::Stale { current: 0 };
        let transaction = Transaction::new(command).create(self.item(&record)?, existing);
        let transaction = beside.by(transaction, self.team, sight);
        match transaction.commit(&self.db).await {
            Ok(()) => Ok(record),
            Err(StoreError::Stale { .. }) => self.find(record.value.id).await,
            Err(error) => Err(error),
        }
    }

    /// Creates the follow-ups that a job plans for a client, all of them in one transaction, if the client is still as it
    /// was read. If one of them is there, they were planned before, and what has become of them since stays.
    ///
    /// One that is planned as cancelled is so because of the client, and comes back with it.
    pub async fn schedule(
        &self,
        command: &Command,
        client: &Stored<Client>,
        tasks: Vec<Task>,
    ) -> Result<(), StoreError> {
        let mut transaction = Transaction::new(command);
        for task in tasks {
            let cancelled = task.status == TaskStatus::Cancelled;
            let mut item = self.item(&Stored::new(task, command))?;
            if cancelled {
                item = item.with(WITH_CLIENT, number(1));
            }
            transaction = transaction.create(item, StoreError::Stale { current: 0 });
        }
        let version = AttributeValue::N(client.version.to_string());
        let stands = Condition::Equals("version".to_owned(), version);
        let key = keys::client(self.team, client.value.id);
        let transaction = transaction.check(key, stands, StoreError::Contended);
        match transaction.commit(&self.db).await {
            Err(StoreError::Stale { .. }) => Ok(()),
            outcome => outcome,
        }
    }

    /// Who works with a client: whom a follow-up is for unless somebody says. Whether the client may be seen, the transaction
    /// that creates the follow-up asks.
    pub async fn works_with(&self, client: ClientId) -> Result<Option<UserId>, StoreError> {
        let client = self.db.get(&keys::client(self.team, client), false).await?;
        let partition = client.as_ref().and_then(|item| item.string("GSI3"));
        Ok(partition.and_then(keys::assignee_in).flatten())
    }

    /// A task that may be seen.
    pub async fn get(&self, task: TaskId, sight: Sight) -> Result<Stored<Task>, StoreError> {
        let item = self.db.get(&keys::task(self.team, task), false).await?;
        check_visible(item.as_ref(), SubjectKind::Task, sight)?;
        read(item.ok_or(StoreError::NotFound)?)
    }

    /// Changes a task as `decide` says: it is given the task as it stands and edits it, or refuses. Whoever has claimed it
    /// loses the claim, and finds that out before anything is sent.
    ///
    /// When somebody else's change comes first, the decision is taken anew on what they left, unless the caller named the
    /// version that it wants to change. A repeated command returns what its first run wrote.
    pub async fn change<E: From<StoreError>>(
        &self,
        command: &Command,
        task: TaskId,
        sight: Sight,
        if_match: Option<u64>,
        decide: impl FnMut(&mut Task) -> Result<Required, E>,
    ) -> Result<Stored<Task>, E> {
        let there = |task: &Task| sight.sees(task.assigned_to);
        edit(self, command, task, sight, if_match, there, decide).await
    }

    /// Removes a task for good.
    pub async fn delete(
        &self,
        command: &Command,
        task: TaskId,
        sight: Sight,
        if_match: Option<u64>,
    ) -> Result<(), StoreError> {
        let mut tries = 0;
        loop {
            let current = self.find(task).await?;
            if !sight.sees(current.value.assigned_to) {
                return Err(StoreError::NotFound);
            }
            if if_match.is_some_and(|wanted| wanted != current.version) {
                let current = current.version;
                return Err(StoreError::Stale { current });
            }
            let removed = self.remove(command, &current).await;
            if done(removed, if_match, &mut tries).await? {
                return Ok(());
            }
        }
    }

    /// Removes a task that is still as it was read, and leaves a note that tells of it.
    pub(crate) async fn remove(
        &self,
        command: &Command,
        current: &Stored<Task>,
    ) -> Result<(), StoreError> {
        let task = &current.value;
        let gone = Task {
            deleted_at: Some(command.at),
            ..task.clone()
        };
        let mut transaction = Transaction::new(command).delete_if(
            keys::task(self.team, task.id),
            Condition::Equals(
                "version".to_owned(),
                AttributeValue::N(current.version.to_string()),
            ),
            stale,
        );
        for step in task_steps(Some(task), &gone) {
            let subject = (SubjectKind::Task, task.id.to_string());
            let removal = Removal::item(command, Some(self.team), subject, current, step)?;
            transaction = transaction.create(removal, StoreError::Contended);
        }
        transaction.commit(&self.db).await
    }

    /// Removes every task about a record that is removed itself, and tells how many those were. Each is told, since tasks
    /// are counted.
    pub(crate) async fn remove_about(
        &self,
        record: RecordRef,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        let mut removed = 0;
        let mut page = PageRequest::first(AT_ONCE);
        loop {
            let read = self.of_record(record, Sight::All, &page).await?;
            for row in read.items {
                let current = match self.find(row.task.id).await {
                    Ok(current) => current,
                    Err(StoreError::NotFound) => continue,
                    Err(error) => return Err(error),
                };
                let what = format!("purge#{}", row.task.id);
                let command = Command::because(&what, now, &current.updated_by);
                self.remove(&command, &current).await?;
                removed += 1;
            }
            page.after = read.next;
            if page.after.is_none() {
                return Ok(removed);
            }
        }
    }

    /// The task before and after a change, for the jobs that follow tasks.
    pub fn changed(change: &Change) -> Result<BeforeAndAfter<Task>, StoreError> {
        let read = |item: &Option<Item>| item.as_ref().map(read).transpose();
        Ok((read(&change.old)?, read(&change.new)?))
    }

    fn item(&self, record: &Stored<Task>) -> Result<Item, StoreError> {
        let task = &record.value;
        let stored = record.clone().map(|task| TaskItem::of(&task));
        let item = encode(
            &keys::task(self.team, task.id),
            "task",
            Some(self.team),
            &stored,
        )?;
        let item = item
            .with("GSI1", text(keys::tasks_about(self.team, task.record)))
            .with(
                "GSI2",
                text(keys::tasks_with_status(self.team, task.status)),
            )
            .with("GSI3", text(keys::tasks_of(self.team, task.assigned_to)));
        Ok(if task.is_dispatched() {
            item.with("GSI4", text(due_partition(task.id)))
        } else {
            item
        })
    }
}

/// Where a follow-up is found when it is due.
pub(crate) fn due_partition(task: TaskId) -> String {
    keys::due(keys::due_shard(task.bits()))
}

impl Edited for Tasks {
    type Record = Task;
    type Id = TaskId;
    type Beside = Required;

    async fn find(&self, task: TaskId) -> Result<Stored<Task>, StoreError> {
        let item = self.db.get(&keys::task(self.team, task), true).await?;
        read(item.ok_or(StoreError::NotFound)?)
    }

    async fn replace(
        &self,
        command: &Command,
        sight: Sight,
        before: &Stored<Task>,
        next: &Stored<Task>,
        beside: Required,
    ) -> Result<(), StoreError> {
        let transaction = Transaction::new(command).replace(self.item(next)?, before.version);
        let transaction = beside.by(transaction, self.team, sight);
        transaction.commit(&self.db).await
    }
}

pub(crate) fn read(item: impl Into<Item>) -> Result<Stored<Task>, StoreError> {
    let stored: Stored<TaskItem> = decode(item)?;
    let task = stored.value.clone().into_task(stored.created_at)?;
    Ok(stored.with(task))
}

/// A row of one of the table's indexes.
pub(crate) fn listed(item: &Item) -> Result<ListedTask, StoreError> {
    let broken = |why: &str| StoreError::Fault(format!("a listed task does not read: {why}"));
    let (due_at, id) = placed(item.string(INDEX_SORT_KEY).unwrap_or_default())?;
    let status = item.string("status").and_then(|text| text.parse().ok());
    let row = item.string("row").ok_or_else(|| broken("it has no row"))?;
    let row: Row = serde_json::from_str(row).map_err(|error| broken(&error.to_string()))?;
    Ok(ListedTask {
        task: TaskSummary {
            id,
            title: Line::from_stored(row.title),
            kind: row.kind,
            follow_up_type: row.follow_up_type,
            priority: row.priority,
            assigned_to: row.assigned_to,
            record: row.record,
            due_at,
            status: status.ok_or_else(|| broken("it has no status"))?,
            completed_at: read_time(item, "since"),
        },
        version: item.version(),
        created_at: read_time(item, "createdAt").unwrap_or_default(),
        updated_at: read_time(item, "updatedAt").unwrap_or_default(),
    })
}

impl From<Stored<Task>> for ListedTask {
    fn from(stored: Stored<Task>) -> Self {
        let task = stored.value;
        Self {
            version: stored.version,
            created_at: stored.created_at,
            updated_at: stored.updated_at,
            task: TaskSummary {
                id: task.id,
                title: task.title,
                kind: task.kind,
                follow_up_type: task.follow_up_type,
                priority: task.priority,
                assigned_to: task.assigned_to,
                record: task.record,
                due_at: task.due_at,
                status: task.status,
                completed_at: task.completed_at,
            },
        }
    }
}
