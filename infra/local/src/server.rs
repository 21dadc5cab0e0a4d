//! HTTP on loopback: API requests go to the same handlers as in AWS, `/_local/` to pages for people and tests.

use crate::host::Host;
use crate::pages;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request as AxumRequest, State};
use axum::response::Response;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, HeaderName, ORIGIN, VARY,
};
use http::{HeaderValue, Method};
use jiff::SignedDuration;
use plat_domain::{Id, kind};
use plat_http::{Problem, Reply, Request, problems};
use plat_registry::{MAX_BODY, refuse};
use plat_services::Clock;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

const COST: HeaderName = HeaderName::from_static("x-cost");

/// How often the pump looks for changes when nobody asked it to.
const PUMP_EVERY: Duration = Duration::from_millis(50);

/// How often expired items are removed, as DynamoDB does within hours.
const EXPIRE_EVERY: Duration = Duration::from_secs(60);

/// How long requests under way may take once the host is stopped.
const FAREWELL: Duration = Duration::from_secs(3);

/// What the routes share.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) host: Arc<Host>,
    pub(crate) data: PathBuf,
}

/// Takes the port, which `variable` of the environment sets.
///
/// # Errors
/// A line that says why it cannot be had.
pub async fn bind(port: u16, variable: &str) -> Result<TcpListener, String> {
    let bound = TcpListener::bind(("127.0.0.1", port)).await;
    bound.map_err(|error| {
        if error.kind() == std::io::ErrorKind::AddrInUse {
            format!("port {port} is taken; stop what uses it, or set {variable} to another")
        } else {
            format!("port {port} cannot be used: {error}")
        }
    })
}

/// Serves until Ctrl-C or SIGTERM, then stops cleanly.
///
/// # Errors
/// A line that says what broke.
pub async fn serve(listener: TcpListener, host: Arc<Host>, data: PathBuf) -> Result<(), String> {
    let shared = Shared {
        host: host.clone(),
        data,
    };
    let router = Router::new()
        .nest("/_local", pages::routes())
        .fallback(api)
        .with_state(shared);
    let background = tokio::spawn(keep_going(host.clone()));
    let stopping = Arc::new(tokio::sync::Notify::new());
    let heard = stopping.clone();
    let served = axum::serve(
        listener,
        router.into_make_service_with_connect_info::<SocketAddr>(),
    )
    .with_graceful_shutdown(async move {
        stop_signal().await;
        heard.notify_one();
    });
    let served = tokio::spawn(async move { served.await });
    stopping.notified().await;
    let _ = tokio::time::timeout(FAREWELL, served).await;
    background.abort();
    let _ = background.await;
    match Arc::try_unwrap(host) {
        Ok(host) => host.stop().await,
        // A request that outlived its farewell still holds the host; dropping it closes the engine too.
        Err(_) => tracing::warn!("stopped with a request under way"),
    }
    Ok(())
}

/// How far ahead the clock was set before the last stop: data written then would otherwise lie in the future.
pub fn clock_ahead(data: &Path) -> SignedDuration {
    let text = std::fs::read_to_string(data.join("clock-ahead")).unwrap_or_default();
    SignedDuration::from_secs(text.trim().parse().unwrap_or(0))
}

async fn keep_going(host: Arc<Host>) {
    let mut expired = tokio::time::Instant::now();
    loop {
        if let Err(error) = host.tick() {
            tracing::error!(%error, "schedules were not looked at");
        }
        if let Err(error) = host.settle().await {
            tracing::error!(%error, "changes and messages were not worked");
        }
        if expired.elapsed() > EXPIRE_EVERY {
            expired = tokio::time::Instant::now();
            let now = u64::try_from(host.clock.now().as_second()).unwrap_or_default();
            if let Err(error) = host.expire(now).await {
                tracing::error!(%error, "expired items were not removed");
            }
        }
        tokio::time::sleep(PUMP_EVERY).await;
    }
}

async fn stop_signal() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => {
                tokio::select! {
                    _ = interrupt => {}
                    _ = terminate.recv() => {}
                }
            }
            Err(_) => {
                let _ = interrupt.await;
            }
        }
    }
    #[cfg(not(unix))]
    let _ = interrupt.await;
}

async fn api(
    State(shared): State<Shared>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: AxumRequest,
) -> Response {
    let app = &shared.host.app;
    let (parts, body) = request.into_parts();
    let mut request = Request {
        method: parts.method,
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body: bytes::Bytes::new(),
        client_ip: peer.ip(),
        id: Id::<kind::Command>::from_parts(app.clock.now(), app.random.bits()).to_string(),
    };
    if let Some(reply) = preflight(&request, &app.settings.cors_origins) {
        return into_response(reply);
    }
    // One byte more than is allowed tells the pipeline that the body is too large.
    match to_bytes(body, MAX_BODY + 1).await {
        Ok(body) => request.body = body,
        Err(_) => {
            let problem = Problem::new(&problems::TOO_LARGE, "A body may have 1 MiB.");
            return into_response(refuse(app, problem, &request));
        }
    }
    let (reply, cost) = shared.host.handle(request).await;
    into_response(reply.with_header(COST, &cost.to_string()))
}

/// What a browser asks before a request to another origin; the gateway answers it in AWS.
fn preflight(request: &Request, origins: &[String]) -> Option<Reply> {
    let asks = request.method == Method::OPTIONS
        && request.headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    let origin = request.header(ORIGIN).filter(|_| asks)?;
    let reply = Reply::empty(204).with_header(VARY, "Origin");
    if !origins.iter().any(|known| known == origin) {
        return Some(reply);
    }
    Some(
        reply
            .with_header(ACCESS_CONTROL_ALLOW_ORIGIN, origin)
            .with_header(
                ACCESS_CONTROL_ALLOW_METHODS,
                "GET, POST, PUT, PATCH, DELETE",
            )
            .with_header(
                ACCESS_CONTROL_ALLOW_HEADERS,
                "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Prefer",
            )
            .with_header(ACCESS_CONTROL_MAX_AGE, "600"),
    )
}

fn into_response(reply: Reply) -> Response {
    let mut response = Response::new(Body::from(reply.body));
    *response.status_mut() =
        http::StatusCode::from_u16(reply.status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    *response.headers_mut() = reply.headers;
    if response.headers().get(http::header::CONTENT_TYPE)
        == Some(&HeaderValue::from_static("text/html"))
    {
        response.headers_mut().insert(
            http::header::CONTENT_TYPE,
            HeaderValue::from_static("text/html; charset=utf-8"),
        );
    }
    response
}
