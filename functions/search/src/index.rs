//! `search.index`: brings the entries of search and orders to what a lead has become.

use plat_registry::{App, Grant, Job, JobFailure};
use plat_store::{Change, Leads};
use std::sync::Arc;

pub(crate) fn job() -> Job {
    Job::on_change("search.index", &["lead"], handle)
        .summary("Keep the words and orders by which leads are found")
        .grants(&[Grant::WriteTable])
}

async fn handle(app: Arc<App>, change: Change) -> Result<(), JobFailure> {
    let Some(team) = change.team() else {
        return Err(JobFailure("a lead has no team".to_owned()));
    };
    let (old, new) = Leads::changed(&change)?;
    let (old, new) = (old.map(|lead| lead.value), new.map(|lead| lead.value));
    app.store
        .team(team)
        .lead_index()
        .follow(old.as_ref(), new.as_ref())
        .await?;
    Ok(())
}
