//! `GET /api/analytics/leads`
//!
//! Who sees only their own leads is told of those and of nobody's.

use crate::period::{AskPeriod, Period};
use crate::view::{TrendView, money};
use jiff::civil::Date;
use plat_domain::figures::What;
use plat_domain::{DayFigures, Decimal, LeadFigures, LeadStatus, Permission, SignedMoney, UserId};
use plat_registry::{
    App, Can, Endpoint, Failure, Grant, Input, Json, Method, NoBody, NoPath, Principal,
};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How leads stand, and what happened to them.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "LeadAnalytics")]
struct LeadAnalyticsView {
    /// The days that are told of.
    period: Period,
    /// The days that they are compared with.
    before: Period,
    /// How many leads there are; deleted ones are counted nowhere.
    total: u64,
    /// How many were made.
    created: TrendView,
    /// How many were deleted.
    deleted: TrendView,
    /// All statuses, in the order of a lead's life.
    by_status: Vec<StatusView>,
    /// The leads of each member, and those of nobody.
    by_assignee: Vec<AssigneeView>,
    /// Each day, first to last, in UTC.
    days: Vec<DayView>,
}

/// The leads of one status.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "LeadsOfStatus")]
struct StatusView {
    /// Which.
    status: LeadStatus,
    /// How many they are.
    count: u64,
    /// What part of all leads they are, from 0 to 1. Null if there is no lead.
    share: Option<Decimal>,
    /// What they are worth, in each currency that they have.
    value: Vec<SignedMoney>,
}

/// The leads of one member.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "LeadsOfAssignee")]
struct AssigneeView {
    /// Whose; null for those that nobody works on.
    assigned_to: Option<UserId>,
    /// How many they are.
    total: u64,
    /// How many of them are neither won nor lost.
    open: u64,
    /// What those are worth, in each currency that they have.
    open_value: Vec<SignedMoney>,
    /// How many are of each status, without those of which there are none.
    statuses: BTreeMap<LeadStatus, u64>,
}

/// What happened on one day.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "LeadsOfDay")]
struct DayView {
    /// Which.
    day: Date,
    /// How many leads were made.
    created: u64,
    /// How many were won.
    won: u64,
    /// How many were lost.
    lost: u64,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::GET,
        "/api/analytics/leads",
        "analytics.leads",
        Can(Permission::AnalyticsRead),
        handle,
    )
    .summary("Leads by status, by member and by day")
    .grants(&[Grant::ReadTable])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<NoPath, NoBody, AskPeriod>,
) -> Result<Json<LeadAnalyticsView>, Failure> {
    let period = input.query.period(input.now)?;
    let figures = app.store.team(who.team).figures();
    let (sight, first) = (who.sight(), period.before().from);
    let (leads, days) = futures::try_join!(
        figures.leads_by_assignee(sight),
        figures.days(sight, first, period.to)
    )?;
    Ok(Json(LeadAnalyticsView::new(&leads, &days, period)))
}

impl LeadAnalyticsView {
    fn new(
        leads: &BTreeMap<Option<UserId>, LeadFigures>,
        days: &DayFigures,
        period: Period,
    ) -> Self {
        let before = period.before();
        let happened = days.within(period.from, period.to);
        let earlier = days.within(before.from, before.to);
        let trend = |what| TrendView::new(happened.count(what), earlier.count(what));
        let all: LeadFigures = leads.values().flat_map(LeadFigures::iter).collect();
        let status = |status: &LeadStatus| StatusView {
            status: *status,
            count: all.count(*status),
            share: Decimal::part(all.count(*status), all.total(), crate::RATE_DIGITS),
            value: money(all.value(*status)),
        };
        let standing = leads.iter().filter(|(_, leads)| leads.total() > 0);
        Self {
            period,
            before,
            total: all.total(),
            created: trend(What::LeadsCreated),
            deleted: trend(What::LeadsDeleted),
            by_status: LeadStatus::ALL.iter().map(status).collect(),
            by_assignee: standing
                .map(|(assignee, leads)| AssigneeView::new(*assignee, leads))
                .collect(),
            days: period
                .each()
                .map(|day| DayView::new(day, &happened.within(day, day)))
                .collect(),
        }
    }
}

impl AssigneeView {
    fn new(assigned_to: Option<UserId>, leads: &LeadFigures) -> Self {
        let counts = LeadStatus::ALL
            .iter()
            .map(|status| (*status, leads.count(*status)));
        Self {
            assigned_to,
            total: leads.total(),
            open: leads.open(),
            open_value: money(leads.open_value()),
            statuses: counts.filter(|(_, count)| *count > 0).collect(),
        }
    }
}

impl DayView {
    fn new(day: Date, happened: &DayFigures) -> Self {
        Self {
            day,
            created: happened.count(What::LeadsCreated),
            won: happened.count(What::Lead(LeadStatus::Won)),
            lost: happened.count(What::Lead(LeadStatus::Lost)),
        }
    }
}
