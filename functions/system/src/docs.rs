//! `GET /docs`: Swagger UI in one page, which asks for nothing but the reference and what its reader tries out.

use crate::packed::{Packed, packed};
use http::HeaderValue;
use http::header::CONTENT_SECURITY_POLICY;
use plat_registry::{App, Endpoint, Failure, Input, Method, Open, Raw, Visitor};
use std::sync::Arc;

const PAGE: Packed = packed!("page.html");

/// Names the page's script by its hash, and lets the page speak to this service alone.
const POLICY: &str = include_str!(concat!(env!("OUT_DIR"), "/policy"));

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(Method::GET, "/docs", "system.docs", Open, handle)
        .summary("This reference, to read and to try")
}

async fn handle(_: Arc<App>, _: Visitor, input: Input) -> Result<Raw, Failure> {
    let mut reply = PAGE.reply("text/html; charset=utf-8", &input.client)?;
    reply
        .headers
        .insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    Ok(reply)
}
