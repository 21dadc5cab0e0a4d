//! Time-based one-time passwords (RFC 6238), six digits every 30 seconds, as authenticator apps make them.

use jiff::Timestamp;
use totp_rs::Builder;

/// The time step whose code this is, one step either way allowed; none if it is wrong.
///
/// The caller sees to it that a step is accepted once.
pub fn check(secret: &[u8], code: &str, now: Timestamp) -> Option<u64> {
    let totp = Builder::new().with_secret(secret.to_vec()).build().ok()?;
    totp.check(code.trim(), u64::try_from(now.as_second()).ok()?)
}

/// The code of `now`; for tests and for showing a person that their app is in step.
pub fn code(secret: &[u8], now: Timestamp) -> Option<String> {
    let totp = Builder::new().with_secret(secret.to_vec()).build().ok()?;
    Some(
        totp.generate(u64::try_from(now.as_second()).ok()?)
            .to_string(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_rfc_6238_appendix_b() {
        let secret = b"12345678901234567890";
        for (second, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
        ] {
            let now = Timestamp::from_second(second).unwrap();
            assert_eq!(super::code(secret, now).unwrap(), code);
            assert_eq!(
                check(secret, code, now),
                Some(u64::try_from(second).unwrap() / 30)
            );
        }
    }

    #[test]
    fn a_code_is_good_one_step_late_and_no_more() {
        let secret = b"12345678901234567890";
        let step = |second| check(secret, "287082", Timestamp::from_second(second).unwrap());
        assert_eq!(step(59 + 30), Some(1));
        assert_eq!(step(59 + 90), None);
    }
}
