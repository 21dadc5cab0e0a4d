//! What happened on days, and when days and weeks begin.
//!
//! Days are counted in UTC, since a team has people in several time zones. What is told of somebody's own day is counted by
//! quarters of an hour, at which the day begins in every zone there is.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp, ToSpan, Zoned};

use super::sums::Sums;
use super::{Field, Measure, What};
use crate::{Currency, TimeZoneName};

const QUARTER_MINUTES: i8 = 15;

const QUARTERS_AN_HOUR: i8 = 60 / QUARTER_MINUTES;

/// Where a week begins last: twelve hours behind UTC.
const LAST: Offset = Offset::constant(-12);

/// The day of a moment, in UTC.
pub fn day_of(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

/// The quarter of an hour of its day in UTC that a moment is in, from 0 to 95.
pub(super) fn quarter_of(at: Timestamp) -> u8 {
    let time = at.to_zoned(TimeZone::UTC).time();
    let quarter = time.hour() * QUARTERS_AN_HOUR + time.minute() / QUARTER_MINUTES;
    u8::try_from(quarter).unwrap_or_default()
}

/// When the day and the week began that it is at `now`, by the clocks of `zone`. Weeks begin on Monday.
pub fn began(now: Timestamp, zone: &TimeZoneName) -> (Timestamp, Timestamp) {
    let zone = zone.to_tz();
    let today = now.to_zoned(zone.clone()).date();
    let start = |day: Date| {
        day.to_zoned(zone.clone())
            .as_ref()
            .map_or(now, Zoned::timestamp)
    };
    (start(today), start(monday_of(today)))
}

/// The first day of UTC of the week that it is at `now`, wherever somebody is.
pub fn first_day(now: Timestamp) -> Date {
    let there = now.to_zoned(LAST.to_time_zone()).date();
    // East of Greenwich, Monday begins on Sunday.
    monday_of(there).saturating_sub(1.day())
}

fn monday_of(day: Date) -> Date {
    day.saturating_sub(day.weekday().to_monday_zero_offset().days())
}

/// What happened on some days, added together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DayFigures(BTreeMap<Date, Sums>);

impl FromIterator<(Date, Field, i64)> for DayFigures {
    fn from_iter<T: IntoIterator<Item = (Date, Field, i64)>>(counts: T) -> Self {
        let mut days = Self::default();
        for (day, field, count) in counts {
            days.0.entry(day).or_default().add(field, count);
        }
        days
    }
}

impl DayFigures {
    /// How often this happened on all of the days.
    pub fn count(&self, what: What) -> u64 {
        self.0.values().map(|day| day.count(what)).sum()
    }

    /// The same of those from `from` to `to` alone.
    pub fn within(&self, from: Date, to: Date) -> Self {
        let days = self.0.range(from..=to);
        Self(days.map(|(day, sums)| (*day, sums.clone())).collect())
    }

    /// What the leads to which this happened were worth then, in minor units.
    pub fn value(&self, what: What) -> BTreeMap<Currency, i64> {
        let mut values = BTreeMap::new();
        for (currency, value) in self.0.values().flat_map(|day| day.values(what)) {
            let sum: &mut i64 = values.entry(currency).or_default();
            *sum = sum.saturating_add(value);
        }
        values
    }

    /// How many e-mails were sent.
    pub fn emails_sent(&self) -> u64 {
        self.sent_from(Timestamp::MIN)
    }

    /// How many e-mails were sent from `from` on, which is told to the quarter of an hour.
    pub fn sent_from(&self, from: Timestamp) -> u64 {
        self.sent(from, Timestamp::MAX)
    }

    /// The same, of those that were sent before `to`.
    pub fn sent(&self, from: Timestamp, to: Timestamp) -> u64 {
        let inside = |at: &Option<Timestamp>| at.is_some_and(|at| from <= at && at < to);
        let sent = self.0.iter().flat_map(|(day, sums)| {
            let counts = sums.iter();
            counts.filter_map(|(field, count)| {
                let Field {
                    what: What::SentIn(quarter),
                    measure: Measure::Count,
                } = field
                else {
                    return None;
                };
                Some((begins(*day, quarter), count))
            })
        });
        let count: i64 = sent
            .filter(|(at, _)| inside(at))
            .map(|(_, count)| count)
            .sum();
        super::sums::unsigned(count)
    }
}

/// When a quarter of an hour of a day in UTC begins.
fn begins(day: Date, quarter: u8) -> Option<Timestamp> {
    let midnight = day.to_zoned(TimeZone::UTC).ok()?.timestamp();
    let after = SignedDuration::from_mins(i64::from(quarter) * i64::from(QUARTER_MINUTES));
    midnight.checked_add(after).ok()
}

#[cfg(test)]
mod tests;
