//! The schemas that operations refer to.

use plat_http::FieldError;
use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Where schemas are in the document.
const PLACE: &str = "/components/schemas";

/// What marks a reference to a schema of a request until [`Schemas::finish`] has settled the names.
const REQUEST: &str = "request:";

/// What makes one schema.
pub(crate) type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// Schemas gathered so far. A type can be read and written in different shapes, an optional field for one: it may be
/// left out of a request, and is always in a reply. So there is one generator for each.
pub(crate) struct Schemas {
    requests: SchemaGenerator,
    replies: SchemaGenerator,
}

impl Schemas {
    pub(crate) fn new() -> Self {
        let settings = SchemaSettings::draft2020_12().with(|settings| {
            settings.definitions_path = PLACE.into();
            settings.meta_schema = None;
        });
        let mut schemas = Self {
            requests: settings.clone().for_deserialize().into_generator(),
            replies: settings.for_serialize().into_generator(),
        };
        schemas.reply(SchemaGenerator::subschema_for::<FieldError>);
        schemas
    }

    /// The schema of something that is sent, or a reference to it.
    pub(crate) fn request(&mut self, of: SchemaOf) -> Value {
        let mut schema = of(&mut self.requests).to_value();
        rename(&mut schema, &|name| Some(format!("{REQUEST}{name}")));
        schema
    }

    /// The schema of something that is answered, or a reference to it.
    pub(crate) fn reply(&mut self, of: SchemaOf) -> Value {
        of(&mut self.replies).to_value()
    }

    /// The properties of a type whose fields are parameters: name, schema, whether it must be there.
    pub(crate) fn parameters(&mut self, of: SchemaOf) -> Vec<(String, Value, bool)> {
        let schema = of(&mut self.requests).to_value();
        let found = match schema.get("$ref").and_then(Value::as_str).and_then(target) {
            None => Some(&schema),
            Some(name) => self.requests.definitions().get(name),
        };
        let required: BTreeSet<&str> = found
            .and_then(|schema| schema.get("required")?.as_array())
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        found
            .and_then(|schema| schema.get("properties")?.as_object())
            .into_iter()
            .flatten()
            .map(|(name, schema)| {
                let mut schema = schema.clone();
                rename(&mut schema, &|name| Some(format!("{REQUEST}{name}")));
                (name.clone(), schema, required.contains(name.as_str()))
            })
            .collect()
    }

    /// The schemas that `document` refers to, directly or through others; `document` then refers to them by their final
    /// names.
    pub(crate) fn finish(mut self, document: &mut Value) -> Result<Map<String, Value>, String> {
        let mut replies = self.replies.take_definitions(true);
        let mut requests = self.requests.take_definitions(true);
        let same_replies = join_homonyms(&mut replies)?;
        let same_requests = join_homonyms(&mut requests)?;
        for schema in requests.values_mut() {
            rename(schema, &|name| Some(format!("{REQUEST}{name}")));
        }
        let apart = apart(&requests, &replies);
        let settle = |name: &str| match name.strip_prefix(REQUEST) {
            None => same_replies.get(name).cloned(),
            Some(name) => {
                let name = same_requests.get(name).map_or(name, String::as_str);
                let ending = if apart.contains(name) { "Input" } else { "" };
                Some(format!("{name}{ending}"))
            }
        };
        let mut all = replies;
        for (name, mut schema) in requests {
            rename(&mut schema, &settle);
            let name = settle(&format!("{REQUEST}{name}")).unwrap_or(name);
            match all.get(&name) {
                Some(other) if *other != schema => return Err(homonyms(&name)),
                Some(_) | None => all.insert(name, schema),
            };
        }
        rename(document, &settle);
        if all.insert("Problem".to_owned(), problem()).is_some() {
            return Err(homonyms("Problem"));
        }
        let mut wanted = BTreeSet::new();
        reach(document, &all, &mut wanted);
        all.retain(|name, _| wanted.contains(name));
        Ok(all)
    }
}

/// The names under which requests and replies have different schemas, or refer to such.
fn apart(requests: &Map<String, Value>, replies: &Map<String, Value>) -> BTreeSet<String> {
    let mut apart: BTreeSet<String> = BTreeSet::new();
    loop {
        let next: BTreeSet<String> = requests
            .iter()
            .filter(|(name, schema)| {
                let mut schema = (*schema).clone();
                // A reference to one that is apart keeps its mark, and so differs.
                rename(&mut schema, &|name| {
                    let name = name.strip_prefix(REQUEST)?;
                    (!apart.contains(name)).then(|| name.to_owned())
                });
                replies.get(*name).is_some_and(|reply| *reply != schema)
            })
            .map(|(name, _)| name.clone())
            .collect();
        if next == apart {
            return apart;
        }
        apart = next;
    }
}

/// The generator tells types of one name apart by a number. Domains that show the same thing have each a type for it,
/// and those are joined; a reader could not tell others apart. Returns the name that each number was joined to.
fn join_homonyms(definitions: &mut Map<String, Value>) -> Result<BTreeMap<String, String>, String> {
    let joined: BTreeMap<String, String> = definitions
        .keys()
        .filter_map(|name| {
            let plain = name.trim_end_matches(|c: char| c.is_ascii_digit());
            let numbered = plain != name && definitions.contains_key(plain);
            numbered.then(|| (name.clone(), plain.to_owned()))
        })
        .collect();
    for schema in definitions.values_mut() {
        rename(schema, &|name| joined.get(name).cloned());
    }
    for (name, plain) in &joined {
        if definitions.remove(name).as_ref() != definitions.get(plain) {
            return Err(homonyms(plain));
        }
    }
    Ok(joined)
}

fn homonyms(name: &str) -> String {
    format!(
        "two different types are called {name} in the reference; give one another name with #[schemars(rename = \"…\")]"
    )
}

/// The name in a reference to a schema.
fn target(reference: &str) -> Option<&str> {
    reference
        .strip_prefix('#')?
        .strip_prefix(PLACE)?
        .strip_prefix('/')
}

/// Replaces the names in all references for which `new` has another.
fn rename(value: &mut Value, new: &dyn Fn(&str) -> Option<String>) {
    match value {
        Value::Object(entries) => {
            for (key, entry) in entries {
                if key == "$ref"
                    && let Some(name) = entry.as_str().and_then(target).and_then(new)
                {
                    *entry = format!("#{PLACE}/{name}").into();
                } else {
                    rename(entry, new);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, new)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Adds the names of all schemas that `value` refers to.
fn reach(value: &Value, all: &Map<String, Value>, wanted: &mut BTreeSet<String>) {
    match value {
        Value::Object(entries) => {
            for (key, entry) in entries {
                match entry.as_str().and_then(target) {
                    Some(name) if key == "$ref" => {
                        if wanted.insert(name.to_owned())
                            && let Some(schema) = all.get(name)
                        {
                            reach(schema, all, wanted);
                        }
                    }
                    Some(_) | None => reach(entry, all, wanted),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| reach(item, all, wanted)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Problem details, as `plat_http::Problem` writes them.
fn problem() -> Value {
    json!({
        "type": "object",
        "description": "Why a request was not done (RFC 9457). Some kinds of problem have further members.",
        "required": ["type", "title", "status", "detail", "instance"],
        "properties": {
            "type": {"type": "string", "description": "What kind it is; a path that does not change.", "examples": ["/problems/not-found"]},
            "title": {"type": "string", "description": "The kind in a few words."},
            "status": {"type": "integer", "description": "The status code."},
            "detail": {"type": "string", "description": "What is wrong this time, and what to do about it."},
            "instance": {"type": "string", "description": "The request's id."},
            "errors": {
                "type": "array",
                "description": "Every field that is wrong.",
                "items": {"$ref": format!("#{PLACE}/FieldError")},
            },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use schemars::JsonSchema;
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize, JsonSchema)]
    struct Both {
        a: Option<u8>,
        same: Same,
    }

    #[derive(Serialize, Deserialize, JsonSchema)]
    struct Same {
        b: u8,
    }

    /// Another domain's types.
    mod elsewhere {
        use super::*;

        #[derive(Serialize, Deserialize, JsonSchema)]
        #[schemars(rename = "Same")]
        pub(super) struct Other {
            c: u8,
        }
    }

    /// One more domain's.
    mod nearby {
        use super::*;

        #[derive(Serialize, Deserialize, JsonSchema)]
        #[schemars(rename = "Same")]
        pub(super) struct Twin {
            b: u8,
        }
    }

    fn names(schemas: Schemas, document: &mut Value) -> Result<Vec<String>, String> {
        Ok(schemas.finish(document)?.keys().cloned().collect())
    }

    #[test]
    fn a_type_that_is_read_and_written_differently_has_two_schemas() {
        let mut schemas = Schemas::new();
        let mut document = json!([
            schemas.request(SchemaGenerator::subschema_for::<Both>),
            schemas.reply(SchemaGenerator::subschema_for::<Both>),
        ]);

        let names = names(schemas, &mut document);

        assert_eq!(names.unwrap(), ["Both", "BothInput", "Same"]);
        assert_eq!(document[0]["$ref"], "#/components/schemas/BothInput");
        assert_eq!(document[1]["$ref"], "#/components/schemas/Both");
    }

    #[test]
    fn two_types_of_one_name_are_refused() {
        let mut schemas = Schemas::new();
        let mut document = json!([
            schemas.reply(SchemaGenerator::subschema_for::<Same>),
            schemas.reply(SchemaGenerator::subschema_for::<elsewhere::Other>),
        ]);

        let refused = names(schemas, &mut document).unwrap_err();

        assert!(
            refused.starts_with("two different types are called Same"),
            "{refused}"
        );
    }

    #[test]
    fn two_types_of_one_name_and_one_shape_are_joined() {
        let mut schemas = Schemas::new();
        let mut document = json!([
            schemas.reply(SchemaGenerator::subschema_for::<Same>),
            schemas.reply(SchemaGenerator::subschema_for::<nearby::Twin>),
        ]);

        let names = names(schemas, &mut document);

        assert_eq!(names.unwrap(), ["Same"]);
        assert_eq!(document[0], document[1]);
    }

    #[test]
    fn one_name_for_a_request_and_for_an_unrelated_reply_is_told_apart() {
        let mut schemas = Schemas::new();
        let mut document = json!([
            schemas.reply(SchemaGenerator::subschema_for::<Same>),
            schemas.request(SchemaGenerator::subschema_for::<elsewhere::Other>),
        ]);

        assert_eq!(
            names(schemas, &mut document).unwrap(),
            ["Same", "SameInput"]
        );
    }

    #[test]
    fn a_schema_that_nothing_refers_to_is_left_out() {
        let mut schemas = Schemas::new();
        schemas.reply(SchemaGenerator::subschema_for::<Both>);

        assert!(names(schemas, &mut json!([])).unwrap().is_empty());
    }
}
