//! Passwords at rest.
//!
//! Argon2id with 19 MiB of memory and two passes, the first choice of OWASP's password storage guidance. Hashes that
//! were imported as bcrypt verify as well; the caller replaces them when [`Verdict::rehash`] says so.

use crate::random::Random;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use thiserror::Error;

const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// A hash of no password, verified in place of an unknown person's so that both take the same time.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRub2JvZHk$Y3KSVkLOD1RWIQUhqvxe9cQ6fq/IDFTz7NJ4TGEcRRg";

/// The hasher refused; a fault of ours.
#[derive(Debug, Error)]
#[error("a password could not be hashed: {0}")]
pub struct HashError(String);

/// What comparing a password with a hash shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// It is the password.
    pub matches: bool,
    /// The hash is not of today's kind.
    pub rehash: bool,
}

/// Hashes a password into a PHC string. Takes about 20 ms of CPU: call it off the event loop.
pub fn hash(password: &str, random: &dyn Random) -> Result<String, HashError> {
    let mut salt = [0; 16];
    random.fill(&mut salt);
    let hash = hasher()?
        .hash_password_with_salt(password.as_bytes(), &salt)
        .map_err(|error| HashError(error.to_string()))?;
    Ok(hash.to_string())
}

/// Compares a password with a hash; without one, takes as long and says no.
pub fn verify(password: &str, hash: Option<&str>) -> Verdict {
    match hash {
        Some(bcrypt) if bcrypt.starts_with("$2") => Verdict {
            matches: bcrypt::verify(password, bcrypt).unwrap_or(false),
            rehash: true,
        },
        Some(phc) => Verdict {
            matches: verify_argon2(password, phc),
            rehash: !is_current(phc),
        },
        None => {
            verify_argon2(password, NOBODY);
            Verdict {
                matches: false,
                rehash: false,
            }
        }
    }
}

fn verify_argon2(password: &str, phc: &str) -> bool {
    PasswordHash::new(phc).is_ok_and(|hash| {
        Argon2::default()
            .verify_password(password.as_bytes(), &hash)
            .is_ok()
    })
}

fn is_current(phc: &str) -> bool {
    phc.starts_with(&format!(
        "$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}$"
    ))
}

fn hasher() -> Result<Argon2<'static>, HashError> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None)
        .map_err(|error| HashError(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SystemRandom;

    #[test]
    fn a_hash_verifies_its_password_and_no_other() {
        let hash = hash("Harvest Moon 7", &SystemRandom::default()).unwrap();
        assert_eq!(
            verify("Harvest Moon 7", Some(&hash)),
            Verdict {
                matches: true,
                rehash: false
            }
        );
        assert!(!verify("harvest moon 7", Some(&hash)).matches);
    }

    #[test]
    fn an_imported_bcrypt_hash_verifies_and_asks_to_be_replaced() {
        let imported = bcrypt::hash_with_salt("Harvest Moon 7", 4, [7; 16])
            .unwrap()
            .to_string();
        assert_eq!(
            verify("Harvest Moon 7", Some(&imported)),
            Verdict {
                matches: true,
                rehash: true
            }
        );
    }

    #[test]
    fn nobodys_hash_reads_so_that_an_unknown_person_costs_as_much_as_a_known_one() {
        let parsed = PasswordHash::new(NOBODY).unwrap();
        assert_eq!(parsed.params.get_decimal("m"), Some(MEMORY_KIB));
        assert_eq!(parsed.params.get_decimal("t"), Some(PASSES));
        assert!(!verify("anything", None).matches);
    }
}
