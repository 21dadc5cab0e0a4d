//! The service itself: what it is, whether it lives, how it is called.
//!
//! Here belong endpoints that are about no one's data. Not here: making the reference (`infra`).

mod docs;
mod health;
mod openapi;
mod packed;
mod root;

use plat_registry::Function;

/// Plat's version.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Every function of this domain.
pub fn functions() -> Vec<Function> {
    vec![
        docs::endpoint().into(),
        health::endpoint().into(),
        openapi::endpoint().into(),
        root::endpoint().into(),
    ]
}
