//! `emails.record_event`: what SES tells of an e-mail becomes part of its history.

use plat_domain::MailEvent;
use plat_registry::{App, Grant, Job, JobFailure};
use plat_store::StoreError;
use std::sync::Arc;

pub(crate) fn job() -> Job {
    Job::on_mail_event("emails.record_event", handle)
        .summary("Record what became of an e-mail, and who is not written to any more")
        .grants(&[Grant::ReadTable, Grant::WriteTable])
}

async fn handle(app: Arc<App>, event: MailEvent) -> Result<(), JobFailure> {
    let Some(team) = event.team_id else {
        return Ok(());
    };
    let emails = app.store.team(team).emails();
    match emails.tell(&event, app.clock.now()).await {
        // It was removed since, with its client, or is of another installation in the same account.
        Err(StoreError::NotFound) => Ok(()),
        told => Ok(told?),
    }
}
