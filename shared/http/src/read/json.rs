//! Bytes to a JSON tree, stricter than JSON needs to be: bounded depth, and no name twice in one
//! object, since two readers of such a body could see two different requests.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use serde_json::map::Entry;
use serde_json::{Map, Number, Value};

/// How many lists and objects may enclose each other.
pub const MAX_DEPTH: usize = 64;

/// Why bytes are not an acceptable JSON document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JsonRefused {
    /// Not JSON; the sentence says where and repeats nothing of the body.
    Malformed(String),
    /// Lists and objects enclose each other more than [`MAX_DEPTH`] times.
    TooDeep,
}

impl fmt::Display for JsonRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(detail) => f.write_str(detail),
            Self::TooDeep => write!(f, "The body is nested more than {MAX_DEPTH} levels deep."),
        }
    }
}

impl std::error::Error for JsonRefused {}

/// Parses one JSON document.
///
/// # Errors
/// [`JsonRefused::Malformed`] for an empty body, bytes that are not UTF-8, a syntax error, text
/// after the document, or a name used twice in one object; [`JsonRefused::TooDeep`].
pub fn parse_json(bytes: &[u8]) -> Result<Value, JsonRefused> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        malformed(format!(
            "The body is not UTF-8 text: see byte {}.",
            error.valid_up_to()
        ))
    })?;
    if text.trim_ascii().is_empty() {
        return Err(malformed("The body is empty; send a JSON document."));
    }
    let trouble = Cell::new(Trouble::Syntax);
    let mut parser = serde_json::Deserializer::from_str(text);
    let tree = Tree {
        depth: 0,
        trouble: &trouble,
    };
    tree.deserialize(&mut parser)
        .and_then(|value| parser.end().map(|()| value))
        .map_err(|error| {
            let place = format!("line {}, column {}", error.line(), error.column());
            match trouble.get() {
                Trouble::Depth => JsonRefused::TooDeep,
                Trouble::Duplicate => {
                    malformed(format!("An object has the same name twice: see {place}."))
                }
                Trouble::Syntax => match error.classify() {
                    Category::Eof => malformed(format!("The JSON ends too early: see {place}.")),
                    Category::Syntax | Category::Data | Category::Io => {
                        malformed(format!("The body is not valid JSON: see {place}."))
                    }
                },
            }
        })
}

fn malformed(detail: impl Into<String>) -> JsonRefused {
    JsonRefused::Malformed(detail.into())
}

#[derive(Clone, Copy)]
enum Trouble {
    Syntax,
    Depth,
    Duplicate,
}

#[derive(Clone, Copy)]
struct Tree<'t> {
    depth: usize,
    trouble: &'t Cell<Trouble>,
}

impl Tree<'_> {
    fn deeper<E: Error>(self) -> Result<Self, E> {
        if self.depth >= MAX_DEPTH {
            return Err(self.refuse(Trouble::Depth));
        }
        Ok(Self {
            depth: self.depth.saturating_add(1),
            ..self
        })
    }

    fn refuse<E: Error>(self, trouble: Trouble) -> E {
        self.trouble.set(trouble);
        E::custom("refused")
    }
}

impl<'de> DeserializeSeed<'de> for Tree<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Tree<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| self.refuse(Trouble::Syntax))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut object = Map::new();
        while let Some(name) = entries.next_key::<String>()? {
            match object.entry(name) {
                Entry::Occupied(_) => return Err(self.refuse(Trouble::Duplicate)),
                Entry::Vacant(slot) => {
                    slot.insert(entries.next_value_seed(inner)?);
                }
            }
        }
        Ok(Value::Object(object))
    }
}
