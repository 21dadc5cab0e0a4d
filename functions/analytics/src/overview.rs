//! `GET /api/analytics/overview`
//!
//! Who sees only their own records is told of those and of nobody's.

use crate::period::{AskPeriod, Period};
use crate::view::{TrendView, money};
use plat_domain::figures::What;
use plat_domain::{ClientStage, DealStatus, Decimal, LeadStatus, Permission, SignedMoney};
use plat_registry::{
    App, Can, Endpoint, Failure, Grant, Input, Json, Method, NoBody, NoPath, Principal,
};
use plat_store::Overview;
use schemars::JsonSchema;
use serde::Serialize;
use std::sync::Arc;

/// How business goes: what there is now, and what happened in some days, compared with as many before.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "AnalyticsOverview")]
struct OverviewView {
    /// The days that are told of.
    period: Period,
    /// The days that they are compared with.
    before: Period,
    /// Leads.
    leads: LeadsView,
    /// Deals.
    deals: DealsView,
    /// Clients.
    clients: ClientsView,
    /// E-mails to clients that were sent.
    emails_sent: TrendView,
}

/// Leads at a glance.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "LeadsAtAGlance")]
struct LeadsView {
    /// How many there are; deleted ones are counted nowhere.
    total: u64,
    /// How many of them are neither won nor lost.
    open: u64,
    /// What those are worth, in each currency that they have.
    open_value: Vec<SignedMoney>,
    /// What part of those that ended was won, from 0 to 1. Null if none ended.
    win_rate: Option<Decimal>,
    /// How many were made.
    created: TrendView,
    /// How many were won. One that is won again counts again.
    won: TrendView,
    /// What those were worth then.
    won_value: Vec<SignedMoney>,
    /// How many were lost.
    lost: TrendView,
    /// Of how many a client was made.
    converted: TrendView,
}

/// Deals at a glance.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "DealsAtAGlance")]
struct DealsView {
    /// How many there are.
    total: u64,
    /// How many of them are neither closed nor dead.
    open: u64,
    /// How many were made.
    created: TrendView,
    /// How many were closed.
    closed: TrendView,
}

/// Clients at a glance.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ClientsAtAGlance")]
struct ClientsView {
    /// How many there are.
    total: u64,
    /// How many of them are being worked.
    active: u64,
    /// How many were made.
    created: TrendView,
    /// How many came to the stage closed.
    closed: TrendView,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::GET,
        "/api/analytics/overview",
        "analytics.overview",
        Can(Permission::AnalyticsRead),
        handle,
    )
    .summary("Leads, deals, clients and e-mails at a glance, with their trends")
    .grants(&[Grant::ReadTable])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<NoPath, NoBody, AskPeriod>,
) -> Result<Json<OverviewView>, Failure> {
    let period = input.query.period(input.now)?;
    let figures = app.store.team(who.team).figures();
    let first = period.before().from;
    let overview = figures.overview(who.sight(), first, period.to).await?;
    Ok(Json(OverviewView::new(&overview, period)))
}

impl OverviewView {
    fn new(overview: &Overview, period: Period) -> Self {
        let before = period.before();
        let happened = overview.days.within(period.from, period.to);
        let earlier = overview.days.within(before.from, before.to);
        let trend = |what| TrendView::new(happened.count(what), earlier.count(what));
        let (leads, deals) = (&overview.leads, &overview.deals);
        let open = DealStatus::ALL.iter().filter(|status| status.is_open());
        Self {
            period,
            before,
            leads: LeadsView {
                total: leads.total(),
                open: leads.open(),
                open_value: money(leads.open_value()),
                win_rate: leads.win_rate(),
                created: trend(What::LeadsCreated),
                won: trend(What::Lead(LeadStatus::Won)),
                won_value: money(happened.value(What::Lead(LeadStatus::Won))),
                lost: trend(What::Lead(LeadStatus::Lost)),
                converted: trend(What::LeadsConverted),
            },
            deals: DealsView {
                total: deals.total(),
                open: open.map(|status| deals.count(*status)).sum(),
                created: trend(What::DealsCreated),
                closed: trend(What::Deal(DealStatus::Closed)),
            },
            clients: ClientsView {
                total: overview.follow_up.all_clients(),
                active: overview.follow_up.active_clients(),
                created: trend(What::ClientsCreated),
                closed: trend(What::Client(ClientStage::Closed)),
            },
            emails_sent: TrendView::new(happened.emails_sent(), earlier.emails_sent()),
        }
    }
}
