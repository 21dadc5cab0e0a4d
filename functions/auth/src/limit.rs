//! How often a password or code may be guessed, and mail be asked for.

use jiff::Timestamp;
use plat_domain::Email;
use plat_http::{Problem, problems};
use plat_registry::{App, Client, Failure};
use plat_store::Limit;

/// Attempts in a quarter of an hour: enough for somebody who tries their few passwords, too few to guess one.
const TIMES: i64 = 5;
const SECONDS: i64 = 15 * 60;

/// Wrong passwords for one account from one address.
pub(crate) const LOGIN: Limit = limit("login");

/// Wrong codes for one account, from wherever: whoever gets this far has the password.
pub(crate) const CODE: Limit = limit("code");

/// Mails with a reset link for one account from one address.
pub(crate) const FORGOT: Limit = limit("forgot");

const fn limit(what: &'static str) -> Limit {
    Limit {
        what,
        times: TIMES,
        seconds: SECONDS,
    }
}

/// Names an account as seen from one address, without saying which.
///
/// The address is a part of it, so that nobody can lock others out of their accounts.
pub(crate) fn account_from(app: &App, email: &Email, client: &Client) -> String {
    app.keys
        .fingerprint(&[email.key().as_bytes(), client.prefix.as_bytes()])
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Counts an attempt before it is made, so that many at once do not all pass.
pub(crate) async fn take(
    app: &App,
    limit: Limit,
    whom: &str,
    now: Timestamp,
) -> Result<(), Failure> {
    match app.store.limits().take(limit, whom, now).await? {
        Ok(()) => Ok(()),
        Err(wait) => Err(Problem::new(
            &problems::TOO_MANY_REQUESTS,
            format!("Too many attempts. Wait {wait} seconds."),
        )
        .retry_after(wait)
        .into()),
    }
}
