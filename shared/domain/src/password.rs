//! Passwords as people choose them.
//!
//! What belongs here: which passwords are accepted. What does not: hashing and comparing
//! them. A password that is only compared with a hash is plain text, because the rules may
//! have been others when it was chosen.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};

use crate::invalid::deserialize_text;
use crate::{Email, Invalid};

/// The shortest password, in characters.
const MIN: usize = 8;

/// The longest password, in characters. Hashing takes time in proportion.
const MAX: usize = 128;

/// Shorter local parts occur in too many good passwords to be refused in them.
const MIN_LOCAL_PART: usize = 3;

/// A new password that keeps all rules, exactly as given. It is never printed or serialised.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// Accepts a new password of somebody whose address is not known.
    ///
    /// # Errors
    /// See [`parse_for`](Self::parse_for).
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        Self::parse_for(text, None)
    }

    /// Accepts a new password: 8 to 128 characters with an upper-case letter, a lower-case
    /// letter and a digit, not on the list of common ones, and without the part of the
    /// owner's address before the `@`.
    ///
    /// # Errors
    /// The first broken rule gives the code: `control_character`, `password_too_short`,
    /// `password_too_long`, `password_without_upper`, `password_without_lower`,
    /// `password_without_digit`, `password_common`, `password_contains_email`. The detail
    /// names all of them.
    pub fn parse_for(text: &str, owner: Option<&Email>) -> Result<Self, Invalid> {
        let length = text.chars().count();
        let lower = text.to_lowercase();
        let contains_address = owner.is_some_and(|email| {
            let local_part = email.local_part().to_lowercase();
            local_part.chars().count() >= MIN_LOCAL_PART && lower.contains(&local_part)
        });
        let rules = [
            (
                text.chars().any(char::is_control),
                "control_character",
                "has no control characters",
            ),
            (
                length < MIN,
                "password_too_short",
                "has at least 8 characters",
            ),
            (
                length > MAX,
                "password_too_long",
                "has at most 128 characters",
            ),
            (
                !text.chars().any(char::is_uppercase),
                "password_without_upper",
                "has an upper-case letter",
            ),
            (
                !text.chars().any(char::is_lowercase),
                "password_without_lower",
                "has a lower-case letter",
            ),
            (
                !text.bytes().any(|byte| byte.is_ascii_digit()),
                "password_without_digit",
                "has a digit",
            ),
            (
                COMMON.contains(&lower.as_str()),
                "password_common",
                "is not a common one",
            ),
            (
                contains_address,
                "password_contains_email",
                "does not contain your e-mail address",
            ),
        ];
        let broken = || rules.iter().filter(|(is_broken, _, _)| *is_broken);
        match broken().next() {
            None => Ok(Self(text.to_owned())),
            Some((_, code, _)) => {
                let wanted: Vec<&str> = broken().map(|(_, _, wanted)| *wanted).collect();
                Err(Invalid::new(
                    code,
                    format!("Choose a password that {}.", listed(&wanted)),
                ))
            }
        }
    }

    /// The password, to hash it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// `a`, `a and b`, `a, b and c`.
fn listed(parts: &[&str]) -> String {
    match parts {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

impl<'de> Deserialize<'de> for Password {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize_text(deserializer, Self::parse)
    }
}

impl JsonSchema for Password {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Password".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "format": "password",
            "minLength": MIN,
            "maxLength": MAX,
            "writeOnly": true,
        })
    }
}

/// Passwords that are guessed first, in lower case and in order. Only those that could
/// keep the other rules in some spelling are listed.
#[rustfmt::skip]
const COMMON: &[&str] = &[
    "123456789a", "12345678a", "1234567a", "123456ab", "12345abc", "1234abcd", "123abc123",
    "123qwe123", "123qweasd", "1q2w3e4r", "1q2w3e4r5t", "1qaz2wsx", "1qaz2wsx3edc", "a1234567",
    "a12345678", "a123456789", "a1b2c3d4", "a1b2c3d4e5", "aa123456", "aaa12345", "abc12345",
    "abc123456", "abcd1234", "abcd12345", "abcde123", "abcdef12", "abcdef123", "abcdefg1",
    "access123", "access14", "admin123", "admin1234", "admin12345", "admin2024", "admin@123",
    "administrator1", "america1", "arsenal1", "asd12345", "asdf1234", "asdfgh123", "asdfghjkl1",
    "autumn2024", "autumn2025", "banana123", "baseball1", "baseball12", "baseball123",
    "basketball1", "batman123", "business1", "butterfly1", "changeme1", "changeme1!",
    "changeme12", "changeme123", "charlie1", "charlie123", "chelsea1", "chocolate1", "company1",
    "company123", "computer1", "computer123", "corvette1", "daniel123", "december1", "default1",
    "default123", "demo1234", "dragon12", "dragon123", "example1", "facebook1", "family123",
    "ferrari1", "flower123", "football1", "football12", "football123", "forever1", "freedom1",
    "google123", "guest123", "guest1234", "hello123", "hello1234", "hello12345", "helloworld1",
    "hockey123", "house123", "hunter12", "hunter123", "iloveyou1", "iloveyou12", "iloveyou123",
    "iloveyou2", "internet1", "january1", "jennifer1", "jessica1", "jessica123", "jordan23",
    "letmein1", "letmein1!", "letmein12", "letmein123", "letmein2024", "liverpool1", "login123",
    "login1234", "master12", "master123", "mercedes1", "michael1", "michael123", "michelle1",
    "money123", "monkey12", "monkey123", "mustang1", "mypass123", "mypassword1", "newpass123",
    "newpassword1", "november1", "orange123", "p@ssw0rd", "p@ssw0rd1", "p@ssw0rd123", "p@ssword1",
    "p@ssword123", "pa$$w0rd", "pa$$word1", "pass1234", "pass12345", "pass123456", "pass@123",
    "pass@1234", "passw0rd", "passw0rd!", "passw0rd1", "passw0rd123", "password#1", "password00",
    "password01", "password1", "password1!", "password11", "password12", "password123",
    "password123!", "password1234", "password12345", "password123456", "password2020",
    "password2021", "password2022", "password2023", "password2024", "password2025",
    "password2026", "password69", "password99", "password@123", "pokemon1", "pokemon123",
    "princess1", "princess12", "princess123", "purple123", "q1w2e3r4", "q1w2e3r4t5", "qazwsx123",
    "qazwsxedc1", "qwe12345", "qweasd123", "qwerty01", "qwerty1!", "qwerty12", "qwerty123",
    "qwerty1234", "qwerty12345", "qwerty123456", "qwerty99", "qwerty@123", "qwertyui1",
    "qwertyuiop1", "realestate1", "realestate123", "realtor1", "realtor123", "root1234",
    "sample123", "samsung1", "samsung123", "secret12", "secret123", "secret1234", "shadow12",
    "shadow123", "soccer123", "something1", "spiderman1", "spring123", "spring2024", "spring2025",
    "spring2026", "starwars1", "summer12", "summer123", "summer2023", "summer2024", "summer2025",
    "summer2026", "sunshine1", "sunshine12", "sunshine123", "superman1", "superman123",
    "temp1234", "temporary1", "temppass1", "test1234", "test12345", "test123456", "test@123",
    "testing1", "testing123", "thomas123", "trustno1", "user1234", "user12345", "welcome01",
    "welcome1", "welcome1!", "welcome12", "welcome123", "welcome1234", "welcome2020",
    "welcome2021", "welcome2022", "welcome2023", "welcome2024", "welcome2025", "welcome2026",
    "welcome@123", "whatever1", "winter12", "winter123", "winter2024", "winter2025", "winter2026",
    "zaq12wsx", "zaq1zaq1", "zxc12345", "zxcvbn123", "zxcvbnm1", "zxcvbnm123",
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn code(text: &str) -> &'static str {
        Password::parse(text).map_or_else(|error| error.code, |_| "ok")
    }

    #[test]
    fn each_rule_has_its_code() {
        let long = "Aa1".repeat(43);
        let longest = format!("{}Aa", "Aa1".repeat(42));
        let cases = [
            ("Tr4velling", "ok"),
            ("Ünïcode7", "ok"),
            ("correct Horse 7 battery", "ok"),
            (longest.as_str(), "ok"),
            ("", "password_too_short"),
            ("Abcde12", "password_too_short"),
            (long.as_str(), "password_too_long"),
            ("tr4velling", "password_without_upper"),
            ("TR4VELLING", "password_without_lower"),
            ("Travelling", "password_without_digit"),
            ("Password1", "password_common"),
            ("pAssWord123", "password_common"),
            ("Welcome123", "password_common"),
            ("Qwerty123", "password_common"),
            ("P@ssw0rd", "password_common"),
            ("Tr4vel\0ling", "control_character"),
        ];
        for (text, expected) in cases {
            assert_eq!(code(text), expected, "{text:?}");
        }
    }

    #[test]
    fn the_detail_names_everything_that_is_missing() {
        let error = Password::parse("abc").unwrap_err();

        assert_eq!(error.code, "password_too_short");
        assert_eq!(
            error.detail,
            "Choose a password that has at least 8 characters, has an upper-case letter \
             and has a digit."
        );
    }

    #[test]
    fn the_owners_address_is_not_a_password() {
        let parse = |text, email| Password::parse_for(text, Some(&Email::parse(email).unwrap()));

        let error = parse("xxAnn.Lee2026", "ann.lee@example.com").unwrap_err();

        assert_eq!(error.code, "password_contains_email");
        assert!(parse("xxAnnLee2026", "ann.lee@example.com").is_ok());
        assert!(parse("Al1gator-Lake", "al@example.com").is_ok());
    }

    #[test]
    fn spaces_around_belong_to_the_password() {
        assert_eq!(
            Password::parse(" Tr4velling ").unwrap().as_str(),
            " Tr4velling "
        );
    }

    #[test]
    fn a_password_is_never_printed() {
        let password = Password::parse("Tr4velling").unwrap();

        assert_eq!(format!("{password:?}"), "Password(…)");
    }

    #[test]
    fn common_passwords_are_listed_in_order_and_could_be_chosen() {
        assert!(COMMON.is_sorted());
        for common in COMMON {
            assert!(common.len() >= MIN, "{common}");
            assert_eq!(common.to_lowercase(), *common);
            assert!(common.bytes().any(|byte| byte.is_ascii_digit()), "{common}");
        }
    }

    proptest! {
        #[test]
        fn a_refusal_never_repeats_the_password(text in "\\PC{3,140}") {
            if let Err(error) = Password::parse(&text) {
                prop_assert!(!error.detail.contains(&text));
            }
        }
    }
}
