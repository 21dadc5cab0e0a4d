//! `POST /api/leads/{leadId}/merge`

use crate::batch_view::BatchView;
use crate::merged_view::LeftView;
use crate::problems::{BOTH_CONVERTED, both_converted, with_itself};
use crate::view::{LeadPath, LeadView};
use plat_domain::lead::merge::{Choices, merged};
use plat_domain::{Lead, LeadField, LeadId, Permission};
use plat_http::problems::{MERGED, STALE};
use plat_registry::{
    App, Can, Endpoint, Entity, Failure, Grant, Input, Method, Principal, Versioned,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Which lead is taken in, and what is kept of it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct MergeLead {
    /// The lead that is taken in. It is deleted, and its address leads to the other from then on.
    lead_id: LeadId,
    /// Fields whose value is taken from it. Of all others it only fills those that are empty.
    #[serde(default)]
    take: BTreeSet<LeadField>,
    /// The same for the team's own fields, by key.
    #[serde(default)]
    take_custom_fields: BTreeSet<String>,
    /// Only tell what would come of it.
    #[serde(default)]
    dry_run: bool,
}

/// What came of a merge.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "MergedLead")]
struct MergedView {
    /// The lead that stays.
    #[serde(flatten)]
    lead: LeadView,
    /// What it did not take of the other.
    left: LeftView,
    /// The work that moves notes, history, timeline, tasks, deals, clients and documents; none if nothing was done.
    merge: Option<BatchView>,
}

impl Versioned for MergedView {
    fn version(&self) -> u64 {
        self.lead.version()
    }
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::POST,
        "/api/leads/{leadId}/merge",
        "leads.merge",
        Can(Permission::LeadsWrite),
        handle,
    )
    .summary("Have a lead take in another that is the same person")
    .grants(&[Grant::ReadTable, Grant::WriteTable])
    .problems(&[&MERGED, &BOTH_CONVERTED, &STALE])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<LeadPath, MergeLead>,
) -> Result<Entity<MergedView>, Failure> {
    let command = input.command(&who.user);
    let (winner, body) = (input.path.lead_id, input.body);
    if winner == body.lead_id {
        return Err(with_itself().into());
    }
    let choices = Choices {
        fields: body.take,
        custom_fields: body.take_custom_fields,
    };
    let leads = (winner, body.lead_id);
    let merges = app.store.team(who.team).merges();
    let mut left = None;
    let mut decide = |one: &Lead, other: &Lead| -> Result<Lead, Failure> {
        if let (Some(client), Some(of_other)) = (one.client_id, other.client_id) {
            return Err(both_converted(client, of_other).into());
        }
        let merge = merged(one, other, &choices);
        left = Some(merge.left);
        Ok(merge.lead)
    };
    let (lead, merge) = if body.dry_run {
        let (one, other) = merges.pair(leads, who.sight()).await?;
        let merged = decide(&one.value, &other.value)?;
        (one.map(|_| merged), None)
    } else {
        let merged = merges
            .merge(&command, leads, who.sight(), input.if_match, decide)
            .await?;
        (merged.lead, Some(merged.batch.into()))
    };
    Ok(Entity(MergedView {
        lead: LeadView::written(&app, who.team, lead).await?,
        left: left.unwrap_or_default().into(),
        merge,
    }))
}
