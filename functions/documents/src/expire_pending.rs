//! `documents.expire_pending`: rejects files that were announced a day ago and never came.
//!
//! It walks the days that have passed since it last went through, and the one before again, since a day's last files have
//! their time until the next. A file that is there after all, because nothing told of it, is received instead.

use crate::receive::receive;
use futures::stream::{self, StreamExt};
use jiff::{SignedDuration, Timestamp, ToSpan};
use plat_domain::DOCUMENTS;
use plat_domain::figures::day_of;
use plat_registry::{App, Grant, Job, JobFailure, Schedule};
use plat_store::{AwaitedFile, Uploads};
use std::sync::Arc;

const OPERATION: &str = "documents.expire_pending";

/// How long a file is awaited: far longer than its address is good.
const AWAITED: SignedDuration = SignedDuration::from_hours(24);

/// How far back the first run looks; before it, nothing was announced so that this job would find it.
const FIRST_LOOK_DAYS: i64 = 60;

/// Files that are listed at a time.
const PAGE: usize = 500;

/// Files that are looked at at once.
const AT_ONCE: usize = 10;

/// A run begins no further page after this, well before its time is over.
const ENOUGH: SignedDuration = SignedDuration::from_mins(8);

const TIMEOUT: u32 = 600;

pub(crate) fn job() -> Job {
    // An hour before the clean-up, so that the two do not share the table's attention.
    let daily = Schedule::Daily {
        hour: 2,
        minute: 15,
    };
    Job::on_schedule(OPERATION, daily, handle)
        .summary("Reject files that were announced and never came")
        .grants(&[
            Grant::ReadTable,
            Grant::WriteTable,
            Grant::ReadFiles(DOCUMENTS),
            Grant::RemoveFiles(DOCUMENTS),
        ])
        .timeout(TIMEOUT)
}

async fn handle(app: Arc<App>, due: Timestamp) -> Result<(), JobFailure> {
    let runs = app.store.runs();
    let began = app.clock.now();
    let today = day_of(due);
    let first = today.saturating_sub(FIRST_LOOK_DAYS.days());
    let last = runs.last_due(OPERATION).await?.map(day_of);
    let mut day = last.map_or(first, |day| day.saturating_sub(1.day()));
    let mut expired = 0_usize;
    let mut failed = Vec::new();
    while day < today {
        for shard in 0..Uploads::SHARDS {
            let mut after = None;
            loop {
                if app.clock.now().duration_since(began) > ENOUGH {
                    return Err(JobFailure(format!(
                        "{expired} files never came, and {day} is not done"
                    )));
                }
                let uploads = app.store.uploads();
                let files = uploads.of_day(day, shard, after.as_ref(), PAGE).await?;
                let more = files.len() == PAGE;
                after = files.last().map(|file| file.place.clone());
                let looked_at: Vec<_> = stream::iter(files)
                    .map(|file| expire(&app, file, due))
                    .buffer_unordered(AT_ONCE)
                    .collect()
                    .await;
                for outcome in looked_at {
                    match outcome {
                        Ok(true) => expired += 1,
                        Ok(false) => {}
                        Err(failure) => failed.push(failure),
                    }
                }
                if !more {
                    break;
                }
            }
        }
        day = day.saturating_add(1.day());
    }
    tracing::info!(expired, "{expired} files never came");
    if let Some(JobFailure(reason)) = failed.first() {
        let failed = failed.len();
        return Err(JobFailure(format!(
            "{failed} files were not looked at: {reason}"
        )));
    }
    runs.ran(OPERATION, due, app.clock.now()).await?;
    Ok(())
}

/// Tells whether a file never came.
async fn expire(app: &App, file: AwaitedFile, due: Timestamp) -> Result<bool, JobFailure> {
    if due.duration_since(file.announced_at) < AWAITED {
        return Ok(false);
    }
    if receive(app, &file.key, None, due).await? {
        return Ok(false);
    }
    let documents = app.store.team(file.key.team).documents();
    documents
        .follow(&file.key, "expired", due, |version| version.expired())
        .await?;
    Ok(true)
}
