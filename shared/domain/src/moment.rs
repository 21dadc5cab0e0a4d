//! A point in time as clients write it.

use crate::Invalid;
use crate::invalid::deserialize_text;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;

/// A point in time: RFC 3339 (`2026-03-01T09:00:00Z`), or a day (`2026-03-01`) for its
/// first moment in UTC. Kept to the millisecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Moment(Timestamp);

impl Moment {
    /// Reads a point in time.
    ///
    /// # Errors
    /// `invalid_time`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let instant = text.parse::<Timestamp>().ok();
        let day = || {
            // A time without a zone would pass for its day.
            let text = Some(text).filter(|text| text.len() == "2026-03-01".len())?;
            let zoned = text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok()?;
            Some(zoned.timestamp())
        };
        instant
            .or_else(day)
            .and_then(|at| Timestamp::from_millisecond(at.as_millisecond()).ok())
            .map(Self)
            .ok_or_else(|| {
                Invalid::new(
                    "invalid_time",
                    "Write a time such as 2026-03-01T09:00:00Z, or a day such as 2026-03-01.",
                )
            })
    }

    /// The instant.
    pub const fn timestamp(self) -> Timestamp {
        self.0
    }
}

/// The time from one moment to another; without an end it has none there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Span {
    /// Its first moment.
    pub from: Option<Timestamp>,
    /// The moment that it ends before.
    pub to: Option<Timestamp>,
}

impl Span {
    /// From the moment of an `…After`, which is in it, to that of a `…Before`, which is not.
    pub fn between(after: Option<Moment>, before: Option<Moment>) -> Self {
        Self {
            from: after.map(Moment::timestamp),
            to: before.map(Moment::timestamp),
        }
    }

    /// Whether it is all of time.
    pub const fn is_all(&self) -> bool {
        self.from.is_none() && self.to.is_none()
    }

    /// Whether `at` is in it.
    pub fn has(&self, at: Timestamp) -> bool {
        self.from.is_none_or(|from| at >= from) && self.to.is_none_or(|to| at < to)
    }
}

/// Writes a point in time as `Timestamp` itself writes one, for `#[serde(serialize_with)]`: lists write many, and this
/// takes a fifth of the work.
///
/// # Errors
/// The serializer's.
pub fn write_time<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    let mut buffer = *b"0000-00-00T00:00:00.000Z";
    match write_digits(*at, &mut buffer) {
        Some(text) => serializer.serialize_str(text),
        None => at.serialize(serializer),
    }
}

/// The text, for a time to the millisecond in a year of four digits.
fn write_digits(at: Timestamp, buffer: &mut [u8; 24]) -> Option<&str> {
    let (millisecond, finer) = (at.as_millisecond(), at.subsec_nanosecond() % 1_000_000);
    let (day, rest) = (
        millisecond.div_euclid(86_400_000),
        millisecond.rem_euclid(86_400_000),
    );
    let (year, month, day) = civil(day);
    if finer != 0 || !(0..=9_999).contains(&year) {
        return None;
    }
    let (seconds, fraction) = (rest / 1_000, rest % 1_000);
    for (place, digits, number) in [
        (0, 4, year),
        (5, 2, month),
        (8, 2, day),
        (11, 2, seconds / 3_600),
        (14, 2, seconds / 60 % 60),
        (17, 2, seconds % 60),
        (20, 3, fraction),
    ] {
        let mut left = number;
        for digit in buffer.get_mut(place..place + digits)?.iter_mut().rev() {
            *digit = b'0' + u8::try_from(left % 10).ok()?;
            left /= 10;
        }
    }
    let length = match fraction {
        0 => 19,
        _ if fraction % 100 == 0 => 21,
        _ if fraction % 10 == 0 => 22,
        _ => 23,
    };
    *buffer.get_mut(length)? = b'Z';
    std::str::from_utf8(buffer.get(..=length)?).ok()
}

/// Year, month and day of a day since 1970 (H. Hinnant, <https://howardhinnant.github.io/date_algorithms.html>).
fn civil(day: i64) -> (i64, i64, i64) {
    let shifted = day + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize_text(deserializer, Self::parse)
    }
}

impl JsonSchema for Moment {
    fn schema_name() -> Cow<'static, str> {
        "Moment".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Serialize)]
    struct Written(#[serde(serialize_with = "write_time")] Timestamp);

    fn assert_written_alike(at: Timestamp) {
        assert_eq!(
            serde_json::to_string(&Written(at)).unwrap(),
            serde_json::to_string(&at).unwrap()
        );
    }

    #[test]
    fn times_at_the_edges_are_written_as_timestamps_write_them() {
        for text in [
            "1970-01-01T00:00:00Z",
            "1969-12-31T23:59:59.999Z",
            "2024-02-29T12:00:00.5Z",
            "2100-02-28T23:59:59.05Z",
            "2000-12-31T00:00:00.120Z",
            "0000-01-01T00:00:00Z",
            "9999-12-30T21:59:59.999Z",
            "-000001-12-31T23:59:59Z",
            "2026-03-01T09:00:00.123456Z",
        ] {
            assert_written_alike(text.parse().unwrap());
        }
    }

    #[test]
    fn a_span_begins_with_its_first_moment_and_ends_before_its_last() {
        let moment = |second: &str| Moment::parse(&format!("2026-03-01T09:00:0{second}Z")).ok();
        let has = |from: Option<&str>, to: Option<&str>| {
            let span = Span::between(from.and_then(moment), to.and_then(moment));
            let at = |second| span.has(moment(second).unwrap().timestamp());
            [at("0.999"), at("1"), at("1.999"), at("2")]
        };

        assert_eq!(has(Some("1"), Some("2")), [false, true, true, false]);
        assert_eq!(has(Some("1"), None), [false, true, true, true]);
        assert_eq!(has(None, Some("2")), [true, true, true, false]);
        assert_eq!(has(None, None), [true; 4]);
        assert!(Span::default().is_all());
    }

    proptest! {
        #[test]
        fn times_are_written_as_timestamps_write_them(
            millisecond in Timestamp::MIN.as_millisecond()..=Timestamp::MAX.as_millisecond(),
            finer in prop_oneof![Just(0_i64), 0..1_000_000_i64],
        ) {
            let at = Timestamp::from_millisecond(millisecond).unwrap();
            if let Ok(at) = at.checked_add(jiff::SignedDuration::from_nanos(finer)) {
                assert_written_alike(at);
            }
        }
    }

    #[test]
    fn a_time_or_a_day_is_read_and_nothing_else() {
        let read = |text| {
            Moment::parse(text)
                .map(|at| at.timestamp().to_string())
                .ok()
        };
        assert_eq!(
            read("2026-03-01T10:00:00+01:00").unwrap(),
            "2026-03-01T09:00:00Z"
        );
        assert_eq!(read("2026-03-01").unwrap(), "2026-03-01T00:00:00Z");
        for wrong in [
            "",
            "yesterday",
            "2026-13-01",
            "2026-03-01T09:00:00",
            "1772355600",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
