//! `leads.begin_batch`: hands long work that somebody started to the job that does it, one message after the other.
//!
//! Exports and merges are not among them: they are done by whoever follows their events.

use crate::{bulk_rows, undo_rows};
use plat_domain::{BatchKind, Event, EventType, Fact};
use plat_registry::{App, Grant, Job, JobFailure};
use std::sync::Arc;

pub(crate) fn job() -> Job {
    Job::on_event("leads.begin_batch", &[EventType::BatchStarted], handle)
        .summary("Begin changes of many leads, and the undoing of imports")
        .grants(&[
            Grant::SendTo(bulk_rows::OPERATION),
            Grant::SendTo(undo_rows::OPERATION),
        ])
}

async fn handle(app: Arc<App>, event: Event) -> Result<(), JobFailure> {
    let Fact::BatchStarted(batch) = &event.fact else {
        return Ok(());
    };
    let job = match batch.kind {
        BatchKind::BulkDelete | BatchKind::BulkUpdate | BatchKind::BulkAssign => {
            bulk_rows::OPERATION
        }
        BatchKind::UndoImport => undo_rows::OPERATION,
        BatchKind::Import | BatchKind::Export | BatchKind::Merge | BatchKind::Unmerge => {
            return Ok(());
        }
    };
    let work = serde_json::to_value(&event)?;
    app.queues.send(job, &[work]).await?;
    Ok(())
}
