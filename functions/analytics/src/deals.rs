//! `GET /api/analytics/deals`
//!
//! Who sees only their own deals is told of those and of nobody's. Who was active is told of the whole team, since it says
//! nothing of any record.

use jiff::ToSpan;
use jiff::civil::Date;
use plat_domain::figures::{ClosingTimes, Week, day_of, weeks};
use plat_domain::{DealFigures, DealStatus, Decimal, Invalid, Permission};
use plat_registry::{
    App, Can, Endpoint, Failure, Grant, Input, Json, Method, NoBody, NoPath, Principal,
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};
use std::borrow::Cow;
use std::sync::Arc;

/// A quarter of a year.
const WEEKS: u8 = 12;

/// A year: the days of all its weeks are read.
const MOST_WEEKS: u8 = 52;

/// Of what weeks are asked.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AskDeals {
    /// How many weeks of active people are told, 12 unless given.
    weeks: Option<Weeks>,
}

/// From 1 to [`MOST_WEEKS`].
#[derive(Debug, Clone, Copy)]
struct Weeks(u8);

/// How deals go.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "DealAnalytics")]
struct DealAnalyticsView {
    /// How many deals there are; deleted ones are counted nowhere.
    deals: u64,
    /// How long deals took from new to closed.
    time_to_close: TimeToCloseView,
    /// Each step of a deal's life, first to last.
    conversion: Vec<StepView>,
    /// How deals ended.
    outcome: OutcomeView,
    /// The available documents of deals.
    documents: DocumentsView,
    /// Who was at work in the team, by day of UTC.
    active_users: ActiveUsersView,
}

/// How long deals took from new to closed.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "TimeToClose")]
struct TimeToCloseView {
    /// How many closed deals there are.
    deals: u64,
    /// In days: as many deals took less as took more. It is made of whole days, and a deal that took more than 730 counts
    /// as one that took 730. Null if no deal is closed.
    median_days: Option<Decimal>,
    /// In days, on average. Null if no deal is closed.
    mean_days: Option<Decimal>,
}

/// A step from one status to the next.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "DealConversionStep")]
struct StepView {
    /// The status before the step.
    from: DealStatus,
    /// The status after it.
    to: DealStatus,
    /// How many deals have ever come as far as `from`, or farther.
    entered: u64,
    /// How many of them have come as far as `to`, or farther.
    went_on: u64,
    /// How many of them died without it.
    lost: u64,
    /// What part of them went on, from 0 to 1. Null if none entered.
    rate: Option<Decimal>,
}

/// How deals ended.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "DealOutcome")]
struct OutcomeView {
    /// Deals that are neither closed nor dead.
    open: u64,
    /// Deals that are closed.
    won: u64,
    /// Deals that are dead.
    lost: u64,
    /// What part of those that ended was won, from 0 to 1. Null if none ended.
    win_rate: Option<Decimal>,
}

/// The available documents of deals.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "DealDocuments")]
struct DocumentsView {
    /// How many they are.
    total: u64,
    /// How many a deal has on average. Null if there is no deal.
    per_deal: Option<Decimal>,
}

/// Who was at work: a person counts who changed something, not one who only looked.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ActiveUsers")]
struct ActiveUsersView {
    /// How many people in the last seven days, today included.
    last7_days: usize,
    /// The same of each week of seven days, oldest first; the last ends today.
    weeks: Vec<WeekView>,
}

/// Seven days.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ActiveUsersOfWeek")]
struct WeekView {
    /// The first day.
    from: Date,
    /// The last day.
    to: Date,
    /// How many people were active on one of them or more.
    users: usize,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::GET,
        "/api/analytics/deals",
        "analytics.deals",
        Can(Permission::AnalyticsRead),
        handle,
    )
    .summary(
        "Time to close, conversion, wins and losses, documents per deal, and weekly active users",
    )
    .grants(&[Grant::ReadTable])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<NoPath, NoBody, AskDeals>,
) -> Result<Json<DealAnalyticsView>, Failure> {
    let count = input.query.weeks.map_or(WEEKS, |weeks| weeks.0);
    let today = day_of(input.now);
    let first = today.saturating_sub((i64::from(count) * 7 - 1).days());
    let figures = app.store.team(who.team).figures();
    let (deals, active) = futures::try_join!(
        figures.deals_and_closings(who.sight()),
        figures.active(first, today)
    )?;
    let weeks = weeks(&active, today, count);
    Ok(Json(DealAnalyticsView::new(&deals, weeks)))
}

impl DealAnalyticsView {
    fn new(deals: &DealFigures, weeks: Vec<Week>) -> Self {
        let total = deals.total();
        Self {
            deals: total,
            time_to_close: deals.closing_times().into(),
            conversion: DealStatus::ALL
                .iter()
                .filter_map(|from| Some(StepView::new(deals, *from, from.next()?)))
                .collect(),
            outcome: OutcomeView::new(deals),
            documents: DocumentsView {
                total: deals.documents(),
                per_deal: Decimal::part(deals.documents(), total, 2),
            },
            active_users: ActiveUsersView {
                last7_days: weeks.last().map_or(0, |week| week.active),
                weeks: weeks.into_iter().map(WeekView::from).collect(),
            },
        }
    }
}

impl StepView {
    fn new(deals: &DealFigures, from: DealStatus, to: DealStatus) -> Self {
        let (entered, went_on) = (deals.entered(from), deals.entered(to));
        Self {
            from,
            to,
            entered,
            went_on,
            lost: deals.lost(from),
            rate: Decimal::part(went_on, entered, crate::RATE_DIGITS),
        }
    }
}

impl OutcomeView {
    fn new(deals: &DealFigures) -> Self {
        let won = deals.count(DealStatus::Closed);
        let lost = deals.count(DealStatus::Dead);
        let open = DealStatus::ALL.iter().filter(|status| status.is_open());
        Self {
            open: open.map(|status| deals.count(*status)).sum(),
            won,
            lost,
            win_rate: Decimal::part(won, won + lost, crate::RATE_DIGITS),
        }
    }
}

impl From<Option<ClosingTimes>> for TimeToCloseView {
    fn from(times: Option<ClosingTimes>) -> Self {
        Self {
            deals: times.map_or(0, |times| times.deals),
            median_days: times.map(|times| times.median),
            mean_days: times.map(|times| times.mean),
        }
    }
}

impl From<Week> for WeekView {
    fn from(week: Week) -> Self {
        Self {
            from: week.from,
            to: week.to,
            users: week.active,
        }
    }
}

impl<'de> Deserialize<'de> for Weeks {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let weeks = u8::try_from(i64::deserialize(deserializer)?).ok();
        let weeks = weeks.filter(|weeks| (1..=MOST_WEEKS).contains(weeks));
        let refused = || Invalid::new("out_of_range", "Ask for 1 to 52 weeks.").into_serde();
        weeks.map(Self).ok_or_else(refused)
    }
}

impl JsonSchema for Weeks {
    fn schema_name() -> Cow<'static, str> {
        "Weeks".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": 1, "maximum": MOST_WEEKS, "default": WEEKS })
    }
}
