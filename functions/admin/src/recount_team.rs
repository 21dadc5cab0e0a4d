//! `admin.recount_team`: counts the leads, deals, clients and tasks of one team, compares with the counters, and puts right
//! what is wrong.
//!
//! Records and counters are never seen at one moment: a change that was made but not counted yet looks like a counter that
//! is wrong. So nothing is put right unless the team was quiet, and nothing was counted from the first record to the last;
//! nor while events are set aside, which would be counted a second time once they are put back.

use jiff::{SignedDuration, Timestamp};
use plat_domain::{Figures, TeamId};
use plat_registry::{App, Grant, Job, JobFailure};
use plat_store::{Counted, Place, Recount, RecountOutcome, StoreError, TeamFigures};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

pub(crate) const OPERATION: &str = "admin.recount_team";

/// A change is counted within seconds. One that is not after this long was set aside, and waits to be put back.
const QUIET: SignedDuration = SignedDuration::from_mins(15);

/// The jobs by which a change comes to its counters.
const COUNTING: [&str; 2] = ["analytics.aggregate", "outbox.relay"];

/// Records that one message counts unless it says otherwise: 2,200 requests at most, done in a fraction of the time there is.
const AT_ONCE: usize = 200_000;

/// A message has room for 256 KB; figures that fill it are kept by nobody.
const MAX_MESSAGE: usize = 200_000;

const TIMEOUT: u32 = 600;

/// Which team, and how far it was counted.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RecountTeam {
    team: TeamId,
    /// Records that one message counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at_once: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    so_far: Option<SoFar>,
}

/// What was counted by the messages before.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SoFar {
    began: Timestamp,
    /// Which the counters had then.
    revision: i64,
    /// Where it goes on; none at the end.
    place: Option<Place>,
    counted: Counted,
    /// When one of the records changed last.
    changed_at: Option<Timestamp>,
    figures: Figures,
}

pub(crate) fn job() -> Job {
    Job::on_message(OPERATION, handle)
        .summary("Count a team's leads, deals, clients and tasks, and put its counters right")
        .grants(&[
            Grant::ReadTable,
            Grant::WriteTable,
            Grant::SendTo(OPERATION),
            Grant::InspectQueues,
        ])
        .batch(1)
        .concurrency(2)
        .timeout(TIMEOUT)
}

async fn handle(app: Arc<App>, message: RecountTeam) -> Result<(), JobFailure> {
    let RecountTeam {
        team,
        at_once,
        so_far,
    } = message;
    let figures = app.store.team(team).figures();
    let mut so_far = match so_far {
        Some(so_far) => so_far,
        None => SoFar {
            began: app.clock.now(),
            revision: figures.revision().await?.0,
            place: Some(Place::first()),
            counted: Counted::default(),
            changed_at: None,
            figures: Figures::default(),
        },
    };
    if let Some(place) = so_far.place.take() {
        let walked = figures.walk(place, at_once.unwrap_or(AT_ONCE)).await?;
        so_far.place = walked.next;
        so_far.counted += walked.counted;
        so_far.changed_at = so_far.changed_at.max(walked.changed_at);
        so_far.figures.add(&walked.figures, 1);
    }
    if so_far.place.is_none() {
        let (outcome, drift) = compare(&app, team, &figures, &so_far).await?;
        return report(&app, &figures, &so_far, outcome, drift).await;
    }
    let counted = so_far.counted;
    let rest = serde_json::to_value(RecountTeam {
        team,
        at_once,
        so_far: Some(so_far),
    })?;
    if rest.to_string().len() > MAX_MESSAGE {
        tracing::warn!(operation = OPERATION, %team, ?counted, "team {team} has too many figures to be recounted");
        let so_far: RecountTeam = serde_json::from_value(rest)?;
        return match so_far.so_far {
            Some(so_far) => report(&app, &figures, &so_far, RecountOutcome::TooLarge, 0).await,
            None => Ok(()),
        };
    }
    app.queues.send(OPERATION, &[rest]).await?;
    Ok(())
}

/// Compares, and puts right what can be; tells how many counters were wrong.
async fn compare(
    app: &App,
    team: TeamId,
    figures: &TeamFigures,
    counted: &SoFar,
) -> Result<(RecountOutcome, usize), StoreError> {
    let now = app.clock.now();
    let quiet_since = counted.began.checked_sub(QUIET).unwrap_or(Timestamp::MIN);
    // Deletions are looked for last: one that is not in their list yet was not missing among the others either.
    let deleted = figures.deleted_since(quiet_since, now).await?;
    let standing = figures.standing().await?;
    let missing = standing.figures.until(&counted.figures);
    let drift = missing.counters();
    if missing.is_empty() {
        return Ok((RecountOutcome::Right, 0));
    }
    let lately = |at: Option<Timestamp>| at.is_some_and(|at| at >= quiet_since);
    let quiet = !deleted
        && !lately(counted.changed_at)
        && !lately(standing.changed_at)
        && standing.revision == counted.revision;
    if !quiet || events_set_aside(app).await {
        return Ok((RecountOutcome::Unsettled, 0));
    }
    match figures.repair(standing.revision, &missing, now).await {
        Ok(()) => {
            tracing::error!(
                operation = OPERATION,
                %team,
                drift,
                records = ?counted.counted,
                "{drift} counters of team {team} were wrong and are right again"
            );
            Ok((RecountOutcome::Repaired, drift))
        }
        // Something was counted in between.
        Err(StoreError::Stale { .. } | StoreError::Contended) => Ok((RecountOutcome::Unsettled, 0)),
        Err(error) => Err(error),
    }
}

/// Whether an event may not have been counted; it may, too, if nobody can tell.
async fn events_set_aside(app: &App) -> bool {
    let depths = app.queues.depths().await;
    depths.map_or(true, |depths| {
        depths
            .iter()
            .any(|queue| queue.dead > 0 && COUNTING.contains(&queue.job.as_str()))
    })
}

async fn report(
    app: &App,
    figures: &TeamFigures,
    counted: &SoFar,
    outcome: RecountOutcome,
    drift: usize,
) -> Result<(), JobFailure> {
    let recount = Recount {
        at: app.clock.now(),
        outcome,
        counted: counted.counted,
        drift: u64::try_from(drift).unwrap_or(u64::MAX),
    };
    figures.report(&recount).await?;
    Ok(())
}
