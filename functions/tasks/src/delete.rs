//! `DELETE /api/tasks/{taskId}`

use crate::view::TaskPath;
use plat_domain::Permission;
use plat_http::problems::STALE;
use plat_registry::{App, Can, Endpoint, Failure, Grant, Input, Method, NoContent, Principal};
use std::sync::Arc;

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::DELETE,
        "/api/tasks/{taskId}",
        "tasks.delete",
        Can(Permission::TasksWrite),
        handle,
    )
    .summary("Delete a task, for good")
    .grants(&[Grant::ReadTable, Grant::WriteTable])
    .problems(&[&STALE])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<TaskPath>,
) -> Result<NoContent, Failure> {
    let command = input.command(&who.user);
    app.store
        .team(who.team)
        .tasks()
        .delete(&command, input.path.task_id, who.sight(), input.if_match)
        .await?;
    Ok(NoContent)
}
