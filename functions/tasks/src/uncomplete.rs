//! `PATCH /api/tasks/{taskId}/uncomplete`

use crate::problems::{is_open, move_refused};
use crate::view::{TaskPath, TaskView};
use plat_domain::{Permission, TaskStatus};
use plat_http::problems::{ILLEGAL_TRANSITION, STALE};
use plat_registry::{App, Can, Endpoint, Entity, Failure, Grant, Input, Method, Principal};
use plat_store::Required;
use std::sync::Arc;

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::PATCH,
        "/api/tasks/{taskId}/uncomplete",
        "tasks.uncomplete",
        Can(Permission::TasksWrite),
        handle,
    )
    .summary("Reopen a task that was completed, skipped or cancelled")
    .grants(&[Grant::ReadTable, Grant::WriteTable])
    .problems(&[&ILLEGAL_TRANSITION, &STALE])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<TaskPath>,
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
            |task| -> Result<Required, Failure> {
                let (from, to) = (task.status, TaskStatus::Pending);
                if from.is_open() {
                    return Err(is_open(from).into());
                }
                task.move_to(to, command.at)
                    .map_err(|why| move_refused(why, from, to))?;
                Ok(Required::default())
            },
        )
        .await?;
    Ok(Entity(stored.into()))
}
