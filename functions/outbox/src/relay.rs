//! `outbox.relay`: publishes what happened.
//!
//! No handler publishes: if a write was committed, its event comes from the table's stream; if it was not, there is none.
//! A change that is told twice makes events with the same ids.

use plat_domain::{Event, MAX_DEPTH};
use plat_registry::{App, Grant, Job, JobFailure};
use plat_store::{Change, TOLD_KINDS, events};
use std::sync::Arc;

pub(crate) fn job() -> Job {
    Job::on_changes("outbox.relay", TOLD_KINDS, handle)
        .summary("Publish what happened on the event bus")
        .grants(&[Grant::PublishEvents])
}

async fn handle(app: Arc<App>, changes: Vec<Change>) -> Result<(), JobFailure> {
    let mut told = Vec::new();
    for change in &changes {
        told.extend(events(change)?.into_iter().filter(ends_somewhere));
    }
    if !told.is_empty() {
        app.bus.publish(&told).await?;
    }
    Ok(())
}

/// Whether an event may still cause others. One that is the end of a long chain is told to the log alone.
fn ends_somewhere(event: &Event) -> bool {
    let depth = event.causation.depth;
    if depth > MAX_DEPTH {
        let (kind, id) = (event.fact.kind(), event.id);
        tracing::error!(
            r#type = kind.as_str(),
            event = %id,
            depth,
            "events cause each other in a circle; {kind} {id} is not published"
        );
    }
    depth <= MAX_DEPTH
}
