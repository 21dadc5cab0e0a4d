//! `leads.undo_rows`: deletes what an import made, a slice of its rows after the other.
//!
//! `leads.begin_batch` sends the first message; what is left when one has done its share is sent on. Nothing has to be remembered for it: the ids of the leads follow from the import and the numbers of its rows.

use crate::importing::Import;
use jiff::Timestamp;
use plat_domain::{Actor, BatchId, Event, Lead, LeadId, TeamId};
use plat_registry::{App, Grant, Job, JobFailure};
use plat_store::{Command, StoreError, Stored};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub(crate) const OPERATION: &str = "leads.undo_rows";

/// Slices that one message works.
const SLICES: usize = 10;

/// Rows of a slice.
const ROWS: u64 = 1_000;

/// The number of the first row below the header.
const FIRST: u64 = 2;

const TIMEOUT: u32 = 120;

/// What is to be undone.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UndoOptions {
    pub(crate) import: BatchId,
    pub(crate) imported_at: Timestamp,
    pub(crate) imported_by: Actor,
    pub(crate) rows: u64,
}

pub(crate) fn job() -> Job {
    Job::on_message(OPERATION, handle)
        .summary("Delete the leads that an import made")
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
    let undo: BatchId = event.subject.id.parse()?;
    for _ in 0..SLICES {
        if !slice(&app, team, undo).await? {
            return Ok(());
        }
    }
    let again = serde_json::to_value(&event)?;
    app.queues.send(OPERATION, &[again]).await?;
    Ok(())
}

/// Does the next slice; tells whether there is more to do.
async fn slice(app: &App, team: TeamId, batch: BatchId) -> Result<bool, JobFailure> {
    let jobs = app.store.team(team).batch_jobs();
    let work = jobs.work::<UndoOptions>(batch).await?;
    if work.value.batch.status.is_over() {
        return Ok(false);
    }
    let options = &work.value.options;
    let cursor = work.value.cursor.as_deref();
    let from = cursor.and_then(|row| row.parse().ok()).unwrap_or(FIRST);
    let end = FIRST + options.rows;
    let to = end.min(from + ROWS);
    let import = Import {
        team,
        id: options.import,
        at: options.imported_at,
        by: options.imported_by.clone(),
    };
    let by = &work.created_by;
    let undoing = |row: u64| {
        let what = format!("undo import {} row {row}", options.import);
        Command::because(&what, work.created_at, by)
    };
    let counts = undo(app, &import, from..to, undoing).await?;
    if to < end {
        return Ok(jobs
            .advance(batch, cursor, &to.to_string(), &counts)
            .await?);
    }
    let command = Command {
        at: app.clock.now(),
        ..undoing(0)
    };
    jobs.complete(&command, batch, &counts).await?;
    Ok(false)
}

/// Deletes the leads of some rows, and counts those that are deleted and those that are left since somebody changed them.
async fn undo(
    app: &App,
    import: &Import,
    rows: std::ops::Range<u64>,
    undoing: impl Fn(u64) -> Command,
) -> Result<BTreeMap<String, u64>, StoreError> {
    let imports = app.store.team(import.team).imports();
    let rows: BTreeMap<LeadId, u64> = rows.map(|row| (import.lead(row), row)).collect();
    let ids: BTreeSet<LeadId> = rows.keys().copied().collect();
    let (mut removed, mut left) = (0, 0);
    let mut untouched: Vec<(Command, Stored<Lead>)> = Vec::new();
    for (id, lead) in imports.leads(&ids).await? {
        let command = undoing(rows.get(&id).copied().unwrap_or_default());
        match lead.value.deleted_at {
            // It was deleted by this before.
            Some(_) if lead.is_written_by(&command) => removed += 1,
            // Somebody else deleted it.
            Some(_) => {}
            None if lead.version == 1 => untouched.push((command, lead)),
            None => left += 1,
        }
    }
    let asked = untouched.len();
    let gone = imports.remove(untouched).await?.len();
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    removed += count(gone);
    left += count(asked.saturating_sub(gone));
    Ok(BTreeMap::from([
        ("removed".to_owned(), removed),
        ("left".to_owned(), left),
    ]))
}
