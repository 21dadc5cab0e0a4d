//! What clients see of long work that somebody started.

use jiff::Timestamp;
use plat_domain::{Actor, Batch, BatchId, BatchKind, BatchStatus};
use plat_store::Stored;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// Long work, and how far it is.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Batch")]
pub(crate) struct BatchView {
    /// Which.
    id: BatchId,
    /// What is done.
    kind: BatchKind,
    /// How far it is.
    status: BatchStatus,
    /// How many pieces there are; null until that is known.
    total: Option<u64>,
    /// How many came to what.
    counts: BTreeMap<String, u64>,
    /// Why it could not be done.
    failure: Option<BatchFailureView>,
    /// Who started it.
    started_by: Actor,
    /// When.
    #[serde(serialize_with = "plat_domain::write_time")]
    started_at: Timestamp,
    /// When it was over.
    ended_at: Option<Timestamp>,
}

/// Why long work could not be done.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "BatchFailure")]
pub(crate) struct BatchFailureView {
    /// A word for programs.
    code: String,
    /// A sentence for people.
    detail: String,
}

impl From<Stored<Batch>> for BatchView {
    fn from(stored: Stored<Batch>) -> Self {
        let batch = stored.value;
        Self {
            id: batch.id,
            kind: batch.kind,
            status: batch.status,
            total: batch.total,
            counts: batch.counts,
            failure: batch.failure.map(|failure| BatchFailureView {
                code: failure.code,
                detail: failure.detail.to_string(),
            }),
            started_by: stored.created_by,
            started_at: stored.created_at,
            ended_at: batch.ended_at,
        }
    }
}
