//! `admin.recount`: has the counters recounted of each team in which one changed since the last time.
//!
//! Each team is in an index under the day on which its counters changed last, so finding them costs nothing for the
//! others. A counter that went wrong because an event was never counted is found once the team's counters change again;
//! until then the event lies among those that were set aside, which the health check tells.

use crate::schedules::RECOUNT;
use jiff::{Timestamp, ToSpan};
use plat_domain::figures::day_of;
use plat_registry::{App, Grant, Job, JobFailure};
use serde_json::{Value, json};
use std::sync::Arc;

/// How far back the first run looks.
const FIRST_LOOK_DAYS: i64 = 31;

/// Teams that are listed at a time.
const PAGE: usize = 1_000;

const TIMEOUT: u32 = 600;

pub(crate) fn job() -> Job {
    Job::on_schedule(RECOUNT.operation, RECOUNT.schedule, handle)
        .summary("Have the counters recounted of every team in which one changed")
        .grants(&[
            Grant::ReadTable,
            Grant::WriteTable,
            Grant::SendTo(crate::recount_team::OPERATION),
        ])
        .timeout(TIMEOUT)
}

async fn handle(app: Arc<App>, due: Timestamp) -> Result<(), JobFailure> {
    let runs = app.store.runs();
    let operation = RECOUNT.operation;
    let now = app.clock.now();
    let first = day_of(due).saturating_sub(FIRST_LOOK_DAYS.days());
    let mut day = runs.last_due(operation).await?.map_or(first, day_of);
    let mut sent = 0;
    while day <= day_of(now) {
        let mut after = None;
        loop {
            let teams = app.store.figures().changed_on(day, after, PAGE).await?;
            let messages: Vec<Value> = teams.iter().map(|team| json!({"team": team})).collect();
            app.queues
                .send(crate::recount_team::OPERATION, &messages)
                .await?;
            sent += teams.len();
            after = teams.last().copied();
            if teams.len() < PAGE {
                break;
            }
        }
        day = day.saturating_add(1.day());
    }
    tracing::info!(operation, teams = sent, "{sent} teams are recounted");
    runs.ran(operation, due, app.clock.now()).await?;
    Ok(())
}
