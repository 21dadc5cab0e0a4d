//! One function behind Lambda's runtime interface, under valgrind.
//!
//! The interface is two calls: the function asks for its next event, and posts its reply. The harness hands out so many
//! events and lets the last asking wait. A start costs the same each time, so two runs of different length tell what
//! one event costs.

use crate::process;
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Notify;

/// The lengths of the two runs.
const SHORT: usize = 20;
const LONG: usize = 120;

/// How long a run may take; valgrind slows a program down some fifty times.
const LONGEST: Duration = Duration::from_secs(120);

/// What to run, and what to ask it.
pub(crate) struct Function<'a> {
    pub(crate) binary: PathBuf,
    pub(crate) handler: &'static str,
    /// Where DynamoDB is.
    pub(crate) table: &'a str,
    pub(crate) keys: &'a str,
    pub(crate) token: &'a str,
    /// An event to be changed.
    pub(crate) sample: PathBuf,
    /// Paths with their queries, asked for in turn.
    pub(crate) targets: &'a [String],
    /// Where valgrind's files go.
    pub(crate) work: &'a Path,
}

/// Instructions.
pub(crate) struct Counted {
    pub(crate) start: u64,
    pub(crate) each: u64,
}

/// What the runtime interface knows of a run.
#[derive(Default)]
struct Run {
    events: Mutex<Vec<String>>,
    replies: Mutex<Vec<Result<u64, String>>>,
    done: Notify,
}

impl Function<'_> {
    pub(crate) async fn count(&self) -> Result<Counted, String> {
        let short = self.run(SHORT).await?;
        let long = self.run(LONG).await?;
        let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let each = long.saturating_sub(short) / number(LONG - SHORT);
        Ok(Counted {
            start: short.saturating_sub(each * number(SHORT)),
            each,
        })
    }

    /// The instructions of a process that answers `count` events.
    async fn run(&self, count: usize) -> Result<u64, String> {
        let run = Arc::new(Run::default());
        let events = (0..count)
            .map(|turn| self.event(turn))
            .collect::<Result<_, _>>()?;
        *lock(&run.events) = events;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .map_err(|error| error.to_string())?;
        let interface = listener
            .local_addr()
            .map_err(|error| error.to_string())?
            .to_string();
        let serving = tokio::spawn(serve(listener, run.clone()));
        let counts = self
            .work
            .join(format!("{}-{count}.callgrind", self.handler));
        let child = Command::new("valgrind")
            .arg("--tool=callgrind")
            .arg(format!("--callgrind-out-file={}", counts.display()))
            .arg(&self.binary)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .envs([
                ("_HANDLER", self.handler),
                ("AWS_LAMBDA_RUNTIME_API", &interface),
                ("AWS_LAMBDA_FUNCTION_NAME", "plat-bench"),
                ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
                ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
                ("AWS_REGION", "local"),
                ("AWS_ACCESS_KEY_ID", "local"),
                ("AWS_SECRET_ACCESS_KEY", "local"),
                ("AWS_ENDPOINT_URL_DYNAMODB", self.table),
                ("TABLE_NAME", "plat"),
                ("APP_ORIGIN", "http://localhost:3000"),
                ("PLAT_KEYS", self.keys),
                ("PLAT_USER_PER_MINUTE", "1000000"),
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("valgrind: {error}"))?;
        let finished = tokio::time::timeout(LONGEST, run.done.notified()).await;
        let ended = process::end(child).await;
        serving.abort();
        finished.map_err(|_| format!("{} did not answer {count} events", self.handler))?;
        ended?;
        let replies = std::mem::take(&mut *lock(&run.replies));
        for reply in &replies {
            match reply {
                Ok(200) => {}
                Ok(status) => return Err(format!("{} answered {status}", self.handler)),
                Err(reason) => return Err(format!("{} failed: {reason}", self.handler)),
            }
        }
        total(&counts)
    }

    fn event(&self, turn: usize) -> Result<String, String> {
        let text = std::fs::read_to_string(&self.sample)
            .map_err(|error| format!("{}: {error}", self.sample.display()))?;
        let mut event: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
        let target = self
            .targets
            .get(turn % self.targets.len())
            .cloned()
            .unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        for (pointer, value) in [
            ("/rawPath", path.to_owned()),
            ("/rawQueryString", query.to_owned()),
            ("/requestContext/http/path", path.to_owned()),
            ("/requestContext/requestId", format!("bench-{turn}")),
            ("/headers/authorization", format!("Bearer {}", self.token)),
        ] {
            let place = event
                .pointer_mut(pointer)
                .ok_or_else(|| format!("the sample event has no {pointer}"))?;
            *place = Value::String(value);
        }
        Ok(event.to_string())
    }
}

async fn serve(listener: TcpListener, run: Arc<Run>) {
    while let Ok((stream, _)) = listener.accept().await {
        let run = run.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let run = run.clone();
                async move { Ok::<_, Infallible>(answer(&run, request).await) }
            });
            let _ = http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn answer(run: &Run, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let path = request.uri().path().to_owned();
    if request.method() == Method::GET && path.ends_with("/invocation/next") {
        return next(run).await;
    }
    let body = match request.into_body().collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) => Bytes::from(error.to_string()),
    };
    let reply = serde_json::from_slice::<Value>(&body).ok();
    let status = reply
        .as_ref()
        .and_then(|reply| reply.get("statusCode"))
        .and_then(Value::as_u64);
    let outcome = match status {
        Some(status) if path.ends_with("/response") => Ok(status),
        Some(_) | None => Err(format!("{path}: {}", String::from_utf8_lossy(&body))),
    };
    if outcome.is_err() {
        run.done.notify_one();
    }
    lock(&run.replies).push(outcome);
    let mut accepted = Response::new(Full::new(Bytes::from_static(b"{\"status\":\"OK\"}")));
    *accepted.status_mut() = StatusCode::ACCEPTED;
    accepted
}

async fn next(run: &Run) -> Response<Full<Bytes>> {
    let event = lock(&run.events).pop();
    let Some(event) = event else {
        // All events are answered: the function waits here until it is ended.
        run.done.notify_one();
        return std::future::pending().await;
    };
    let mut response = Response::new(Full::new(Bytes::from(event)));
    let headers = response.headers_mut();
    for (name, value) in [
        (
            "lambda-runtime-aws-request-id",
            "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
        ),
        ("lambda-runtime-deadline-ms", "4102444800000"),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:eu-west-1:123456789012:function:plat-bench",
        ),
        (
            "lambda-runtime-trace-id",
            "Root=1-68a1b2c3-4d5e6f708192a3b4c5d6e7f8;Sampled=0",
        ),
    ] {
        headers.insert(name, http::HeaderValue::from_static(value));
    }
    response
}

/// The number of instructions in a file of callgrind's.
fn total(counts: &Path) -> Result<u64, String> {
    let text = std::fs::read_to_string(counts)
        .map_err(|error| format!("{}: {error}", counts.display()))?;
    text.lines()
        .filter_map(|line| {
            line.strip_prefix("summary:")
                .or_else(|| line.strip_prefix("totals:"))
        })
        .filter_map(|number| number.trim().parse().ok())
        .max()
        .ok_or_else(|| format!("{} has no total", counts.display()))
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
