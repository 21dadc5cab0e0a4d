//! What a start costs, over TLS: the largest domain's binary beside functions in Node and Python that read the same item
//! with their official clients.
//!
//! All three speak to the same interface and the same table in the same run, by turns. What is compared is CPU time as
//! the kernel counts it: a busy machine slows all three down, and changes little about how they compare. Plat's function
//! does more than its peers, which neither verify a token nor ask the gate.

use crate::connection::Connection;
use crate::host::{self, LocalHost};
use crate::interface::{Interface, Step, lock};
use crate::lambda::Function;
use crate::process;
use crate::report::{Budget, millions};
use crate::tls::TlsProxy;
use crate::{MANY, events_folder, fresh_folder, progress, target_folder};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use nix::time::clock_getcpuclockid;
use nix::unistd::Pid;
use plat_local::engine::Engine;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{Cursor, Write as _};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// How often each function is started; the table shows medians.
const STARTS: usize = 11;

/// Events of each start. The first is the first invocation, and the last half are warm ones.
const EVENTS: usize = 20;

/// How long a start with its events may take.
const LONGEST: Duration = Duration::from_secs(60);

/// From the start of the process to its first reply.
const INSTRUCTIONS: Budget = Budget {
    goal: 12_000_000,
    most: 6_400_000,
};

/// Bytes of the package that Lambda fetches before a start.
const PACKAGE: Budget = Budget {
    goal: 6 * 1024 * 1024,
    most: 6_200_000,
};

/// Bytes held at most. Lambda's smallest function has 128 MB.
const RESIDENT: Budget = Budget {
    goal: 24 * 1024 * 1024,
    most: 14 * 1024 * 1024,
};

/// How many times the CPU time of ours its peers take to their first reply, at least. Lambda bills a start by time, and
/// gives a small function a small part of a core.
const PEERS: [u128; 2] = [20, 30];

/// What the rows of the table say.
const ROWS: [&str; 8] = [
    "CPU, start to ready",
    "CPU, start to first reply",
    "CPU, one more request",
    "wall, start to ready",
    "wall, start to first reply",
    "wall, first request",
    "wall, one more request",
    "memory at most",
];

/// Figures of one start, in the order of [`ROWS`]: nanoseconds, and bytes at the end.
type Figures = [u128; ROWS.len()];

/// What a process had used when it took a step.
struct Mark {
    step: Step,
    wall: Instant,
    cpu: Duration,
}

/// The table, and what broke its budget.
pub(crate) struct Outcome {
    pub(crate) markdown: String,
    pub(crate) broken: Vec<String>,
}

pub(crate) async fn measure() -> Result<Outcome, String> {
    let target = target_folder()?;
    let work = target.join("cold");
    let data = fresh_folder(&work.join("data"))?;

    progress("creating a lead");
    let host = LocalHost::start(&target.join("debug/plat-local"), &data).await?;
    let mut connection = Connection::open(host.address).await?;
    let token = host::register(&mut connection).await?;
    let (leads, _) = host::create_leads(host.address, &token, 1, MANY).await?;
    host::settle(&mut connection).await?;
    drop(connection);
    host.stop().await?;
    let lead = leads.first().ok_or("no lead was created")?;
    let targets = [format!("/api/leads/{lead}")];
    let key = json!({
        "PK": {"S": format!("T#{}#LEAD#{lead}", team_of(&token)?)},
        "SK": {"S": "LEAD"},
    });

    let engine = Engine::file(&data.join("table.db"))
        .await
        .map_err(|error| error.to_string())?;
    let proxy = TlsProxy::start(&engine.endpoint, &work).await?;
    let keys = std::fs::read_to_string(data.join("keys.json")).map_err(|e| e.to_string())?;
    let function = Function {
        binary: target.join("release/leads"),
        handler: "leads.get",
        table: &proxy.endpoint,
        trusted: Some(&proxy.authority),
        keys: &keys,
        token: &token,
        sample: events_folder().join("leads.get/get.json"),
        targets: &targets,
        work: &work,
    };

    progress("counting instructions");
    let ready = function.instructions(0).await?;
    let first = function.instructions(1).await?;

    let ours = || Command::new(&function.binary);
    let node = || {
        let mut command = Command::new("node");
        command.arg(work.join("node/runtime.cjs"));
        command.arg(work.join("node/handler.cjs"));
        command
    };
    let python = || {
        let mut command = Command::new(work.join("python/bin/python"));
        command.args(["-m", "awslambdaric", "handler.handler"]);
        command.current_dir(work.join("python"));
        command
    };
    let mut figures: [Vec<Figures>; 3] = Default::default();
    // The first round fills the machine's caches and is not counted.
    for round in 0..=STARTS {
        progress(&format!("starting each, {round} of {STARTS}"));
        for (command, all) in [ours(), node(), python()].into_iter().zip(&mut figures) {
            let measured = start(command, &function, &key).await?;
            if round > 0 {
                all.push(measured);
            }
        }
    }
    engine.stop().await;
    let [ours, node, python] = figures.map(|all| medians(&all));
    let package = package(&function.binary)?;
    let outcome = Outcome {
        markdown: markdown(ready, first, package, [ours, node, python]),
        broken: broken(first, package, [ours, node, python]),
    };
    let path = target.join("cold.md");
    std::fs::write(&path, &outcome.markdown)
        .map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(outcome)
}

/// The team that a token is for.
fn team_of(token: &str) -> Result<String, String> {
    let claims = token.split('.').nth(1).unwrap_or_default();
    let claims = BASE64.decode(claims).map_err(|error| error.to_string())?;
    let claims: Value = serde_json::from_slice(&claims).map_err(|error| error.to_string())?;
    let team = claims.get("team").and_then(Value::as_str);
    team.map(str::to_owned)
        .ok_or_else(|| "the token says no team".to_owned())
}

/// Starts a function, lets it answer its events, and ends it.
async fn start(
    mut command: Command,
    function: &Function<'_>,
    key: &Value,
) -> Result<Figures, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let log = function.work.join("errors.log");
    let failed = |reason: String| format!("{name}: {reason}; see {}", log.display());
    let errors = File::create(&log).map_err(|error| failed(error.to_string()))?;
    let pid = Arc::new(OnceLock::<Pid>::new());
    let marks = Arc::new(Mutex::new(Vec::<Mark>::new()));
    let watcher = {
        let (pid, marks) = (pid.clone(), marks.clone());
        move |step| {
            let wall = Instant::now();
            let cpu = pid.get().map_or(Duration::ZERO, |pid| cpu_time(*pid));
            lock(&marks).push(Mark { step, wall, cpu });
        }
    };
    let interface = Interface::start(function.events(EVENTS)?, watcher).await?;
    function.describe(&mut command, &interface);
    command
        .env("ITEM_KEY", key.to_string())
        .env("AWS_DEFAULT_REGION", "local")
        .env("AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED", "true")
        .envs(
            function
                .trusted
                .map(|trusted| ("NODE_EXTRA_CA_CERTS", trusted)),
        )
        .stderr(errors);
    let spawned = Instant::now();
    let mut child = command.spawn().map_err(|error| failed(error.to_string()))?;
    let id = i32::try_from(child.id()).map_err(|error| failed(error.to_string()))?;
    let _ = pid.set(Pid::from_raw(id));
    let worked = interface.worked(LONGEST).await;
    let peak = process::memory(child.id(), "VmHWM:");
    let _ = child.kill();
    let _ = child.wait();
    worked.and_then(|()| interface.check()).map_err(failed)?;
    let peak = peak.ok_or_else(|| failed("its memory is unknown".to_owned()))?;
    let marks = std::mem::take(&mut *lock(&marks));
    figures(&marks, spawned, peak).ok_or_else(|| failed("it skipped a step".to_owned()))
}

fn figures(marks: &[Mark], spawned: Instant, peak: u64) -> Option<Figures> {
    let asked: Vec<&Mark> = marks.iter().filter(|m| m.step == Step::Asked).collect();
    let answered: Vec<&Mark> = marks.iter().filter(|m| m.step == Step::Answered).collect();
    let (ready, first) = (asked.first()?, answered.first()?);
    let warm = EVENTS / 2;
    let cpu = answered
        .windows(2)
        .skip(warm)
        .filter_map(|pair| Some(pair.last()?.cpu.saturating_sub(pair.first()?.cpu)));
    let wall = asked
        .iter()
        .zip(&answered)
        .skip(warm)
        .map(|(asked, answered)| answered.wall - asked.wall);
    Some([
        ready.cpu.as_nanos(),
        first.cpu.as_nanos(),
        median(cpu.map(|time| time.as_nanos()).collect()),
        (ready.wall - spawned).as_nanos(),
        (first.wall - spawned).as_nanos(),
        (first.wall - ready.wall).as_nanos(),
        median(wall.map(|time| time.as_nanos()).collect()),
        u128::from(peak),
    ])
}

/// What all threads of a process have used so far.
fn cpu_time(pid: Pid) -> Duration {
    clock_getcpuclockid(pid)
        .and_then(|clock| clock.now())
        .map(Duration::from)
        .unwrap_or_default()
}

fn medians(starts: &[Figures]) -> Figures {
    std::array::from_fn(|row| {
        median(
            starts
                .iter()
                .filter_map(|start| start.get(row).copied())
                .collect(),
        )
    })
}

fn median(mut values: Vec<u128>) -> u128 {
    values.sort_unstable();
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// The size of the package with this binary in it.
fn package(binary: &Path) -> Result<u64, String> {
    let bytes = std::fs::read(binary).map_err(|error| format!("{}: {error}", binary.display()))?;
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_level(Some(9));
    zip.start_file("bootstrap", options)
        .map_err(|error| error.to_string())?;
    zip.write_all(&bytes).map_err(|error| error.to_string())?;
    let zip = zip.finish().map_err(|error| error.to_string())?;
    u64::try_from(zip.into_inner().len()).map_err(|error| error.to_string())
}

fn markdown(ready: u64, first: u64, package: u64, figures: [Figures; 3]) -> String {
    let [ours, node, python] = figures;
    let mut text = String::from(
        "| one GetItem over TLS | Plat | Node 20 | Python 3 | Node ÷ Plat | Python ÷ Plat |\n|---|---:|---:|---:|---:|---:|\n",
    );
    for (row, name) in ROWS.iter().enumerate() {
        let of = |figures: &Figures| figures.get(row).copied().unwrap_or_default();
        let show = |value: u128| match row + 1 {
            number if number == ROWS.len() => format!("{} MB", tenths(value, 1024 * 1024)),
            _ => format!("{} ms", tenths(value, 1_000_000)),
        };
        let times = |peer: &Figures| tenths(of(peer), of(&ours).max(1));
        let _ = writeln!(
            text,
            "| {name} | {} | {} | {} | {} | {} |",
            show(of(&ours)),
            show(of(&node)),
            show(of(&python)),
            times(&node),
            times(&python)
        );
    }
    let _ = writeln!(
        text,
        "\nA start takes {} million instructions until the function is ready and {} million until its first reply. Its package has {} MB.",
        millions(ready),
        millions(first),
        tenths(u128::from(package), 1024 * 1024)
    );
    text
}

/// What is over its budget, a line each.
fn broken(first: u64, package: u64, figures: [Figures; 3]) -> Vec<String> {
    let [ours, node, python] = figures;
    let at = |figures: &Figures, name: &str| {
        let row = ROWS.iter().position(|row| *row == name);
        row.and_then(|row| figures.get(row).copied())
            .unwrap_or_default()
    };
    let peak = u64::try_from(at(&ours, "memory at most")).unwrap_or(u64::MAX);
    let mut broken = Vec::new();
    for (what, value, budget) in [
        ("instructions to the first reply", first, &INSTRUCTIONS),
        ("bytes of the package", package, &PACKAGE),
        ("bytes of memory", peak, &RESIDENT),
    ] {
        if value > budget.most {
            broken.push(format!(
                "bench: {value} {what}, more than {} (the goal is {})",
                budget.most, budget.goal
            ));
        }
    }
    let row = "CPU, start to first reply";
    for ((name, peer), least) in [("Node", node), ("Python", python)].into_iter().zip(PEERS) {
        let times = at(&peer, row) / at(&ours, row).max(1);
        if times < least {
            broken.push(format!(
                "bench: {name} takes {times} times the CPU of ours to its first reply, less than {least}"
            ));
        }
    }
    broken
}

/// A quotient with one digit behind the point.
fn tenths(value: u128, by: u128) -> String {
    let tenths = (value * 10 + by / 2) / by;
    format!("{}.{}", tenths / 10, tenths % 10)
}
