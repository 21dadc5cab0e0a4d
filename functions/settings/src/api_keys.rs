//! `GET /api/settings/api-keys`

use crate::api_key_view::ApiKeyView;
use plat_domain::Permission;
use plat_registry::{App, Can, Endpoint, Failure, Grant, Input, Listing, Method, Principal};
use std::sync::Arc;

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::GET,
        "/api/settings/api-keys",
        "settings.api_keys",
        Can(Permission::TeamManage),
        handle,
    )
    .summary("Keys by which others send leads in, oldest first, without their secrets")
    .grants(&[Grant::ReadTable])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input,
) -> Result<Listing<ApiKeyView>, Failure> {
    let keys = app.store.team(who.team).api_keys();
    let page = keys.list(&input.page).await?;
    Ok(Listing(page.map(ApiKeyView::from)))
}
