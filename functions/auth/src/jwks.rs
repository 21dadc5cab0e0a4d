//! `GET /.well-known/jwks.json`

use plat_registry::{App, Cached, Endpoint, Failure, Grant, Input, Method, Open, Visitor};
use schemars::JsonSchema;
use serde::Serialize;
use std::sync::Arc;

/// Seconds for which the keys may be kept. Who meets a key that is not among them asks again.
const MAX_AGE: u32 = 300;

/// A JSON Web Key Set (RFC 7517).
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "KeySet")]
struct KeySetView {
    /// Keys whose access tokens are accepted, newest first.
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
    .grants(&[Grant::ReadTable])
}

async fn handle(app: Arc<App>, _: Visitor, input: Input) -> Result<Cached<KeySetView>, Failure> {
    // Whoever signs may have begun to use another key since this function started.
    app.learn_keys(input.now).await?;
    let keys = app
        .keys
        .public()
        .into_iter()
        .map(|key| KeyView {
            kty: "OKP",
            crv: "Ed25519",
            alg: "EdDSA",
            r#use: "sig",
            kid: key.kid,
            x: key.x,
        })
        .collect();
    Ok(Cached {
        body: KeySetView { keys },
        max_age: MAX_AGE,
    })
}
