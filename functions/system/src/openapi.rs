//! `GET /openapi.json`

use crate::packed::{Packed, packed};
use plat_registry::{App, Endpoint, Failure, Input, Method, Open, Raw, Visitor};
use std::sync::Arc;

const MEDIA_TYPE: &str = "application/json";

/// Written by `cargo run -p plat-infra -- write`.
const REFERENCE: Packed = packed!("openapi.json");

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(Method::GET, "/openapi.json", "system.openapi", Open, handle)
        .summary("This reference, as OpenAPI 3.1")
        .media_type(MEDIA_TYPE)
}

async fn handle(_: Arc<App>, _: Visitor, input: Input) -> Result<Raw, Failure> {
    REFERENCE.reply(MEDIA_TYPE, &input.client)
}
