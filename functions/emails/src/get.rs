//! `GET /api/emails/{emailId}`

use crate::view::{EmailPath, EmailView};
use plat_domain::Permission;
use plat_registry::{App, Can, Endpoint, Entity, Failure, Grant, Input, Method, Principal};
use std::sync::Arc;

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::GET,
        "/api/emails/{emailId}",
        "emails.get",
        Can(Permission::EmailsRead),
        handle,
    )
    .summary("One e-mail with everything that happened to it")
    .grants(&[Grant::ReadTable])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<EmailPath>,
) -> Result<Entity<EmailView>, Failure> {
    let emails = app.store.team(who.team).emails();
    let (email, events) = emails.get(input.path.email_id, who.sight()).await?;
    Ok(Entity(EmailView::of(email, events, input.now)))
}
