//! The missing fields of a request, from the JSON schema of its type.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};

use super::fault::{Source, push_token};
use super::{FieldError, MAX_ERRORS};

/// Schemas are ours and shallow; the bound is for one that refers to itself without end.
const MAX_HOPS: usize = 256;

pub(super) fn add_missing<T: JsonSchema>(
    value: &Value,
    source: Source,
    found: &mut BTreeMap<String, FieldError>,
) {
    let generator = SchemaSettings::draft2020_12()
        .with(|settings| settings.inline_subschemas = true)
        .into_generator();
    let schema = generator.into_root_schema_for::<T>().to_value();
    let mut walk = Walk {
        root: &schema,
        source,
        found,
    };
    walk.value(&schema, value, &mut String::new(), 0);
}

struct Walk<'w> {
    root: &'w Value,
    source: Source,
    found: &'w mut BTreeMap<String, FieldError>,
}

impl<'w> Walk<'w> {
    fn value(&mut self, schema: &'w Value, value: &Value, pointer: &mut String, hops: usize) {
        if hops > MAX_HOPS || self.found.len() >= MAX_ERRORS {
            return;
        }
        let hops = hops.saturating_add(1);
        // Only recursive types are left as references.
        let target = schema.get("$ref").and_then(Value::as_str);
        if let Some(path) = target.and_then(|target| target.strip_prefix('#'))
            && let Some(schema) = self.root.pointer(path)
        {
            self.value(schema, value, pointer, hops);
        }
        for part in list(schema, "allOf") {
            self.value(part, value, pointer, hops);
        }
        for choice in ["anyOf", "oneOf"] {
            let mut fitting = list(schema, choice)
                .iter()
                .filter(|choice| fits(choice, value));
            if let (Some(only), None) = (fitting.next(), fitting.next()) {
                self.value(only, value, pointer, hops);
            }
        }
        match value {
            Value::Object(entries) => self.entries(schema, entries, pointer, hops),
            Value::Array(items) => self.items(schema, items, pointer, hops),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    fn entries(
        &mut self,
        schema: &'w Value,
        entries: &Map<String, Value>,
        pointer: &mut String,
        hops: usize,
    ) {
        let end = pointer.len();
        for name in list(schema, "required").iter().filter_map(Value::as_str) {
            if entries.contains_key(name) || self.found.len() >= MAX_ERRORS {
                continue;
            }
            if push_token(pointer, name) {
                let (code, detail) = self.source.required();
                self.found
                    .entry(pointer.clone())
                    .or_insert_with(|| FieldError {
                        pointer: pointer.clone(),
                        code: code.to_owned(),
                        detail: detail.to_owned(),
                    });
                pointer.truncate(end);
            }
        }
        let properties = schema.get("properties");
        let others = schema.get("additionalProperties");
        for (name, entry) in entries {
            let declared = properties
                .and_then(|properties| properties.get(name))
                .or(others);
            if let Some(declared) = declared
                && push_token(pointer, name)
            {
                self.value(declared, entry, pointer, hops);
                pointer.truncate(end);
            }
        }
    }

    fn items(&mut self, schema: &'w Value, items: &[Value], pointer: &mut String, hops: usize) {
        let end = pointer.len();
        let first = list(schema, "prefixItems");
        let others = schema.get("items");
        if first.is_empty() && others.is_none() {
            return;
        }
        for (index, item) in items.iter().enumerate() {
            if let Some(declared) = first.get(index).or(others)
                && push_token(pointer, &index.to_string())
            {
                self.value(declared, item, pointer, hops);
                pointer.truncate(end);
            }
        }
    }
}

fn list<'s>(schema: &'s Value, keyword: &str) -> &'s [Value] {
    schema
        .get(keyword)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// Whether a schema of a choice can be the one meant: not the `null` of an optional value, and
/// not the schema of a variant with another tag.
fn fits(schema: &Value, value: &Value) -> bool {
    if schema.get("type").and_then(Value::as_str) == Some("null") {
        return value.is_null();
    }
    let properties = schema.get("properties").and_then(Value::as_object);
    properties.into_iter().flatten().all(|(name, declared)| {
        declared
            .get("const")
            .is_none_or(|tag| value.get(name) == Some(tag))
    })
}
