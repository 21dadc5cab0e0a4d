//! What a handler fails with: what the client is told, and what the log is told.

use plat_http::{FieldError, Problem, problems};
use plat_services::vault::VaultError;
use plat_services::{FilesError, KeyError, MailError};
use plat_store::StoreError;

/// Seconds after which a failing dependency is worth another try.
const RETRY_SECONDS: i64 = 2;

/// A problem with an outward and an inward side.
#[derive(Debug)]
pub struct Failure {
    /// For the client.
    pub problem: Problem,
    /// For the log; nothing personal.
    pub inward: Option<String>,
}

impl Failure {
    /// A fault of ours: the client learns only that it is one.
    pub fn fault(inward: impl Into<String>) -> Self {
        Self {
            problem: Problem::new(
                &problems::INTERNAL,
                "The request was not done. Its id in `instance` tells us which it was.",
            ),
            inward: Some(inward.into()),
        }
    }

    /// A token that does not read: `problem` if that is the token's doing, a fault if it is ours.
    pub fn for_token(error: KeyError, problem: Problem) -> Self {
        match error {
            KeyError::Invalid | KeyError::UnknownKey => problem.into(),
            KeyError::Material(_) | KeyError::CannotSign | KeyError::NoTokens => error.into(),
        }
    }

    /// Something that this needs does not answer.
    pub fn unavailable(inward: impl Into<String>) -> Self {
        Self {
            problem: Problem::new(
                &problems::UNAVAILABLE,
                "Something this needs does not answer. Try again in a moment.",
            )
            .retry_after(RETRY_SECONDS),
            inward: Some(inward.into()),
        }
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self {
            problem,
            inward: None,
        }
    }
}

impl From<Vec<FieldError>> for Failure {
    fn from(errors: Vec<FieldError>) -> Self {
        problems::invalid(errors).into()
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => problems::not_found().into(),
            StoreError::Merged { into, .. } => problems::merged(&into.to_string()).into(),
            StoreError::Stale { current } => stale(current).into(),
            StoreError::Taken(field) => {
                let pointer = format!("/{field}");
                let error = FieldError {
                    pointer,
                    code: "taken".to_owned(),
                    detail: "This is already in use.".to_owned(),
                };
                Problem::new(&problems::DUPLICATE, format!("{field} is already in use."))
                    .with_errors(vec![error])
                    .into()
            }
            StoreError::MissingReference(field) => problems::invalid_field(
                &format!("/{field}"),
                "reference_not_found",
                "There is no such record in this team.",
            )
            .into(),
            StoreError::LimitReached(what) => Problem::new(
                &problems::LIMIT_REACHED,
                format!("The limit on {what} is reached."),
            )
            .with("limit", what)
            .into(),
            StoreError::Contended => Problem::new(
                &problems::CONFLICT,
                "Others are changing this right now. Try again.",
            )
            .retry_after(1)
            .into(),
            StoreError::Unavailable(inward) => Self::unavailable(inward),
            StoreError::Fault(inward) => Self::fault(inward),
        }
    }
}

impl From<KeyError> for Failure {
    fn from(error: KeyError) -> Self {
        Self::fault(error.to_string())
    }
}

impl From<MailError> for Failure {
    fn from(error: MailError) -> Self {
        match error {
            MailError::Unavailable(inward)
            | MailError::Throttled(inward)
            | MailError::QuotaExceeded(inward)
            | MailError::Uncertain(inward) => Self::unavailable(inward),
            MailError::Refused(inward) => Self::fault(inward),
        }
    }
}

impl From<FilesError> for Failure {
    fn from(error: FilesError) -> Self {
        match error {
            FilesError::Unavailable(inward) => Self::unavailable(inward),
            FilesError::Refused(inward) => Self::fault(inward),
        }
    }
}

impl From<VaultError> for Failure {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::Unavailable(inward) => Self::unavailable(inward),
            VaultError::DoesNotOpen | VaultError::Refused(_) => Self::fault(error.to_string()),
        }
    }
}

/// The record has another version than the client named.
pub(crate) fn stale(current: u64) -> Problem {
    Problem::new(
        &problems::STALE,
        format!("The record is at version {current} now. Read it again and repeat the change."),
    )
    .with("currentVersion", current)
}
