//! The problems that only hooks have.

use plat_http::{Problem, ProblemType};

/// The request is not from whom it says, or not of now.
pub(crate) const NOT_SIGNED: ProblemType = ProblemType {
    slug: "not-signed",
    status: 401,
    title: "The signature does not hold",
};

pub(crate) fn not_signed() -> Problem {
    Problem::new(
        &NOT_SIGNED,
        "The request is not signed with the key that the team has connected, or is too old.",
    )
}
