//! What a cell says: an amount, a date, yes or no.
//!
//! Programs write these as people read them, so each is read in the ways in which it is usually written in the United States,
//! and as the international standard has it. What can be read in two ways is not guessed.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::fmt::strtime;
use jiff::tz::TimeZone;

/// Dates and times, most exact first. Month before day, as in the United States, if nothing says otherwise.
const TIMES: [&str; 8] = [
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%Y %I:%M %p",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%B %d, %Y %I:%M %p",
];

const DATES: [&str; 9] = [
    "%Y-%m-%d",
    "%m/%d/%Y",
    "%m-%d-%Y",
    "%m/%d/%y",
    "%B %d, %Y",
    "%b %d, %Y",
    "%d %B %Y",
    "%d %b %Y",
    "%Y/%m/%d",
];

/// The amount in a cell, as `Money` reads it: `$1,250.50` is `1250.50`. None if it is no amount, or a negative one.
pub fn read_amount(cell: &str) -> Option<String> {
    let cell = cell
        .trim()
        .trim_start_matches("US")
        .trim_start_matches("USD");
    let cell = cell.trim_start_matches('$').trim_end_matches("USD").trim();
    let (whole, cents) = cell.split_once('.').unwrap_or((cell, ""));
    let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    let groups: Vec<&str> = whole.split(',').collect();
    let grouped = match groups.as_slice() {
        [] => false,
        [one] => !one.is_empty() && digits(one),
        [first, rest @ ..] => {
            (1..=3).contains(&first.len())
                && digits(first)
                && rest.iter().all(|group| group.len() == 3 && digits(group))
        }
    };
    if !grouped || !digits(cents) || cents.len() > 2 {
        return None;
    }
    let whole = groups.concat();
    Some(match cents.len() {
        0 => whole,
        1 => format!("{whole}.{cents}0"),
        _ => format!("{whole}.{cents}"),
    })
}

/// The moment in a cell; one without a zone is in UTC, and a date is its first moment. None if it is none, or if day and
/// month could be either way around and the cell does not say (`13/02/2026` says).
pub fn read_date(cell: &str) -> Option<Timestamp> {
    let cell = cell.trim();
    if let Ok(exact) = cell.parse::<Timestamp>() {
        return Some(exact);
    }
    let moment = |at: DateTime| at.to_zoned(TimeZone::UTC).ok().map(|at| at.timestamp());
    for format in TIMES {
        if let Ok(at) = DateTime::strptime(format, cell) {
            return moment(at);
        }
    }
    for format in DATES {
        if let Ok(day) = strtime::parse(format, cell).and_then(|read| read.to_date()) {
            return plausible(day)
                .and_then(|day| moment(day.to_datetime(jiff::civil::Time::midnight())));
        }
    }
    None
}

/// Years with four digits that somebody may mean.
fn plausible(day: Date) -> Option<Date> {
    (1900..2200).contains(&day.year()).then_some(day)
}

/// Yes or no, as programs write it. None for anything else.
pub fn read_yes_no(cell: &str) -> Option<bool> {
    match cell.trim().to_lowercase().as_str() {
        "yes" | "y" | "true" | "t" | "1" | "x" | "on" => Some(true),
        "no" | "n" | "false" | "f" | "0" | "off" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_they_are_written() {
        for (cell, amount) in [
            ("185000", Some("185000")),
            ("$185,000", Some("185000")),
            ("$ 1,250.5", Some("1250.50")),
            ("USD 1,250.55", None),
            ("1250.55 USD", Some("1250.55")),
            ("0", Some("0")),
            ("1,25", None),
            ("1.234,56", None),
            ("12.345", None),
            ("-5", None),
            ("(500)", None),
            ("n/a", None),
            ("", None),
            (",000", None),
        ] {
            assert_eq!(read_amount(cell).as_deref(), amount, "{cell:?}");
        }
    }

    #[test]
    fn dates_are_read_as_they_are_written() {
        for (cell, at) in [
            ("2026-03-02T15:04:05Z", Some("2026-03-02T15:04:05Z")),
            ("2026-03-02T15:04:05-05:00", Some("2026-03-02T20:04:05Z")),
            ("2026-03-02 15:04:05", Some("2026-03-02T15:04:05Z")),
            ("03/02/2026", Some("2026-03-02T00:00:00Z")),
            ("3/2/2026", Some("2026-03-02T00:00:00Z")),
            ("3/2/2026 3:04 PM", Some("2026-03-02T15:04:00Z")),
            ("March 2, 2026", Some("2026-03-02T00:00:00Z")),
            ("Mar 2, 2026", Some("2026-03-02T00:00:00Z")),
            ("13/02/2026", None),
            ("tomorrow", None),
            ("", None),
            ("0001-01-01", None),
        ] {
            let read = read_date(cell).map(|at| at.to_string());
            assert_eq!(read.as_deref(), at, "{cell:?}");
        }
    }

    #[test]
    fn yes_and_no_are_read() {
        assert_eq!(read_yes_no(" Y "), Some(true));
        assert_eq!(read_yes_no("FALSE"), Some(false));
        assert_eq!(read_yes_no("maybe"), None);
    }
}
