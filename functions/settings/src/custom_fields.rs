//! `GET /api/settings/custom-fields`

use crate::field_view::FieldView;
use plat_domain::Permission;
use plat_registry::{App, Can, Endpoint, Failure, Grant, Input, Listing, Method, Principal};
use std::sync::Arc;

/// Whoever reads leads reads what their fields are.
pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::GET,
        "/api/settings/custom-fields",
        "settings.custom_fields",
        Can(Permission::LeadsRead),
        handle,
    )
    .summary("The team's own fields, in the order in which they are shown")
    .grants(&[Grant::ReadTable])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input,
) -> Result<Listing<FieldView>, Failure> {
    let page = app.store.team(who.team).fields().list(&input.page).await?;
    Ok(Listing(
        page.map(|(field, version)| FieldView::new(field, version)),
    ))
}
