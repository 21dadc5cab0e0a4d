//! The local host as a process of its own, and the team that is measured in it.

use crate::connection::Connection;
use crate::load::Speed;
use crate::process;
use serde_json::{Value, json};
use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::ops::Range;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How long the host may take to listen.
const START: Duration = Duration::from_secs(20);

/// How long the jobs may take for what was created.
const SETTLE: Duration = Duration::from_secs(300);

pub(crate) struct LocalHost {
    pub(crate) address: SocketAddr,
    child: Child,
}

impl LocalHost {
    /// Starts `binary` over the empty folder `data`.
    pub(crate) async fn start(binary: &Path, data: &Path) -> Result<Self, String> {
        let address = free_address().map_err(|error| error.to_string())?;
        let log = File::create(data.join("log.jsonl")).map_err(|error| error.to_string())?;
        let child = Command::new(binary)
            .env("PLAT_PORT", address.port().to_string())
            .env("PLAT_DATA_DIR", data)
            .env("PLAT_DEMO", "0")
            .env("PLAT_USER_PER_MINUTE", i64::MAX.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .map_err(|error| format!("{}: {error}", binary.display()))?;
        let mut host = Self { address, child };
        let asked = Instant::now();
        while Connection::open(address).await.is_err() {
            if asked.elapsed() > START || !matches!(host.child.try_wait(), Ok(None)) {
                let _ = host.child.kill();
                return Err(format!(
                    "the host did not start; see {}",
                    data.join("log.jsonl").display()
                ));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(host)
    }

    /// What it holds in memory, as Linux tells it.
    pub(crate) fn resident(&self) -> Option<String> {
        let bytes = process::memory(self.child.id(), "VmRSS:")?;
        Some(format!("{} MB", bytes / 1024 / 1024))
    }

    /// The most that it held in memory, in bytes.
    pub(crate) fn peak(&self) -> Option<u64> {
        process::memory(self.child.id(), "VmHWM:")
    }

    pub(crate) async fn stop(self) -> Result<(), String> {
        process::end(self.child).await
    }
}

/// A port that was free a moment ago.
fn free_address() -> std::io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}

/// Signs somebody up and returns their access token.
pub(crate) async fn register(connection: &mut Connection) -> Result<String, String> {
    let body =
        json!({"email": "bench@example.com", "password": "Harvest Moon 7", "name": "Dana Reyes"});
    let reply = connection.post("/api/auth/register", "", &body).await?;
    text(&reply, "accessToken")
}

/// Signs the same person in again: a token is good for a quarter of an hour.
pub(crate) async fn sign_in(connection: &mut Connection) -> Result<String, String> {
    let body = json!({"email": "bench@example.com", "password": "Harvest Moon 7"});
    let reply = connection.post("/api/auth/login", "", &body).await?;
    text(&reply, "accessToken")
}

/// Creates leads over several connections; returns their ids and how fast that was.
pub(crate) async fn create_leads(
    address: SocketAddr,
    token: &str,
    count: usize,
    connections: usize,
) -> Result<(Vec<String>, Speed), String> {
    create(address, token, "/api/leads", lead, 0..count, connections).await
}

/// Creates what `body` says for each of `numbers` at `path`, over several connections; returns the ids and how fast that
/// was.
pub(crate) async fn create(
    address: SocketAddr,
    token: &str,
    path: &'static str,
    body: fn(usize) -> Value,
    numbers: Range<usize>,
    connections: usize,
) -> Result<(Vec<String>, Speed), String> {
    let started = Instant::now();
    let count = numbers.len();
    let next = Arc::new(AtomicUsize::new(numbers.start));
    let mut tasks = Vec::with_capacity(connections);
    for _ in 0..connections {
        let mut connection = Connection::open(address).await?;
        let (token, next, numbers) = (token.to_owned(), next.clone(), numbers.clone());
        tasks.push(tokio::spawn(async move {
            let mut created = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if !numbers.contains(&number) {
                    return Ok::<_, String>(created);
                }
                let asked = Instant::now();
                let reply = connection.post(path, &token, &body(number)).await?;
                created.push((text(&reply, "id")?, asked.elapsed()));
            }
        }));
    }
    let mut ids = Vec::with_capacity(count);
    let mut took = Vec::with_capacity(count);
    for task in tasks {
        for (id, time) in task.await.map_err(|error| error.to_string())?? {
            ids.push(id);
            took.push(time);
        }
    }
    Ok((ids, Speed::of(took, started.elapsed())))
}

/// Waits until the jobs have worked every change. The host says no after half a minute, so it is asked again.
pub(crate) async fn settle(connection: &mut Connection) -> Result<(), String> {
    let asked = Instant::now();
    loop {
        match connection.get("/_local/idle", "").await {
            Ok(_) => return Ok(()),
            Err(reason) if asked.elapsed() > SETTLE => return Err(reason),
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
}

/// A lead with as much in it as people write down.
fn lead(number: usize) -> Value {
    let pick = |from: &[&'static str], step: usize| {
        from.get(number / step % from.len())
            .copied()
            .unwrap_or_default()
    };
    let first = pick(
        &["Ana", "Ben", "Carla", "Dev", "Elena", "Farid", "Grace"],
        1,
    );
    let last = pick(
        &["Pérez", "Okafor", "Lindqvist", "Tanaka", "Novak", "Silva"],
        7,
    );
    json!({
        "name": format!("{first} {last}"),
        "email": format!("lead{number}@leads.example"),
        "phone": format!("+1 415 555 {:04}", number % 10_000),
        "company": format!("{last} Homes"),
        "source": pick(&["zillow", "referral", "website"], 3),
        "status": pick(&["new", "contacted", "qualified"], 5),
        "score": number % 101,
        "value": {"amount": format!("{}.00", 100_000 + number * 25), "currency": "USD"},
        "position": "Buyer",
    })
}

fn text(reply: &Value, name: &str) -> Result<String, String> {
    reply
        .get(name)
        .and_then(Value::as_str)
        .map(str::to_owned)
        .ok_or_else(|| format!("a reply has no {name}: {reply}"))
}
