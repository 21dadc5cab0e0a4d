//! `GET /api/tasks/{taskId}`

use crate::view::{TaskPath, TaskView};
use plat_domain::Permission;
use plat_registry::{App, Can, Endpoint, Entity, Failure, Grant, Input, Method, Principal};
use std::sync::Arc;

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::GET,
        "/api/tasks/{taskId}",
        "tasks.get",
        Can(Permission::TasksRead),
        handle,
    )
    .summary("One task")
    .grants(&[Grant::ReadTable])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<TaskPath>,
) -> Result<Entity<TaskView>, Failure> {
    let tasks = app.store.team(who.team).tasks();
    let task = tasks.get(input.path.task_id, who.sight()).await?;
    Ok(Entity(task.into()))
}
