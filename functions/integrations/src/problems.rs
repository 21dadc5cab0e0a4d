//! Why a key is not kept.

use plat_domain::IntegrationProvider;
use plat_http::{Problem, problems};
use plat_registry::Failure;

/// Seconds after which a provider that did not answer is worth another try.
const RETRY_SECONDS: i64 = 10;

/// The provider does not take the key; `said` is what it said.
pub(crate) fn refused(provider: IntegrationProvider, said: &str) -> Problem {
    let detail = format!("{provider} does not take this key: {said}.");
    problems::invalid_field("/apiKey", "key_refused", &detail).with("said", said)
}

/// The provider could not be asked, so the key may be good.
pub(crate) fn unreachable(provider: IntegrationProvider, inward: String) -> Failure {
    let detail =
        format!("{provider} does not answer, so the key was not kept. Try again in a moment.");
    Failure {
        problem: Problem::new(&problems::UNAVAILABLE, detail).retry_after(RETRY_SECONDS),
        inward: Some(inward),
    }
}
