//! `activities.record`: tells in timelines what happened.

use plat_domain::{Activity, ActivityType, Event};
use plat_registry::{App, Grant, Job, JobFailure};
use std::sync::Arc;

pub(crate) fn job() -> Job {
    Job::on_event("activities.record", ActivityType::sources(), handle)
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
