//! `/_local/`: the mail that was sent, the clock, the files, the queues, and whether everything is worked. Not in AWS.

use crate::server::Shared;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};
use jiff::{SignedDuration, Span, SpanRelativeTo};
use plat_domain::Email;
use plat_http::query_pairs;
use plat_services::{Clock, Queues, SentMail};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;

/// How long `/_local/idle` waits.
const IDLE_WAIT: Duration = Duration::from_secs(30);

/// The clock may be set ahead ten years in all; beyond, nothing of use happens.
const FARTHEST: SignedDuration = SignedDuration::from_hours(24 * 3660);

pub(crate) fn routes() -> Router<Shared> {
    Router::new()
        .route("/", get(index))
        .route("/mail", get(mails))
        .route("/mail/{id}", get(mail))
        .route("/clock", get(clock).post(set_clock))
        .route("/idle", get(idle).post(idle))
        .route("/events", get(events))
        .route("/operators", post(make_operator))
        .route("/files", get(files))
        .route("/files/scan", post(scan_file))
        .route("/queues", get(queues))
        .route("/queues/{job}/redrive", post(redrive))
}

/// A message as tests read it.
#[derive(Serialize)]
struct MailView {
    id: u64,
    to: String,
    from: String,
    subject: String,
    headers: BTreeMap<String, String>,
    text: String,
    html: String,
    at: jiff::Timestamp,
}

impl From<SentMail> for MailView {
    fn from(sent: SentMail) -> Self {
        let mail = sent.mail;
        Self {
            id: sent.id,
            to: mail.to,
            from: sent.from,
            subject: mail.subject,
            headers: mail.headers,
            text: mail.text,
            html: mail.html,
            at: sent.at,
        }
    }
}

async fn index() -> Html<String> {
    Html(page(
        "This machine",
        "<ul><li><a href=\"/docs\">Reference</a></li><li><a href=\"/_local/mail\">Sent mail</a></li>\
         <li><a href=\"/_local/clock\">Clock</a> (POST <code>{\"advance\":\"3d2h\"}</code> sets it ahead)</li>\
         <li><a href=\"/_local/idle\">Idle</a> (answers once every change is worked)</li>\
         <li><a href=\"/_local/events\">Events</a> that were published</li><li><a href=\"/_local/queues\">Queues</a> and what jobs set aside</li>\
         <li><a href=\"/_local/files\">Files</a> and what a search for malware is to find in them</li>\
         <li><code>/_local/operators</code> (POST <code>{\"email\":\"…\"}</code> makes somebody an operator)</li></ul>",
    ))
}

async fn mails(State(shared): State<Shared>, headers: HeaderMap) -> Response {
    let sent = shared.host.outbox.sent();
    if wants_json(&headers) {
        let items: Vec<MailView> = sent.into_iter().map(MailView::from).collect();
        return axum_json(StatusCode::OK, &json!({ "items": items }));
    }
    let rows: String = sent
        .iter()
        .rev()
        .map(|sent| {
            format!(
                "<tr><td>{}</td><td>{}</td><td><a href=\"/_local/mail/{}\">{}</a></td></tr>",
                sent.at.strftime("%Y-%m-%d %H:%M:%S"),
                escape(&sent.mail.to),
                sent.id,
                escape(&sent.mail.subject)
            )
        })
        .collect();
    let body = if rows.is_empty() {
        "<p>No mail was sent yet. Register, and the verification mail is here.</p>".to_owned()
    } else {
        format!("<table><tr><th>Sent (UTC)</th><th>To</th><th>Subject</th></tr>{rows}</table>")
    };
    Html(page("Sent mail", &body)).into_response()
}

async fn mail(State(shared): State<Shared>, Path(id): Path<u64>, headers: HeaderMap) -> Response {
    let Some(sent) = shared
        .host
        .outbox
        .sent()
        .into_iter()
        .find(|sent| sent.id == id)
    else {
        return axum_json(
            StatusCode::NOT_FOUND,
            &json!({ "title": "There is no such mail." }),
        );
    };
    if wants_json(&headers) {
        return axum_json(StatusCode::OK, &json!(MailView::from(sent)));
    }
    let mail = &sent.mail;
    let body = format!(
        "<p><a href=\"/_local/mail\">All mail</a></p><dl><dt>From</dt><dd>{}</dd><dt>To</dt><dd>{}</dd><dt>Sent</dt><dd>{}</dd></dl>\
         <iframe sandbox=\"allow-popups\" srcdoc=\"{}\"></iframe><h2>Text</h2><pre>{}</pre>",
        escape(&sent.from),
        escape(&mail.to),
        sent.at,
        escape(&mail.html),
        escape(&mail.text)
    );
    Html(page(&mail.subject, &body)).into_response()
}

#[derive(Deserialize)]
struct SetClock {
    advance: String,
}

async fn clock(State(shared): State<Shared>) -> Response {
    clock_view(&shared)
}

async fn set_clock(State(shared): State<Shared>, body: Bytes) -> Response {
    let wrong =
        |title: &str| axum_json(StatusCode::UNPROCESSABLE_ENTITY, &json!({ "title": title }));
    let Ok(SetClock { advance }) = serde_json::from_slice(&body) else {
        return wrong("Send {\"advance\":\"3d2h\"}.");
    };
    let by = advance
        .parse::<Span>()
        .ok()
        .and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()).ok())
        .filter(|by| by.is_positive());
    let Some(by) = by else {
        return wrong("Write how far to set the clock ahead, such as 90s, 20m or 3d2h.");
    };
    let ahead = shared.host.clock.ahead().saturating_add(by);
    if ahead > FARTHEST {
        return wrong(
            "The clock can be set ten years ahead and no more. Start with an empty data folder to go back.",
        );
    }
    if let Err(error) =
        tokio::fs::write(shared.data.join("clock-ahead"), ahead.as_secs().to_string()).await
    {
        return axum_json(
            StatusCode::INTERNAL_SERVER_ERROR,
            &json!({ "title": format!("The setting was not kept: {error}") }),
        );
    }
    shared.host.clock.advance(by);
    clock_view(&shared)
}

fn clock_view(shared: &Shared) -> Response {
    let clock = &shared.host.clock;
    axum_json(
        StatusCode::OK,
        &json!({ "now": clock.now(), "aheadSeconds": clock.ahead().as_secs() }),
    )
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

/// Takes JSON from tests, and the form of the page.
async fn scan_file(State(shared): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let json = serde_json::from_slice(&body).ok();
    let scan = json.or_else(|| {
        let mut pairs: BTreeMap<_, _> = query_pairs(std::str::from_utf8(&body).ok()?)
            .into_iter()
            .collect();
        Some(Scan {
            key: pairs.remove("key")?,
            threat: pairs.remove("threat"),
        })
    });
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
    headers
        .get(ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accept| accept.contains("application/json"))
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
         dt{{font-weight:600;float:left;width:4rem}}a{{color:#1f5fbf}}</style><h1>{title}</h1>{body}</html>",
        title = escape(title)
    )
}
