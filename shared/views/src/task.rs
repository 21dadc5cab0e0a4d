//! Tasks.

use jiff::Timestamp;
use plat_domain::{FollowUpType, Line, Priority, RecordRef, TaskId, TaskKind, TaskStatus, UserId};
use plat_registry::Versioned;
use plat_store::ListedTask;
use schemars::JsonSchema;
use serde::Serialize;

/// What a list shows of a task.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "TaskSummary")]
pub struct TaskSummaryView {
    /// Which.
    id: TaskId,
    /// What it is called.
    title: Line,
    /// Who does it: a member of the team, or Plat, which writes to the client.
    kind: TaskKind,
    /// Which follow-up it is; null for a to-do.
    follow_up_type: Option<FollowUpType>,
    /// When it is to be done.
    #[serde(serialize_with = "plat_domain::write_time")]
    due_at: Timestamp,
    /// How much it matters.
    priority: Priority,
    /// Where it stands.
    status: TaskStatus,
    /// Who it is for.
    assigned_to: Option<UserId>,
    /// What it is about.
    record: Option<RecordRef>,
    /// When it was completed.
    completed_at: Option<Timestamp>,
    /// One more with each change; the `ETag`.
    version: u64,
    /// When it was created.
    #[serde(serialize_with = "plat_domain::write_time")]
    created_at: Timestamp,
    /// When it was last changed.
    #[serde(serialize_with = "plat_domain::write_time")]
    updated_at: Timestamp,
}

impl Versioned for TaskSummaryView {
    fn version(&self) -> u64 {
        self.version
    }
}

impl From<ListedTask> for TaskSummaryView {
    fn from(listed: ListedTask) -> Self {
        let task = listed.task;
        Self {
            id: task.id,
            title: task.title,
            kind: task.kind,
            follow_up_type: task.follow_up_type,
            due_at: task.due_at,
            priority: task.priority,
            status: task.status,
            assigned_to: task.assigned_to,
            record: task.record,
            completed_at: task.completed_at,
            version: listed.version,
            created_at: listed.created_at,
            updated_at: listed.updated_at,
        }
    }
}
