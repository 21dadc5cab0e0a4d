//! `activities.record`: tells in timelines what happened.

use plat_domain::{Activity, Event, EventType};
use plat_registry::{App, Grant, Job, JobFailure};
use std::sync::Arc;

/// The events that make a line.
const TOLD: &[EventType] = &[
    EventType::LeadCreated,
    EventType::LeadRestored,
    EventType::LeadUpdated,
    EventType::LeadStatusChanged,
    EventType::LeadAssigned,
    EventType::LeadTagged,
    EventType::LeadUntagged,
    EventType::LeadDeleted,
    EventType::NoteAdded,
    EventType::NoteUpdated,
    EventType::NoteDeleted,
    EventType::TeamUpdated,
    EventType::InvitationSent,
    EventType::MemberJoined,
    EventType::MemberRoleChanged,
    EventType::MemberRemoved,
];

pub(crate) fn job() -> Job {
    Job::on_event("activities.record", TOLD, handle)
        .summary("Write what happened into timelines")
        .grants(&[Grant::WriteTable])
}

async fn handle(app: Arc<App>, event: Event) -> Result<(), JobFailure> {
    if let (Some(team), Some(activity)) = (event.team_id, Activity::of(&event)) {
        let timeline = app.store.team(team).activities();
        timeline.record(&event, activity).await?;
    }
    Ok(())
}
