//! `DELETE /api/leads/{leadId}`

use crate::view::LeadPath;
use plat_domain::Permission;
use plat_http::problems::{MERGED, STALE};
use plat_registry::{App, Can, Endpoint, Failure, Grant, Input, Method, NoContent, Principal};
use std::sync::Arc;

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::DELETE,
        "/api/leads/{leadId}",
        "leads.delete",
        Can(Permission::LeadsWrite),
        handle,
    )
    .summary("Delete a lead; it can be restored for 30 days")
    .grants(&[Grant::ReadTable, Grant::WriteTable])
    .problems(&[&MERGED, &STALE])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<LeadPath>,
) -> Result<NoContent, Failure> {
    let command = input.command(&who.user);
    app.store
        .team(who.team)
        .leads()
        .delete(&command, input.path.lead_id, who.sight(), input.if_match)
        .await?;
    Ok(NoContent)
}
