//! `GET /api/analytics/pipeline`
//!
//! Who sees only their own deals is told of those and of nobody's.

use jiff::Timestamp;
use plat_domain::{Currency, DealFigures, DealStatus, Decimal, Permission, SignedMoney};
use plat_registry::{App, Can, Endpoint, Failure, Grant, Input, Json, Method, Principal};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Where deals stand, and what they are worth.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "DealPipeline")]
struct PipelineView {
    /// All statuses, in the order of a deal's life.
    stages: Vec<StageView>,
    /// Deals that are neither closed nor dead, together.
    open: TotalsView,
}

/// The deals of one status.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "DealPipelineStage")]
struct StageView {
    /// Which.
    status: DealStatus,
    #[serde(flatten)]
    totals: TotalsView,
    /// What part of all deals they are, from 0 to 1. Null if there is no deal.
    share: Option<Decimal>,
    /// For how many days they have been in this status, on average. Null if there are none.
    mean_days_in_stage: Option<Decimal>,
}

/// How many deals, and what they are worth.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "DealTotals")]
struct TotalsView {
    /// How many they are.
    count: u64,
    /// The sum of their target prices in each currency that they have.
    target_totals: Vec<SignedMoney>,
    /// The sum of their assigned prices in each currency that they have.
    assigned_totals: Vec<SignedMoney>,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::GET,
        "/api/analytics/pipeline",
        "analytics.pipeline",
        Can(Permission::AnalyticsRead),
        handle,
    )
    .summary("Deals of each status: how many, what they are worth, how long they have been there")
    .grants(&[Grant::ReadTable])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input,
) -> Result<Json<PipelineView>, Failure> {
    let figures = app.store.team(who.team).figures();
    let deals = figures.deals(who.sight(), None).await?;
    Ok(Json(PipelineView::new(&deals, input.now)))
}

impl PipelineView {
    fn new(deals: &DealFigures, now: Timestamp) -> Self {
        let stage = |status: &DealStatus| StageView {
            status: *status,
            totals: TotalsView::of(deals, &[*status]),
            share: Decimal::part(deals.count(*status), deals.total(), crate::RATE_DIGITS),
            mean_days_in_stage: deals.days_in_stage(*status, now),
        };
        let open = DealStatus::ALL.iter().filter(|status| status.is_open());
        let open: Vec<DealStatus> = open.copied().collect();
        Self {
            stages: DealStatus::ALL.iter().map(stage).collect(),
            open: TotalsView::of(deals, &open),
        }
    }
}

impl TotalsView {
    fn of(deals: &DealFigures, statuses: &[DealStatus]) -> Self {
        let statuses = || statuses.iter().copied();
        Self {
            count: statuses().map(|status| deals.count(status)).sum(),
            target_totals: added(statuses().map(|status| deals.target(status))),
            assigned_totals: added(statuses().map(|status| deals.assigned(status))),
        }
    }
}

/// Sums of several statuses, by currency.
fn added(sums: impl Iterator<Item = BTreeMap<Currency, i64>>) -> Vec<SignedMoney> {
    let mut totals: BTreeMap<Currency, i64> = BTreeMap::new();
    for (currency, sum) in sums.flatten() {
        let total = totals.entry(currency).or_default();
        *total = total.saturating_add(sum);
    }
    let money = |(currency, sum)| SignedMoney::new(sum, currency);
    totals.into_iter().map(money).collect()
}
