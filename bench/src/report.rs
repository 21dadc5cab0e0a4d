//! The figures as a table.

use crate::lambda::Counted;
use crate::load::Speed;
use std::fmt::Write;
use std::time::Duration;

/// Instructions that one more request may cost.
pub(crate) struct Budget {
    /// What is wanted.
    pub(crate) goal: u64,
    /// What was reached so far, and a twentieth: more is a step back.
    pub(crate) most: u64,
}

#[derive(Default)]
pub(crate) struct Report {
    speeds: Vec<String>,
    instructions: Vec<String>,
    broken: Vec<String>,
    resident: Option<String>,
}

impl Report {
    pub(crate) fn speed(&mut self, what: &str, speed: &Speed) {
        self.speeds.push(format!(
            "| {what} | {} | {} | {} |",
            speed.per_second,
            milliseconds(speed.half_within),
            milliseconds(speed.nearly_all_within)
        ));
    }

    pub(crate) fn memory(&mut self, resident: Option<String>) {
        self.resident = resident;
    }

    pub(crate) fn instructions(&mut self, what: &str, counted: &Counted, budget: &Budget) {
        self.instructions.push(format!(
            "| {what} | {} | {} | {} |",
            millions(counted.each),
            millions(budget.goal),
            millions(counted.start)
        ));
        if counted.each > budget.most {
            self.broken.push(format!(
                "bench: {what} takes {} million instructions, more than {}",
                millions(counted.each),
                millions(budget.most)
            ));
        }
    }

    /// What is over its budget, a line each.
    pub(crate) fn broken(&self) -> &[String] {
        &self.broken
    }

    pub(crate) fn markdown(&self) -> String {
        let mut text = String::new();
        let _ = writeln!(
            text,
            "| one more request to a running function | million instructions | goal | start, without TLS |\n|---|---:|---:|---:|\n{}\n",
            self.instructions.join("\n")
        );
        let _ = writeln!(
            text,
            "| local host, 10,000 leads, loader on the same machine | requests a second | p50 | p99 |\n|---|---:|---:|---:|\n{}",
            self.speeds.join("\n")
        );
        if let Some(resident) = &self.resident {
            let _ = writeln!(
                text,
                "\nThe local host holds {resident} in memory after that."
            );
        }
        text
    }
}

fn milliseconds(time: Duration) -> String {
    let micros = time.as_micros();
    format!("{}.{:02} ms", micros / 1_000, micros % 1_000 / 10)
}

pub(crate) fn millions(count: u64) -> String {
    let hundredths = count / 10_000;
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}
