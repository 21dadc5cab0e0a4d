//! `PATCH /api/leads/{leadId}/assign`

use crate::view::{LeadPath, LeadView};
use plat_domain::{Permission, UserId};
use plat_http::patch::Patch;
use plat_http::problems::{MERGED, STALE};
use plat_registry::{App, Can, Endpoint, Entity, Failure, Grant, Input, Method, Principal};
use plat_store::LeadChange;
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

/// Who works the lead from now on.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AssignLead {
    /// A member of the team; null for nobody.
    #[schemars(required)]
    assigned_to: Patch<UserId>,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::PATCH,
        "/api/leads/{leadId}/assign",
        "leads.assign",
        Can(Permission::LeadsWrite),
        handle,
    )
    .summary("Assign a lead to a member of the team, or to nobody")
    .grants(&[Grant::ReadTable, Grant::WriteTable])
    .problems(&[&MERGED, &STALE])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<LeadPath, AssignLead>,
) -> Result<Entity<LeadView>, Failure> {
    let command = input.command(&who.user);
    let assignee = input.body.assigned_to.as_set().copied();
    let stored = app
        .store
        .team(who.team)
        .leads()
        .change(
            &command,
            input.path.lead_id,
            who.sight(),
            input.if_match,
            |lead| -> Result<LeadChange, Failure> {
                lead.assigned_to = assignee;
                Ok(LeadChange {
                    member: assignee,
                    ..LeadChange::default()
                })
            },
        )
        .await?;
    Ok(Entity(LeadView::written(&app, who.team, stored).await?))
}
