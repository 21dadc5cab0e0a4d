//! Metrics: one line of the log that CloudWatch reads as numbers (the embedded metric format).
//!
//! Each metric of each operation is one that CloudWatch bills, so there are few, and none by team. `METRICS=off` leaves
//! them out; what Lambda and API Gateway count by themselves stays.

use jiff::Timestamp;
use plat_store::Cost;
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const NAMESPACE: &str = "Plat";

/// Every metric with its unit.
const DEFINED: [(&str, &str); 7] = [
    ("Requests", "Count"),
    ("Errors", "Count"),
    ("Latency", "Milliseconds"),
    ("ColdStarts", "Count"),
    ("TableRequests", "Count"),
    ("ReadUnits", "Count"),
    ("WriteUnits", "Count"),
];

/// What an invocation came to.
pub(crate) struct Outcome {
    pub(crate) operation: &'static str,
    pub(crate) requests: usize,
    pub(crate) errors: usize,
    pub(crate) duration: Duration,
    pub(crate) cost: Cost,
}

/// Writes metrics.
pub(crate) struct Metrics {
    on: bool,
    /// Until the first invocation is written.
    cold: AtomicBool,
}

impl Metrics {
    pub(crate) fn new(on: bool) -> Self {
        Self {
            on,
            cold: AtomicBool::new(true),
        }
    }

    #[cfg(test)]
    pub(crate) fn off() -> Self {
        Self::new(false)
    }

    /// Writes one line. If it cannot be written, the numbers are lost and nothing else is.
    pub(crate) fn write(&self, outcome: &Outcome, now: Timestamp) {
        let cold = self.cold.swap(false, Ordering::Relaxed);
        if self.on {
            let line = line(outcome, cold, now);
            let _ = std::io::stdout().lock().write_all(line.as_bytes());
        }
    }
}

fn line(outcome: &Outcome, cold: bool, now: Timestamp) -> String {
    let mut line = String::with_capacity(768);
    let _ = write!(
        line,
        r#"{{"_aws":{{"Timestamp":{},"CloudWatchMetrics":[{{"Namespace":"{NAMESPACE}","Dimensions":[["Operation"]],"Metrics":["#,
        now.as_millisecond()
    );
    for (nth, (name, unit)) in DEFINED.iter().enumerate() {
        let comma = if nth == 0 { "" } else { "," };
        let _ = write!(line, r#"{comma}{{"Name":"{name}","Unit":"{unit}"}}"#);
    }
    let Outcome {
        operation,
        requests,
        errors,
        duration,
        cost,
    } = outcome;
    let micros = duration.as_micros();
    let _ = writeln!(
        line,
        r#"]}}]}},"Operation":"{operation}","Requests":{requests},"Errors":{errors},"Latency":{}.{:03},"ColdStarts":{},"TableRequests":{},"ReadUnits":{}.{},"WriteUnits":{}.{}}}"#,
        micros / 1000,
        micros % 1000,
        u8::from(cold),
        cost.requests,
        cost.read_tenths / 10,
        cost.read_tenths % 10,
        cost.write_tenths / 10,
        cost.write_tenths % 10,
    );
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn a_line_defines_every_metric_and_tells_it() {
        let outcome = Outcome {
            operation: "leads.get",
            requests: 1,
            errors: 0,
            duration: Duration::from_micros(4_007),
            cost: Cost {
                requests: 2,
                read_tenths: 5,
                write_tenths: 10,
            },
        };
        let now = Timestamp::from_second(1_772_463_600).unwrap();
        let line = line(&outcome, true, now);
        assert_eq!(line.matches('\n').count(), 1);
        let told: Value = serde_json::from_str(&line).unwrap();
        let defined = &told["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(defined["Dimensions"], json!([["Operation"]]));
        for metric in defined["Metrics"].as_array().unwrap() {
            let name = metric["Name"].as_str().unwrap();
            assert!(told[name].is_number(), "{name}");
        }
        assert_eq!(defined["Metrics"].as_array().unwrap().len(), DEFINED.len());
        assert_eq!(told["_aws"]["Timestamp"], 1_772_463_600_000_u64);
        let numbers = json!([
            told["Latency"],
            told["ReadUnits"],
            told["WriteUnits"],
            told["ColdStarts"]
        ]);
        assert_eq!(numbers, json!([4.007, 0.5, 1.0, 1]));
    }
}
