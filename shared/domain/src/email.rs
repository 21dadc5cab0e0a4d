//! E-mail addresses of people.
//!
//! What belongs here: which addresses are accepted and when two are the same. What does
//! not: whether anyone reads mail there, which only a message can tell.

use std::fmt;

use email_address::{EmailAddress, Options};
use sha2::{Digest, Sha256};

use crate::Invalid;
use crate::invalid::wire_string;
use crate::text::{caseless, composed};

/// The longest address a mail server must accept, in bytes (RFC 5321, errata 1690).
const MAX_BYTES: usize = 254;

/// An e-mail address such as `ann@example.com`, kept as given.
///
/// Display names, quoted local parts, IP addresses and domains without a dot are refused:
/// they are legal, but in a contact they are mistakes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Email(String);

impl Email {
    /// Reads an address.
    ///
    /// # Errors
    /// `invalid_email`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = composed(text.trim());
        let options = Options::default()
            .with_required_tld()
            .without_domain_literal()
            .without_display_text();
        let accepted = text.len() <= MAX_BYTES
            && !text.chars().any(is_invisible)
            && EmailAddress::parse_with_options(&text, options)
                .is_ok_and(|address| is_plain(&address));
        if accepted {
            Ok(Self(text))
        } else {
            Err(Invalid::new(
                "invalid_email",
                "Write one e-mail address, such as ann@example.com, without a name around it.",
            ))
        }
    }

    /// An address that [`parse`](Self::parse) made and a store kept. Nothing is checked, so it stays readable when the
    /// rules change.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The address as given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The whole address in lower case: two addresses with the same key are one person's.
    pub fn key(&self) -> String {
        caseless(&self.0)
    }

    /// What it is known by where it is not to be read.
    pub fn hash(&self) -> EmailHash {
        let digest = Sha256::digest(self.key());
        EmailHash(digest.first_chunk().copied().unwrap_or_default())
    }

    /// What stands before the `@`.
    pub fn local_part(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }

    /// What stands after the `@`.
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

/// What an address is known by where it is not to be read, such as in a link: the first 128 bits of its key's SHA-256,
/// written as hexadecimal digits. Whoever knows the address finds it, so it is no secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EmailHash(pub [u8; 16]);

impl fmt::Display for EmailHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

/// Spaces, control characters, and the marks without width that pasted text brings along.
fn is_invisible(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Whether the local part is unquoted and the domain is a host name with a top-level
/// domain, which is never only digits (RFC 3696, section 2).
fn is_plain(address: &EmailAddress) -> bool {
    let is_label = |label: &str| {
        !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| {
                c.is_alphanumeric() || c == '-' || unicode_normalization::char::is_combining_mark(c)
            })
    };
    let domain = address.domain();
    !address.local_part().starts_with('"')
        && domain.split('.').all(is_label)
        && domain
            .rsplit('.')
            .next()
            .is_some_and(|top| !top.chars().all(char::is_numeric))
}

wire_string!(Email, { "type": "string", "format": "email", "maxLength": MAX_BYTES });

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_of_people_are_accepted_as_given() {
        let cases = [
            "ann@example.com",
            "Ann.O'Neil+homes@Mail.Example.co.uk",
            "a@b.io",
            "josé@exämple.de",
            "用户@例子.公司",
            "x_y-z@sub-domain.example.org",
            "1234567890@example.com",
        ];
        for text in cases {
            assert_eq!(Email::parse(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn addresses_of_one_person_have_one_hash() {
        let hash = |text: &str| Email::parse(text).unwrap().hash().to_string();
        assert_eq!(hash("ann@example.com"), "71d4f55f72fa128dfb468a1a3901507c");
        assert_eq!(hash("Ann@Example.COM"), hash("ann@example.com"));
        assert_ne!(hash("anne@example.com"), hash("ann@example.com"));
    }

    #[test]
    fn what_is_not_one_plain_address_is_refused() {
        let long = format!("{}@{}.example.com", "a".repeat(60), "b".repeat(190));
        let cases = [
            "",
            "ann",
            "@example.com",
            "ann@",
            "ann@localhost",
            "ann@example",
            "ann@example.",
            "ann@.com",
            "ann@example..com",
            "ann..lee@example.com",
            ".ann@example.com",
            "ann lee@example.com",
            "ann@exam ple.com",
            "ann@example.com, bob@example.com",
            "ann@bob@example.com",
            "Ann <ann@example.com>",
            "<ann@example.com>",
            "mailto:ann@example.com,",
            "\"ann lee\"@example.com",
            "ann@[192.168.0.1]",
            "ann@192.168.0.1",
            "ann@-example.com",
            "ann@example-.com",
            "ann@exa!mple.com",
            "ann\u{200b}@example.com",
            "ann@example.com\u{feff}",
            "ann\0@example.com",
            "ann\n@example.com",
            long.as_str(),
        ];
        for text in cases {
            assert_eq!(
                Email::parse(text).map_err(|e| e.code),
                Err("invalid_email"),
                "{text:?}"
            );
        }
    }

    #[test]
    fn spaces_around_are_dropped_and_letters_are_composed() {
        assert_eq!(
            Email::parse("  jose\u{301}@example.com ").unwrap().as_str(),
            "jos\u{e9}@example.com"
        );
    }

    #[test]
    fn case_does_not_make_another_person() {
        let (a, b) = (
            Email::parse("Ann@Example.COM").unwrap(),
            Email::parse("ann@example.com").unwrap(),
        );

        assert_ne!(a, b);
        assert_eq!(a.key(), b.key());
    }

    #[test]
    fn an_address_has_two_parts() {
        let email = Email::parse("ann.lee@mail.example.com").unwrap();

        assert_eq!(email.local_part(), "ann.lee");
        assert_eq!(email.domain(), "mail.example.com");
    }

    proptest! {
        #[test]
        fn ordinary_addresses_are_accepted(text in "[a-z][a-z0-9]{0,20}([._+-][a-z0-9]{1,9})?@[a-z0-9]{1,20}\\.[a-z]{2,10}") {
            let email = Email::parse(&text).unwrap();
            prop_assert_eq!(Email::parse(&email.key()).unwrap().key(), email.key());
        }

        #[test]
        fn reading_never_panics_and_is_stable(text in "\\PC{0,40}@\\PC{0,40}") {
            if let Ok(email) = Email::parse(&text) {
                prop_assert_eq!(Email::parse(email.as_str()).unwrap(), email);
            }
        }
    }
}
