//! `GET /api/clients/{clientId}/timeline`

use crate::path::ClientPath;
use plat_domain::{Permission, RecordRef};
use plat_registry::{App, Can, Endpoint, Failure, Grant, Input, Listing, Method, Principal};
use plat_views::ActivityView;
use std::sync::Arc;

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::GET,
        "/api/clients/{clientId}/timeline",
        "clients.timeline",
        Can(Permission::ClientsRead),
        handle,
    )
    .summary("What happened with a client, latest first")
    .grants(&[Grant::ReadTable])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<ClientPath>,
) -> Result<Listing<ActivityView>, Failure> {
    let client = RecordRef::Client(input.path.client_id);
    let timeline = app.store.team(who.team).activities();
    let mut page = timeline.timeline(client, who.sight(), &input.page).await?;
    // Whoever may see clients may not see the e-mails to them for that.
    page.items.retain(|line| {
        let asked = line.kind().seen_with();
        asked.is_none_or(|permission| who.can(permission))
    });
    Ok(Listing(page.map(ActivityView::from)))
}
