//! `DELETE /api/leads/{leadId}/tags/{tagId}`

use plat_domain::{LeadId, Permission, TagId};
use plat_http::problems::{MERGED, STALE, not_found};
use plat_registry::{App, Can, Endpoint, Failure, Grant, Input, Method, NoContent, Principal};
use plat_store::LeadChange;
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

/// A tag that a lead wears.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WornTagPath {
    /// The lead.
    lead_id: LeadId,
    /// The tag.
    tag_id: TagId,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::DELETE,
        "/api/leads/{leadId}/tags/{tagId}",
        "leads.remove_tag",
        Can(Permission::LeadsWrite),
        handle,
    )
    .summary("Take a tag off a lead")
    .grants(&[Grant::ReadTable, Grant::WriteTable])
    .problems(&[&MERGED, &STALE])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<WornTagPath>,
) -> Result<NoContent, Failure> {
    let command = input.command(&who.user);
    let tag = input.path.tag_id;
    app.store
        .team(who.team)
        .leads()
        .change(
            &command,
            input.path.lead_id,
            who.sight(),
            input.if_match,
            |lead| {
                if lead.tags.remove(&tag) {
                    Ok(LeadChange::default())
                } else {
                    Err(Failure::from(not_found()))
                }
            },
        )
        .await?;
    Ok(NoContent)
}
