//! The problems that only e-mails have.

use plat_domain::{RetryRefused, SuppressionReason};
use plat_http::{Problem, ProblemType};
use plat_registry::{Failure, NoMailer};
use plat_store::Suppression;

/// The team does not write to this address.
pub(crate) const SUPPRESSED: ProblemType = ProblemType {
    slug: "suppressed",
    status: 409,
    title: "This address is not written to",
};

/// The e-mail is not one to be sent again.
pub(crate) const NOT_RETRYABLE: ProblemType = ProblemType {
    slug: "not-retryable",
    status: 409,
    title: "This e-mail is not sent again",
};

/// The team cannot send as it is set up.
pub(crate) const CANNOT_SEND: ProblemType = ProblemType {
    slug: "cannot-send",
    status: 409,
    title: "The team cannot send as it is set up",
};

/// Why an address is not written to, as people are told.
pub(crate) const fn why(reason: SuppressionReason) -> &'static str {
    match reason {
        SuppressionReason::Bounced => "Mail to this address came back: there is no such mailbox.",
        SuppressionReason::Complained => "Whoever has this address marked an e-mail as unwanted.",
        SuppressionReason::Unsubscribed => "Whoever has this address wants no more e-mail.",
    }
}

pub(crate) fn suppressed(suppression: Suppression) -> Problem {
    Problem::new(&SUPPRESSED, why(suppression.reason)).with("reason", suppression.reason.as_str())
}

pub(crate) fn not_retryable(refused: RetryRefused) -> Problem {
    let detail = match refused {
        RetryRefused::Sent => "It was sent. Write another one.",
        RetryRefused::UnderWay => "It is being sent just now. Look again in a few minutes.",
        RetryRefused::Waits => "It is tried again by itself.",
    };
    Problem::new(&NOT_RETRYABLE, detail)
}

/// Why nobody takes the team's e-mails, as who asked is told.
pub(crate) fn nobody_takes_them(none: NoMailer) -> Failure {
    match none {
        NoMailer::SetUp(detail) => Problem::new(&CANNOT_SEND, detail).into(),
        NoMailer::Unavailable(said) => Failure::unavailable(said),
    }
}
