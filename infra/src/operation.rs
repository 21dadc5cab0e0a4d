//! One endpoint as an operation of the reference.

use crate::responses;
use crate::schemas::Schemas;
use plat_registry::{AccessRule, Endpoint, Method};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// An operation, but for the method.
pub(crate) struct Operation<'a> {
    /// The domain.
    pub(crate) tag: &'a str,
    endpoint: &'a Endpoint,
    text: Map<String, Value>,
}

impl<'a> Operation<'a> {
    pub(crate) fn of(endpoint: &'a Endpoint, schemas: &mut Schemas) -> Result<Self, String> {
        let operation = endpoint.operation;
        let (tag, _) = operation
            .split_once('.')
            .ok_or_else(|| format!("{operation} is not <domain>.<verb>"))?;
        if endpoint.summary.is_empty() {
            return Err(format!("{operation} needs a summary"));
        }
        let path = path_parameters(endpoint, schemas)?;
        let query = query_parameters(endpoint, schemas);
        let mut text = Map::new();
        let mut say = |key: &str, value: Value| {
            text.insert(key.to_owned(), value);
        };
        say("tags", json!([tag]));
        say("summary", endpoint.summary.into());
        say("description", needs(endpoint.access).into());
        say(
            "responses",
            responses::of(endpoint, !query.is_empty(), schemas).into(),
        );
        if endpoint.access.needs_token() {
            say("security", json!([{"bearerAuth": []}]));
        }
        if let Some(body) = endpoint.schemas.body {
            let content = json!({"application/json": {"schema": schemas.request(body)}});
            say("requestBody", json!({"required": true, "content": content}));
        }
        let mut parameters = [path, query].concat();
        let shared = |name: &str| json!({"$ref": format!("#/components/parameters/{name}")});
        if endpoint.listing {
            parameters.extend(["Limit", "Cursor", "Page"].map(shared));
        }
        if endpoint.method == Method::POST {
            parameters.push(shared("IdempotencyKey"));
        }
        if responses::can_be_stale(endpoint) {
            parameters.push(shared("IfMatch"));
        }
        if endpoint.minimal.is_some() {
            parameters.push(shared("Prefer"));
        }
        if !parameters.is_empty() {
            say("parameters", parameters.into());
        }
        Ok(Self {
            tag,
            endpoint,
            text,
        })
    }

    /// The operation under one of its methods. Ids are unique, so those of aliases tell their method.
    pub(crate) fn under(&self, method: &Method) -> Value {
        let mut text = self.text.clone();
        let operation = self.endpoint.operation;
        let id = if *method == self.endpoint.method {
            operation.to_owned()
        } else {
            let main = &self.endpoint.method;
            let needs = needs(self.endpoint.access);
            text.insert("x-alias-of".to_owned(), operation.into());
            text.insert(
                "description".to_owned(),
                format!("The same as {main}. {needs}").into(),
            );
            format!("{operation}_{}", method.as_str().to_ascii_lowercase())
        };
        text.insert("operationId".to_owned(), id.into());
        text.into()
    }
}

/// The parameters that many operations have.
pub(crate) fn shared_parameters() -> Value {
    let parameter = |name: &str, place: &str, description: &str, schema: Value| json!({"name": name, "in": place, "description": description, "schema": schema});
    json!({
        "Limit": parameter(
            "limit", "query", "How many rows at most.",
            json!({"type": "integer", "minimum": 1, "maximum": 100, "default": 25}),
        ),
        "Cursor": parameter(
            "cursor", "query", "The `nextCursor` of the page before; good for 24 hours.",
            json!({"type": "string"}),
        ),
        "Page": parameter(
            "page", "query", "A page by its number, within the first 10,000 rows; not together with `cursor`.",
            json!({"type": "integer", "minimum": 1}),
        ),
        "IdempotencyKey": parameter(
            "Idempotency-Key", "header", "Names the request, so that it is done once however often it is sent.",
            json!({"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"}),
        ),
        "Prefer": parameter(
            "Prefer", "header", "`return=minimal` asks for 204 in place of the record (RFC 7240).",
            json!({"type": "string", "examples": ["return=minimal"]}),
        ),
        "IfMatch": parameter(
            "If-Match", "header", "The `ETag` of the version that the change is meant for.",
            json!({"type": "string", "examples": ["\"3\""]}),
        ),
    })
}

fn needs(access: AccessRule) -> String {
    match access {
        AccessRule::Open => "Open to all.".to_owned(),
        AccessRule::Public => "Open to all, a few times a minute from one address.".to_owned(),
        AccessRule::Signed => "For whoever signs the request.".to_owned(),
        AccessRule::SignedIn => "For whoever is signed in.".to_owned(),
        AccessRule::Platform => "For operators of the installation.".to_owned(),
        AccessRule::Can(permission) => {
            format!("Needs the permission `{}`.", permission.as_str())
        }
        AccessRule::InTeam(permission) => {
            format!(
                "Needs the permission `{}` in the team of the path.",
                permission.as_str()
            )
        }
    }
}

fn path_parameters(endpoint: &Endpoint, schemas: &mut Schemas) -> Result<Vec<Value>, String> {
    let typed = schemas.parameters(endpoint.schemas.path);
    let names: BTreeSet<&str> = typed.iter().map(|(name, _, _)| name.as_str()).collect();
    if names != endpoint.path.parameters().collect() {
        return Err(format!(
            "{}: the parameters of {} are not the fields of its path type",
            endpoint.operation,
            endpoint.path.as_str()
        ));
    }
    let parameter =
        |(name, schema, _): (String, Value, bool)| described("path", &name, schema, true);
    Ok(typed.into_iter().map(parameter).collect())
}

fn query_parameters(endpoint: &Endpoint, schemas: &mut Schemas) -> Vec<Value> {
    schemas
        .parameters(endpoint.schemas.query)
        .into_iter()
        .map(|(name, schema, required)| {
            let schema = without_null(schema);
            let list = schema.get("type").and_then(Value::as_str) == Some("array");
            let mut parameter = described("query", &name, schema, required);
            if let (true, Some(parameter)) = (list, parameter.as_object_mut()) {
                parameter.insert("style".to_owned(), "form".into());
                parameter.insert("explode".to_owned(), true.into());
            }
            parameter
        })
        .collect()
}

/// A parameter; what its field says of it is said of the parameter, not of its schema.
fn described(place: &str, name: &str, mut schema: Value, required: bool) -> Value {
    let description = schema
        .as_object_mut()
        .and_then(|schema| schema.remove("description"));
    let mut parameter = json!({"name": name, "in": place, "required": required, "schema": schema});
    if let (Some(description), Some(parameter)) = (description, parameter.as_object_mut()) {
        parameter.insert("description".to_owned(), description);
    }
    parameter
}

/// A parameter is left out rather than null.
fn without_null(mut schema: Value) -> Value {
    let is_null = |value: &Value| value == "null" || *value == json!({"type": "null"});
    let Some(entries) = schema.as_object_mut() else {
        return schema;
    };
    for key in ["type", "anyOf", "enum"] {
        if let Some(choices) = entries.get_mut(key).and_then(Value::as_array_mut) {
            choices.retain(|choice| !is_null(choice) && !choice.is_null());
        }
    }
    let only = |key: &str| match entries.get(key).and_then(Value::as_array)?.as_slice() {
        [only] => Some(only.clone()),
        [] | [_, ..] => None,
    };
    if let Some(only) = only("type") {
        entries.insert("type".to_owned(), only);
    }
    let only = match entries
        .get("anyOf")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
    {
        Some([Value::Object(only)]) => Some(only.clone()),
        Some(_) | None => None,
    };
    if let Some(only) = only {
        entries.remove("anyOf");
        for (key, value) in only {
            entries.entry(key).or_insert(value);
        }
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_optional_parameter_is_not_null() {
        for (given, expected) in [
            (
                json!({"type": ["string", "null"]}),
                json!({"type": "string"}),
            ),
            (
                json!({"description": "a", "anyOf": [{"$ref": "#/x"}, {"type": "null"}]}),
                json!({"description": "a", "$ref": "#/x"}),
            ),
            (
                json!({"anyOf": [{"type": "string"}, {"type": "integer"}]}),
                json!({"anyOf": [{"type": "string"}, {"type": "integer"}]}),
            ),
            (json!(true), json!(true)),
        ] {
            assert_eq!(without_null(given), expected);
        }
    }
}
