//! Reading what a client sent: bytes to JSON, and JSON or parameters to a declared struct, with
//! every wrong field reported at once. What a request is (its headers, its route) and how a
//! refusal looks on the wire belong elsewhere.
//!
//! serde stops at its first error, so a refusal is made in two parts. A good request is read in
//! one pass of `node::Node`, a deserializer over the JSON tree. When that pass fails, the error
//! knows its *place*: the position of the entry at each level, gathered while the error travels
//! up. The cold path then reads again, as often as needed, resuming just after that place:
//! entries before it are not offered a second time, and the containers on the way to it are
//! entered again. Such a container is incomplete by our own doing, so whatever it says about
//! itself is not believed, save that a field it misses is truly not in the request. Any other
//! error is new and is recorded. Each pass starts where the last one stopped, so finding all
//! errors costs little more than one full read.
//!
//! serde also names only one missing field per struct; the rest come from the `required` lists
//! of the type's JSON schema, which is generated on the cold path only.
//!
//! What a wire struct should not use: `#[serde(flatten)]` and internally tagged or untagged enums,
//! because serde reads them from a buffer, and an error inside is then reported at the pointer of
//! the whole; and `#[serde(alias)]`, because the schema does not know the other name, so that the
//! field is also reported as missing.

mod fault;
mod json;
mod node;
mod required;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use fault::{Fault, Source};
use node::Node;

pub use json::{JsonRefused, MAX_DEPTH, parse_json};

/// More errors than this help nobody; the rest are left out of the reply.
pub const MAX_ERRORS: usize = 100;

/// An error costs one pass, and leaving each container around it one more. This allows for
/// [`MAX_ERRORS`] errors in ordinary bodies and bounds the work for hostile ones.
const MAX_PASSES: usize = 400;

/// What is wrong with one field of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FieldError {
    /// JSON pointer (RFC 6901) to the field in the body, or `/name` for a parameter; empty for
    /// the body as a whole.
    pub pointer: String,
    /// A stable word for programs, such as `required` or `invalid_type`.
    pub code: String,
    /// A sentence for people.
    pub detail: String,
}

/// Reads a JSON body as `T`.
///
/// # Errors
/// Every wrong, unknown or missing field, sorted by pointer; never empty, and at most
/// [`MAX_ERRORS`].
pub fn read_body<T: DeserializeOwned + JsonSchema>(value: &Value) -> Result<T, Vec<FieldError>> {
    read(value, Source::Body)
}

/// Reads decoded query or path parameters as `T`. Text becomes a number or a boolean where `T`
/// asks for one; a list may be given by repeating its name, or once.
///
/// # Errors
/// As [`read_body`]; the pointer is `/name`, or `/name/1` for the second of a repeated name.
pub fn read_params<T: DeserializeOwned + JsonSchema>(
    pairs: &[(String, String)],
) -> Result<T, Vec<FieldError>> {
    let mut named = Map::new();
    for (name, text) in pairs {
        let text = Value::String(text.clone());
        match named.get_mut(name) {
            None => {
                named.insert(name.clone(), text);
            }
            Some(Value::Array(list)) => list.push(text),
            Some(one) => {
                let first = one.take();
                *one = Value::Array(vec![first, text]);
            }
        }
    }
    read(&Value::Object(named), Source::Params)
}

fn read<T: DeserializeOwned + JsonSchema>(
    value: &Value,
    source: Source,
) -> Result<T, Vec<FieldError>> {
    T::deserialize(Node::root(value, source))
        .map_err(|first| every_error::<T>(value, source, first))
}

#[cold]
fn every_error<T: DeserializeOwned + JsonSchema>(
    value: &Value,
    source: Source,
    first: Fault,
) -> Vec<FieldError> {
    let mut found = BTreeMap::new();
    let mut done: Vec<usize> = Vec::new();
    let mut fault = first;
    for _ in 0..MAX_PASSES {
        if let Some(error) = fault.report(value, source, &done) {
            found.entry(error.pointer.clone()).or_insert(error);
        }
        done = fault.into_place();
        if done.is_empty() || found.len() >= MAX_ERRORS {
            break;
        }
        match T::deserialize(Node::resumed(value, source, &done)) {
            Ok(_) => break,
            Err(next) => fault = next,
        }
    }
    required::add_missing::<T>(value, source, &mut found);
    found.into_values().collect()
}
