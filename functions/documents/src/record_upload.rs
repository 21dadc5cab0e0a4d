//! `documents.record_upload`: looks at a file that was put, and makes it available or rejects it.

use crate::receive::receive;
use plat_domain::{DOCUMENTS, FileKey};
use plat_registry::{App, Grant, Job, JobFailure};
use plat_services::files::Uploaded;
use std::sync::Arc;

/// Reading 50 MiB takes a second; this is for the day on which it takes a minute.
const TIMEOUT: u32 = 120;

pub(crate) fn job() -> Job {
    Job::on_upload("documents.record_upload", DOCUMENTS, handle)
        .summary("Make uploaded files available, or reject them")
        .grants(&[
            Grant::ReadTable,
            Grant::WriteTable,
            Grant::ReadFiles(DOCUMENTS),
            Grant::RemoveFiles(DOCUMENTS),
        ])
        .batch(1)
        .timeout(TIMEOUT)
}

async fn handle(app: Arc<App>, uploaded: Uploaded) -> Result<(), JobFailure> {
    let Ok(key) = uploaded.key.parse::<FileKey>() else {
        tracing::warn!("a file was put that is of no document");
        return Ok(());
    };
    // A file without a record of it is tried again: its notice may have come first.
    if !receive(&app, &key, uploaded.version, uploaded.at).await? {
        let document = key.document.to_string();
        tracing::warn!(
            document,
            "a file of {document} was gone when it was looked for"
        );
    }
    Ok(())
}
