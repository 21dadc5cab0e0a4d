//! A point in time as clients write it.

use crate::Invalid;
use crate::invalid::deserialize_text;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};
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
