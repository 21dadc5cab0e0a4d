//! `admin.clean_up`: removes for good what was deleted 30 days ago.
//!
//! It walks the days that have passed since it last went through, so a week in which it did not run is made up for. What
//! one run does not get done fails it, so that it is run again, and again from the same day. Sessions, tokens, counts of
//! requests, marks of work done and the like are not its business: DynamoDB removes them by their `expiresAt`.

use crate::schedules::CLEAN_UP;
use futures::stream::{self, StreamExt};
use jiff::{SignedDuration, Timestamp, ToSpan};
use plat_domain::DOCUMENTS;
use plat_domain::figures::day_of;
use plat_registry::{App, Grant, Job, JobFailure};
use plat_services::files::FileVersion;
use plat_store::{Purge, StoredFile, ToPurge};
use std::sync::Arc;

/// How far back the first run looks; before it, nothing was deleted so that this job would find it.
const FIRST_LOOK_DAYS: i64 = 60;

/// Deletions that are listed at a time.
const PAGE: usize = 500;

/// Records that are removed at once. Each is a few requests, so a run does some hundred a second.
const AT_ONCE: usize = 10;

/// A run begins no further page after this, well before its time is over.
const ENOUGH: SignedDuration = SignedDuration::from_mins(8);

const TIMEOUT: u32 = 600;

pub(crate) fn job() -> Job {
    Job::on_schedule(CLEAN_UP.operation, CLEAN_UP.schedule, handle)
        .summary("Remove for good what was deleted 30 days ago")
        .grants(&[
            Grant::ReadTable,
            Grant::WriteTable,
            Grant::RemoveFiles(DOCUMENTS),
        ])
        .timeout(TIMEOUT)
}

/// What a run did.
#[derive(Default)]
struct Done {
    records: usize,
    items: usize,
    failed: usize,
    /// Why the first that failed did.
    reason: Option<JobFailure>,
}

async fn handle(app: Arc<App>, due: Timestamp) -> Result<(), JobFailure> {
    let runs = app.store.runs();
    let operation = CLEAN_UP.operation;
    let began = app.clock.now();
    let today = day_of(due);
    let first = today.saturating_sub(FIRST_LOOK_DAYS.days());
    let mut day = runs.last_due(operation).await?.map_or(first, day_of);
    let mut done = Done::default();
    // What can be restored until today is left for tomorrow: some of it still can.
    while day < today {
        for shard in 0..Purge::SHARDS {
            let mut after = None;
            loop {
                if app.clock.now().duration_since(began) > ENOUGH {
                    return Err(JobFailure(format!(
                        "{} records were removed, and {day} is not done",
                        done.records
                    )));
                }
                let purge = app.store.purge();
                let deleted = purge.of_day(day, shard, after.as_ref(), PAGE).await?;
                let more = deleted.len() == PAGE;
                after = deleted.last().map(|deleted| deleted.place.clone());
                remove(&app, deleted, &mut done).await;
                if !more {
                    break;
                }
            }
        }
        day = day.saturating_add(1.day());
    }
    let Done {
        records,
        items,
        failed,
        reason,
    } = done;
    tracing::info!(
        operation,
        records,
        items,
        failed,
        "{records} records were removed for good"
    );
    if let Some(JobFailure(reason)) = reason {
        return Err(JobFailure(format!(
            "{failed} records were not removed: {reason}"
        )));
    }
    runs.ran(operation, due, app.clock.now()).await?;
    Ok(())
}

async fn remove(app: &App, deleted: Vec<ToPurge>, done: &mut Done) {
    let outcomes: Vec<Result<usize, JobFailure>> = stream::iter(deleted)
        .map(|ToPurge { team, what, .. }| async move {
            let purge = app.store.purge();
            let files = |files| remove_files(app, files);
            purge.purge(team, what, app.clock.now(), files).await
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    for outcome in outcomes {
        match outcome {
            Ok(0) => {}
            Ok(items) => {
                done.records += 1;
                done.items += items;
            }
            Err(error) => {
                done.failed += 1;
                done.reason.get_or_insert(error);
            }
        }
    }
}

async fn remove_files(app: &App, files: Vec<StoredFile>) -> Result<(), JobFailure> {
    let versions = files
        .into_iter()
        .map(|StoredFile { key, version }| FileVersion { key, version });
    let versions: Vec<FileVersion> = versions.collect();
    app.files.remove(&versions).await?;
    Ok(())
}
