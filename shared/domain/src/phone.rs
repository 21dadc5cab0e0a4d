//! Telephone numbers, and how people look for them.
//!
//! What belongs here: reading a number however it is written, and the digits under which
//! it is found again. What does not: whether it can be called or texted.

use phonelib::PhoneNumber;

use crate::Invalid;
use crate::invalid::wire_string;
use crate::text::composed;

/// The country of a number that does not say its own (ISO 3166 alpha-2).
const DEFAULT_COUNTRY: &str = "US";

/// Longer than any number with an extension, in characters.
const MAX_CHARS: usize = 50;

/// Fewer digits than this in a number spelled with letters are more likely a word.
const MIN_DIGITS: usize = 3;

/// Digits typed before they count as the beginning of a number.
const MIN_SEARCH_DIGITS: usize = 3;

/// A query this short is kept as typed, because it may be the last digits of a number.
const LAST_DIGITS: usize = 4;

/// From this many digits on, what follows a number may be its extension.
const LOCAL_DIGITS: usize = 7;

/// A telephone number: as it was given, and in E.164.
///
/// On the wire it is the string that was given; an extension stays part of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Phone {
    e164: String,
    given: String,
}

impl Phone {
    /// Reads a number; one without a country code is read as a number of the United States.
    ///
    /// # Errors
    /// `invalid_phone`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        Self::parse_in(text, DEFAULT_COUNTRY)
    }

    /// Reads a number as it is dialled in `country` (ISO 3166 alpha-2). A number that
    /// starts with `+` says its own country.
    ///
    /// # Errors
    /// `invalid_phone`.
    pub fn parse_in(text: &str, country: &str) -> Result<Self, Invalid> {
        let given = composed(text.trim());
        let is_plausible = given.chars().count() <= MAX_CHARS
            && !given.chars().any(char::is_control)
            && given.chars().filter(char::is_ascii_digit).count() >= MIN_DIGITS;
        is_plausible
            .then(|| PhoneNumber::parse_with_country(&given, country))
            .flatten()
            .map(|number| Self {
                e164: number.e164().to_owned(),
                given,
            })
            .ok_or_else(|| {
                Invalid::new(
                    "invalid_phone",
                    "Write a phone number with its area code, such as (202) 555-0173, or with \
                     its country code, such as +44 20 7946 0958.",
                )
            })
    }

    /// A number that was read before. Nothing is checked, so that a number stays readable
    /// when the numbering plans change.
    pub fn from_stored(given: impl Into<String>, e164: impl Into<String>) -> Self {
        Self {
            e164: e164.into(),
            given: given.into(),
        }
    }

    /// The number in E.164: `+`, country code, number; without the extension.
    pub fn e164(&self) -> &str {
        &self.e164
    }

    /// The number as it was given.
    pub fn as_given(&self) -> &str {
        &self.given
    }

    fn as_str(&self) -> &str {
        &self.given
    }

    /// The digits under which the number is found, for prefixes that come from
    /// [`search_digits`]: with the country code, without it, and the last four.
    ///
    /// The national digits are without leading zeros, as `search_digits` drops them too.
    pub fn search_tokens(&self) -> Vec<String> {
        let international = self.e164.trim_start_matches('+');
        let last_four = international
            .len()
            .checked_sub(LAST_DIGITS)
            .and_then(|start| international.get(start..));
        let mut tokens = vec![international.to_owned()];
        tokens.extend(self.national().map(str::to_owned));
        tokens.extend(last_four.map(str::to_owned));
        tokens.dedup();
        tokens
    }

    fn national(&self) -> Option<&str> {
        // Under calling code 1 the library counts the area code of a small country as part
        // of the country code; people do not.
        let national = match self.e164.strip_prefix("+1") {
            Some(rest) => Some(rest),
            None => PhoneNumber::parse(&self.e164)
                .map(|number| number.national_number().len())
                .and_then(|length| self.e164.len().checked_sub(length))
                .and_then(|start| self.e164.get(start..)),
        };
        national.map(|digits| digits.trim_start_matches('0'))
    }
}

wire_string!(Phone, { "type": "string", "minLength": MIN_DIGITS, "maxLength": MAX_CHARS });

/// The form in which a record keeps a number: both spellings, so that reading it back
/// needs neither the country it was read for nor today's numbering plans.
pub(crate) mod stored {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Phone;

    #[derive(Serialize, Deserialize)]
    struct Stored {
        given: String,
        e164: String,
    }

    pub(crate) fn serialize<S: Serializer>(
        phone: &Option<Phone>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let stored = phone.clone().map(|phone| Stored {
            given: phone.given,
            e164: phone.e164,
        });
        stored.serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Phone>, D::Error> {
        let stored = Option::<Stored>::deserialize(deserializer)?;
        Ok(stored.map(|stored| Phone::from_stored(stored.given, stored.e164)))
    }
}

/// The digits to look for when `q` looks like a number or the beginning of one:
/// digits, spaces and `( ) + - . /`, at least three digits. An extension after a whole
/// number is ignored.
///
/// The result is a prefix of one of [`Phone::search_tokens`]. International access codes
/// (`00`, `011`) give way to the country code and a trunk `0` to the national number. A
/// leading `1` stays: it is the country code of North America, and there no area code
/// starts with it. Up to four digits are kept as typed.
pub fn search_digits(q: &str) -> Option<String> {
    let number = without_extension(q.trim());
    let unsigned = number.strip_prefix('+').unwrap_or(number);
    let is_phone_like = unsigned.chars().all(|c| {
        c.is_ascii_digit() || c.is_whitespace() || matches!(c, '(' | ')' | '-' | '.' | '/')
    });
    let all = digits(unsigned);
    if !is_phone_like || all.len() < MIN_SEARCH_DIGITS {
        return None;
    }
    if number.starts_with('+') {
        return Some(digits(&unsigned.replace("(0)", "")));
    }
    if all.len() <= LAST_DIGITS {
        return Some(all);
    }
    let rest = all
        .strip_prefix("011")
        .or_else(|| all.strip_prefix("00"))
        .unwrap_or(&all)
        .trim_start_matches('0');
    (!rest.is_empty()).then(|| rest.to_owned())
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

fn without_extension(text: &str) -> &str {
    const MARKERS: [&str; 7] = [";ext=", "extension", "ext.", "ext", "x", "#", ","];
    let Some((start, _)) = text
        .char_indices()
        .find(|(_, c)| c.is_alphabetic() || matches!(c, ';' | '#' | ','))
    else {
        return text;
    };
    let (number, tail) = text.split_at(start);
    let tail = tail.to_lowercase();
    let is_extension = MARKERS
        .iter()
        .filter_map(|marker| tail.strip_prefix(marker))
        .any(|rest| rest.trim().chars().all(|c| c.is_ascii_digit()));
    if is_extension && digits(number).len() >= LOCAL_DIGITS {
        number
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ONE_NUMBER: [&str; 14] = [
        "2025550173",
        "202-555-0173",
        "(202) 555-0173",
        "202.555.0173",
        "202/555/0173",
        "202 555 0173",
        "12025550173",
        "1-202-555-0173",
        "1 (202) 555-0173",
        "+1 202 555 0173",
        "+12025550173",
        "001 202 555 0173",
        "011 1 202 555 0173",
        "(202) 555-0173 ext. 42",
    ];

    fn finds(q: &str, phone: &Phone) -> bool {
        let digits = search_digits(q).unwrap();
        phone
            .search_tokens()
            .iter()
            .any(|token| token.starts_with(&digits))
    }

    #[test]
    fn one_number_written_in_many_ways_is_one_number() {
        for given in ONE_NUMBER {
            let phone = Phone::parse(given).unwrap();
            assert_eq!(
                (phone.e164(), phone.as_given()),
                ("+12025550173", given),
                "{given}"
            );
        }
    }

    #[test]
    fn a_number_is_found_however_it_is_typed() {
        let phone = Phone::parse("+12025550173").unwrap();

        for q in ONE_NUMBER {
            assert!(finds(q, &phone), "{q}");
        }
        for q in [
            "202",
            "(202) 5",
            "+1 202",
            "1-202-5",
            "001 202",
            "0173",
            "+12025550173 x9",
        ] {
            assert!(finds(q, &phone), "{q}");
        }
    }

    #[test]
    fn numbers_of_other_countries_are_read_and_found() {
        let cases = [
            ("020 7946 0958", "GB", "+442079460958"),
            ("+44 (0)20 7946 0958", "US", "+442079460958"),
            ("0044 20 7946 0958", "GB", "+442079460958"),
            ("011 44 20 7946 0958", "US", "+442079460958"),
            ("030 123456", "DE", "+4930123456"),
            ("06 1234 5678", "IT", "+390612345678"),
            ("55 1234 5678", "MX", "+525512345678"),
            ("(268) 464-1234", "US", "+12684641234"),
        ];
        for (given, country, e164) in cases {
            let phone = Phone::parse_in(given, country).unwrap();
            assert_eq!(phone.e164(), e164, "{given}");
            assert!(finds(given, &phone), "{given} {:?}", phone.search_tokens());
            assert!(finds(e164, &phone), "{e164}");
        }
    }

    #[test]
    fn a_number_is_found_by_three_kinds_of_digits() {
        let phone = Phone::parse("(202) 555-0173 x42").unwrap();

        assert_eq!(phone.search_tokens(), ["12025550173", "2025550173", "0173"]);
    }

    #[test]
    fn what_is_no_number_is_refused() {
        let long = "+1202555017".repeat(6);
        let cases = [
            "",
            "555-0173",
            "12345",
            "hello",
            "Anna Marias",
            "999 555 0173 1",
            "+999 123 456 789",
            "202\0-555-0173",
            "+1 202 555 01733333",
            long.as_str(),
        ];
        for text in cases {
            assert_eq!(
                Phone::parse(text).map_err(|e| e.code),
                Err("invalid_phone"),
                "{text:?}"
            );
        }
        assert!(Phone::parse_in("2025550173", "ZZ").is_err());
    }

    #[test]
    fn only_what_looks_like_a_number_is_searched_as_one() {
        let cases = [
            ("", None),
            ("20", None),
            ("(2)", None),
            ("Studio 54", None),
            ("202 Main", None),
            ("5+5+5", None),
            ("ann@example.com", None),
            ("000000", None),
            ("202", Some("202")),
            ("0173", Some("0173")),
            ("00 44 20", Some("4420")),
            ("011 44 20", Some("4420")),
            ("+44 (0)20", Some("4420")),
            ("02079", Some("2079")),
            ("1 202 5", Some("12025")),
            ("202 555 0173 #7", Some("2025550173")),
        ];
        for (q, expected) in cases {
            assert_eq!(search_digits(q).as_deref(), expected, "{q:?}");
        }
    }

    #[test]
    fn the_wire_form_is_what_was_given() {
        let json = "\"(202) 555-0173 x42\"";

        let phone: Phone = serde_json::from_str(json).unwrap();

        assert_eq!(phone.e164(), "+12025550173");
        assert_eq!(serde_json::to_string(&phone).unwrap(), json);
    }

    #[test]
    fn a_stored_number_is_taken_as_it_is() {
        let phone = Phone::from_stored("020 7946 0958", "+442079460958");

        assert_eq!(phone, Phone::parse_in("020 7946 0958", "GB").unwrap());
    }

    proptest! {
        #[test]
        fn reading_never_panics(text in "\\PC{0,60}") {
            let _ = search_digits(&text);
            if let Ok(phone) = Phone::parse(&text) {
                prop_assert!(phone.e164().starts_with('+'));
                prop_assert_eq!(phone.search_tokens().is_empty(), false);
                let again = Phone::parse(phone.e164()).unwrap();
                prop_assert_eq!(again.e164(), phone.e164());
            }
        }

        #[test]
        fn every_prefix_of_a_number_leads_to_it(line in 0_u32..10_000, length in 3_usize..=10) {
            let national = format!("202555{line:04}");
            let phone = Phone::parse(&national).unwrap();
            let typed = &national[..length];
            for q in [typed.to_owned(), format!("1{typed}"), format!("+1{typed}")] {
                prop_assert!(finds(&q, &phone), "{}", q);
            }
        }
    }
}
