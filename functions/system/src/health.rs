//! `GET /health`
//!
//! Open to all and not counted: the one read that it makes costs less than counting it would.

use crate::VERSION;
use plat_http::problems::UNAVAILABLE;
use plat_registry::{App, Endpoint, Failure, Grant, Input, Json, Method, Open, Visitor};
use schemars::JsonSchema;
use serde::Serialize;
use std::sync::Arc;

/// The service answers, and so does its table.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Health")]
struct HealthView {
    /// Always `ok`; whatever is not is a problem.
    status: &'static str,
    /// The version that answers.
    version: &'static str,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(Method::GET, "/health", "system.health", Open, handle)
        .summary("Whether the service and its table answer")
        .grants(&[Grant::ReadTable])
        .problems(&[&UNAVAILABLE])
}

async fn handle(app: Arc<App>, _: Visitor, _: Input) -> Result<Json<HealthView>, Failure> {
    // Whatever is wrong with the table, a probe needs one answer.
    app.store
        .ping()
        .await
        .map_err(|error| Failure::unavailable(error.to_string()))?;
    Ok(Json(HealthView {
        status: "ok",
        version: VERSION,
    }))
}
