//! `GET /api/leads/bulk/{batchId}`

use crate::batch_view::BatchView;
use crate::bulk::BulkResult;
use crate::bulk_rows::KEPT;
use plat_domain::{BatchId, BatchKind, Permission};
use plat_http::problems;
use plat_registry::{App, Can, Endpoint, Failure, Grant, Input, Json, Method, Principal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Which work.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct BatchPath {
    /// The work.
    pub(crate) batch_id: BatchId,
}

/// A change of many leads, or a merge, and what did not go as it should.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Bulk")]
struct BulkView {
    #[serde(flatten)]
    batch: BatchView,
    /// The leads that are not as was asked; of many, the first 1,000.
    results: Vec<BulkResult>,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::GET,
        "/api/leads/bulk/{batchId}",
        "leads.get_bulk",
        Can(Permission::LeadsRead),
        handle,
    )
    .summary("How far a change of many leads, or a merge, is")
    .grants(&[Grant::ReadTable])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<BatchPath>,
) -> Result<Json<BulkView>, Failure> {
    let jobs = app.store.team(who.team).batch_jobs();
    let id = input.path.batch_id;
    let (batch, results) = futures::try_join!(jobs.get(id), jobs.outcomes(id, KEPT))?;
    match batch.value.kind {
        BatchKind::BulkDelete
        | BatchKind::BulkUpdate
        | BatchKind::BulkAssign
        | BatchKind::Merge
        | BatchKind::Unmerge => Ok(Json(BulkView {
            batch: batch.into(),
            results,
        })),
        BatchKind::Import | BatchKind::Export | BatchKind::UndoImport => {
            Err(problems::not_found().into())
        }
    }
}
