//! `search.index`: brings the entries of search and orders to what a record has become.

use plat_registry::{App, Grant, Job, JobFailure};
use plat_store::{Change, INDEXED_KINDS};
use std::sync::Arc;

pub(crate) fn job() -> Job {
    Job::on_change("search.index", &INDEXED_KINDS, handle)
        .summary("Keep the words and orders by which leads, clients and deals are found")
        .grants(&[Grant::WriteTable])
}

async fn handle(app: Arc<App>, change: Change) -> Result<(), JobFailure> {
    let Some(team) = change.team() else {
        return Err(JobFailure(format!("a {} has no team", change.kind())));
    };
    app.store.team(team).entries().follow(&change).await?;
    Ok(())
}
