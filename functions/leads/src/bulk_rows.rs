//! `leads.bulk_rows`: changes many leads, a slice after the other.
//!
//! Each slice moves the work's cursor on. What is interrupted does its last slice again, by the same commands, so that what
//! was done is not done twice. Whoever ends the work is heeded after the slice that is being done. What is left when one
//! message has done its share is sent on; `leads.begin_batch` sends the first.

use crate::bulk::{BulkWork, SLICE, Which, change, counts};
use crate::filter::Asked;
use plat_domain::{BatchId, BatchKind, Event, LeadId, TeamId};
use plat_registry::{App, Grant, Job, JobFailure};
use plat_store::{BatchWork, Command, PageRequest, Position, Stored};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

pub(crate) const OPERATION: &str = "leads.bulk_rows";

/// Slices that one message does: a fraction of the time there is.
const SLICES: usize = 200;

/// Leads of which it is kept why they were not changed.
pub(crate) const KEPT: usize = 1_000;

const TIMEOUT: u32 = 900;

/// How far the work is.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Cursor {
    /// The slice that comes next.
    slice: u64,
    /// Where it begins; none at the start.
    after: Option<Place>,
    /// Leads that were met.
    met: usize,
    /// Those of which it is kept why they were not changed.
    kept: usize,
    /// Whether nothing is left.
    ended: bool,
}

/// Behind which lead a slice begins.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Place {
    Id(LeadId),
    Row(Position),
}

pub(crate) fn job() -> Job {
    Job::on_message(OPERATION, handle)
        .summary("Delete, change or assign many leads")
        .grants(&[
            Grant::ReadTable,
            Grant::WriteTable,
            Grant::SendTo(OPERATION),
        ])
        .batch(1)
        .concurrency(5)
        .timeout(TIMEOUT)
}

async fn handle(app: Arc<App>, event: Event) -> Result<(), JobFailure> {
    let Some(team) = event.team_id else {
        return Ok(());
    };
    let batch: BatchId = event.subject.id.parse()?;
    for _ in 0..SLICES {
        if !slice(&app, team, batch, &event).await? {
            return Ok(());
        }
    }
    let again = serde_json::to_value(&event)?;
    app.queues.send(OPERATION, &[again]).await?;
    Ok(())
}

/// Whether it is a change of many leads.
pub(crate) const fn is_bulk(kind: BatchKind) -> bool {
    match kind {
        BatchKind::BulkDelete | BatchKind::BulkUpdate | BatchKind::BulkAssign => true,
        BatchKind::Import
        | BatchKind::Export
        | BatchKind::Merge
        | BatchKind::Unmerge
        | BatchKind::UndoImport => false,
    }
}

/// Does the next slice; tells whether there is more to do.
async fn slice(app: &App, team: TeamId, batch: BatchId, event: &Event) -> Result<bool, JobFailure> {
    let jobs = app.store.team(team).batch_jobs();
    let work = jobs.work::<BulkWork>(batch).await?;
    if work.value.batch.status.is_over() {
        return Ok(false);
    }
    let cursor = work.value.cursor.as_deref();
    let cursor: Cursor = cursor.map_or_else(|| Ok(Cursor::default()), serde_json::from_str)?;
    if cursor.ended {
        let command = Command {
            at: app.clock.now(),
            ..Command::after(event, OPERATION)
        };
        jobs.complete(&command, batch, &BTreeMap::new()).await?;
        return Ok(false);
    }
    if let (None, Which::Ids(ids)) = (&cursor.after, &work.value.options.which) {
        let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let slices = ids.len().div_ceil(SLICE);
        jobs.measure(batch, count(ids.len()), count(slices)).await?;
    }
    let (ids, after) = next(app, team, &work, cursor.after).await?;
    let met = ids.len();
    let now = app.clock.now();
    let commands = ids.into_iter().map(|id| {
        let what = format!("{batch}#{id}");
        let command = Command::because(&what, work.created_at, &work.created_by);
        (id, Command { at: now, ..command })
    });
    let scope = app.store.team(team);
    let options = &work.value.options;
    let results = change(&scope, options, commands.collect(), cursor.met).await?;
    let counts = counts(&results);
    let amiss = results.into_iter().filter(|one| !one.outcome.is_well());
    let amiss: Vec<_> = amiss.take(KEPT.saturating_sub(cursor.kept)).collect();
    if !amiss.is_empty() {
        jobs.keep_outcomes(batch, cursor.slice, now, &amiss).await?;
    }
    let to = serde_json::to_string(&Cursor {
        slice: cursor.slice + 1,
        ended: after.is_none(),
        after,
        met: cursor.met + met,
        kept: cursor.kept + amiss.len(),
    })?;
    let from = work.value.cursor.as_deref();
    Ok(jobs.advance(batch, from, &to, &counts).await?)
}

/// The leads of the next slice, and behind which the one after it begins.
async fn next(
    app: &App,
    team: TeamId,
    work: &Stored<BatchWork<BulkWork>>,
    after: Option<Place>,
) -> Result<(Vec<LeadId>, Option<Place>), JobFailure> {
    let options = &work.value.options;
    match &options.which {
        Which::Ids(ids) => {
            let from = match after {
                Some(Place::Id(id)) => Bound::Excluded(id),
                Some(Place::Row(_)) | None => Bound::Unbounded,
            };
            let mut left = ids.range((from, Bound::Unbounded)).copied();
            let slice: Vec<LeadId> = left.by_ref().take(SLICE).collect();
            let last = slice.last().copied().filter(|_| left.next().is_some());
            Ok((slice, last.map(Place::Id)))
        }
        Which::Filter(filter) => {
            let scope = app.store.team(team);
            if let Asked::Nothing = filter.tags(&scope).await? {
                return Ok((Vec::new(), None));
            }
            let page = PageRequest {
                after: match after {
                    Some(Place::Row(row)) => Some(row),
                    Some(Place::Id(_)) | None => None,
                },
                ..PageRequest::first(SLICE)
            };
            let asker = work.created_by.id;
            let filter = filter.filter(&scope, asker, options.sight).await?;
            let found = scope.leads().list(&filter, None, &page).await?;
            let ids = found.items.iter().map(|row| row.lead.id).collect();
            Ok((ids, found.next.map(Place::Row)))
        }
    }
}
