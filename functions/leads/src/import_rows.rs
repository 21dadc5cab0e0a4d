//! `leads.import_rows`: works one part of a file of leads; the last puts together what all came to.
//!
//! What the rows of a part came to is written before it is counted, and not worked again once it is written. So a message that
//! comes twice, or a crash between any two steps, changes nothing.

use crate::importing::columns::Found;
use crate::importing::files::{IMPORTS, ImportKey, WORK, lines, verdicts, write_verdicts};
use crate::importing::options::ImportOptions;
use crate::importing::outcome::put_together;
use crate::importing::verdict::{Verdict, counts, tag_uses};
use crate::importing::worker::Worker;
use crate::importing::{Import, WORKS, WorkPart, find, found};
use plat_registry::{App, Grant, Job, JobFailure};
use plat_store::StoreError;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A part takes seconds; one of which every row is of one person takes minutes.
const TIMEOUT: u32 = 300;

pub(crate) fn job() -> Job {
    Job::on_message(WORKS, handle)
        .summary("Make leads of a part of a file")
        .grants(&[
            Grant::ReadTable,
            Grant::WriteTable,
            Grant::ReadFiles(WORK),
            Grant::UploadFiles(WORK),
            Grant::ReadFiles(IMPORTS),
            Grant::UploadFiles(IMPORTS),
            Grant::SendTo(WORKS),
        ])
        .batch(1)
        .concurrency(5)
        .timeout(TIMEOUT)
}

async fn handle(app: Arc<App>, message: WorkPart) -> Result<(), JobFailure> {
    let work = match find(&app, message.team, message.import).await {
        Ok(work) => work,
        Err(StoreError::NotFound) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    if work.value.batch.status.is_over() {
        return Ok(());
    }
    let (import, found) = (Import::of(message.team, &work), found(&work)?);
    let parts = work.value.parts.unwrap_or_default();
    let key = ImportKey {
        team: import.team,
        import: import.id,
    };
    let jobs = app.store.team(import.team).batch_jobs();
    let Some(part) = message.part else {
        put_together(&app, key, &found, parts).await?;
        let command = import.command_at("completed", app.clock.now());
        jobs.complete(&command, import.id, &BTreeMap::new()).await?;
        return Ok(());
    };
    let verdicts = came_to(&app, &import, &work.value.options, &found, part).await?;
    let command = import.command_at(&format!("part {part}"), app.clock.now());
    let imports = app.store.team(import.team).imports();
    let uses = tag_uses(&verdicts);
    imports.count_tags(&command, import.id, part, &uses).await?;
    match jobs
        .add_part(&command, import.id, part, &counts(&verdicts))
        .await
    {
        Ok(()) => hand_on(&app, message, &found, parts).await,
        Err(error) => Err(error.into()),
    }
}

/// What the rows of a part came to: worked now, unless they were before.
async fn came_to(
    app: &App,
    import: &Import,
    options: &ImportOptions,
    found: &Found,
    part: u64,
) -> Result<Vec<Verdict>, JobFailure> {
    let key = ImportKey {
        team: import.team,
        import: import.id,
    };
    let told = key.verdicts(&found.folder, part);
    if let Some(verdicts) = verdicts(app, &told).await? {
        return Ok(verdicts);
    }
    let rows = lines(app, &key.part(&found.folder, found.at_once, part)).await?;
    let worker = Worker::new(app, import, options, found).await?;
    let verdicts = worker.work(rows).await?;
    write_verdicts(app, &told, &verdicts).await?;
    Ok(verdicts)
}

/// What is next: behind the last of the parts that are worked at once the first of the others, behind each of those the next,
/// and behind the last the end.
async fn hand_on(
    app: &App,
    message: WorkPart,
    found: &Found,
    parts: u64,
) -> Result<(), JobFailure> {
    let Some(part) = message.part else {
        return Ok(());
    };
    let next = if part < found.at_once {
        let done = find(app, message.team, message.import).await?;
        if done.value.parts_done < found.at_once {
            return Ok(());
        }
        found.at_once
    } else {
        part + 1
    };
    let next = WorkPart {
        part: (next < parts).then_some(next),
        ..message
    };
    app.queues
        .send(WORKS, &[serde_json::to_value(next)?])
        .await?;
    Ok(())
}
