//! `GET /api/leads/{leadId}/duplicates`

use crate::view::{LeadPath, LeadSummaryView};
use plat_domain::{Likeness, Permission, Resemblance, alike};
use plat_http::problems::MERGED;
use plat_registry::{App, Can, Endpoint, Failure, Grant, Input, Listing, Method, Principal};
use plat_store::{Page, TagSet};
use schemars::JsonSchema;
use serde::Serialize;
use std::sync::Arc;

/// Another lead that may be the same person.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Duplicate")]
struct DuplicateView {
    /// The lead.
    lead: LeadSummaryView,
    /// How alike the two are, from 1 to 100: from 90 on they may be taken for one, from 60 on somebody should look.
    score: u8,
    /// What they have in common, and what sets them apart.
    reasons: Vec<Resemblance>,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::GET,
        "/api/leads/{leadId}/duplicates",
        "leads.duplicates",
        Can(Permission::LeadsRead),
        handle,
    )
    .summary("Leads that may be the same person, most alike first")
    .grants(&[Grant::ReadTable])
    .problems(&[&MERGED])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<LeadPath>,
) -> Result<Listing<DuplicateView>, Failure> {
    let team = app.store.team(who.team);
    let sight = who.sight();
    let (lead, _) = team.leads().get(input.path.lead_id, sight).await?;
    let others = team.same().candidates(&lead.value, sight).await?;
    let mut found: Vec<_> = others
        .into_iter()
        .filter_map(|other| Some((alike(&lead.value, &other.value)?, other)))
        .map(|(likeness, other)| (place(&likeness, other.value.id), likeness, other))
        .collect();
    found.sort_by(|(one, ..), (other, ..)| one.cmp(other));
    if let Some(after) = &input.page.after {
        found.retain(|(place, ..)| after.is_before(place));
    }
    let wears_some = found.iter().any(|(.., other)| !other.value.tags.is_empty());
    let tags = if wears_some {
        team.tags().get().await?
    } else {
        TagSet::default()
    };
    let rows = found.into_iter().skip(input.page.skip);
    let rows = rows.map(|(place, likeness, other)| {
        let row = DuplicateView {
            lead: LeadSummaryView::new(other.into(), &tags),
            score: likeness.score,
            reasons: likeness.reasons,
        };
        (place, row)
    });
    Ok(Listing(Page::of(rows.collect(), input.page.limit)))
}

/// The most alike sort first, and of those that are equally alike the oldest.
fn place(likeness: &Likeness, id: impl std::fmt::Display) -> String {
    format!("{:03}#{id}", 100 - likeness.score.min(100))
}
