//! `activities.record`: tells in a lead's timeline what happened to the lead and its notes.
//!
//! What is removed from the table tells nothing: a lead is removed only once its time to be restored is over, and the
//! line of a deleted note is written together with its deletion.

use plat_domain::{lead_activities, note_activity};
use plat_registry::{App, Grant, Job, JobFailure};
use plat_store::{Change, Leads, Notes};
use std::sync::Arc;

pub(crate) fn job() -> Job {
    Job::on_change("activities.record", &["lead", "note"], handle)
        .summary("Write what happened into the timeline of its lead")
        .grants(&[Grant::WriteTable])
}

async fn handle(app: Arc<App>, change: Change) -> Result<(), JobFailure> {
    let Some(team) = change.team() else {
        return Err(JobFailure(format!("a {} has no team", change.kind())));
    };
    let timeline = app.store.team(team).activities();
    if change.kind() == "lead" {
        let (old, new) = Leads::changed(&change)?;
        let Some(new) = new else { return Ok(()) };
        let happened = lead_activities(old.as_ref().map(|old| &old.value), &new.value);
        timeline.record(new.value.id, &new, happened).await?;
    } else {
        let (old, new) = Notes::changed(&change)?;
        let Some(new) = new else { return Ok(()) };
        let before = old.as_ref().map(|old| &old.value.content);
        let happened = note_activity(new.value.id, before, Some(&new.value.content));
        timeline
            .record(new.value.lead, &new, happened.into_iter().collect())
            .await?;
    }
    Ok(())
}
