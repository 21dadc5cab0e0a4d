//! `PATCH /api/deals/{dealId}/assign`

use crate::view::{DealPath, DealView};
use plat_domain::{Permission, UserId};
use plat_http::patch::Patch;
use plat_http::problems::STALE;
use plat_registry::{App, Can, Endpoint, Entity, Failure, Grant, Input, Method, Principal};
use plat_store::Required;
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

/// Who works on the deal from now on.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AssignDeal {
    /// A member of the team; null for nobody.
    #[schemars(required)]
    assigned_to: Patch<UserId>,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::PATCH,
        "/api/deals/{dealId}/assign",
        "deals.assign",
        Can(Permission::DealsWrite),
        handle,
    )
    .summary("Assign a deal to a member of the team, or to nobody")
    .grants(&[Grant::ReadTable, Grant::WriteTable])
    .problems(&[&STALE])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<DealPath, AssignDeal>,
) -> Result<Entity<DealView>, Failure> {
    let command = input.command(&who.user);
    let assignee = input.body.assigned_to.as_set().copied();
    let stored = app
        .store
        .team(who.team)
        .deals()
        .change(
            &command,
            input.path.deal_id,
            who.sight(),
            input.if_match,
            |deal| -> Result<Required, Failure> {
                deal.assigned_to = assignee;
                Ok(Required {
                    member: assignee,
                    ..Required::default()
                })
            },
        )
        .await?;
    Ok(Entity(stored.into()))
}
