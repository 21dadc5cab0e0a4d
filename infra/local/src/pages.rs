//! `/_local/`: the mail that was sent, the clock, the files, the queues, and whether everything is worked. Not in AWS.

mod clock;
mod mail;

use crate::server::Shared;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};
use plat_domain::Email;
use plat_http::query_pairs;
use plat_services::Queues;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::time::Duration;

/// How long `/_local/idle` waits.
const IDLE_WAIT: Duration = Duration::from_secs(30);

pub(crate) fn routes() -> Router<Shared> {
    Router::new()
        .route("/", get(index))
        .route("/mail", get(mail::list))
        .route("/mail/{id}", get(mail::one))
        .route("/mail/{id}/events", post(mail::happens))
        .route("/clock", get(clock::tell).post(clock::set))
        .route("/idle", get(idle).post(idle))
        .route("/events", get(events))
        .route("/operators", post(make_operator))
        .route("/files", get(files))
        .route("/files/scan", post(scan_file))
        .route("/queues", get(queues))
        .route("/queues/{job}/redrive", post(redrive))
}

async fn index() -> Html<String> {
    Html(page(
        "This machine",
        "<ul><li><a href=\"/docs\">Reference</a></li><li><a href=\"/_local/mail\">Sent mail</a></li>\
         <li><a href=\"/_local/clock\">Clock</a>, to be set ahead</li>\
         <li><a href=\"/_local/idle\">Idle</a> (answers once every change is worked)</li>\
         <li><a href=\"/_local/events\">Events</a> that were published</li><li><a href=\"/_local/queues\">Queues</a> and what jobs set aside</li>\
         <li><a href=\"/_local/files\">Files</a> and what a search for malware is to find in them</li>\
         <li><code>/_local/operators</code> (POST <code>{\"email\":\"…\"}</code> makes somebody an operator)</li></ul>",
    ))
}

async fn idle(State(shared): State<Shared>) -> Response {
    match tokio::time::timeout(IDLE_WAIT, shared.host.settle()).await {
        Ok(Ok(_)) => axum_json(StatusCode::OK, &json!({ "idle": true })),
        Ok(Err(error)) => axum_json(
            StatusCode::INTERNAL_SERVER_ERROR,
            &json!({ "title": error.to_string() }),
        ),
        Err(_) => axum_json(
            StatusCode::GATEWAY_TIMEOUT,
            &json!({ "title": "Changes are still being worked after 30 seconds." }),
        ),
    }
}

async fn events(State(shared): State<Shared>, headers: HeaderMap) -> Response {
    let events = shared.host.queues.published();
    if wants_json(&headers) {
        return axum_json(StatusCode::OK, &json!({ "items": events }));
    }
    let rows: String = events
        .iter()
        .rev()
        .map(|event| {
            let whole = serde_json::to_string_pretty(event).unwrap_or_default();
            format!(
                "<tr><td>{}</td><td>{}</td><td><details><summary>{}</summary><pre>{}</pre></details></td></tr>",
                event.at.strftime("%Y-%m-%d %H:%M:%S"),
                escape(&event.actor.name),
                event.fact.kind(),
                escape(&whole)
            )
        })
        .collect();
    let body = if rows.is_empty() {
        "<p>Nothing happened since this process started.</p>".to_owned()
    } else {
        format!("<table><tr><th>When (UTC)</th><th>Who</th><th>What</th></tr>{rows}</table>")
    };
    Html(page("Events", &body)).into_response()
}

async fn files(State(shared): State<Shared>, headers: HeaderMap) -> Response {
    let store = shared.host.files.clone();
    let listed = tokio::task::spawn_blocking(move || store.list()).await;
    let files = match listed {
        Ok(Ok(files)) => files,
        Ok(Err(error)) => return broken(&error),
        Err(error) => return broken(&error),
    };
    if wants_json(&headers) {
        let items: Vec<_> = files
            .iter()
            .map(|(key, size)| json!({ "key": key, "size": size }))
            .collect();
        return axum_json(StatusCode::OK, &json!({ "items": items }));
    }
    let rows: String = files
        .iter()
        .map(|(key, size)| {
            let key = escape(key);
            format!(
                "<tr><td class=\"long\">{key}</td><td>{size}</td><td><form method=\"post\" action=\"/_local/files/scan\">\
                 <input type=\"hidden\" name=\"key\" value=\"{key}\">\
                 <button>Clean</button> <button name=\"threat\" value=\"EICAR-Test-File\">Malware</button></form></td></tr>"
            )
        })
        .collect();
    let body = if rows.is_empty() {
        "<p>No file was put yet.</p>".to_owned()
    } else {
        format!("<table><tr><th>Key</th><th>Bytes</th><th>A search finds</th></tr>{rows}</table>")
    };
    Html(page("Files", &body)).into_response()
}

/// What a search for malware is to have found in a file.
#[derive(Deserialize)]
struct Scan {
    key: String,
    threat: Option<String>,
}

async fn scan_file(State(shared): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let scan = said(&body);
    let Some(Scan { key, threat }) = scan else {
        return axum_json(
            StatusCode::UNPROCESSABLE_ENTITY,
            &json!({ "title": "Send {\"key\":\"…\"}, and a \"threat\" if one is to be found." }),
        );
    };
    match shared.host.files.tell_scanned(&key, threat.as_deref()) {
        Ok(jobs) if wants_json(&headers) => axum_json(StatusCode::OK, &json!({ "jobs": jobs })),
        Ok(_) => Redirect::to("/_local/files").into_response(),
        Err(error) => broken(&error),
    }
}

#[derive(Deserialize)]
struct NewOperator {
    email: Email,
}

async fn make_operator(State(shared): State<Shared>, body: Bytes) -> Response {
    let Ok(NewOperator { email }) = serde_json::from_slice(&body) else {
        let title = "Send {\"email\":\"ann@example.com\"}.";
        return axum_json(StatusCode::UNPROCESSABLE_ENTITY, &json!({ "title": title }));
    };
    match shared.host.make_operator(&email).await {
        Ok(true) => axum_json(StatusCode::OK, &json!({ "operator": email })),
        Ok(false) => axum_json(
            StatusCode::NOT_FOUND,
            &json!({ "title": "Nobody has registered with this address." }),
        ),
        Err(error) => broken(&error),
    }
}

async fn queues(State(shared): State<Shared>, headers: HeaderMap) -> Response {
    let queues = &shared.host.queues;
    let (depths, dead) = match (queues.depths().await, queues.dead_letters()) {
        (Ok(depths), Ok(dead)) => (depths, dead),
        (Err(error), _) => return broken(&error),
        (_, Err(error)) => return broken(&error),
    };
    if wants_json(&headers) {
        let items: Vec<_> = depths
            .iter()
            .map(|depth| {
                let dead: Vec<_> = dead
                    .iter()
                    .filter(|letter| letter.job == depth.job)
                    .map(|letter| json!({ "id": letter.id, "reason": letter.reason }))
                    .collect();
                json!({ "job": depth.job, "waiting": depth.waiting, "inFlight": depth.in_flight, "dead": depth.dead, "deadLetters": dead })
            })
            .collect();
        return axum_json(StatusCode::OK, &json!({ "items": items }));
    }
    let rows: String = depths
        .iter()
        .map(|depth| {
            let redrive = if depth.dead == 0 {
                String::new()
            } else {
                format!("<form method=\"post\" action=\"/_local/queues/{}/redrive\"><button>Put back</button></form>", escape(&depth.job))
            };
            format!(
                "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{redrive}</td></tr>",
                escape(&depth.job),
                depth.waiting,
                depth.in_flight,
                depth.dead
            )
        })
        .collect();
    let letters: String = dead
        .iter()
        .map(|letter| {
            format!(
                "<tr><td>{}</td><td>{}</td><td>{}</td></tr>",
                letter.id,
                escape(&letter.job),
                escape(&letter.reason)
            )
        })
        .collect();
    let letters = if letters.is_empty() {
        "<p>Nothing was set aside.</p>".to_owned()
    } else {
        format!("<table><tr><th>Message</th><th>Job</th><th>Why</th></tr>{letters}</table>")
    };
    let body = format!(
        "<table><tr><th>Job</th><th>Waiting</th><th>In flight</th><th>Set aside</th><th></th></tr>{rows}</table>\
         <h2>Set aside</h2>{letters}"
    );
    Html(page("Queues", &body)).into_response()
}

async fn redrive(
    State(shared): State<Shared>,
    Path(job): Path<String>,
    headers: HeaderMap,
) -> Response {
    match shared.host.queues.redrive(&job) {
        Ok(count) if wants_json(&headers) => {
            axum_json(StatusCode::OK, &json!({ "redriven": count }))
        }
        Ok(_) => Redirect::to("/_local/queues").into_response(),
        Err(error) => broken(&error),
    }
}

/// What a body says: JSON from tests, or the form of a page, in which what is left empty was not said.
fn said<T: DeserializeOwned>(body: &[u8]) -> Option<T> {
    let text = std::str::from_utf8(body).ok()?;
    let form = || -> Value {
        let pairs = query_pairs(text).into_iter();
        pairs.filter(|(_, value)| !value.is_empty()).collect()
    };
    serde_json::from_str(text)
        .or_else(|_| serde_json::from_value(form()))
        .ok()
}

fn broken(error: &dyn std::fmt::Display) -> Response {
    axum_json(
        StatusCode::INTERNAL_SERVER_ERROR,
        &json!({ "title": error.to_string() }),
    )
}

fn axum_json(status: StatusCode, value: &serde_json::Value) -> Response {
    (
        status,
        [(CONTENT_TYPE, "application/json")],
        value.to_string(),
    )
        .into_response()
}

fn wants_json(headers: &HeaderMap) -> bool {
    accepts(headers, "application/json")
}

fn accepts(headers: &HeaderMap, media_type: &str) -> bool {
    headers
        .get(ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accept| accept.contains(media_type))
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
    }
    out
}

fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title} – Plat</title><style>\
         body{{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c2430}}\
         table{{border-collapse:collapse;width:100%}}td,th{{text-align:left;vertical-align:top;padding:.4rem .8rem .4rem 0;border-bottom:1px solid #dde2ea}}.long{{overflow-wrap:anywhere}}\
         iframe{{width:100%;height:22rem;border:1px solid #dde2ea;border-radius:.4rem}}pre{{white-space:pre-wrap;background:#f5f7fa;padding:1rem}}\
         dl{{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem}}dt{{font-weight:600}}dd{{margin:0;overflow-wrap:anywhere}}\
         form{{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center;margin:.6rem 0}}select{{max-width:100%}}a{{color:#1f5fbf}}</style><h1>{title}</h1>{body}</html>",
        title = escape(title)
    )
}
