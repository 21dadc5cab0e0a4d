//! The harness behind the figures in the README: `make bench`, for starts `make bench-cold`, and for a team
//! that has many deals `bench/run.sh deals`, for an import `bench/run.sh import`.
//!
//! It measures the release binaries from outside, as their users meet them: the local host over HTTP, and one function
//! through Lambda's runtime interface. The harness itself is built without optimisation of its own, since nothing of it
//! is measured. Instructions are counted rather than timed, because they are the same on a machine that is busy.

mod cold;
mod connection;
mod deals;
mod event;
mod host;
mod import;
mod interface;
mod lambda;
mod load;
mod process;
mod report;
mod tls;

use connection::Connection;
use host::LocalHost;
use lambda::Function;
use load::{Load, Speed};
use plat_local::engine::Engine;
use report::{Budget, Report};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Leads in the team that is measured.
const LEADS: usize = 10_000;

/// What one more request may cost a function that is running, with a token that it has seen: Lambda gives a function of 256 MB a seventh of a core, on
/// which a million instructions take a few milliseconds.
const GET: Budget = Budget {
    goal: 1_000_000,
    most: 830_000,
};
const LIST: Budget = Budget {
    goal: 3_000_000,
    most: 2_920_000,
};

/// Connections that ask at the same time.
const MANY: usize = 16;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let outcome = match std::env::args().nth(1).as_deref() {
        None => measure()
            .await
            .map(|report| (report.markdown(), report.broken().to_vec())),
        Some("cold") => cold::measure()
            .await
            .map(|outcome| (outcome.markdown, outcome.broken)),
        Some("deals") => deals::measure().await,
        Some("import") => import::measure().await,
        Some(other) => Err(format!("there is no measurement named {other}")),
    };
    match outcome {
        Ok((table, broken)) => {
            say(&table);
            broken.iter().for_each(|line| say(line));
            if broken.is_empty() {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            }
        }
        Err(reason) => {
            say(&format!("bench: {reason}"));
            ExitCode::FAILURE
        }
    }
}

async fn measure() -> Result<Report, String> {
    let target = target_folder()?;
    let work = target.join("bench");
    let data = fresh_folder(&work.join("data"))?;
    let failed = |path: &Path, error: std::io::Error| format!("{}: {error}", path.display());

    let mut report = Report::default();
    let host = LocalHost::start(&target.join("release/plat-local"), &data).await?;
    let mut connection = Connection::open(host.address).await?;
    let token = host::register(&mut connection).await?;
    progress(&format!("creating {LEADS} leads"));
    let (leads, creating) = host::create_leads(host.address, &token, LEADS, MANY).await?;
    host::settle(&mut connection).await?;
    report.speed(&format!("create a lead, {MANY} connections"), &creating);
    let gets: Vec<_> = leads
        .iter()
        .step_by(97)
        .map(|id| format!("/api/leads/{id}"))
        .collect();
    let lists = vec!["/api/leads?limit=50".to_owned()];
    for connections in [1, MANY] {
        for (name, targets) in [("get a lead", &gets), ("list 50 leads", &lists)] {
            progress(&format!("{name}, {connections} connections"));
            let speed = speed(&host, &token, targets, connections).await?;
            report.speed(
                &format!(
                    "{name}, {connections} connection{}",
                    if connections == 1 { "" } else { "s" }
                ),
                &speed,
            );
        }
    }
    report.memory(host.resident());
    drop(connection);
    host.stop().await?;

    let engine = Engine::file(&data.join("table.db"))
        .await
        .map_err(|error| error.to_string())?;
    let keys = data.join("keys.json");
    let keys = std::fs::read_to_string(&keys).map_err(|error| failed(&keys, error))?;
    for (name, handler, sample, targets, budget) in [
        ("get a lead", "leads.get", "leads.get/get.json", &gets, &GET),
        (
            "list 50 leads",
            "leads.list",
            "leads.list/first-page.json",
            &lists,
            &LIST,
        ),
    ] {
        progress(&format!("counting the instructions of {handler}"));
        let function = Function {
            binary: target.join("release/leads"),
            handler,
            table: &engine.endpoint,
            trusted: None,
            keys: &keys,
            token: &token,
            sample: events_folder().join(sample),
            targets,
            work: &work,
        };
        let counted = function.count().await?;
        report.instructions(name, &counted, budget);
    }
    engine.stop().await;
    let path = target.join("bench.md");
    std::fs::write(&path, report.markdown()).map_err(|error| failed(&path, error))?;
    Ok(report)
}

async fn speed(
    host: &LocalHost,
    token: &str,
    targets: &[String],
    connections: usize,
) -> Result<Speed, String> {
    let load = Load {
        address: host.address,
        token,
        connections,
    };
    // The first requests fill caches of the host and are not measured.
    load.get(targets, 200).await?;
    load.get(targets, 10_000).await
}

/// Where cargo put this program, and the release binaries next to it.
fn target_folder() -> Result<PathBuf, String> {
    let this = std::env::current_exe().map_err(|error| error.to_string())?;
    this.ancestors()
        .nth(2)
        .map(Path::to_owned)
        .ok_or_else(|| format!("{} is not in a target folder", this.display()))
}

/// The folder `path`, with nothing in it.
fn fresh_folder(path: &Path) -> Result<PathBuf, String> {
    let failed = |error: std::io::Error| format!("{}: {error}", path.display());
    if path.exists() {
        std::fs::remove_dir_all(path).map_err(failed)?;
    }
    std::fs::create_dir_all(path).map_err(failed)?;
    Ok(path.to_owned())
}

fn events_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../events")
}

#[allow(clippy::print_stdout)]
fn say(text: &str) {
    println!("{text}");
}

#[allow(clippy::print_stderr)]
fn progress(text: &str) {
    eprintln!("bench: {text}");
}
