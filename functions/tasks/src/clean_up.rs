//! `tasks.clean_up`: removes completed tasks of teams that keep them for some days only.
//!
//! Such teams are in an index of their own, so the others cost nothing. A task counts from when it was completed, or was to
//! be done if that is later: so its place in the index tells most of it, and little is read that stays.

use jiff::{SignedDuration, Timestamp};
use plat_domain::{Span, TaskStatus, TeamId};
use plat_registry::{App, Grant, Job, JobFailure, Schedule};
use plat_store::{Command, PageRequest, Sight, StoreError, TaskFilter, TaskSort};
use std::collections::BTreeSet;
use std::sync::Arc;

const OPERATION: &str = "tasks.clean_up";

/// Teams that are listed at a time.
const TEAMS: usize = 1_000;

/// Tasks that are listed at a time.
const TASKS: usize = 100;

/// A run begins no further page after this, well before its time is over.
const ENOUGH: SignedDuration = SignedDuration::from_mins(8);

const TIMEOUT: u32 = 600;

pub(crate) fn job() -> Job {
    // An hour before what was deleted is removed for good, so that the two do not share the table's attention.
    let daily = Schedule::Daily {
        hour: 1,
        minute: 15,
    };
    Job::on_schedule(OPERATION, daily, handle)
        .summary("Remove completed tasks that their team keeps no longer")
        .grants(&[Grant::ReadTable, Grant::WriteTable])
        .timeout(TIMEOUT)
}

async fn handle(app: Arc<App>, due: Timestamp) -> Result<(), JobFailure> {
    let began = app.clock.now();
    let mut removed = 0;
    let mut failed: Vec<JobFailure> = Vec::new();
    let mut after = None;
    loop {
        let teams = app.store.keeping_for_days(after, TEAMS).await?;
        for team in &teams {
            match clean_up(&app, *team, due, began).await {
                Ok(of_team) => removed += of_team,
                Err(failure) => failed.push(failure),
            }
        }
        after = teams.last().copied();
        if teams.len() < TEAMS {
            break;
        }
    }
    tracing::info!(removed, "{removed} completed tasks were removed");
    if let Some(JobFailure(reason)) = failed.first() {
        let failed = failed.len();
        return Err(JobFailure(format!(
            "{failed} teams were not cleaned up: {reason}"
        )));
    }
    let runs = app.store.runs();
    runs.ran(OPERATION, due, app.clock.now()).await?;
    Ok(())
}

/// Removes what `team` keeps no longer, and tells how many tasks that were. It is done in the name of whoever set for how
/// long they are kept.
async fn clean_up(
    app: &App,
    team: TeamId,
    due: Timestamp,
    began: Timestamp,
) -> Result<usize, JobFailure> {
    let scope = app.store.team(team);
    let business = scope.settings().business().await?;
    let Some(kept) = business.value.keep_completed_tasks else {
        return Ok(0);
    };
    let before = due.checked_sub(SignedDuration::from_hours(24 * i64::from(kept.get())))?;
    let tasks = scope.tasks();
    let filter = TaskFilter {
        statuses: BTreeSet::from([TaskStatus::Completed]),
        due: Span {
            from: None,
            to: Some(before),
        },
        ..TaskFilter::everything(Sight::All)
    };
    let mut removed = 0;
    let mut page = PageRequest::first(TASKS);
    loop {
        if app.clock.now().duration_since(began) > ENOUGH {
            return Err(JobFailure("there was no time left".to_owned()));
        }
        let listed = tasks.list(&filter, TaskSort::Due, &page).await?;
        for row in listed.items {
            if row.task.completed_at.is_none_or(|at| at >= before) {
                continue;
            }
            let what = format!("{OPERATION}#{}", row.task.id);
            let command = Command::because(&what, due, &business.updated_by);
            let version = Some(row.version);
            match tasks
                .delete(&command, row.task.id, Sight::All, version)
                .await
            {
                Ok(()) => removed += 1,
                // Somebody has changed or removed it meanwhile.
                Err(StoreError::Stale { .. } | StoreError::NotFound) => {}
                Err(error) => return Err(error.into()),
            }
        }
        page.after = listed.next;
        if page.after.is_none() {
            return Ok(removed);
        }
    }
}
