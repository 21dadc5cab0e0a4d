//! The problems that every endpoint can have. A domain's own stand in its `problems.rs`.

use crate::problem::{Problem, ProblemType};
use crate::read::FieldError;

macro_rules! problem_types {
    ($($(#[$doc:meta])* $name:ident = $status:literal $slug:literal $title:literal;)*) => {$(
        $(#[$doc])*
        pub const $name: ProblemType = ProblemType { slug: $slug, status: $status, title: $title };
    )*};
}

problem_types! {
    /// The body is not JSON, or a header or cursor cannot be read.
    MALFORMED = 400 "malformed" "The request cannot be read";
    /// The cursor was altered, is too old, or belongs to another list.
    BAD_CURSOR = 400 "bad-cursor" "The cursor is not valid here";
    /// There is no access token, or it is not valid any more.
    UNAUTHENTICATED = 401 "unauthenticated" "Sign in first";
    /// The person may not do this in this team.
    FORBIDDEN = 403 "forbidden" "Your role does not allow this";
    /// Nothing is here, or nothing that this person may know of.
    NOT_FOUND = 404 "not-found" "Not found";
    /// The path exists, the method does not.
    METHOD_NOT_ALLOWED = 405 "method-not-allowed" "This method is not allowed here";
    /// A value that must be unique is in use.
    DUPLICATE = 409 "duplicate" "Already in use";
    /// Others changed the record at the same moment.
    CONFLICT = 409 "conflict" "Others are changing this right now";
    /// A request with this idempotency key has not finished.
    STILL_RUNNING = 409 "still-running" "The first request with this key is still running";
    /// The record does not move to this status from where it stands; `legalMoves` names where it can go.
    ILLEGAL_TRANSITION = 409 "illegal-transition" "This move is not possible";
    /// Another record took this one in; `leadId` names it.
    MERGED = 409 "merged" "This was merged into another";
    /// A bound of the product was reached.
    LIMIT_REACHED = 409 "limit-reached" "A limit was reached";
    /// The record has another version than `If-Match` names.
    STALE = 412 "stale" "The record was changed meanwhile";
    /// The body is larger than 1 MiB.
    TOO_LARGE = 413 "too-large" "The body is too large";
    /// The body is not declared as JSON.
    UNSUPPORTED_MEDIA_TYPE = 415 "unsupported-media-type" "Send JSON";
    /// Fields are missing or wrong; `errors` names all of them.
    VALIDATION = 422 "validation" "Some fields are wrong";
    /// The idempotency key was used for a different request.
    KEY_REUSED = 422 "idempotency-key-reused" "This key was used for another request";
    /// Too many requests.
    TOO_MANY_REQUESTS = 429 "too-many-requests" "Too many requests";
    /// A fault of ours.
    INTERNAL = 500 "internal" "Something broke on our side";
    /// Something that this needs does not answer.
    UNAVAILABLE = 503 "unavailable" "Temporarily unavailable";
}

/// Fields are wrong.
pub fn invalid(errors: Vec<FieldError>) -> Problem {
    let detail = match errors.as_slice() {
        [only] => format!("{}: {}", only.pointer, only.detail),
        several => format!("{} fields are wrong; see errors.", several.len()),
    };
    Problem::new(&VALIDATION, detail).with_errors(errors)
}

/// One field is wrong.
pub fn invalid_field(pointer: &str, code: &str, detail: &str) -> Problem {
    invalid(vec![FieldError {
        pointer: pointer.to_owned(),
        code: code.to_owned(),
        detail: detail.to_owned(),
    }])
}

/// The record was taken in by `into`. Who only reads is sent there.
pub fn merged(into: &str) -> Problem {
    Problem::new(&MERGED, format!("This was merged into {into}.")).with("leadId", into)
}

/// There is no such record, or none that this person may know of. The words are the same for both.
pub fn not_found() -> Problem {
    Problem::new(
        &NOT_FOUND,
        "There is nothing at this address, or nothing that you can see.",
    )
}
