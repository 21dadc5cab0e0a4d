//! `leads.import_file`: reads a file of leads to its end, cuts it into parts, and has them worked.

use crate::importing::cut::cut;
use crate::importing::files::{IMPORTS, ImportKey, WORK};
use crate::importing::{Import, WORKS, WorkPart, find};
use plat_registry::{App, Grant, Job, JobFailure};
use plat_services::files::{FileVersion, Uploaded};
use plat_store::StoreError;
use serde_json::Value;
use std::sync::Arc;

/// The largest file takes some minutes.
const TIMEOUT: u32 = 900;

pub(crate) fn job() -> Job {
    Job::on_upload("leads.import_file", IMPORTS, handle)
        .summary("Cut a file of leads into parts, or refuse it")
        .grants(&[
            Grant::ReadTable,
            Grant::WriteTable,
            Grant::ReadFiles(IMPORTS),
            Grant::RemoveFiles(IMPORTS),
            Grant::UploadFiles(WORK),
            Grant::SendTo(WORKS),
        ])
        .batch(1)
        .concurrency(5)
        .timeout(TIMEOUT)
}

async fn handle(app: Arc<App>, uploaded: Uploaded) -> Result<(), JobFailure> {
    // What imports write there is none.
    let Ok(key) = uploaded.key.parse::<ImportKey>() else {
        return Ok(());
    };
    let work = match find(&app, key.team, key.import).await {
        Ok(work) => work,
        Err(StoreError::NotFound) => {
            tracing::warn!("a file was put that is of no import");
            return Ok(());
        }
        Err(error) => return Err(error.into()),
    };
    if work.value.batch.status.is_over() {
        return Ok(());
    }
    let import = Import::of(key.team, &work);
    // It was cut already if this was begun before.
    if work.value.parts.is_none() {
        let file = FileVersion {
            key: uploaded.key,
            version: uploaded.version,
        };
        if let Some(failure) = cut(&app, &import, &work.value.options, file.clone()).await? {
            let jobs = app.store.team(key.team).batch_jobs();
            let command = import.command_at("failed", app.clock.now());
            jobs.fail(&command, key.import, &failure).await?;
            app.files.remove(&[file]).await?;
            return Ok(());
        }
    }
    hand_on(&app, &import).await
}

/// Has the parts worked that can be worked at once. Whoever works the last of them hands on the others.
async fn hand_on(app: &App, import: &Import) -> Result<(), JobFailure> {
    let work = find(app, import.team, import.id).await?;
    let found = crate::importing::found(&work)?;
    let messages = (0..found.at_once).map(|part| {
        serde_json::to_value(WorkPart {
            team: import.team,
            import: import.id,
            part: Some(part),
        })
    });
    let messages: Vec<Value> = messages.collect::<Result<_, _>>()?;
    app.queues.send(WORKS, &messages).await?;
    Ok(())
}
