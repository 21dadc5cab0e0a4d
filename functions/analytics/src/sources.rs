//! `GET /api/analytics/sources`
//!
//! Who sees only their own leads is told of those and of nobody's.

use crate::view::money;
use plat_domain::{Decimal, LeadFigures, LeadStatus, Permission, SignedMoney};
use plat_registry::{App, Can, Endpoint, Failure, Grant, Input, Listing, Method, Principal};
use schemars::JsonSchema;
use serde::Serialize;
use std::sync::Arc;

/// What becomes of the leads from one source.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "LeadSource")]
struct SourceView {
    /// The source in lower case, since it counts as one however it is written; null for leads that name none.
    source: Option<String>,
    /// How many leads there are.
    leads: u64,
    /// How many of them are neither won nor lost.
    open: u64,
    /// How many are won.
    won: u64,
    /// How many are lost.
    lost: u64,
    /// What part of all of them is won, from 0 to 1.
    conversion_rate: Option<Decimal>,
    /// What part of those that ended was won, from 0 to 1. Null if none ended.
    win_rate: Option<Decimal>,
    /// What the open ones are worth, in each currency that they have.
    open_value: Vec<SignedMoney>,
    /// What the won ones are worth.
    won_value: Vec<SignedMoney>,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::GET,
        "/api/analytics/sources",
        "analytics.sources",
        Can(Permission::AnalyticsRead),
        handle,
    )
    .summary("Where leads come from and what becomes of them, in the order of the sources' names")
    .grants(&[Grant::ReadTable])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input,
) -> Result<Listing<SourceView>, Failure> {
    let figures = app.store.team(who.team).figures();
    let page = figures.sources(who.sight(), &input.page).await?;
    Ok(Listing(
        page.map(|(source, leads)| SourceView::new(source, &leads)),
    ))
}

impl SourceView {
    fn new(source: Option<String>, leads: &LeadFigures) -> Self {
        Self {
            source,
            leads: leads.total(),
            open: leads.open(),
            won: leads.count(LeadStatus::Won),
            lost: leads.count(LeadStatus::Lost),
            conversion_rate: leads.conversion_rate(),
            win_rate: leads.win_rate(),
            open_value: money(leads.open_value()),
            won_value: money(leads.value(LeadStatus::Won)),
        }
    }
}
