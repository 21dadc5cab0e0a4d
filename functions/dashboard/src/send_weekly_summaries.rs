//! `dashboard.send_weekly_summaries`: has a summary of the week mailed to everybody for whom it has become eight on Monday
//! morning since the job ran last.
//!
//! People are in an index under their time zone, unless they want no summary. So each hour asks for the people of those
//! zones alone where it is that hour: some thirty queries in each of the 27 hours in which it becomes Monday morning
//! somewhere, and none in the rest of the week.

use crate::send_weekly_summary::{self, WeeklySummary};
use jiff::civil::{Date, Time};
use jiff::tz::TimeZoneDatabase;
use jiff::{SignedDuration, Timestamp, ToSpan};
use plat_domain::TimeZoneName;
use plat_registry::{App, Grant, Job, JobFailure, Schedule};
use serde_json::Value;
use std::sync::Arc;

const OPERATION: &str = "dashboard.send_weekly_summaries";

const SCHEDULE: Schedule = Schedule::Every { minutes: 60 };

/// When people read it, where they are.
const READ_AT: Time = Time::constant(8, 0, 0, 0);

/// How far back a run looks that was held up. A summary that would be read on Tuesday is not worth the mail.
const MADE_UP_FOR: SignedDuration = SignedDuration::from_hours(12);

/// People that are listed at a time.
const PAGE: usize = 1_000;

const TIMEOUT: u32 = 300;

pub(crate) fn job() -> Job {
    Job::on_schedule(OPERATION, SCHEDULE, handle)
        .summary("Have a summary of the week mailed to everybody for whom Monday has begun")
        .grants(&[
            Grant::ReadTable,
            Grant::WriteTable,
            Grant::SendTo(send_weekly_summary::OPERATION),
        ])
        .timeout(TIMEOUT)
}

async fn handle(app: Arc<App>, due: Timestamp) -> Result<(), JobFailure> {
    let runs = app.store.runs();
    let latest = due.checked_sub(MADE_UP_FOR)?;
    let since = runs.last_due(OPERATION).await?.unwrap_or(latest);
    let mut sent = 0;
    for (zone, monday) in mornings(since.max(latest), due) {
        let mut after = None;
        loop {
            let users = app.store.users().summarized_in(&zone, after, PAGE).await?;
            let messages = users
                .iter()
                .map(|user| serde_json::to_value(WeeklySummary::of(*user, monday)))
                .collect::<Result<Vec<Value>, _>>()?;
            let queues = &app.queues;
            queues
                .send(send_weekly_summary::OPERATION, &messages)
                .await?;
            sent += users.len();
            after = users.last().copied();
            if users.len() < PAGE {
                break;
            }
        }
    }
    tracing::info!(
        operation = OPERATION,
        people = sent,
        "{sent} people get a summary"
    );
    runs.ran(OPERATION, due, app.clock.now()).await?;
    Ok(())
}

/// The zones in which it became eight on a Monday after `since` and up to `until`, each with that Monday.
fn mornings(since: Timestamp, until: Timestamp) -> Vec<(TimeZoneName, Date)> {
    let names = TimeZoneDatabase::bundled();
    names
        .available()
        .filter_map(|name| {
            let zone = TimeZoneName::parse(name.as_str()).ok()?;
            let today = until.to_zoned(zone.to_tz()).date();
            let since_monday = i64::from(today.weekday().to_monday_zero_offset());
            let monday = today.checked_sub(since_monday.days()).ok()?;
            let morning = monday.to_datetime(READ_AT).to_zoned(zone.to_tz()).ok()?;
            let is_now = since < morning.timestamp() && morning.timestamp() <= until;
            is_now.then_some((zone, monday))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn zones(since: &str, until: &str) -> BTreeMap<String, String> {
        mornings(at(since), at(until))
            .into_iter()
            .map(|(zone, monday)| (zone.to_string(), monday.to_string()))
            .collect()
    }

    #[test]
    fn an_hour_has_the_zones_where_it_became_eight() {
        for (since, until, zone) in [
            (
                "2026-03-02T13:00:00Z",
                "2026-03-02T14:00:00Z",
                "America/Chicago",
            ),
            // Clocks were put forward the night before.
            (
                "2026-03-09T12:00:00Z",
                "2026-03-09T13:00:00Z",
                "America/Chicago",
            ),
            (
                "2026-03-02T02:00:00Z",
                "2026-03-02T03:00:00Z",
                "Asia/Kathmandu",
            ),
            // The first, on Sunday in Greenwich, and the last.
            (
                "2026-03-01T17:00:00Z",
                "2026-03-01T18:00:00Z",
                "Pacific/Kiritimati",
            ),
            ("2026-03-02T19:00:00Z", "2026-03-02T20:00:00Z", "Etc/GMT+12"),
        ] {
            let zones = zones(since, until);
            let monday = if until.starts_with("2026-03-09") {
                "2026-03-09"
            } else {
                "2026-03-02"
            };
            assert_eq!(zones.get(zone).map(String::as_str), Some(monday), "{zone}");
        }
    }

    #[test]
    fn every_zone_has_one_morning_a_week_and_the_runs_of_a_week_miss_none() {
        let mut seen: BTreeMap<String, u32> = BTreeMap::new();
        for week in ["2026-03-01T00:00:00Z", "2026-10-25T00:00:00Z"] {
            seen.clear();
            let mut until = at(week);
            for _ in 0..24 * 7 {
                let since = until;
                until = since + SignedDuration::from_hours(1);
                for (zone, _) in mornings(since, until) {
                    *seen.entry(zone.to_string()).or_default() += 1;
                }
            }
            let more_or_less: Vec<_> = seen.iter().filter(|(_, times)| **times != 1).collect();
            assert!(more_or_less.is_empty(), "{more_or_less:?}");
            assert!(seen.len() > 400, "{}", seen.len());
        }
    }

    #[test]
    fn nobody_is_asked_for_in_the_rest_of_the_week() {
        let tuesday = zones("2026-03-03T00:00:00Z", "2026-03-07T00:00:00Z");
        assert!(tuesday.is_empty(), "{tuesday:?}");
    }
}
