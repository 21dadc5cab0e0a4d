//! What a piece of work used in DynamoDB, counted from the capacity each reply reports.

use std::cell::RefCell;
use std::fmt;
use std::future::Future;

tokio::task_local! {
    static METER: RefCell<Cost>;
}

/// Requests and capacity units. Units are kept in tenths, since DynamoDB bills in halves and reports decimals.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cost {
    /// Calls made to DynamoDB, retries by this crate included.
    pub requests: u32,
    /// Read request units × 10.
    pub read_tenths: u32,
    /// Write request units × 10.
    pub write_tenths: u32,
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "requests={}; rru={}; wru={}",
            self.requests,
            Tenths(self.read_tenths),
            Tenths(self.write_tenths)
        )
    }
}

/// A number of tenths, written without a fraction where it has none.
struct Tenths(u32);

impl fmt::Display for Tenths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 % 10 {
            0 => write!(f, "{}", self.0 / 10),
            part => write!(f, "{}.{part}", self.0 / 10),
        }
    }
}

/// Runs `work` and tells what it used.
pub async fn metered<F: Future>(work: F) -> (F::Output, Cost) {
    METER
        .scope(RefCell::new(Cost::default()), async {
            let output = work.await;
            (output, METER.with(|cost| *cost.borrow()))
        })
        .await
}

#[derive(Clone, Copy)]
pub(crate) enum Unit {
    Read,
    Write,
}

/// Adds one request to the meter of the work under way, if there is one.
pub(crate) fn count(unit: Unit, units: f64) {
    let tenths = to_tenths(units);
    let _ = METER.try_with(|cost| {
        let mut cost = cost.borrow_mut();
        cost.requests += 1;
        match unit {
            Unit::Read => cost.read_tenths += tenths,
            Unit::Write => cost.write_tenths += tenths,
        }
    });
}

#[allow(
    clippy::float_arithmetic,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss
)]
fn to_tenths(units: f64) -> u32 {
    // DynamoDB reports capacity as a float; a request stays far below u32::MAX tenths, and `as` saturates.
    (units * 10.0).round() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cost_reads_like_the_header_it_becomes() {
        let cost = Cost {
            requests: 2,
            read_tenths: 5,
            write_tenths: 10,
        };
        assert_eq!(cost.to_string(), "requests=2; rru=0.5; wru=1");
    }
}
