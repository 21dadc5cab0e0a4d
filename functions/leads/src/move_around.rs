//! `leads.move_around`: moves what is around a lead to the lead that took it in, and back.

use plat_domain::{Event, EventType, Fact};
use plat_registry::{App, Grant, Job, JobFailure};
use plat_store::Command;
use std::sync::Arc;

/// The events that it follows.
const FOLLOWED: &[EventType] = &[EventType::LeadMerged, EventType::LeadUnmerged];

pub(crate) fn job() -> Job {
    Job::on_event("leads.move_around", FOLLOWED, handle)
        .summary("Move what is around a lead to the lead that took it in, and back")
        .grants(&[Grant::ReadTable, Grant::WriteTable])
        .batch(1)
        // A lead with ten thousand notes; one with more is taken up again where it stopped.
        .timeout(300)
}

async fn handle(app: Arc<App>, event: Event) -> Result<(), JobFailure> {
    let (Fact::LeadMerged(merge) | Fact::LeadUnmerged(merge), Some(team)) =
        (&event.fact, event.team_id)
    else {
        return Ok(());
    };
    let winner = event.subject.id.parse()?;
    let command = Command::after(&event, "move_around");
    let merges = app.store.team(team).merges();
    merges.move_around(&command, winner, merge).await?;
    Ok(())
}
