//! `documents.record_scan`: withdraws a file in which malware was found.
//!
//! The document falls back to its newest version that is available, if there is one: what was clean before stays at hand.

use plat_domain::{DOCUMENTS, FileKey, ScanVerdict};
use plat_registry::{App, Grant, Job, JobFailure};
use plat_services::files::{Scanned, Verdict};
use std::sync::Arc;

pub(crate) fn job() -> Job {
    Job::on_scan("documents.record_scan", DOCUMENTS, handle)
        .summary("Withdraw files in which malware was found")
        .grants(&[Grant::ReadTable, Grant::WriteTable])
}

async fn handle(app: Arc<App>, scanned: Scanned) -> Result<(), JobFailure> {
    let Ok(key) = scanned.key.parse::<FileKey>() else {
        tracing::warn!("a file was searched that is of no document");
        return Ok(());
    };
    let document = key.document.to_string();
    let verdict = match &scanned.verdict {
        Verdict::Clean => ScanVerdict::Clean,
        Verdict::Threat { names } => {
            let names = names.join(", ");
            tracing::warn!(document, names, "malware was found in a file of {document}");
            ScanVerdict::Threat
        }
        Verdict::Unknown { status } => {
            tracing::warn!(
                document,
                status,
                "a file of {document} could not be searched"
            );
            ScanVerdict::Unknown
        }
    };
    let what = format!("scanned {verdict}");
    let documents = app.store.team(key.team).documents();
    documents
        .follow(&key, &what, scanned.at, |version| version.scanned(verdict))
        .await?;
    Ok(())
}
