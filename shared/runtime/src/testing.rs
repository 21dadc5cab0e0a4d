//! An app for this crate's tests. Nothing listens where its table should be.

use crate::environment::Environment;
use plat_registry::App;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The variables that a function finds in Lambda.
pub(crate) fn variables() -> BTreeMap<&'static str, String> {
    let seal = "5ea1".repeat(16);
    [
        ("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001"),
        ("AWS_LAMBDA_FUNCTION_NAME", "plat-leads-get"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ACCESS_KEY_ID", "an-id"),
        ("AWS_SECRET_ACCESS_KEY", "a-secret"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:9"),
        ("APP_ORIGIN", "https://app.example.com"),
        ("TABLE_NAME", "plat"),
        ("PLAT_SEAL", seal.as_str()),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .into()
}

pub(crate) fn read(variables: &BTreeMap<&'static str, String>) -> Result<Environment, String> {
    Environment::read(|name| variables.get(name).cloned())
}

pub(crate) fn app() -> Arc<App> {
    let environment = read(&variables()).unwrap_or_else(|reason| panic!("{reason}"));
    let app = futures::executor::block_on(environment.into_app(&[]));
    Arc::new(app.unwrap_or_else(|reason| panic!("{reason}")))
}
