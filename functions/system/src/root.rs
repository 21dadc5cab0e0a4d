//! `GET /`

use crate::VERSION;
use plat_registry::{App, Endpoint, Failure, Input, Json, Method, Open, Visitor};
use schemars::JsonSchema;
use serde::Serialize;
use std::sync::Arc;

/// What answers here, and where to read on.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Service")]
struct ServiceView {
    /// Its name.
    name: &'static str,
    /// Its version.
    version: &'static str,
    /// Where to read on.
    links: LinksView,
}

/// Paths of this service.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ServiceLinks")]
struct LinksView {
    /// The reference, to read and to try.
    docs: &'static str,
    /// The reference, for machines.
    openapi: &'static str,
    /// Whether it lives.
    health: &'static str,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(Method::GET, "/", "system.root", Open, handle)
        .summary("Name, version, and where to read on")
}

async fn handle(_: Arc<App>, _: Visitor, _: Input) -> Result<Json<ServiceView>, Failure> {
    Ok(Json(ServiceView {
        name: "Plat API",
        version: VERSION,
        links: LinksView {
            docs: "/docs",
            openapi: "/openapi.json",
            health: "/health",
        },
    }))
}
