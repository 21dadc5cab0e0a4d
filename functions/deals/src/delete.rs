//! `DELETE /api/deals/{dealId}`

use crate::view::DealPath;
use plat_domain::Permission;
use plat_http::problems::STALE;
use plat_registry::{App, Can, Endpoint, Failure, Grant, Input, Method, NoContent, Principal};
use std::sync::Arc;

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::DELETE,
        "/api/deals/{dealId}",
        "deals.delete",
        Can(Permission::DealsWrite),
        handle,
    )
    .summary("Delete a deal; it is removed for good after 30 days")
    .grants(&[Grant::ReadTable, Grant::WriteTable])
    .problems(&[&STALE])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<DealPath>,
) -> Result<NoContent, Failure> {
    let command = input.command(&who.user);
    app.store
        .team(who.team)
        .deals()
        .delete(&command, input.path.deal_id, who.sight(), input.if_match)
        .await?;
    Ok(NoContent)
}
