//! `GET /api/tags`

use crate::view::TagView;
use plat_domain::Permission;
use plat_registry::{App, Can, Endpoint, Failure, Grant, Input, Listing, Method, Principal};
use std::sync::Arc;

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::GET,
        "/api/tags",
        "tags.list",
        Can(Permission::LeadsRead),
        handle,
    )
    .summary("Tags by name, with how many leads wear each")
    .grants(&[Grant::ReadTable])
}

async fn handle(app: Arc<App>, who: Principal, input: Input) -> Result<Listing<TagView>, Failure> {
    let page = app.store.team(who.team).tags().list(&input.page).await?;
    Ok(Listing(page.map(TagView::from)))
}
