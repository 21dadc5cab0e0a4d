//! How clients say which tags they mean: by name or by id.

use plat_domain::{Invalid, TagId, TagName};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;

/// Tags added at once; each that is new is an item to write.
pub(crate) const MAX_ADDED: usize = 20;

/// What has the form of an id is one; no tag is named like that.
#[derive(Debug, Clone)]
pub(crate) enum NameOrId {
    Id(TagId),
    Name(TagName),
}

impl<'de> Deserialize<'de> for NameOrId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match TagId::parse(&text) {
            Ok(id) => Ok(Self::Id(id)),
            Err(_) => TagName::parse(&text)
                .map(Self::Name)
                .map_err(Invalid::into_serde),
        }
    }
}

impl JsonSchema for NameOrId {
    fn schema_name() -> Cow<'static, str> {
        "TagNameOrId".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [
            generator.subschema_for::<TagId>(),
            generator.subschema_for::<TagName>(),
        ] })
    }
}

/// Reads a list of 1 to 20.
pub(crate) fn one_to_twenty<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<NameOrId>, D::Error> {
    let given = Vec::<NameOrId>::deserialize(deserializer)?;
    if (1..=MAX_ADDED).contains(&given.len()) {
        return Ok(given);
    }
    let detail = format!("Give 1 to {MAX_ADDED} tags.");
    Err(Invalid::new("invalid_length", detail).into_serde())
}
