//! A key, as a client sends it and nothing may show it again.

use plat_domain::Invalid;
use plat_domain::invalid::deserialize_text;
use plat_services::vault;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;

/// The longest key that is taken for one. Those of today have some hundred characters.
const LONGEST: usize = 512;

/// A key of a provider: printable characters without blanks, as all of theirs are. It is not printed.
#[derive(Debug, Clone)]
pub(crate) struct Secret(vault::Secret);

impl Secret {
    fn parse(text: &str) -> Result<Self, Invalid> {
        let key = text.trim();
        let is_key =
            (1..=LONGEST).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
        if is_key {
            Ok(Self(vault::Secret::new(key)))
        } else {
            let detail = "Write the key as the provider shows it, without blanks.";
            Err(Invalid::new("invalid_key", detail))
        }
    }

    /// The key, for the vault and the provider.
    pub(crate) fn reveal(&self) -> &vault::Secret {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize_text(deserializer, Self::parse)
    }
}

impl JsonSchema for Secret {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "ProviderKey".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "writeOnly": true, "minLength": 1, "maxLength": LONGEST })
    }
}
