//! Access tokens whose signature was found good, so that the next request with one need not have it checked again.
//!
//! Proving a signature costs a function more than all its other work on a request. Only tokens that passed every check
//! are kept, under their whole text, so a token that differs in one character is not found. Whether one has expired is
//! asked at each request, by the caller.

use crate::keys::AccessClaims;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How many are kept: the people who use one running function at the same time are fewer, and these take some 200 KB.
const MOST: usize = 256;

#[derive(Default)]
pub(crate) struct VerifiedTokens(Mutex<HashMap<Box<str>, AccessClaims>>);

impl VerifiedTokens {
    /// What `token` says, if it was kept.
    pub(crate) fn find(&self, token: &str) -> Option<AccessClaims> {
        self.lock().get(token).cloned()
    }

    /// Keeps a token that was verified at `now`, in seconds. Where there is no room, those that have expired make some;
    /// if none has, all do.
    pub(crate) fn keep(&self, token: &str, claims: &AccessClaims, now: i64) {
        let mut kept = self.lock();
        if kept.len() >= MOST {
            kept.retain(|_, claims| claims.exp > now);
        }
        if kept.len() >= MOST {
            kept.clear();
        }
        kept.insert(token.into(), claims.clone());
    }

    // A panic elsewhere leaves whole entries or none.
    fn lock(&self) -> MutexGuard<'_, HashMap<Box<str>, AccessClaims>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plat_domain::{Id, Role};

    fn claims(exp: i64) -> AccessClaims {
        AccessClaims {
            sub: Id::from_bits(1),
            sid: Id::from_bits(2),
            team: Id::from_bits(3),
            role: Role::Member,
            iss: String::new(),
            aud: String::new(),
            iat: 0,
            exp,
        }
    }

    #[test]
    fn no_more_are_kept_than_there_is_room_for() {
        let kept = VerifiedTokens::default();
        for number in 0..1_000 {
            kept.keep(&number.to_string(), &claims(i64::from(number)), 0);
            assert!(kept.lock().len() <= MOST);
        }
        assert!(kept.find("999").is_some());
    }

    #[test]
    fn expired_tokens_make_room_first() {
        let kept = VerifiedTokens::default();
        for number in 0..MOST {
            let ends = if number == 7 { 100 } else { 10 };
            kept.keep(&number.to_string(), &claims(ends), 0);
        }

        kept.keep("new", &claims(100), 50);

        assert_eq!(kept.lock().len(), 2);
        assert!(kept.find("7").is_some());
    }
}
