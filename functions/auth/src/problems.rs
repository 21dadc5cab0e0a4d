//! The problems that only signing in has.

use plat_http::{Problem, ProblemType, problems};

/// The address or the password is wrong; which of them is not told.
pub(crate) const INVALID_CREDENTIALS: ProblemType = ProblemType {
    slug: "invalid-credentials",
    status: 401,
    title: "The e-mail address or the password is wrong",
};

/// The challenge is too old, or the password was changed since.
pub(crate) const CHALLENGE_INVALID: ProblemType = ProblemType {
    slug: "challenge-invalid",
    status: 401,
    title: "Sign in with your password again",
};

/// The code is wrong, too old, or was used before.
pub(crate) const CODE_INVALID: ProblemType = ProblemType {
    slug: "two-factor-code-invalid",
    status: 401,
    title: "The code is not valid",
};

/// The refresh token leads to no session that stands.
pub(crate) const REFRESH_INVALID: ProblemType = ProblemType {
    slug: "refresh-token-invalid",
    status: 401,
    title: "The session has ended",
};

/// The refresh token was used before: somebody else may have it.
pub(crate) const REFRESH_REUSED: ProblemType = ProblemType {
    slug: "refresh-token-reused",
    status: 401,
    title: "The refresh token was used before",
};

/// The person belongs to no team.
pub(crate) const NO_TEAM: ProblemType = ProblemType {
    slug: "no-team",
    status: 409,
    title: "You belong to no team",
};

pub(crate) fn invalid_credentials() -> Problem {
    Problem::new(
        &INVALID_CREDENTIALS,
        "Check both, or ask for a link to set a new password.",
    )
}

pub(crate) fn challenge_invalid() -> Problem {
    Problem::new(
        &CHALLENGE_INVALID,
        "The challenge is not valid any more. Start again with e-mail address and password.",
    )
}

pub(crate) fn code_invalid() -> Problem {
    Problem::new(
        &CODE_INVALID,
        "Send the code that your authenticator shows now. Each code works once.",
    )
}

pub(crate) fn refresh_invalid() -> Problem {
    Problem::new(&REFRESH_INVALID, "Sign in again.")
}

pub(crate) fn refresh_reused() -> Problem {
    Problem::new(
        &REFRESH_REUSED,
        "Its session was ended to be safe. Sign in again, and change your password if you do not know why.",
    )
}

pub(crate) fn no_team() -> Problem {
    Problem::new(&NO_TEAM, "Ask somebody to invite you to theirs.")
}

/// The mailed token was used, is too old, or is not one of ours; which of them is not told.
pub(crate) fn invalid_token() -> Problem {
    problems::invalid_field(
        "/token",
        "invalid_token",
        "This link was used or is too old. Ask for a new one.",
    )
}
