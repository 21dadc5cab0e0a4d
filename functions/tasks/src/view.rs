//! What clients see of one task.

use plat_domain::{Actor, EmailId, Task, TaskDescription, TaskId, TaskNotes};
use plat_registry::Versioned;
use plat_store::{ListedTask, Stored};
use plat_views::TaskSummaryView;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The id in the path of everything about one task.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct TaskPath {
    /// The task.
    pub(crate) task_id: TaskId,
}

/// A task.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Task")]
pub(crate) struct TaskView {
    #[serde(flatten)]
    summary: TaskSummaryView,
    /// What it is about, at length.
    description: Option<TaskDescription>,
    /// What is noted about it; whoever writes a follow-up reads it, too.
    notes: Option<TaskNotes>,
    /// Why it stands as it does, if Plat put it off, cancelled it or gave up on it.
    status_note: Option<String>,
    /// Whether Plat has given up on this follow-up: it is sent no more until it is planned for another time or reopened.
    held: bool,
    /// The e-mail that was sent for it.
    email_id: Option<EmailId>,
    /// Who created it.
    created_by: Actor,
}

impl Versioned for TaskView {
    fn version(&self) -> u64 {
        self.summary.version()
    }
}

impl From<Stored<Task>> for TaskView {
    fn from(stored: Stored<Task>) -> Self {
        let task = stored.value.clone();
        Self {
            description: task.description,
            notes: task.notes,
            status_note: task.status_note,
            held: task.held,
            email_id: task.email_id,
            created_by: stored.created_by.clone(),
            summary: ListedTask::from(stored).into(),
        }
    }
}
