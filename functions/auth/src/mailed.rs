//! Tokens that are mailed: how long they are good, and reading what comes back.

use crate::problems::invalid_token;
use crate::secret::Secret;
use jiff::{SignedDuration, Timestamp};
use plat_domain::{Actor, TokenPurpose, UserId};
use plat_registry::{App, Failure};
use plat_services::MailedPurpose;
use plat_store::{Command, StoreError, Token};

/// A day, so that a mail that was overlooked in the evening still works in the morning.
const VERIFICATION_LIFE: SignedDuration = SignedDuration::from_hours(24);

/// An hour: whoever asks for it is waiting for it, and it opens the account.
const RESET_LIFE: SignedDuration = SignedDuration::from_hours(1);

pub(crate) fn verification_end(at: Timestamp) -> Timestamp {
    at.checked_add(VERIFICATION_LIFE).unwrap_or(at)
}

pub(crate) fn reset_end(at: Timestamp) -> Timestamp {
    at.checked_add(RESET_LIFE).unwrap_or(at)
}

/// Whoever has no account, or has not said which.
pub(crate) fn nobody() -> Actor {
    Actor {
        id: UserId::from_bits(0),
        name: String::new(),
    }
}

/// A token that can still be used, and whose account it is about.
pub(crate) async fn read(
    app: &App,
    command: &Command,
    purpose: (MailedPurpose, TokenPurpose),
    mailed: &Secret,
) -> Result<(Token, UserId), Failure> {
    let id = app
        .keys
        .read_mailed(purpose.0, mailed.as_str())
        .map_err(|error| Failure::for_token(error, invalid_token()))?;
    let token = app.store.tokens().find(command, id, purpose.1).await?;
    let user = token.as_ref().and_then(|token| token.user);
    token.zip(user).ok_or_else(|| invalid_token().into())
}

/// What using a token up failed with: that it is gone means that another request was faster.
pub(crate) fn not_used(error: StoreError) -> Failure {
    match error {
        StoreError::NotFound => invalid_token().into(),
        other @ (StoreError::Merged { .. }
        | StoreError::Stale { .. }
        | StoreError::Taken(_)
        | StoreError::MissingReference(_)
        | StoreError::LimitReached(_)
        | StoreError::Contended
        | StoreError::Unavailable(_)
        | StoreError::Fault(_)) => other.into(),
    }
}
