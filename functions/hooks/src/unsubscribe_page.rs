//! `GET /unsubscribe/{token}`

use crate::page::{UnsubscribePath, question};
use plat_http::problems::not_found;
use plat_registry::{Api, App, Endpoint, Failure, Grant, Input, Method, Public, Raw, Visitor};
use std::sync::Arc;

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::GET,
        "/unsubscribe/{token}",
        "hooks.unsubscribe_page",
        Public,
        handle,
    )
    .api(Api::Public)
    .summary("The page on which somebody unsubscribes; looking at it changes nothing")
    .grants(&[Grant::ReadTable, Grant::MailTokens])
}

async fn handle(app: Arc<App>, _: Visitor, input: Input<UnsubscribePath>) -> Result<Raw, Failure> {
    let link = input.path.read(&app)?;
    let teams = app.store.teams(&[link.team]).await?;
    let team = teams.into_iter().next().ok_or_else(not_found)?;
    Ok(question(&team.value.name))
}
