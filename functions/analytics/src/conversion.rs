//! `GET /api/analytics/conversion`
//!
//! Who sees only their own leads is told of those and of nobody's.

use crate::period::{AskPeriod, Period};
use crate::view::TrendView;
use plat_domain::figures::What;
use plat_domain::{DayFigures, Decimal, LeadFigures, LeadStatus, Permission, UserId};
use plat_registry::{
    App, Can, Endpoint, Failure, Grant, Input, Json, Method, NoBody, NoPath, Principal,
};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How leads become business.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "LeadConversion")]
struct ConversionView {
    /// The days that are told of.
    period: Period,
    /// The days that they are compared with.
    before: Period,
    /// How many leads were made.
    created: TrendView,
    /// How many were won. One that is won again counts again.
    won: TrendView,
    /// How many were lost.
    lost: TrendView,
    /// Of how many a client was made.
    converted: TrendView,
    /// What part of those that ended in these days was won, from 0 to 1. Null if none ended.
    win_rate: Option<Decimal>,
    /// The same of the days before.
    win_rate_before: Option<Decimal>,
    /// Each status of a lead's life but lost, first to last.
    funnel: Vec<StepView>,
    /// How the leads of each member stand, and those of nobody.
    by_assignee: Vec<AssigneeView>,
}

/// A step of the funnel.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "LeadConversionStep")]
struct StepView {
    /// Which status.
    status: LeadStatus,
    /// How many leads stand here or farther now. How far the lost ones had come is not counted.
    reached: u64,
    /// What part of those that came to the step before came to this, from 0 to 1. Null for the first, and if there are none.
    rate: Option<Decimal>,
    /// How often leads came to this status in the days that are told of.
    came: TrendView,
}

/// The leads of one member.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "LeadConversionOfAssignee")]
struct AssigneeView {
    /// Whose; null for those that nobody works on.
    assigned_to: Option<UserId>,
    /// How many there are.
    leads: u64,
    /// How many of them are won.
    won: u64,
    /// How many are lost.
    lost: u64,
    /// What part of all of them is won, from 0 to 1.
    conversion_rate: Option<Decimal>,
    /// What part of those that ended was won. Null if none ended.
    win_rate: Option<Decimal>,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::GET,
        "/api/analytics/conversion",
        "analytics.conversion",
        Can(Permission::AnalyticsRead),
        handle,
    )
    .summary("How many leads are won, step by step, by member, and compared with before")
    .grants(&[Grant::ReadTable])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<NoPath, NoBody, AskPeriod>,
) -> Result<Json<ConversionView>, Failure> {
    let period = input.query.period(input.now)?;
    let figures = app.store.team(who.team).figures();
    let (sight, first) = (who.sight(), period.before().from);
    let (leads, days) = futures::try_join!(
        figures.leads_by_assignee(sight),
        figures.days(sight, first, period.to)
    )?;
    Ok(Json(ConversionView::new(&leads, &days, period)))
}

impl ConversionView {
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
        let (won, lost) = (
            trend(What::Lead(LeadStatus::Won)),
            trend(What::Lead(LeadStatus::Lost)),
        );
        let rate = |won, lost| Decimal::part(won, won + lost, crate::RATE_DIGITS);
        let life = LeadStatus::ALL.iter().copied();
        let mut came_before = None;
        let step = |status| {
            let reached = all.reached(status);
            let of = came_before.replace(reached);
            StepView {
                status,
                reached,
                rate: of.and_then(|of| Decimal::part(reached, of, crate::RATE_DIGITS)),
                came: trend(What::Lead(status)),
            }
        };
        Self {
            period,
            before,
            created: trend(What::LeadsCreated),
            win_rate: rate(won.count, lost.count),
            win_rate_before: rate(won.before, lost.before),
            won,
            lost,
            converted: trend(What::LeadsConverted),
            funnel: life
                .filter(|status| *status != LeadStatus::Lost)
                .map(step)
                .collect(),
            by_assignee: leads
                .iter()
                .filter(|(_, leads)| leads.total() > 0)
                .map(|(assignee, leads)| AssigneeView::new(*assignee, leads))
                .collect(),
        }
    }
}

impl AssigneeView {
    fn new(assigned_to: Option<UserId>, leads: &LeadFigures) -> Self {
        Self {
            assigned_to,
            leads: leads.total(),
            won: leads.count(LeadStatus::Won),
            lost: leads.count(LeadStatus::Lost),
            conversion_rate: leads.conversion_rate(),
            win_rate: leads.win_rate(),
        }
    }
}
