//! Hashing and comparing, away from the threads that answer other requests: each takes tens of milliseconds of CPU.

use crate::secret::Secret;
use plat_domain::Password;
use plat_registry::{App, Failure};
use plat_services::password::{self, Verdict};

/// The hash of a new password.
pub(crate) async fn hash(app: &App, password: Password) -> Result<String, Failure> {
    hash_text(app, password, Password::as_str).await
}

/// Today's hash of a password that was just found to match an older one.
pub(crate) async fn hash_again(app: &App, password: Secret) -> Result<String, Failure> {
    hash_text(app, password, Secret::as_str).await
}

async fn hash_text<T: Send + 'static>(
    app: &App,
    password: T,
    text: fn(&T) -> &str,
) -> Result<String, Failure> {
    let random = app.random.clone();
    aside(move || password::hash(text(&password), &*random))
        .await?
        .map_err(|error| Failure::fault(error.to_string()))
}

/// Compares; without a hash, takes as long and says no.
pub(crate) async fn verify(password: Secret, hash: Option<String>) -> Result<Verdict, Failure> {
    aside(move || password::verify(password.as_str(), hash.as_deref())).await
}

async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Failure::fault(format!("hashing did not finish: {error}")))
}
