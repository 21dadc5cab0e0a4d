//! `GET /api/dashboard/stats`
//!
//! Who sees only their own records is told of those and of nobody's. A day and a week are those of the asking person, by
//! their own clocks.

use jiff::Timestamp;
use plat_domain::figures::{began, day_of, first_day};
use plat_domain::{
    ClientStage, Decimal, EmailStep, FollowUpFigures, Permission, TaskKind, TaskStatus,
    TimeZoneName,
};
use plat_registry::{App, Can, Endpoint, Failure, Grant, Input, Json, Method, Principal};
use plat_store::Dashboard;
use schemars::JsonSchema;
use serde::Serialize;
use std::sync::Arc;

/// How following up clients goes.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "DashboardStats")]
struct StatsView {
    /// Clients that are not deleted.
    clients: ClientsView,
    /// Tasks of each status, in the order of their life.
    tasks: Vec<TasksView>,
    /// E-mails to clients. Null for who may not see e-mails.
    emails: Option<EmailsView>,
    /// The time zone of the asking person, in which days and weeks are counted.
    time_zone: TimeZoneName,
}

/// Clients that are not deleted.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ClientStats")]
struct ClientsView {
    /// How many they are.
    total: u64,
    /// How many of them are being worked: neither closed nor lost.
    active: u64,
    /// Clients of each stage, in its order.
    stages: Vec<StageView>,
    /// What part of them have closed, from 0 to 1. Null if there is no client.
    conversion_rate: Option<Decimal>,
}

/// Clients of one stage.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ClientStageStats")]
struct StageView {
    /// Which.
    stage: ClientStage,
    /// How many they are.
    count: u64,
}

/// Tasks of one status.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "TaskStats")]
struct TasksView {
    /// Which.
    status: TaskStatus,
    /// How many they are.
    count: u64,
    /// How many of them are follow-ups, which Plat does.
    follow_ups: u64,
}

/// E-mails to clients. Each counts once, however often it is opened; what machines open counts nowhere.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "EmailStats")]
struct EmailsView {
    /// How many were sent today.
    sent_today: u64,
    /// How many were sent since Monday.
    sent_this_week: u64,
    /// How many were ever sent.
    sent: u64,
    /// How many were delivered.
    delivered: u64,
    /// How many were opened.
    opened: u64,
    /// In how many a link was followed.
    clicked: u64,
    /// How many came back.
    bounced: u64,
    /// How many were marked as unwanted.
    complained: u64,
    /// How many people said by one that they want no more.
    unsubscribed: u64,
    /// How often one could not be sent.
    failed: u64,
    /// What part of those sent were opened, from 0 to 1. Null if none was sent.
    open_rate: Option<Decimal>,
    /// In what part of those sent a link was followed, from 0 to 1. Null if none was sent.
    click_rate: Option<Decimal>,
    /// What part of those sent came back, from 0 to 1. Null if none was sent.
    bounce_rate: Option<Decimal>,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::GET,
        "/api/dashboard/stats",
        "dashboard.stats",
        Can(Permission::DashboardRead),
        handle,
    )
    .summary("Clients by stage, tasks by status, e-mails sent, and what came of them")
    .grants(&[Grant::ReadTable])
}

async fn handle(app: Arc<App>, who: Principal, input: Input) -> Result<Json<StatsView>, Failure> {
    let figures = app.store.team(who.team).figures();
    let (from, to) = (first_day(input.now), day_of(input.now));
    let dashboard = figures.dashboard(who.sight(), who.id(), from, to).await?;
    let sees_emails = who.can(Permission::EmailsRead);
    Ok(Json(StatsView {
        clients: ClientsView::new(&dashboard.follow_up),
        tasks: TaskStatus::ALL
            .iter()
            .map(|status| TasksView::new(&dashboard.follow_up, *status))
            .collect(),
        emails: sees_emails.then(|| EmailsView::new(&dashboard, input.now)),
        time_zone: dashboard.zone,
    }))
}

impl ClientsView {
    fn new(figures: &FollowUpFigures) -> Self {
        let stage = |stage: &ClientStage| StageView {
            stage: *stage,
            count: figures.clients(*stage),
        };
        Self {
            total: figures.all_clients(),
            active: figures.active_clients(),
            stages: ClientStage::ALL.iter().map(stage).collect(),
            conversion_rate: figures.conversion_rate(),
        }
    }
}

impl TasksView {
    fn new(figures: &FollowUpFigures, status: TaskStatus) -> Self {
        let follow_ups = figures.tasks(TaskKind::FollowUp, status);
        Self {
            status,
            count: figures.tasks(TaskKind::Todo, status) + follow_ups,
            follow_ups,
        }
    }
}

impl EmailsView {
    fn new(dashboard: &Dashboard, now: Timestamp) -> Self {
        let (today, this_week) = began(now, &dashboard.zone);
        let count = |step| dashboard.follow_up.emails(step);
        let rate = |step| dashboard.follow_up.email_rate(step);
        Self {
            sent_today: dashboard.days.sent_from(today),
            sent_this_week: dashboard.days.sent_from(this_week),
            sent: count(EmailStep::Sent),
            delivered: count(EmailStep::Delivered),
            opened: count(EmailStep::Opened),
            clicked: count(EmailStep::Clicked),
            bounced: count(EmailStep::Bounced),
            complained: count(EmailStep::Complained),
            unsubscribed: count(EmailStep::Unsubscribed),
            failed: count(EmailStep::Failed),
            open_rate: rate(EmailStep::Opened),
            click_rate: rate(EmailStep::Clicked),
            bounce_rate: rate(EmailStep::Bounced),
        }
    }
}
