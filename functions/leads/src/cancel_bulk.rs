//! `POST /api/leads/bulk/{batchId}/cancel`

use crate::batch_view::BatchView;
use crate::bulk_rows::is_bulk;
use crate::get_bulk::BatchPath;
use plat_domain::Permission;
use plat_http::problems;
use plat_registry::{App, Can, Endpoint, Failure, Grant, Input, Json, Method, Principal};
use std::sync::Arc;

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::POST,
        "/api/leads/bulk/{batchId}/cancel",
        "leads.cancel_bulk",
        Can(Permission::LeadsBulk),
        handle,
    )
    .summary("Stop a change of many leads; what was done stays done")
    .grants(&[Grant::ReadTable, Grant::WriteTable])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<BatchPath>,
) -> Result<Json<BatchView>, Failure> {
    let command = input.command(&who.user);
    let jobs = app.store.team(who.team).batch_jobs();
    let batch = jobs.get(input.path.batch_id).await?;
    if !is_bulk(batch.value.kind) {
        return Err(problems::not_found().into());
    }
    // What is over stays as it is; the reply says how.
    jobs.cancel(&command, batch.value.id).await?;
    Ok(Json(jobs.get(batch.value.id).await?.into()))
}
