//! Mail that was sent, and what becomes of it: there is no provider to tell, so a person does.

use super::{axum_json, broken, escape, page, said, wants_json};
use crate::mail_events::{Happening, links};
use crate::server::Shared;
use axum::extract::{Path, RawQuery, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use plat_services::SentMail;
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeMap;

/// What the page has a button for.
const HAPPENINGS: [(&str, &str); 5] = [
    ("delivery", "Delivered"),
    ("open", "Opened"),
    ("bounce", "No such mailbox"),
    ("soft_bounce", "Mailbox full"),
    ("complaint", "Called spam"),
];

/// The button behind the link that was followed.
const FOLLOWED: (&str, &str) = ("click", "Followed");

/// In the query: what was told last.
const TOLD: &str = "told=";

/// A message as tests read it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MailView {
    id: u64,
    message_id: String,
    to: String,
    from: String,
    reply_to: Option<String>,
    subject: String,
    headers: BTreeMap<String, String>,
    tags: BTreeMap<String, String>,
    text: String,
    html: String,
    at: jiff::Timestamp,
}

impl From<SentMail> for MailView {
    fn from(sent: SentMail) -> Self {
        let mail = sent.mail;
        Self {
            id: sent.id,
            message_id: sent.message_id,
            to: mail.to,
            from: sent.from,
            reply_to: sent.reply_to,
            subject: mail.subject,
            headers: mail.headers,
            tags: sent.tags,
            text: mail.text,
            html: mail.html,
            at: sent.at,
        }
    }
}

pub(super) async fn list(State(shared): State<Shared>, headers: HeaderMap) -> Response {
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
                "<tr><td>{}</td><td>{}</td><td>{}</td><td><a href=\"/_local/mail/{}\">{}</a></td></tr>",
                sent.at.strftime("%Y-%m-%d %H:%M:%S"),
                escape(&sent.from),
                escape(&sent.mail.to),
                sent.id,
                escape(&sent.mail.subject)
            )
        })
        .collect();
    let body = if rows.is_empty() {
        "<p>No mail was sent yet. Register, and the verification mail is here.</p>".to_owned()
    } else {
        format!(
            "<table><tr><th>Sent (UTC)</th><th>From</th><th>To</th><th>Subject</th></tr>{rows}</table>"
        )
    };
    Html(page("Sent mail", &body)).into_response()
}

pub(super) async fn one(
    State(shared): State<Shared>,
    Path(id): Path<u64>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let Some(sent) = find(&shared, id) else {
        return no_such_mail();
    };
    if wants_json(&headers) {
        return axum_json(StatusCode::OK, &json!(MailView::from(sent)));
    }
    let told = query.as_deref().and_then(|query| query.strip_prefix(TOLD));
    Html(page(&sent.mail.subject, &whole(&sent, told))).into_response()
}

/// Has something happen to a message. Takes JSON from tests, and the forms of the page.
pub(super) async fn happens(
    State(shared): State<Shared>,
    Path(id): Path<u64>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let wrong =
        |title: &str| axum_json(StatusCode::UNPROCESSABLE_ENTITY, &json!({ "title": title }));
    let Some(sent) = find(&shared, id) else {
        return no_such_mail();
    };
    let Some(happening) = said::<Happening>(&body) else {
        return wrong(
            "Send {\"type\":\"open\"}, or send, delivery, click, bounce, soft_bounce or complaint; with a \"url\", \"userAgent\" and \"ip\" if they matter.",
        );
    };
    if sent.tags.is_empty() {
        return wrong("This mail is Plat's own. What becomes of it is told to nobody.");
    }
    match shared.host.tell_of_mail(&sent, &happening) {
        Ok(jobs) if wants_json(&headers) => axum_json(StatusCode::OK, &json!({ "jobs": jobs })),
        Ok(_) => {
            let kind = happening.kind.as_str();
            Redirect::to(&format!("/_local/mail/{id}?{TOLD}{kind}")).into_response()
        }
        Err(error) => broken(&error),
    }
}

fn find(shared: &Shared, id: u64) -> Option<SentMail> {
    let mut sent = shared.host.outbox.sent().into_iter();
    sent.find(|sent| sent.id == id)
}

fn no_such_mail() -> Response {
    axum_json(
        StatusCode::NOT_FOUND,
        &json!({ "title": "There is no such mail." }),
    )
}

fn whole(sent: &SentMail, told: Option<&str>) -> String {
    let mail = &sent.mail;
    let at = sent.at.to_string();
    let reply_to = sent.reply_to.iter().map(|to| ("Reply-To", to.as_str()));
    let headers = mail
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let tags = sent
        .tags
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let head = definitions(
        [
            ("From", sent.from.as_str()),
            ("To", &mail.to),
            ("Subject", &mail.subject),
        ]
        .into_iter()
        .chain(reply_to)
        .chain(headers)
        .chain([("Sent", at.as_str()), ("Message id", &sent.message_id)]),
    );
    let events = if sent.tags.is_empty() {
        String::new()
    } else {
        let tags = definitions(tags);
        format!(
            "<h2>Tags</h2>{tags}<h2>What becomes of it</h2>{}",
            forms(sent, told)
        )
    };
    // Links open beside the page, and free of the sandbox: a page to unsubscribe has a form.
    format!(
        "<p><a href=\"/_local/mail\">All mail</a></p>{head}{events}<h2>HTML</h2>\
         <iframe sandbox=\"allow-popups allow-popups-to-escape-sandbox\" srcdoc=\"&lt;base target=_blank&gt;{}\"></iframe>\
         <h2>Text</h2><pre>{}</pre>",
        escape(&mail.html),
        escape(&mail.text)
    )
}

fn definitions<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let pairs: String = pairs
        .map(|(name, value)| format!("<dt>{}</dt><dd>{}</dd>", escape(name), escape(value)))
        .collect();
    format!("<dl>{pairs}</dl>")
}

/// The buttons by which somebody plays the recipient and their mail server.
fn forms(sent: &SentMail, told: Option<&str>) -> String {
    let form = format!(
        "<form method=\"post\" action=\"/_local/mail/{}/events\">",
        sent.id
    );
    let button = |(kind, words): (&str, &str)| {
        format!("<button name=\"type\" value=\"{kind}\">{words}</button>")
    };
    let buttons: String = HAPPENINGS.into_iter().map(button).collect();
    let links: String = links(&sent.mail.html)
        .iter()
        .map(|link| format!("<option>{}</option>", escape(link)))
        .collect();
    let follow = if links.is_empty() {
        String::new()
    } else {
        let button = button(FOLLOWED);
        format!("{form}<select name=\"url\">{links}</select>{button}</form>")
    };
    let told = HAPPENINGS
        .into_iter()
        .chain([FOLLOWED])
        .find(|(kind, _)| told == Some(*kind))
        .map_or_else(String::new, |(_, words)| {
            format!("<p role=\"status\">Told: {words}.</p>")
        });
    format!("{form}{buttons}</form>{follow}{told}")
}
