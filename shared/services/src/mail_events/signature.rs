//! Whether a webhook's body is SendGrid's: ECDSA on P-256 with SHA-256 over the time and the body as it came.
//!
//! Source: SendGrid's "Getting Started with the Event Webhook Security Features".

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, ParsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::{SignedDuration, Timestamp};
use std::fmt;
use thiserror::Error;

/// The header with the signature.
pub const SIGNATURE_HEADER: &str = "x-twilio-email-event-webhook-signature";

/// The header with the time, in seconds since 1970.
pub const TIMESTAMP_HEADER: &str = "x-twilio-email-event-webhook-timestamp";

/// How far a time may lie behind or ahead. Whoever has overheard a request can repeat it for so long, which changes
/// nothing: an event counts once.
const WINDOW: SignedDuration = SignedDuration::from_mins(10);

/// A signature has some 72 bytes, a key 91; nothing longer is looked at.
const LONGEST_HEADER: usize = 200;

/// The text is no key of P-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("this is not the verification key that SendGrid shows")]
pub struct NotAKey;

/// The body is not SendGrid's, or not of now. Which of the two, nobody is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the webhook is not signed with this team's key")]
pub struct NotSigned;

/// The key by which a team's SendGrid signs.
#[derive(Clone)]
pub struct WebhookKey(ParsedPublicKey);

impl WebhookKey {
    /// Reads a key as SendGrid shows it: a public key of P-256 as X.509 has it (SPKI), in base 64.
    ///
    /// # Errors
    /// It is something else.
    pub fn parse(text: &str) -> Result<Self, NotAKey> {
        let text = text.trim();
        if text.len() > LONGEST_HEADER {
            return Err(NotAKey);
        }
        let der = BASE64.decode(text).map_err(|_| NotAKey)?;
        ParsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, der)
            .map(Self)
            .map_err(|_| NotAKey)
    }

    /// Whether `body`, as it came and before anything was read of it, was signed by this key within ten minutes of `now`.
    ///
    /// The signature is checked whatever the time, so how long the answer takes tells nothing about the key.
    ///
    /// # Errors
    /// It was not.
    pub fn verify(
        &self,
        timestamp: &str,
        signature: &str,
        body: &[u8],
        now: Timestamp,
    ) -> Result<(), NotSigned> {
        if timestamp.len() > LONGEST_HEADER || signature.len() > LONGEST_HEADER {
            return Err(NotSigned);
        }
        let signature = BASE64.decode(signature).unwrap_or_default();
        let said = [timestamp.as_bytes(), body].concat();
        let is_theirs = self.0.verify_sig(&said, &signature).is_ok();
        let is_of_now = timestamp
            .parse()
            .ok()
            .and_then(|seconds| Timestamp::from_second(seconds).ok())
            .is_some_and(|at| now.duration_since(at).abs() <= WINDOW);
        if is_theirs && is_of_now {
            Ok(())
        } else {
            Err(NotSigned)
        }
    }
}

impl fmt::Debug for WebhookKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{
        ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair,
        EcdsaSigningAlgorithm, KeyPair,
    };

    const SECONDS: i64 = 1_772_463_600;
    const BODY: &[u8] = br#"[{"event":"open"}]"#;

    struct SendGrid(EcdsaKeyPair);

    impl SendGrid {
        fn new(algorithm: &'static EcdsaSigningAlgorithm) -> Self {
            Self(EcdsaKeyPair::generate(algorithm).unwrap())
        }

        fn shown(&self) -> String {
            let der: PublicKeyX509Der<'_> = self.0.public_key().as_der().unwrap();
            BASE64.encode(der.as_ref())
        }

        fn key(&self) -> WebhookKey {
            WebhookKey::parse(&self.shown()).unwrap()
        }

        fn sign(&self, timestamp: &str, body: &[u8]) -> String {
            let said = [timestamp.as_bytes(), body].concat();
            let signature = self.0.sign(&SystemRandom::new(), &said).unwrap();
            BASE64.encode(signature.as_ref())
        }
    }

    fn p256() -> SendGrid {
        SendGrid::new(&ECDSA_P256_SHA256_ASN1_SIGNING)
    }

    fn now() -> Timestamp {
        Timestamp::from_second(SECONDS).unwrap()
    }

    #[test]
    fn what_sendgrid_signed_is_taken() {
        let theirs = p256();
        let at = SECONDS.to_string();
        let signature = theirs.sign(&at, BODY);
        assert_eq!(theirs.key().verify(&at, &signature, BODY, now()), Ok(()));
    }

    #[test]
    fn what_was_altered_is_not() {
        let (theirs, other) = (p256(), p256());
        let at = SECONDS.to_string();
        let later = (SECONDS + 1).to_string();
        let signature = theirs.sign(&at, BODY);
        let key = theirs.key();
        let long = "A".repeat(100_000);
        for (what, key, at, signature, body) in [
            ("body", &key, at.as_str(), signature.as_str(), &b"[]"[..]),
            (
                "a blank behind",
                &key,
                &at,
                &signature,
                &[BODY, b" "].concat(),
            ),
            ("time", &key, &later, &signature, BODY),
            ("key", &other.key(), &at, &signature, BODY),
            ("no signature", &key, &at, "", BODY),
            ("no base 64", &key, &at, "%%%", BODY),
            ("no signature in it", &key, &at, "AAAA", BODY),
            ("a long one", &key, &at, &long, BODY),
            ("no time", &key, "", &signature, BODY),
            ("a long time", &key, &long, &signature, BODY),
        ] {
            assert_eq!(
                key.verify(at, signature, body, now()),
                Err(NotSigned),
                "{what}"
            );
        }
    }

    #[test]
    fn a_time_that_was_signed_is_still_a_time() {
        let theirs = p256();
        for at in [
            "",
            "now",
            "1e9",
            "99999999999999999999",
            "-1",
            "1772463600.5",
        ] {
            let signature = theirs.sign(at, BODY);
            let verified = theirs.key().verify(at, &signature, BODY, now());
            assert_eq!(verified, Err(NotSigned), "{at}");
        }
    }

    #[test]
    fn a_body_is_good_for_ten_minutes() {
        let theirs = p256();
        for (seconds, expected) in [
            (0, Ok(())),
            (-600, Ok(())),
            (600, Ok(())),
            (-601, Err(NotSigned)),
            (601, Err(NotSigned)),
        ] {
            let at = (SECONDS + seconds).to_string();
            let signature = theirs.sign(&at, BODY);
            let verified = theirs.key().verify(&at, &signature, BODY, now());
            assert_eq!(verified, expected, "{seconds}");
        }
    }

    #[test]
    fn only_a_key_of_this_curve_is_one() {
        let shown = p256().shown();
        assert!(WebhookKey::parse(&format!(" {shown}\n")).is_ok());
        let other = SendGrid::new(&ECDSA_P384_SHA384_ASN1_SIGNING).shown();
        let cut = shown.get(..40).unwrap();
        for wrong in ["", "SG.abc", "AAAA", cut, &other, &"A".repeat(100_000)] {
            assert!(WebhookKey::parse(wrong).is_err(), "{wrong:.60}");
        }
    }
}
