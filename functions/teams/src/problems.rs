//! The problems that only teams have.

use plat_domain::Email;
use plat_http::{FieldError, Problem, ProblemType, problems};
use plat_registry::Failure;
use plat_store::StoreError;

/// The team would be left without an owner.
pub(crate) const LAST_OWNER: ProblemType = ProblemType {
    slug: "last-owner",
    status: 409,
    title: "A team keeps at least one owner",
};

/// The invitation was mailed to another address than that of the person who accepts it.
pub(crate) const INVITATION_FOR_SOMEBODY_ELSE: ProblemType = ProblemType {
    slug: "invitation-for-somebody-else",
    status: 403,
    title: "This invitation is for somebody else",
};

/// Why a member keeps their place or their role.
pub(crate) struct MemberKept(pub(crate) Failure);

impl From<StoreError> for MemberKept {
    fn from(error: StoreError) -> Self {
        if error != StoreError::LimitReached("last_owner") {
            return Self(error.into());
        }
        let detail = "This is the last owner of the team. Make somebody else an owner first.";
        Self(Problem::new(&LAST_OWNER, detail).into())
    }
}

impl From<MemberKept> for Failure {
    fn from(kept: MemberKept) -> Self {
        kept.0
    }
}

/// What accepting an invitation failed with.
pub(crate) fn not_joined(error: StoreError) -> Failure {
    if error == StoreError::NotFound {
        // Its token was used, or another was mailed since.
        return invalid_token().into();
    }
    if error == StoreError::Taken("member") {
        return already_member("/token", "You belong to this team already.").into();
    }
    error.into()
}

pub(crate) fn already_member(pointer: &str, detail: &str) -> Problem {
    Problem::new(&problems::DUPLICATE, detail).with_errors(vec![FieldError {
        pointer: pointer.to_owned(),
        code: "already_member".to_owned(),
        detail: detail.to_owned(),
    }])
}

/// The mailed token was used, is too old, was replaced by a later one, or is not one of ours; which is not told.
pub(crate) fn invalid_token() -> Problem {
    problems::invalid_field(
        "/token",
        "invalid_token",
        "This invitation was used or is too old. Ask for a new one.",
    )
}

pub(crate) fn for_somebody_else(invited: &Email) -> Problem {
    let detail = format!(
        "This invitation was mailed to {}. Sign in with the account of that address, or ask to be invited at yours.",
        masked(invited)
    );
    Problem::new(&INVITATION_FOR_SOMEBODY_ELSE, detail)
}

/// Enough of an address for its owner to recognise it.
fn masked(email: &Email) -> String {
    let first: String = email.local_part().chars().take(1).collect();
    format!("{first}\u{2026}@{}", email.domain())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_by_its_first_character_and_its_domain() {
        let cases = [
            ("ann.lee@example.com", "a\u{2026}@example.com"),
            ("x@example.com", "x\u{2026}@example.com"),
        ];
        for (address, shown) in cases {
            assert_eq!(masked(&Email::parse(address).unwrap()), shown);
        }
    }
}
