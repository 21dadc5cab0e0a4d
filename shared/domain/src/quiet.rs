//! Quiet hours: when nobody is written to.
//!
//! What belongs here: whether a moment is within them where a team is, and when they end. What does not: what waits for
//! that.

use jiff::civil::Time;
use jiff::{Timestamp, ToSpan};

use crate::TimeZoneName;

/// From nine in the evening until eight in the morning, nobody is written to. It is what the rules for telephone sales in
/// the United States ask of calls and messages (47 CFR § 64.1200(c)(1)), and no worse a habit for mail.
pub const QUIET_FROM: Time = Time::constant(21, 0, 0, 0);
/// When it ends.
pub const QUIET_UNTIL: Time = Time::constant(8, 0, 0, 0);

/// The first moment from `at` on at which somebody may be written to, by the clocks of `zone`.
///
/// Where clocks are put forward over the end of the quiet hours, these end with the gap.
pub fn send_from(at: Timestamp, zone: &TimeZoneName) -> Timestamp {
    let zone = zone.to_tz();
    let local = at.to_zoned(zone.clone()).datetime();
    let morning = if local.time() >= QUIET_FROM {
        local.date().checked_add(1.day())
    } else if local.time() < QUIET_UNTIL {
        Ok(local.date())
    } else {
        return at;
    };
    let ends = morning.and_then(|day| day.to_datetime(QUIET_UNTIL).to_zoned(zone));
    ends.map_or(at, |ends| ends.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn zone(name: &str) -> TimeZoneName {
        TimeZoneName::parse(name).unwrap()
    }

    #[test]
    fn what_falls_into_the_night_waits_until_eight() {
        for (name, at, sent) in [
            (
                "America/New_York",
                "2026-03-03T15:00:00Z",
                "2026-03-03T15:00:00Z",
            ),
            // 20:59:59, 21:00 and midnight in New York.
            (
                "America/New_York",
                "2026-03-04T01:59:59Z",
                "2026-03-04T01:59:59Z",
            ),
            (
                "America/New_York",
                "2026-03-04T02:00:00Z",
                "2026-03-04T13:00:00Z",
            ),
            (
                "America/New_York",
                "2026-03-04T05:00:00Z",
                "2026-03-04T13:00:00Z",
            ),
            (
                "America/New_York",
                "2026-03-04T12:59:59Z",
                "2026-03-04T13:00:00Z",
            ),
            (
                "America/New_York",
                "2026-03-04T13:00:00Z",
                "2026-03-04T13:00:00Z",
            ),
            // The night in which clocks are put forward.
            (
                "America/New_York",
                "2026-03-08T03:00:00Z",
                "2026-03-08T12:00:00Z",
            ),
            ("UTC", "2026-03-03T23:00:00Z", "2026-03-04T08:00:00Z"),
            (
                "Asia/Kathmandu",
                "2026-03-03T16:00:00Z",
                "2026-03-04T02:15:00Z",
            ),
        ] {
            let at: Timestamp = at.parse().unwrap();
            assert_eq!(send_from(at, &zone(name)).to_string(), sent, "{name} {at}");
        }
    }

    proptest! {
        #[test]
        fn nobody_is_written_to_at_night_and_nothing_waits_for_more_than_half_a_day(
            second in 0_i64..4_000_000_000,
            name in prop::sample::select(vec!["UTC", "America/Los_Angeles", "Australia/Lord_Howe", "Europe/London"]),
        ) {
            let at = Timestamp::from_second(second).unwrap();
            let sent = send_from(at, &zone(name));
            let time = sent.to_zoned(zone(name).to_tz()).time();
            prop_assert!((QUIET_UNTIL..QUIET_FROM).contains(&time));
            prop_assert!(sent >= at && sent.duration_since(at).as_hours() < 13);
            prop_assert_eq!(send_from(sent, &zone(name)), sent);
        }
    }
}
