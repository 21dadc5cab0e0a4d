//! The OpenAPI 3.1 document.

use crate::operation::{Operation, shared_parameters};
use crate::responses;
use crate::schemas::Schemas;
use plat_registry::{Endpoint, Function};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

const DESCRIPTION: &str = "\
**Signing in.** `POST /api/auth/login` answers with an access token, good for 15 minutes, and a refresh token, good \
for 7 days and for one use. Send the access token as `Authorization: Bearer …`. What it may do depends on the \
caller's role in the team it was issued for.

**Errors** are `application/problem+json` (RFC 9457). `type` is a path that does not change and is meant for programs; \
`errors` names every wrong field by JSON pointer; `instance` is the request's id, also in `X-Request-Id`. A record of \
another team is answered like one that does not exist.

**Lists** answer `{items, nextCursor}`. Send `nextCursor` back as `cursor`, with the same filters, to go on. `page` \
reaches the first 10,000 rows.

**Repeating.** A POST with an `Idempotency-Key` is done once in 24 hours: the same request again gets the first reply, \
with `Idempotency-Replayed: true`.

**Changing.** Records have a `version`, which is also their `ETag`. Send it as `If-Match` to change only the version \
you have seen. Updates are JSON Merge Patches (RFC 7396): absent fields stay, null clears. Unknown fields are refused.

**Values.** Times are RFC 3339 in UTC, money is a decimal string with a currency, ids are ULIDs.";

/// What each tag, the domain of its operations, is about.
const TAGS: [(&str, &str); 19] = [
    (
        "activities",
        "What happened, and calls and meetings to record",
    ),
    ("admin", "The installation, for who operates it"),
    ("analytics", "Figures"),
    ("auth", "Registering, signing in, sessions"),
    ("clients", "People being worked"),
    ("dashboard", "The team at a glance"),
    ("deals", "Transactions on a property"),
    ("documents", "Files attached to records"),
    ("emails", "E-mails to clients, and what became of them"),
    ("hooks", "What providers and recipients of mail call"),
    ("integrations", "Services that a team connects"),
    ("leads", "People who might do business"),
    ("notes", "What members write down"),
    ("search", "Finding records by their words"),
    ("settings", "What a team sets once for all its work"),
    ("system", "The service itself"),
    ("tags", "Labels of leads"),
    (
        "tasks",
        "What is to be done, and follow-ups that send themselves",
    ),
    ("teams", "Teams, their members and roles"),
];

/// The document, made from every endpoint there is.
///
/// # Errors
/// A line on what cannot be documented: two types of one name, two operations of one name.
pub fn openapi() -> Result<Value, String> {
    let endpoints: Vec<Endpoint> = plat_local::functions()
        .into_iter()
        .filter_map(|function| match function {
            Function::Endpoint(endpoint) => Some(endpoint),
            Function::Job(_) => None,
        })
        .collect();
    let mut schemas = Schemas::new();
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    let mut tags: BTreeMap<&str, &str> = BTreeMap::new();
    for endpoint in &endpoints {
        let operation = Operation::of(endpoint, &mut schemas)?;
        let item = paths.entry(endpoint.path.as_str()).or_default();
        for method in endpoint.methods() {
            let name = method.as_str().to_ascii_lowercase();
            let text = operation.under(method);
            if item.insert(name, text).is_some() {
                return Err(format!(
                    "{method} {} is declared twice",
                    endpoint.path.as_str()
                ));
            }
        }
        let about = TAGS
            .iter()
            .find_map(|(tag, about)| (*tag == operation.tag).then_some(*about))
            .ok_or_else(|| format!("say in TAGS what {} is about", operation.tag))?;
        tags.insert(operation.tag, about);
    }
    let tags: Vec<Value> = tags
        .into_iter()
        .map(|(name, description)| json!({"name": name, "description": description}))
        .collect();
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Plat API",
            "version": env!("CARGO_PKG_VERSION"),
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": tags,
        "paths": paths,
        "components": {
            "securitySchemes": {
                "bearerAuth": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
            },
            "headers": responses::headers(),
            "parameters": shared_parameters(),
            "responses": responses::shared(),
        },
    });
    let components = schemas.finish(&mut document)?;
    if let Some(place) = document
        .pointer_mut("/components")
        .and_then(Value::as_object_mut)
    {
        place.insert("schemas".to_owned(), components.into());
    }
    Ok(document)
}
