//! `GET /api/admin/health`

use jiff::{SignedDuration, Timestamp};
use plat_domain::health::{FiguresHealth, MailHealth, QueueHealth, ScheduleHealth, TableHealth};
use plat_domain::{HealthStatus, TeamId};
use plat_registry::{App, Endpoint, Failure, Grant, Input, Json, Method, Person, Platform};
use plat_store::{HealthCheck, HealthTurn, Recount, RecountOutcome};
use schemars::JsonSchema;
use serde::Serialize;
use std::sync::Arc;

/// After two checks that should have come, what was found is not known to be so any more.
const STALE: SignedDuration = SignedDuration::from_mins(15);

/// Changes and recounts that are shown.
const SHOWN: usize = 20;

/// How far back recounts are shown.
const RECOUNTS_SHOWN: SignedDuration = SignedDuration::from_hours(24 * 30);

/// How the installation is, as of the last check.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "InstallationHealth")]
struct HealthView {
    /// The worst of all; `unknown` if nothing was checked for a quarter of an hour.
    status: HealthStatus,
    /// Since when; null if nothing was ever checked.
    since: Option<Timestamp>,
    /// When it was checked; null if it never was.
    checked_at: Option<Timestamp>,
    /// How long ago that is, in seconds.
    age_seconds: Option<i64>,
    /// What is not as it should be, in words.
    reasons: Vec<String>,
    /// The table.
    table: Option<TableHealth>,
    /// The queue of each job.
    queues: Vec<QueueHealth>,
    /// Each job that runs by the clock.
    schedules: Vec<ScheduleHealth>,
    /// Outgoing mail.
    mail: Option<MailHealth>,
    /// The counters of teams' records.
    figures: Option<FiguresHealth>,
    /// The latest changes of the status, newest first; those of 90 days are kept.
    history: Vec<TurnView>,
    /// The latest recounts that found a counter wrong or could not tell, newest first. A team is shown until its next
    /// recount finds everything right.
    recounts: Vec<RecountView>,
}

/// A change of the status.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "HealthChange")]
struct TurnView {
    /// When it was noticed.
    at: Timestamp,
    /// The status before.
    from: HealthStatus,
    /// The status since.
    to: HealthStatus,
    /// What was not as it should be then.
    reasons: Vec<String>,
}

/// A recount of one team's counters.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Recount")]
struct RecountView {
    /// The team.
    team_id: TeamId,
    /// When it ended.
    at: Timestamp,
    /// What came of it.
    outcome: OutcomeView,
    /// How many leads were counted.
    leads: u64,
    /// How many deals were counted.
    deals: u64,
    /// How many clients were counted.
    clients: u64,
    /// How many tasks were counted.
    tasks: u64,
    /// How many counters were wrong.
    drift: u64,
    /// Whether they are right now.
    repaired: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "RecountOutcome")]
enum OutcomeView {
    /// Every counter was right.
    Right,
    /// Some were wrong and are right now.
    Repaired,
    /// Things changed meanwhile, so nothing can be said.
    Unsettled,
    /// There are too many figures to be counted.
    TooLarge,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::GET,
        "/api/admin/health",
        "admin.health",
        Platform,
        handle,
    )
    .summary("The latest check of everything that Plat runs on")
    .grants(&[Grant::ReadTable])
}

async fn handle(app: Arc<App>, _: Person, input: Input) -> Result<Json<HealthView>, Failure> {
    let checks = app.store.health();
    let figures = app.store.figures();
    let since = input.now.checked_sub(RECOUNTS_SHOWN).unwrap_or(input.now);
    let (latest, turns, recounts) = futures::try_join!(
        checks.latest(),
        checks.turns(SHOWN),
        figures.recounts(since, SHOWN)
    )?;
    let history = turns.into_iter().map(TurnView::from).collect();
    let recounts = recounts.into_iter().map(RecountView::from).collect();
    Ok(Json(HealthView::new(latest, history, recounts, input.now)))
}

impl HealthView {
    fn new(
        latest: Option<HealthCheck>,
        history: Vec<TurnView>,
        recounts: Vec<RecountView>,
        now: Timestamp,
    ) -> Self {
        let Some(HealthCheck { at, since, health }) = latest else {
            return Self {
                status: HealthStatus::Unknown,
                since: None,
                checked_at: None,
                age_seconds: None,
                reasons: vec!["nothing was checked yet".to_owned()],
                table: None,
                queues: Vec::new(),
                schedules: Vec::new(),
                mail: None,
                figures: None,
                history,
                recounts,
            };
        };
        let age = now.duration_since(at);
        let mut reasons = health.reasons;
        let stale = age > STALE;
        if stale {
            let minutes = age.as_mins();
            reasons.insert(0, format!("the last check was {minutes} minutes ago"));
        }
        let known = Some(health.status).filter(|_| !stale);
        Self {
            status: known.unwrap_or(HealthStatus::Unknown),
            since: Some(known.map_or(at, |_| since)),
            checked_at: Some(at),
            age_seconds: Some(age.as_secs()),
            reasons,
            table: Some(health.table),
            queues: health.queues,
            schedules: health.schedules,
            mail: Some(health.mail),
            figures: Some(health.figures),
            history,
            recounts,
        }
    }
}

impl From<HealthTurn> for TurnView {
    fn from(turn: HealthTurn) -> Self {
        Self {
            at: turn.at,
            from: turn.from,
            to: turn.to,
            reasons: turn.reasons,
        }
    }
}

impl From<(TeamId, Recount)> for RecountView {
    fn from((team_id, recount): (TeamId, Recount)) -> Self {
        let outcome = match recount.outcome {
            RecountOutcome::Right => OutcomeView::Right,
            RecountOutcome::Repaired => OutcomeView::Repaired,
            RecountOutcome::Unsettled => OutcomeView::Unsettled,
            RecountOutcome::TooLarge => OutcomeView::TooLarge,
        };
        Self {
            team_id,
            at: recount.at,
            outcome,
            leads: recount.counted.leads,
            deals: recount.counted.deals,
            clients: recount.counted.clients,
            tasks: recount.counted.tasks,
            drift: recount.drift,
            repaired: recount.outcome == RecountOutcome::Repaired,
        }
    }
}
