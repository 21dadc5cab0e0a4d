//! Where and in which language a person is: time zones and language tags.
//!
//! What belongs here: the names. What does not: offsets and calendars (jiff knows them)
//! and translated texts.

use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::Invalid;
use crate::invalid::wire_string;

/// A time zone by its IANA name, such as `America/Chicago`, in canonical spelling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeZoneName(TimeZone);

impl TimeZoneName {
    /// Reads a name in any case. Names are looked up in the database that is compiled in,
    /// so the answer does not depend on the machine.
    ///
    /// # Errors
    /// `unknown_time_zone`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        TimeZoneDatabase::bundled()
            .get(text.trim())
            .ok()
            .filter(|zone| zone.iana_name().is_some() && !zone.is_unknown())
            .map(Self)
            .ok_or_else(|| {
                Invalid::new(
                    "unknown_time_zone",
                    "Write the IANA name of a time zone, such as America/Chicago.",
                )
            })
    }

    /// Coordinated universal time.
    pub const fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// The name in canonical spelling.
    pub fn as_str(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// The zone itself, to convert times with.
    pub fn to_tz(&self) -> TimeZone {
        self.0.clone()
    }
}

wire_string!(TimeZoneName, { "type": "string", "examples": ["America/Chicago"] });

/// A language as a BCP 47 tag of up to three parts: `es`, `en-US`, `zh-Hant-TW`.
///
/// The parts are a language, a script and a region; each is written in its usual case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Language(String);

impl Language {
    /// Reads a tag in any case.
    ///
    /// # Errors
    /// `invalid_language`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let invalid = || {
            Invalid::new(
                "invalid_language",
                "Write a language tag, such as en-US or es.",
            )
        };
        let mut parts = text.trim().split('-').peekable();

        let language = parts
            .next()
            .filter(|part| matches!(part.len(), 2 | 3) && is_alphabetic(part))
            .ok_or_else(invalid)?;
        let mut tag = language.to_ascii_lowercase();
        if let Some(script) = parts.next_if(|part| part.len() == 4 && is_alphabetic(part)) {
            let (first, rest) = script.split_at(1);
            tag.push('-');
            tag.push_str(&first.to_ascii_uppercase());
            tag.push_str(&rest.to_ascii_lowercase());
        }
        if let Some(region) = parts.next_if(|part| is_region(part)) {
            tag.push('-');
            tag.push_str(&region.to_ascii_uppercase());
        }
        match parts.next() {
            None => Ok(Self(tag)),
            Some(_) => Err(invalid()),
        }
    }

    /// The tag in its usual case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_alphabetic(part: &str) -> bool {
    part.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// Two letters of ISO 3166 or three digits of UN M.49.
fn is_region(part: &str) -> bool {
    (part.len() == 2 && is_alphabetic(part))
        || (part.len() == 3 && part.bytes().all(|byte| byte.is_ascii_digit()))
}

wire_string!(Language, {
    "type": "string",
    "pattern": "^[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?$",
    "examples": ["en-US"],
});

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_zone_is_known_by_its_canonical_name() {
        let cases = [
            ("America/New_York", "America/New_York"),
            ("america/new_york", "America/New_York"),
            (" Europe/Berlin ", "Europe/Berlin"),
            ("US/Eastern", "US/Eastern"),
            ("UTC", "UTC"),
        ];
        for (text, name) in cases {
            assert_eq!(TimeZoneName::parse(text).unwrap().as_str(), name);
        }
    }

    #[test]
    fn what_is_no_zone_is_refused() {
        for text in [
            "",
            "Mars/Olympus",
            "EST5EDT4",
            "+02:00",
            "Etc/Unknown",
            "America/",
            "../UTC",
        ] {
            assert_eq!(
                TimeZoneName::parse(text).map_err(|e| e.code),
                Err("unknown_time_zone"),
                "{text:?}"
            );
        }
    }

    #[test]
    fn a_zone_converts_times() {
        let noon: jiff::Timestamp = "2026-07-01T12:00:00Z".parse().unwrap();

        let local = noon.to_zoned(TimeZoneName::parse("America/Chicago").unwrap().to_tz());

        assert_eq!(local.hour(), 7);
    }

    #[test]
    fn language_tags_are_written_in_their_usual_case() {
        let cases = [
            ("en", "en"),
            ("EN-us", "en-US"),
            ("es-419", "es-419"),
            ("zh-hant-tw", "zh-Hant-TW"),
            (" fil ", "fil"),
        ];
        for (text, tag) in cases {
            assert_eq!(Language::parse(text).unwrap().as_str(), tag);
        }
    }

    #[test]
    fn what_is_no_simple_language_tag_is_refused() {
        for text in [
            "",
            "e",
            "english",
            "en_US",
            "en-",
            "en-USA",
            "en-US-x-a",
            "12",
            "é-US",
            "en--US",
        ] {
            assert_eq!(
                Language::parse(text).map_err(|e| e.code),
                Err("invalid_language"),
                "{text:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn reading_twice_changes_nothing(text in "[a-zA-Z]{2,3}(-[a-zA-Z]{4})?(-[a-zA-Z]{2})?", other in "\\PC{0,12}") {
            let tag = Language::parse(&text).unwrap();
            prop_assert_eq!(Language::parse(tag.as_str()).unwrap(), tag);
            let _ = (Language::parse(&other), TimeZoneName::parse(&other));
        }
    }
}
