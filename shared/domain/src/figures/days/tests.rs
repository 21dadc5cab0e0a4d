use proptest::prelude::*;

use super::super::tests::at;
use super::*;

fn zone(name: &str) -> TimeZoneName {
    TimeZoneName::parse(name).unwrap()
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn a_day_and_a_week_begin_by_the_clocks_of_the_zone() {
    for (name, now, day, week) in [
        (
            "UTC",
            "2026-03-04T12:00:00Z",
            "2026-03-04T00:00:00Z",
            "2026-03-02T00:00:00Z",
        ),
        // Monday in Auckland, Sunday in Chicago.
        (
            "Pacific/Auckland",
            "2026-03-01T20:00:00Z",
            "2026-03-01T11:00:00Z",
            "2026-03-01T11:00:00Z",
        ),
        (
            "America/Chicago",
            "2026-03-01T20:00:00Z",
            "2026-03-01T06:00:00Z",
            "2026-02-23T06:00:00Z",
        ),
        (
            "Asia/Kathmandu",
            "2026-03-04T18:20:00Z",
            "2026-03-04T18:15:00Z",
            "2026-03-01T18:15:00Z",
        ),
        // On Sunday clocks went forward: the day is an hour short, and the week with it.
        (
            "America/Chicago",
            "2026-03-08T23:00:00Z",
            "2026-03-08T06:00:00Z",
            "2026-03-02T06:00:00Z",
        ),
        (
            "America/Chicago",
            "2026-03-09T23:00:00Z",
            "2026-03-09T05:00:00Z",
            "2026-03-09T05:00:00Z",
        ),
    ] {
        assert_eq!(
            began(time(now), &zone(name)),
            (time(day), time(week)),
            "{name} {now}"
        );
    }
}

#[test]
fn emails_are_counted_in_the_quarter_of_an_hour_that_they_were_sent_in() {
    for (at, quarter) in [
        ("2026-03-02T00:00:00Z", 0),
        ("2026-03-02T00:14:59.999Z", 0),
        ("2026-03-02T00:15:00Z", 1),
        ("2026-03-02T12:30:00Z", 50),
        ("2026-03-02T23:59:59Z", 95),
    ] {
        assert_eq!(quarter_of(time(at)), quarter, "{at}");
    }
}

fn sent(times: &[Timestamp]) -> DayFigures {
    let counted = times.iter().map(|at| {
        let field = Field {
            what: What::SentIn(quarter_of(*at)),
            measure: Measure::Count,
        };
        (day_of(*at), field, 1)
    });
    counted.collect()
}

#[test]
fn days_add_up_to_what_happened_on_them() {
    let field = Field {
        what: What::ClientsCreated,
        measure: Measure::Count,
    };
    let day = |text: &str| text.parse::<Date>().unwrap();

    let days: DayFigures = [
        (day("2026-03-02"), field, 2),
        (day("2026-03-02"), field, 1),
        (day("2026-03-04"), field, 4),
    ]
    .into_iter()
    .collect();

    assert_eq!(days.count(What::ClientsCreated), 7);
    assert_eq!(days.sent_from(Timestamp::MIN), 0);
}

const ZONES: [&str; 7] = [
    "UTC",
    "America/Chicago",
    "Asia/Kathmandu",
    "Pacific/Auckland",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
];

proptest! {
    #[test]
    fn every_week_lies_in_the_days_that_are_read(second in 0_i64..4_000_000_000, name in prop::sample::select(&ZONES)) {
        let now = at(second * 1_000);
        let (_, week) = began(now, &zone(name));

        prop_assert!(first_day(now) <= day_of(week));
        // Nine days at most: a week, and a day on either side.
        let days = first_day(now).until(day_of(now)).unwrap().get_days();
        prop_assert!(days <= 8, "{days}");
    }

    #[test]
    fn what_was_sent_since_a_day_began_is_told_to_the_message(
        seconds in prop::collection::vec(0_i64..1_000_000, 0..20),
        now in 0_i64..1_000_000,
        name in prop::sample::select(&ZONES),
    ) {
        let start = time("2026-03-02T00:00:00Z").as_second();
        let times: Vec<_> = seconds.iter().map(|second| at((start + second) * 1_000)).collect();
        let (day, week) = began(at((start + now) * 1_000), &zone(name));
        let since = |from: Timestamp| times.iter().filter(|at| **at >= from).count();

        let figures = sent(&times);

        prop_assert_eq!(usize::try_from(figures.sent_from(day)).unwrap(), since(day));
        let before = figures.sent(week, day);
        prop_assert_eq!(usize::try_from(before).unwrap(), since(week) - since(day));
    }
}
