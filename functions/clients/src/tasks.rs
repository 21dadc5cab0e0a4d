//! `GET /api/clients/{clientId}/tasks`

use crate::path::ClientPath;
use plat_domain::{Permission, RecordRef};
use plat_registry::{App, Can, Endpoint, Failure, Grant, Input, Listing, Method, Principal};
use plat_views::TaskSummaryView;
use std::sync::Arc;

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::GET,
        "/api/clients/{clientId}/tasks",
        "clients.tasks",
        Can(Permission::ClientsRead),
        handle,
    )
    .summary("Tasks and follow-ups of a client, by when they are due")
    .grants(&[Grant::ReadTable])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<ClientPath>,
) -> Result<Listing<TaskSummaryView>, Failure> {
    let team = app.store.team(who.team);
    let client = RecordRef::Client(input.path.client_id);
    let (clients, tasks) = (team.clients(), team.tasks());
    let (_, page) = futures::try_join!(
        clients.get(input.path.client_id, who.sight()),
        tasks.of_record(client, who.sight(), &input.page)
    )?;
    Ok(Listing(page.map(TaskSummaryView::from)))
}
