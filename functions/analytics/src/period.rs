//! The days that figures are asked of, and those that they are compared with.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan, Unit};
use plat_domain::Moment;
use plat_domain::figures::day_of;
use plat_http::problems;
use plat_registry::Failure;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A month, unless somebody asks for other days.
const USUAL_DAYS: i64 = 30;

/// A year. Figures of as many days before are read, too.
const MOST_DAYS: i64 = 366;

/// Of which days is asked.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct AskPeriod {
    /// The first day, in UTC; 29 days before the last unless given. A year at most is told.
    from: Option<Moment>,
    /// The last day, in UTC; today unless given.
    to: Option<Moment>,
}

/// Some days, the first and the last with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Period")]
pub(crate) struct Period {
    /// The first day.
    pub(crate) from: Date,
    /// The last day.
    pub(crate) to: Date,
}

impl AskPeriod {
    /// The days that are meant at `now`.
    pub(crate) fn period(&self, now: Timestamp) -> Result<Period, Failure> {
        let day = |moment: Option<Moment>| moment.map(|moment| day_of(moment.timestamp()));
        let to = day(self.to).unwrap_or_else(|| day_of(now));
        let usual = to.saturating_sub((USUAL_DAYS - 1).days());
        let period = Period {
            from: day(self.from).unwrap_or(usual),
            to,
        };
        if (1..=MOST_DAYS).contains(&period.days()) {
            return Ok(period);
        }
        let detail = "Ask for 1 to 366 days, of which `from` is the first and `to` the last.";
        Err(problems::invalid_field("/from", "out_of_range", detail).into())
    }
}

impl Period {
    /// How many they are.
    fn days(self) -> i64 {
        let days = self.from.until((Unit::Day, self.to));
        days.map_or(0, |days| i64::from(days.get_days()) + 1)
    }

    /// As many days right before.
    pub(crate) fn before(self) -> Self {
        Self {
            from: self.from.saturating_sub(self.days().days()),
            to: self.from.saturating_sub(1.days()),
        }
    }

    /// Each of them, first to last.
    pub(crate) fn each(self) -> impl Iterator<Item = Date> {
        let days = self.from.series(1.day());
        days.take_while(move |day| *day <= self.to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn the_days_before_are_as_many_and_end_right_before() {
        let period = Period {
            from: day("2026-03-01"),
            to: day("2026-03-31"),
        };

        let before = period.before();

        assert_eq!(before.from, day("2026-01-29"));
        assert_eq!(before.to, day("2026-02-28"));
        assert_eq!(before.each().count(), period.each().count());
    }
}
