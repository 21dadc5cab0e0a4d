//! `admin.clean_up`: removes for good what was deleted 30 days ago.
//!
//! It walks the days that have passed since it last went through, so a week in which it did not run is made up for. What
//! one run does not get done fails it, so that it is run again, and again from the same day. Sessions, tokens, counts of
//! requests, marks of work done and the like are not its business: DynamoDB removes them by their `expiresAt`.

use crate::schedules::CLEAN_UP;
use futures::stream::{self, StreamExt};
use jiff::{SignedDuration, Timestamp, ToSpan};
use plat_domain::figures::day_of;
use plat_registry::{App, Grant, Job, JobFailure};
use plat_store::{DeletedLead, Purge, StoreError};
use std::sync::Arc;

/// How far back the first run looks; before it, nothing was deleted so that this job would find it.
const FIRST_LOOK_DAYS: i64 = 60;

/// Leads that are listed at a time.
const PAGE: usize = 500;

/// Leads that are removed at once. Each is a few requests, so a run does some hundred leads a second.
const AT_ONCE: usize = 10;

/// A run begins no further page after this, well before its time is over.
const ENOUGH: SignedDuration = SignedDuration::from_mins(8);

const TIMEOUT: u32 = 600;

pub(crate) fn job() -> Job {
    Job::on_schedule(CLEAN_UP.operation, CLEAN_UP.schedule, handle)
        .summary("Remove for good what was deleted 30 days ago")
        .grants(&[Grant::ReadTable, Grant::WriteTable])
        .timeout(TIMEOUT)
}

/// What a run did.
#[derive(Default)]
struct Done {
    leads: usize,
    items: usize,
    failed: usize,
    /// Why the first that failed did.
    reason: Option<StoreError>,
}

async fn handle(app: Arc<App>, due: Timestamp) -> Result<(), JobFailure> {
    let runs = app.store.runs();
    let operation = CLEAN_UP.operation;
    let began = app.clock.now();
    let today = day_of(due);
    let first = today.saturating_sub(FIRST_LOOK_DAYS.days());
    let mut day = runs.last_due(operation).await?.map_or(first, day_of);
    let mut done = Done::default();
    // Whoever can be restored until today is left for tomorrow: some of them still can.
    while day < today {
        for shard in 0..Purge::SHARDS {
            let mut after = None;
            loop {
                if app.clock.now().duration_since(began) > ENOUGH {
                    return Err(JobFailure(format!(
                        "{} leads were removed, and {day} is not done",
                        done.leads
                    )));
                }
                let purge = app.store.purge();
                let leads = purge.of_day(day, shard, after.as_ref(), PAGE).await?;
                let more = leads.len() == PAGE;
                after = leads.last().map(|lead| lead.place.clone());
                remove(&app, leads, &mut done).await;
                if !more {
                    break;
                }
            }
        }
        day = day.saturating_add(1.day());
    }
    let Done {
        leads,
        items,
        failed,
        reason,
    } = done;
    tracing::info!(
        operation,
        leads,
        items,
        failed,
        "{leads} leads were removed for good"
    );
    if let Some(reason) = reason {
        return Err(JobFailure(format!(
            "{failed} leads were not removed: {reason}"
        )));
    }
    runs.ran(operation, due, app.clock.now()).await?;
    Ok(())
}

async fn remove(app: &App, leads: Vec<DeletedLead>, done: &mut Done) {
    let outcomes: Vec<Result<usize, StoreError>> = stream::iter(leads)
        .map(|lead| async move {
            let purge = app.store.purge();
            purge.purge(lead.team, lead.lead, app.clock.now()).await
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    for outcome in outcomes {
        match outcome {
            Ok(0) => {}
            Ok(items) => {
                done.leads += 1;
                done.items += items;
            }
            Err(error) => {
                done.failed += 1;
                done.reason.get_or_insert(error);
            }
        }
    }
}
