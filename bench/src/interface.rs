//! Lambda's runtime interface: a function asks for its next event, and posts its reply.
//!
//! It hands out so many events and lets the last asking wait. Whoever measures is told of each step while the function
//! waits for an answer.

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// What a function did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// It asked for an event.
    Asked,
    /// It posted a reply.
    Answered,
}

type Watcher = Box<dyn Fn(Step) + Send + Sync>;

/// The interface on a port of its own.
pub(crate) struct Interface {
    /// Host and port, as `AWS_LAMBDA_RUNTIME_API` says them.
    pub(crate) address: String,
    run: Arc<Run>,
    serving: JoinHandle<()>,
}

struct Run {
    events: Mutex<Vec<String>>,
    replies: Mutex<Vec<Result<u64, String>>>,
    watcher: Watcher,
    done: Notify,
}

impl Interface {
    /// Begins to hand out `events`.
    pub(crate) async fn start(
        mut events: Vec<String>,
        watcher: impl Fn(Step) + Send + Sync + 'static,
    ) -> Result<Self, String> {
        events.reverse();
        let run = Arc::new(Run {
            events: Mutex::new(events),
            replies: Mutex::default(),
            watcher: Box::new(watcher),
            done: Notify::new(),
        });
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .map_err(|error| error.to_string())?;
        let address = listener
            .local_addr()
            .map_err(|error| error.to_string())?
            .to_string();
        let serving = tokio::spawn(serve(listener, run.clone()));
        Ok(Self {
            address,
            run,
            serving,
        })
    }

    /// Waits until every event is answered, or one is not answered well.
    pub(crate) async fn worked(&self, longest: Duration) -> Result<(), String> {
        tokio::time::timeout(longest, self.run.done.notified())
            .await
            .map_err(|_| format!("not every event was answered within {longest:?}"))
    }

    /// That each reply was a 200.
    pub(crate) fn check(&self) -> Result<(), String> {
        for reply in lock(&self.run.replies).iter() {
            match reply {
                Ok(200) => {}
                Ok(status) => return Err(format!("it answered {status}")),
                Err(reason) => return Err(format!("it failed: {reason}")),
            }
        }
        Ok(())
    }
}

impl Drop for Interface {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(listener: TcpListener, run: Arc<Run>) {
    while let Ok((stream, _)) = listener.accept().await {
        let _ = stream.set_nodelay(true);
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
    (run.watcher)(Step::Answered);
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
    (run.watcher)(Step::Asked);
    let event = lock(&run.events).pop();
    let Some(event) = event else {
        // All events are answered: the function waits here until it is ended.
        run.done.notify_one();
        return std::future::pending().await;
    };
    let mut response = Response::new(Full::new(Bytes::from(event)));
    let headers = response.headers_mut();
    for (name, value) in [
        ("content-type", "application/json"),
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
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
