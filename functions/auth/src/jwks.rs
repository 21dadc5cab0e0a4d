//! `GET /.well-known/jwks.json`

use plat_registry::{App, Cached, Endpoint, Failure, Input, Method, Open, Visitor};
use schemars::JsonSchema;
use serde::Serialize;
use std::sync::Arc;

/// Seconds for which the keys may be kept: a new key is listed for longer than that before it signs.
const MAX_AGE: u32 = 300;

/// A JSON Web Key Set (RFC 7517).
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "KeySet")]
struct KeySetView {
    /// Keys whose access tokens are accepted; the first one signs.
    keys: Vec<KeyView>,
}

/// An Ed25519 public key (RFC 8037).
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Key")]
struct KeyView {
    kty: &'static str,
    crv: &'static str,
    alg: &'static str,
    r#use: &'static str,
    /// As access tokens name it in their header.
    kid: String,
    /// The key, base64url.
    x: String,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::GET,
        "/.well-known/jwks.json",
        "auth.jwks",
        Open,
        handle,
    )
    .summary("Public keys that verify access tokens")
}

async fn handle(app: Arc<App>, _: Visitor, _: Input) -> Result<Cached<KeySetView>, Failure> {
    let keys = app
        .keys
        .public()
        .map(|key| KeyView {
            kty: "OKP",
            crv: "Ed25519",
            alg: "EdDSA",
            r#use: "sig",
            kid: key.kid.clone(),
            x: key.x.clone(),
        })
        .collect();
    Ok(Cached {
        body: KeySetView { keys },
        max_age: MAX_AGE,
    })
}
