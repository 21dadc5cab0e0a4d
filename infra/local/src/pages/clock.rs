//! The clock, and how far it is set ahead.

use super::{accepts, axum_json, broken, page, said};
use crate::server::Shared;
use axum::extract::State;
use axum::response::{Html, IntoResponse, Redirect, Response};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use jiff::{SignedDuration, Span, SpanRelativeTo};
use plat_services::Clock;
use serde::Deserialize;
use serde_json::json;

/// The clock may be set ahead ten years in all; beyond, nothing of use happens.
const FARTHEST: SignedDuration = SignedDuration::from_hours(24 * 3660);

/// What the page has a button for.
const STEPS: [(&str, &str); 6] = [
    ("10m", "10 minutes"),
    ("1h", "An hour"),
    ("12h", "12 hours"),
    ("1d", "A day"),
    ("3d", "3 days"),
    ("7d", "A week"),
];

#[derive(Deserialize)]
pub(super) struct SetClock {
    advance: String,
}

pub(super) async fn tell(State(shared): State<Shared>, headers: HeaderMap) -> Response {
    if wants_html(&headers) {
        return Html(page("Clock", &face(&shared))).into_response();
    }
    view(&shared)
}

/// Sets the clock ahead, and queues the jobs that were due meanwhile, each once.
pub(super) async fn set(State(shared): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let wrong =
        |title: &str| axum_json(StatusCode::UNPROCESSABLE_ENTITY, &json!({ "title": title }));
    let Some(SetClock { advance }) = said(&body) else {
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
    let file = shared.data.join("clock-ahead");
    if let Err(error) = tokio::fs::write(file, ahead.as_secs().to_string()).await {
        return broken(&format!("the setting was not kept: {error}"));
    }
    shared.host.clock.advance(by);
    if let Err(error) = shared.host.tick() {
        return broken(&error);
    }
    if wants_html(&headers) {
        return Redirect::to("/_local/clock").into_response();
    }
    view(&shared)
}

/// A browser says so; curl and tests do not.
fn wants_html(headers: &HeaderMap) -> bool {
    accepts(headers, "text/html")
}

fn view(shared: &Shared) -> Response {
    let clock = &shared.host.clock;
    axum_json(
        StatusCode::OK,
        &json!({ "now": clock.now(), "aheadSeconds": clock.ahead().as_secs() }),
    )
}

fn face(shared: &Shared) -> String {
    let clock = &shared.host.clock;
    let buttons: String = STEPS
        .iter()
        .map(|(by, words)| format!("<button name=\"advance\" value=\"{by}\">{words}</button>"))
        .collect();
    let ahead = clock.ahead().as_secs();
    let (days, hours, minutes) = (ahead / 86_400, ahead / 3_600 % 24, ahead / 60 % 60);
    format!(
        "<dl><dt>Now (UTC)</dt><dd>{}</dd><dt>Set ahead</dt><dd>{days} d {hours} h {minutes} min</dd></dl>\
         <h2>Set it ahead</h2><form method=\"post\">{buttons}</form>\
         <form method=\"post\"><label>by <input name=\"advance\" placeholder=\"3d2h\" required></label> <button>Set</button></form>\
         <p>Schedules that were due meanwhile run once, and find what is due by then. There is no way back but an empty data folder.</p>",
        clock.now().strftime("%A, %Y-%m-%d %H:%M:%S")
    )
}
