//! What a form says, whatever it is written in: names and texts.
//!
//! JSON may be nested: a name is then the way to a value, without the words that only wrap it. Files are passed over.

use futures::stream;
use multer::{Multipart, parse_boundary};
use plat_http::problems::{MALFORMED, UNSUPPORTED_MEDIA_TYPE};
use plat_http::read::{JsonRefused, parse_json};
use plat_http::{Problem, query_pairs};
use serde_json::{Map, Value};

/// Fields that are read; a person who asks has no more to say.
const MAX_FIELDS: usize = 200;

/// Objects around a person that say nothing of what is in them.
const WRAPPERS: [&str; 20] = [
    "lead",
    "leads",
    "contact",
    "person",
    "customer",
    "consumer",
    "buyer",
    "prospect",
    "visitor",
    "user",
    "data",
    "payload",
    "form",
    "form_response",
    "fields",
    "field_data",
    "answers",
    "submission",
    "body",
    "inquiry",
];

/// Under what a list of questions has the name of each, and its answer.
const QUESTIONS: [&str; 5] = ["name", "key", "label", "field", "question"];
const ANSWERS: [&str; 3] = ["value", "values", "answer"];

/// The fields of a form in their order, without those that are left blank.
#[derive(Debug, Default)]
pub(crate) struct Form {
    fields: Vec<(String, String)>,
}

impl Form {
    /// Reads a body that is declared as `media_type`.
    pub(crate) async fn read(media_type: &str, body: &[u8]) -> Result<Self, Problem> {
        let essence = media_type.split(';').next().unwrap_or_default();
        let essence = essence.trim().to_ascii_lowercase();
        let mut form = Self::default();
        match essence.as_str() {
            "application/json" | "text/json" => form.take(&[], &json(body)?),
            "application/x-www-form-urlencoded" => {
                for (name, text) in query_pairs(&String::from_utf8_lossy(body)) {
                    form.add(&parts(&name), &text);
                }
            }
            "multipart/form-data" => form.read_parts(media_type, body).await?,
            _ => {
                let detail = "Send JSON or a form, and say which with `Content-Type`.";
                return Err(Problem::new(&UNSUPPORTED_MEDIA_TYPE, detail));
            }
        }
        Ok(form)
    }

    /// Names and texts.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        let fields = self.fields.iter();
        fields.map(|(name, text)| (name.as_str(), text.as_str()))
    }

    /// Whether somebody filled in the field of this name, in any case.
    pub(crate) fn fills(&self, name: &str) -> bool {
        self.fields().any(|(field, _)| {
            let last = field.rsplit(' ').next().unwrap_or_default();
            last.eq_ignore_ascii_case(name)
        })
    }

    async fn read_parts(&mut self, media_type: &str, body: &[u8]) -> Result<(), Problem> {
        let broken = |error: multer::Error| Problem::new(&MALFORMED, error.to_string());
        let boundary = parse_boundary(media_type).map_err(broken)?;
        let whole = stream::iter([Ok::<_, multer::Error>(bytes::Bytes::copy_from_slice(body))]);
        let mut parts_of = Multipart::new(whole, boundary);
        while let Some(part) = parts_of.next_field().await.map_err(broken)? {
            let name = part.name().map(parts).unwrap_or_default();
            if part.file_name().is_none() {
                let text = part.text().await.map_err(broken)?;
                self.add(&name, &text);
            }
        }
        Ok(())
    }

    fn take(&mut self, way: &[String], value: &Value) {
        match value {
            Value::Null => {}
            Value::Bool(value) => self.add(way, &value.to_string()),
            Value::Number(number) => self.add(way, &number.to_string()),
            Value::String(text) => self.add(way, text),
            Value::Array(values) => {
                let words: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
                if words.is_empty() {
                    values.iter().for_each(|value| self.take(way, value));
                } else {
                    self.add(way, &words.join(", "));
                }
            }
            Value::Object(fields) => match answered(fields) {
                Some((question, answer)) => self.take(&parts(question), answer),
                None => {
                    for (name, value) in fields {
                        let is_said = ANSWERS.contains(&name.as_str());
                        let inner = if is_said { Vec::new() } else { parts(name) };
                        self.take(&[way, inner.as_slice()].concat(), value);
                    }
                }
            },
        }
    }

    fn add(&mut self, way: &[String], text: &str) {
        let is_blank = text.trim().is_empty();
        if is_blank || way.is_empty() || self.fields.len() >= MAX_FIELDS {
            return;
        }
        let wraps = |part: &&String| WRAPPERS.contains(&part.to_ascii_lowercase().as_str());
        let wrapped = way.iter().take_while(wraps).count();
        // What only wraps may be the name itself.
        let inner = way.get(wrapped.min(way.len() - 1)..).unwrap_or(way);
        self.fields.push((inner.join(" "), text.trim().to_owned()));
    }
}

fn json(body: &[u8]) -> Result<Value, Problem> {
    parse_json(body).map_err(|refused| {
        let detail = match refused {
            JsonRefused::Malformed(detail) => detail,
            JsonRefused::TooDeep => "The JSON is nested too deeply; 64 levels are read.".to_owned(),
        };
        Problem::new(&MALFORMED, detail)
    })
}

/// A question of a list, and its answer.
fn answered(fields: &Map<String, Value>) -> Option<(&str, &Value)> {
    let question = QUESTIONS
        .iter()
        .find_map(|name| fields.get(*name)?.as_str())?;
    let answer = ANSWERS.iter().find_map(|name| fields.get(*name))?;
    Some((question, answer))
}

/// The parts of a name that tells the way itself: `contact[email]`, `contact.email`.
fn parts(name: &str) -> Vec<String> {
    let parts = name.split(['.', '[', ']']).map(str::trim);
    parts
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn said(value: Value) -> Vec<(String, String)> {
        let mut form = Form::default();
        form.take(&[], &value);
        form.fields
    }

    #[test]
    fn nested_fields_and_lists_of_questions_are_flat() {
        let cases = [
            (json!({"email": "a@b.c"}), "email", "a@b.c"),
            (json!({"lead": {"email": "a@b.c"}}), "email", "a@b.c"),
            (
                json!({"data": {"contact.email": "a@b.c"}}),
                "email",
                "a@b.c",
            ),
            (json!({"emails": [{"value": "a@b.c"}]}), "emails", "a@b.c"),
            (
                json!({"field_data": [{"name": "full_name", "values": ["Ann Lee"]}]}),
                "full_name",
                "Ann Lee",
            ),
            (
                json!({"property": {"address": {"street": " 12 Oak "}}}),
                "property address street",
                "12 Oak",
            ),
            (json!({"tags": ["a", "b"]}), "tags", "a, b"),
            (json!({"lead": "Ann"}), "lead", "Ann"),
            (json!({"agree": true}), "agree", "true"),
        ];
        for (body, name, text) in cases {
            let found = said(body.clone());
            assert_eq!(found, [(name.to_owned(), text.to_owned())], "{body}");
        }
        assert!(said(json!({"a": null, "b": "  ", "c": [], "d": {}})).is_empty());
        assert!(said(json!(["a"])).is_empty());
    }
}
