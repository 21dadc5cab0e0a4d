//! What deals cost in a team that has few of them and in one that has many.
//!
//! The requests and the units of the table are those that the host writes into its log for each request. They must not
//! grow with the number of deals. Times are shown beside them and break nothing: they are those of the engine on this
//! machine, which is not DynamoDB.

use crate::connection::Connection;
use crate::host::{self, LocalHost};
use crate::load::Speed;
use crate::{MANY, fresh_folder, progress, target_folder};
use serde_json::{Value, json};
use std::fmt::Write;
use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Deals in the small team.
const SMALL: usize = 100;

/// Deals in the large one, unless the environment says another number.
const LARGE: usize = 100_000;
const LARGE_SET: &str = "PLAT_BENCH_DEALS";

/// Deals that are created before the jobs are waited for.
const AT_ONCE: usize = 5_000;

/// How often each question is asked.
const TIMES: usize = 200;

/// What a list, the board, a timeline and a move used, and how long they took.
struct Row {
    what: &'static str,
    cost: Cost,
    speed: Speed,
}

/// What requests used of the table, at most. Units are in tenths.
#[derive(Clone, Copy, Default)]
struct Cost {
    requests: u64,
    units: u64,
}

/// The log of the host, from where it was read to last.
struct Log {
    path: PathBuf,
    read: u64,
}

pub(crate) async fn measure() -> Result<(String, Vec<String>), String> {
    let target = target_folder()?;
    let data = fresh_folder(&target.join("deals/data"))?;
    let large = match std::env::var(LARGE_SET) {
        Ok(number) => number
            .parse()
            .map_err(|_| format!("{LARGE_SET} is no number"))?,
        Err(_) => LARGE,
    };
    let host = LocalHost::start(&target.join("release/plat-local"), &data).await?;
    let mut connection = Connection::open(host.address).await?;
    host::register(&mut connection).await?;
    let mut log = Log {
        path: data.join("log.jsonl"),
        read: 0,
    };

    let mut made = Vec::new();
    let mut tables = Vec::new();
    for count in [SMALL, large] {
        progress(&format!("creating deals, up to {count}"));
        while made.len() < count {
            let token = host::sign_in(&mut connection).await?;
            let numbers = made.len()..count.min(made.len() + AT_ONCE);
            let path = "/api/deals";
            let (ids, _) = host::create(host.address, &token, path, deal, numbers, MANY).await?;
            made.extend(ids);
            host::settle(&mut connection).await?;
        }
        let deal = made.last().ok_or("no deal was created")?;
        tables.push(ask(&mut connection, &mut log, deal).await?);
    }
    drop(connection);
    host.stop().await?;

    let [few, many] = tables.as_slice() else {
        return Err("two teams were to be measured".to_owned());
    };
    let text = markdown(few, many, large);
    let path = target.join("deals.md");
    std::fs::write(&path, &text).map_err(|error| format!("{}: {error}", path.display()))?;
    let grown = few
        .iter()
        .zip(many)
        .filter(|(few, many)| many.cost.outgrows(few.cost));
    let broken =
        grown.map(|(few, _)| format!("bench: {} costs more the more deals there are", few.what));
    Ok((text, broken.collect()))
}

async fn ask(connection: &mut Connection, log: &mut Log, deal: &str) -> Result<Vec<Row>, String> {
    let token = host::sign_in(connection).await?;
    let mut rows = Vec::new();
    for (what, operation, target) in [
        (
            "the newest 50",
            "deals.list",
            "/api/deals?limit=50".to_owned(),
        ),
        (
            "50 of a status, latest change first",
            "deals.list",
            "/api/deals?status=new&sort=-lastChange&limit=50".to_owned(),
        ),
        ("the board", "deals.board", "/api/deals/board".to_owned()),
        (
            "a timeline",
            "deals.timeline",
            format!("/api/deals/{deal}/timeline"),
        ),
    ] {
        log.pass()?;
        let (mut took, started) = (Vec::with_capacity(TIMES), Instant::now());
        for _ in 0..TIMES {
            let asked = Instant::now();
            connection.get(&target, &token).await?;
            took.push(asked.elapsed());
        }
        rows.push(Row {
            what,
            cost: log.cost(operation)?,
            speed: Speed::of(took, started.elapsed()),
        });
    }
    log.pass()?;
    let (mut took, started) = (Vec::with_capacity(TIMES), Instant::now());
    for turn in 0..TIMES {
        let status = if turn % 2 == 0 { "dead" } else { "new" };
        let body = json!({"status": status, "note": "They changed their mind"});
        let asked = Instant::now();
        let target = format!("/api/deals/{deal}/status");
        connection.put(&target, &token, &body).await?;
        took.push(asked.elapsed());
    }
    rows.push(Row {
        what: "a move",
        cost: log.cost("deals.set_status")?,
        speed: Speed::of(took, started.elapsed()),
    });
    host::settle(connection).await?;
    Ok(rows)
}

impl Cost {
    /// Whether this is more than the same in a small team. What is at hand for the board is bounded, but not always the
    /// same number of deals: a column has 40 to 60.
    fn outgrows(self, small: Self) -> bool {
        self.requests > small.requests || self.units > small.units * 3 / 2
    }

    /// Reads `requests=2; rru=1.5; wru=1`.
    fn read(text: &str) -> Option<Self> {
        let mut cost = Self::default();
        for part in text.split("; ") {
            let (name, number) = part.split_once('=')?;
            match name {
                "requests" => cost.requests = number.parse().ok()?,
                _ => {
                    let (whole, tenth) = number.split_once('.').unwrap_or((number, "0"));
                    cost.units += whole.parse::<u64>().ok()? * 10 + tenth.parse::<u64>().ok()?;
                }
            }
        }
        Some(cost)
    }
}

impl Log {
    /// Leaves out what is there by now.
    fn pass(&mut self) -> Result<(), String> {
        let written = std::fs::metadata(&self.path).map_err(|error| self.failed(&error))?;
        self.read = written.len();
        Ok(())
    }

    /// The most that a request to `operation` has used since.
    fn cost(&self, operation: &str) -> Result<Cost, String> {
        let mut file = File::open(&self.path).map_err(|error| self.failed(&error))?;
        file.seek(SeekFrom::Start(self.read))
            .map_err(|error| self.failed(&error))?;
        let mut most = None;
        for line in BufReader::new(file).lines() {
            let line = line.map_err(|error| self.failed(&error))?;
            let Ok(line) = serde_json::from_str::<Value>(&line) else {
                continue;
            };
            let field = |name: &str| line.get(name).and_then(Value::as_str);
            let used = field("cost").filter(|_| field("operation") == Some(operation));
            if let Some(cost) = used.and_then(Cost::read) {
                let before: Cost = most.unwrap_or_default();
                most = Some(Cost {
                    requests: cost.requests.max(before.requests),
                    units: cost.units.max(before.units),
                });
            }
        }
        most.ok_or_else(|| format!("{}: nothing of {operation}", self.path.display()))
    }

    fn failed(&self, error: &std::io::Error) -> String {
        let path: &Path = &self.path;
        format!("{}: {error}", path.display())
    }
}

fn markdown(few: &[Row], many: &[Row], large: usize) -> String {
    let mut text = format!(
        "| deals, {SMALL} and {large} of them in the team | requests | units | p50 |\n|---|---:|---:|---:|\n"
    );
    for (few, many) in few.iter().zip(many) {
        let units = |row: &Row| format!("{}.{}", row.cost.units / 10, row.cost.units % 10);
        let _ = writeln!(
            text,
            "| {} | {}, {} | {}, {} | {} µs, {} µs |",
            few.what,
            few.cost.requests,
            many.cost.requests,
            units(few),
            units(many),
            few.speed.half_within.as_micros(),
            many.speed.half_within.as_micros()
        );
    }
    text
}

/// A deal with as much in it as people write down.
fn deal(number: usize) -> Value {
    let streets = ["Elm St", "Oak Ave", "Pine Rd", "Cedar Ln", "Maple Dr"];
    let street = streets
        .get(number % streets.len())
        .copied()
        .unwrap_or_default();
    json!({
        "propertyAddress": format!("{number} {street}, Austin"),
        "sellerName": format!("Ana Silva {}", number % 1_000),
        "sellerPhone": format!("+1 415 555 {:04}", number % 10_000),
        "targetPrice": {"amount": format!("{}.00", 100_000 + number * 5), "currency": "USD"},
        "purchasePrice": {"amount": "90000.00", "currency": "USD"},
    })
}
