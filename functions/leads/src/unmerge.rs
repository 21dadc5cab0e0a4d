//! `POST /api/leads/{leadId}/unmerge`

use crate::batch_view::BatchView;
use crate::view::{LeadPath, LeadView};
use plat_domain::{LeadField, LeadId, Permission};
use plat_http::problems::{DUPLICATE, MERGED, STALE};
use plat_registry::{
    App, Can, Endpoint, Entity, Failure, Grant, Input, Method, Principal, Versioned,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Which lead comes back.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct UnmergeLead {
    /// The lead that was taken in.
    lead_id: LeadId,
}

/// The two leads, parted again.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "UnmergedLead")]
struct UnmergedView {
    /// The lead that had taken in the other.
    #[serde(flatten)]
    lead: LeadView,
    /// The other, as it was.
    other: LeadView,
    /// Fields that the merge had changed and that stay as they are, because somebody changed them since.
    kept: BTreeSet<LeadField>,
    /// The work that moves back what was moved. What somebody rewrote since stays, and is counted as `stayed`.
    unmerge: BatchView,
}

impl Versioned for UnmergedView {
    fn version(&self) -> u64 {
        self.lead.version()
    }
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::POST,
        "/api/leads/{leadId}/unmerge",
        "leads.unmerge",
        Can(Permission::LeadsWrite),
        handle,
    )
    .summary("Part a lead from one that it took in within 30 days")
    .grants(&[Grant::ReadTable, Grant::WriteTable])
    .problems(&[&DUPLICATE, &MERGED, &STALE])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<LeadPath, UnmergeLead>,
) -> Result<Entity<UnmergedView>, Failure> {
    let command = input.command(&who.user);
    let leads = (input.path.lead_id, input.body.lead_id);
    let parted = app
        .store
        .team(who.team)
        .merges()
        .unmerge(&command, leads, who.sight(), input.if_match)
        .await?;
    Ok(Entity(UnmergedView {
        lead: LeadView::written(&app, who.team, parted.lead).await?,
        other: LeadView::written(&app, who.team, parted.other).await?,
        kept: parted.kept,
        unmerge: parted.batch.into(),
    }))
}
