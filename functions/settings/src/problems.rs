//! The problems that only settings have.

use plat_http::{Problem, ProblemType, problems};
use plat_registry::{Failure, NoMailer};
use plat_services::MailError;

/// The team's e-mails are not taken as it is set up; `said` is what the provider said of it, if it was asked.
pub(crate) const EMAIL_REFUSED: ProblemType = ProblemType {
    slug: "email-refused",
    status: 422,
    title: "E-mails of this team are not taken",
};

/// Seconds after which a provider that takes nothing now is worth another try.
const RETRY_SECONDS: i64 = 60;

/// Why nobody was asked to take a test e-mail.
pub(crate) fn no_mailer(why: NoMailer) -> Failure {
    match why {
        NoMailer::SetUp(what_to_do) => Problem::new(&EMAIL_REFUSED, what_to_do).into(),
        NoMailer::Unavailable(inward) => Failure::unavailable(inward),
    }
}

/// Why a test e-mail was not taken. Unlike elsewhere, what the provider said is what was asked for.
pub(crate) fn not_taken(error: &MailError) -> Problem {
    match error {
        MailError::Refused(said) => Problem::new(
            &EMAIL_REFUSED,
            "Look at the address, the key and the account, and test again.",
        )
        .with("said", said.as_str()),
        MailError::Unavailable(said)
        | MailError::Throttled(said)
        | MailError::QuotaExceeded(said)
        | MailError::Uncertain(said) => Problem::new(&problems::UNAVAILABLE, error.to_string())
            .with("said", said.as_str())
            .retry_after(RETRY_SECONDS),
    }
}
