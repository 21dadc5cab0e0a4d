//! `deals.keep_board`: keeps at hand what the board shows.
//!
//! Whatever changes a deal puts it on top of its column, so that the board is right at once. This job comes after: it
//! takes out what has sunk, lest the board reads more the more deals there are, and brings back what moves up.

use plat_domain::{Event, EventType, TeamId};
use plat_registry::{App, Grant, Job, JobFailure};
use plat_store::Sight;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The events after which a column may have too many cards or too few.
const MOVING: &[EventType] = &[
    EventType::DealCreated,
    EventType::DealUpdated,
    EventType::DealStatusChanged,
    EventType::DealAssigned,
    EventType::DealDeleted,
];

/// Events that are worked together: of a busy team, all of these ask for one look at its board.
const BATCH: u32 = 100;

pub(crate) fn job() -> Job {
    Job::on_events("deals.keep_board", MOVING, handle)
        .summary("Keep at hand the deals that the board shows")
        .grants(&[Grant::ReadTable, Grant::WriteTable])
        .batch(BATCH)
        // Two that look at one board at once would do the same.
        .concurrency(2)
}

async fn handle(app: Arc<App>, events: Vec<Event>) -> Result<(), JobFailure> {
    let teams: BTreeSet<TeamId> = events.iter().filter_map(|event| event.team_id).collect();
    for team in teams {
        let team = app.store.team(team);
        let figures = team.figures().deals(Sight::All, None).await?;
        let counts = |status| figures.count(status);
        team.deals().keep_board(counts).await?;
    }
    Ok(())
}
