//! `analytics.aggregate`: counts what happens to records and e-mails, and keeps who was active.
//!
//! Counters would follow the table's stream if DynamoDB let more than two readers at a shard; the relay and the search
//! index are those two. So they follow events, in any order, and each counts once however often it is told: what a batch
//! adds is folded first, and added together with a mark for each of its events.

use plat_domain::figures::COUNTED;
use plat_domain::{Event, TeamId};
use plat_registry::{App, Grant, Job, JobFailure};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Events that are worked together: more than fit one transaction, so that those of a busy team share its counters.
const BATCH: u32 = 100;

pub(crate) fn job() -> Job {
    Job::on_events("analytics.aggregate", COUNTED, handle)
        .summary("Count records by status and assignee, how far e-mails come, what happens each day, and who is active")
        .grants(&[Grant::ReadTable, Grant::WriteTable])
        .batch(BATCH)
        // All additions of a team meet at one item; more at once would only wait for each other.
        .concurrency(2)
}

async fn handle(app: Arc<App>, events: Vec<Event>) -> Result<(), JobFailure> {
    let mut by_team: BTreeMap<TeamId, Vec<Event>> = BTreeMap::new();
    for event in events {
        if let Some(team) = event.team_id {
            by_team.entry(team).or_default().push(event);
        }
    }
    for (team, events) in by_team {
        let figures = app.store.team(team).figures();
        figures.follow(&events, app.clock.now()).await?;
        figures.keep_active(&events).await?;
    }
    Ok(())
}
