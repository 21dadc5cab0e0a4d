//! What an operation can answer: its success, and every problem it can have.

use crate::schemas::Schemas;
use plat_http::problems::{
    BAD_CURSOR, FORBIDDEN, KEY_REUSED, MALFORMED, MERGED, NOT_FOUND, STALE, STILL_RUNNING,
    TOO_LARGE, TOO_MANY_REQUESTS, UNAUTHENTICATED, UNAVAILABLE, UNSUPPORTED_MEDIA_TYPE, VALIDATION,
};
use plat_http::{MOVED, ProblemType};
use plat_registry::{AccessRule, Endpoint, Method};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Problems that stand alone under their status in most operations, which therefore refer to one response.
const COMMON: [&ProblemType; 9] = [
    &FORBIDDEN,
    &MALFORMED,
    &NOT_FOUND,
    &TOO_LARGE,
    &TOO_MANY_REQUESTS,
    &UNAUTHENTICATED,
    &UNAVAILABLE,
    &UNSUPPORTED_MEDIA_TYPE,
    &VALIDATION,
];

/// The responses of one endpoint by status.
pub(crate) fn of(
    endpoint: &Endpoint,
    has_query: bool,
    schemas: &mut Schemas,
) -> Map<String, Value> {
    let mut by_status: BTreeMap<u16, Vec<&ProblemType>> = BTreeMap::new();
    for problem in problems(endpoint, has_query) {
        let kinds = by_status.entry(problem.status).or_default();
        if !kinds.contains(&problem) {
            kinds.push(problem);
        }
    }
    let mut responses: Map<String, Value> = by_status
        .into_iter()
        .map(|(status, kinds)| (status.to_string(), refusal(&kinds)))
        .collect();
    responses.insert(
        endpoint.status.to_string(),
        success(endpoint, endpoint.status, schemas),
    );
    if let Some(status) = endpoint.later {
        responses.insert(status.to_string(), success(endpoint, status, schemas));
    }
    if endpoint.method == Method::GET && endpoint.problems.contains(&&MERGED) {
        responses.insert(MOVED.to_string(), moved());
    }
    if let Some(status) = endpoint.minimal {
        responses.insert(status.to_string(), minimal(endpoint));
    }
    responses
}

/// Whether it honours `If-Match`.
pub(crate) fn can_be_stale(endpoint: &Endpoint) -> bool {
    endpoint.problems.contains(&&STALE)
}

/// The responses that operations refer to.
pub(crate) fn shared() -> Value {
    COMMON
        .iter()
        .map(|kind| (name(kind), described(&[kind])))
        .collect::<Map<_, _>>()
        .into()
}

/// The headers that responses refer to.
pub(crate) fn headers() -> Value {
    let header = |description: &str, kind: &str| json!({"description": description, "schema": {"type": kind}});
    json!({
        "ETag": header("The record's version; send it as `If-Match`.", "string"),
        "Location": header("Where the new record is, or where to see how far what was begun is.", "string"),
        "PreferenceApplied": header("`return=minimal`.", "string"),
        "Replayed": header("`true` if this is the reply to an earlier request with the same key.", "string"),
        "RetryAfter": header("Seconds after which to try again.", "integer"),
    })
}

fn problems(endpoint: &Endpoint, has_query: bool) -> impl Iterator<Item = &ProblemType> {
    let body = endpoint.schemas.body.is_some();
    let post = endpoint.method == Method::POST;
    let header = post || can_be_stale(endpoint);
    let asks = endpoint.access != AccessRule::Open;
    let counted = asks && endpoint.access != AccessRule::Signed;
    let usual: [(bool, &ProblemType); 12] = [
        (body || header, &MALFORMED),
        (endpoint.listing, &BAD_CURSOR),
        (endpoint.access.needs_token(), &UNAUTHENTICATED),
        (endpoint.access.permission().is_some(), &FORBIDDEN),
        (endpoint.path.parameters().next().is_some(), &NOT_FOUND),
        (post, &STILL_RUNNING),
        (body, &TOO_LARGE),
        (body, &UNSUPPORTED_MEDIA_TYPE),
        (body || has_query || endpoint.listing, &VALIDATION),
        (post, &KEY_REUSED),
        (counted, &TOO_MANY_REQUESTS),
        (asks, &UNAVAILABLE),
    ];
    usual
        .into_iter()
        .filter_map(|(can, problem)| can.then_some(problem))
        .chain(endpoint.problems.iter().copied())
        // Who only reads is sent on.
        .filter(|problem| endpoint.method != Method::GET || **problem != MERGED)
}

/// What is answered of a record that another took in, to who only reads it.
fn moved() -> Value {
    json!({
        "description": "It was merged into another, which is there.",
        "headers": references([(true, "Location", "Location")].into_iter()),
    })
}

fn success(endpoint: &Endpoint, status: u16, schemas: &mut Schemas) -> Value {
    let description = match status {
        201 => "Created.",
        202 => "Accepted: it will be done.",
        204 => "Done.",
        _ => "As asked.",
    };
    let mut response = Map::new();
    response.insert("description".to_owned(), description.into());
    let schema = match endpoint.schemas.reply {
        Some(reply) => Some(schemas.reply(reply)),
        None if matches!(endpoint.status, 202 | 204) => None,
        None if endpoint.media_type.starts_with("text/") => Some(json!({"type": "string"})),
        None => Some(json!({"type": "object"})),
    };
    let begins = status == 202 && schema.is_some();
    if let Some(schema) = schema {
        let content = json!({endpoint.media_type: {"schema": schema}});
        response.insert("content".to_owned(), content);
    }
    let shown = [
        (endpoint.versioned, "ETag", "ETag"),
        (status == 201 || begins, "Location", "Location"),
        (
            endpoint.method == Method::POST,
            "Idempotency-Replayed",
            "Replayed",
        ),
    ];
    let headers = references(shown.into_iter());
    if !headers.is_empty() {
        response.insert("headers".to_owned(), headers.into());
    }
    response.into()
}

/// What a client is told that prefers to be told little.
fn minimal(endpoint: &Endpoint) -> Value {
    let shown = [
        (endpoint.versioned, "ETag", "ETag"),
        (true, "Preference-Applied", "PreferenceApplied"),
    ];
    json!({
        "description": "Done, for `Prefer: return=minimal`. The `ETag` is left out where telling it would take a reading.",
        "headers": references(shown.into_iter()),
    })
}

fn references<'a>(headers: impl Iterator<Item = (bool, &'a str, &'a str)>) -> Map<String, Value> {
    headers
        .filter(|(shown, _, _)| *shown)
        .map(|(_, header, name)| {
            let reference = json!({"$ref": format!("#/components/headers/{name}")});
            (header.to_owned(), reference)
        })
        .collect()
}

fn refusal(kinds: &[&ProblemType]) -> Value {
    match kinds {
        [only] if COMMON.contains(only) => {
            json!({"$ref": format!("#/components/responses/{}", name(only))})
        }
        several => described(several),
    }
}

fn described(kinds: &[&ProblemType]) -> Value {
    let lines: Vec<String> = kinds
        .iter()
        .map(|kind| format!("`/problems/{}`: {}.", kind.slug, kind.title))
        .collect();
    let mut response = json!({
        "description": lines.join("\n\n"),
        "content": {
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}},
        },
    });
    let waits = kinds
        .iter()
        .any(|kind| matches!(kind.status, 429 | 503) || kind.slug == STILL_RUNNING.slug);
    let headers = references([(waits, "Retry-After", "RetryAfter")].into_iter());
    if let (false, Some(response)) = (headers.is_empty(), response.as_object_mut()) {
        response.insert("headers".to_owned(), headers.into());
    }
    response
}

/// `too-many-requests` as `TooManyRequests`.
fn name(kind: &ProblemType) -> String {
    kind.slug
        .split('-')
        .flat_map(|word| {
            let mut letters = word.chars();
            let first = letters.next().map(|letter| letter.to_ascii_uppercase());
            first.into_iter().chain(letters)
        })
        .collect()
}
