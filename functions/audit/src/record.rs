//! `audit.record`: writes what happened into the audit log.

use futures::future::join_all;
use plat_domain::{Event, TeamId};
use plat_registry::{App, Grant, Job, JobFailure};
use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) fn job() -> Job {
    Job::on_events("audit.record", &[], handle)
        .summary("Write what happened into the audit log")
        .grants(&[Grant::ReadTable, Grant::WriteTable])
        // Writers of one chain wait for each other, so more of them would not be faster.
        .concurrency(2)
}

async fn handle(app: Arc<App>, events: Vec<Event>) -> Result<(), JobFailure> {
    let mut chains: BTreeMap<Option<TeamId>, Vec<Event>> = BTreeMap::new();
    for event in events {
        chains.entry(event.team_id).or_default().push(event);
    }
    let writes = chains.iter().map(|(team, events)| {
        let chain = match team {
            Some(team) => app.store.team(*team).audit(),
            None => app.store.audit(),
        };
        async move { chain.record(events).await }
    });
    // Each is finished, whatever becomes of the others.
    for written in join_all(writes).await {
        written?;
    }
    Ok(())
}
