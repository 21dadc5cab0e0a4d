//! `PATCH /api/tasks/{taskId}` and its alias `PUT`: a JSON Merge Patch.

use crate::about;
use crate::problems::{move_refused, unfit};
use crate::view::{TaskPath, TaskView};
use jiff::Timestamp;
use plat_domain::{
    ClientId, DealId, LeadId, Line, Moment, Permission, Priority, PropertyId, Task,
    TaskDescription, TaskNotes, TaskStatus, UserId,
};
use plat_http::patch::{Patch, never_null, present};
use plat_http::problems::{ILLEGAL_TRANSITION, STALE};
use plat_registry::{App, Can, Endpoint, Entity, Failure, Grant, Input, Method, Principal};
use plat_store::Required;
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

/// What changes. A field that is absent stays, one that is null is cleared.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct UpdateTask {
    #[serde(default, deserialize_with = "present")]
    #[schemars(transform = never_null)]
    title: Option<Line>,
    #[serde(default)]
    description: Patch<TaskDescription>,
    #[serde(default, deserialize_with = "present")]
    #[schemars(transform = never_null)]
    due_at: Option<Moment>,
    #[serde(default, deserialize_with = "present")]
    #[schemars(transform = never_null)]
    priority: Option<Priority>,
    #[serde(default, deserialize_with = "present")]
    #[schemars(transform = never_null)]
    status: Option<TaskStatus>,
    #[serde(default)]
    assigned_to: Patch<UserId>,
    /// One of these four names what the task is about from now on.
    #[serde(default)]
    client_id: Patch<ClientId>,
    #[serde(default)]
    deal_id: Patch<DealId>,
    #[serde(default)]
    lead_id: Patch<LeadId>,
    #[serde(default)]
    property_id: Patch<PropertyId>,
    #[serde(default)]
    notes: Patch<TaskNotes>,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::PATCH,
        "/api/tasks/{taskId}",
        "tasks.update",
        Can(Permission::TasksWrite),
        handle,
    )
    .alias(Method::PUT)
    .summary("Change a task: plan it anew, move it, say more of it")
    .grants(&[Grant::ReadTable, Grant::WriteTable])
    .problems(&[&ILLEGAL_TRANSITION, &STALE])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<TaskPath, UpdateTask>,
) -> Result<Entity<TaskView>, Failure> {
    let command = input.command(&who.user);
    let stored = app
        .store
        .team(who.team)
        .tasks()
        .change(
            &command,
            input.path.task_id,
            who.sight(),
            input.if_match,
            |task| apply(input.body.clone(), &who, command.at, task),
        )
        .await?;
    Ok(Entity(stored.into()))
}

fn apply(
    body: UpdateTask,
    who: &Principal,
    at: Timestamp,
    task: &mut Task,
) -> Result<Required, Failure> {
    let before = task.clone();
    if let Some(title) = body.title {
        task.title = title;
    }
    body.description.apply(&mut task.description);
    body.notes.apply(&mut task.notes);
    body.assigned_to.apply(&mut task.assigned_to);
    if let Some(priority) = body.priority {
        task.priority = priority;
    }
    if let Some(due_at) = body.due_at {
        task.plan(due_at.timestamp());
    }
    if let Some(to) = body.status {
        task.move_to(to, at)
            .map_err(|why| move_refused(why, before.status, to))?;
    }
    task.record = about::changed(
        task.record,
        body.client_id,
        body.deal_id,
        body.lead_id,
        body.property_id,
    )?;
    task.check().map_err(|why| unfit(why, task))?;
    // What it was about before may be gone by now, and is no reason to refuse the rest.
    let record = task.record.filter(|_| task.record != before.record);
    if let Some(record) = record {
        who.must_have(record.seen_with())?;
    }
    Ok(Required {
        member: task
            .assigned_to
            .filter(|_| task.assigned_to != before.assigned_to),
        references: record
            .map(|record| (about::field(record), record))
            .into_iter()
            .collect(),
    })
}
