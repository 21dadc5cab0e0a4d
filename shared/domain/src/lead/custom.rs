//! Fields that a team defines for itself.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::Number;

use crate::{Invalid, Text};

/// The most custom fields of one record: as many as a team defines.
pub const MAX_CUSTOM_FIELDS: usize = 100;

/// The most bytes of all names and values together, so that a record stays one small item.
const MAX_CUSTOM_BYTES: usize = 16 * 1024;

/// The longest name of a custom field, in characters.
const MAX_FIELD_NAME: usize = 64;

/// The longest text in a custom field, in characters.
const MAX_FIELD_TEXT: usize = 1_000;

/// One value of a custom field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum CustomValue {
    /// A text of at most 1,000 characters.
    Text(Text<0, MAX_FIELD_TEXT>),
    /// A number of at most 15 digits, which every reader holds exactly.
    Number(Number),
    /// Yes or no.
    Bool(bool),
}

impl CustomValue {
    /// A number, if it has at most 15 digits before the point.
    ///
    /// # Errors
    /// `invalid_custom_value`.
    pub fn number(number: Number) -> Result<Self, Invalid> {
        // The smallest number is bounded as well: stores and spreadsheets would make it zero.
        let is_moderate = number.as_f64().is_some_and(|value| {
            let size = value.abs();
            size == 0.0 || (1e-15..1e15).contains(&size)
        });
        if is_moderate {
            Ok(Self::Number(number))
        } else {
            Err(Invalid::new(
                "invalid_custom_value",
                "Write a number of at most 15 digits.",
            ))
        }
    }

    /// How many bytes it is written in.
    fn bytes(&self) -> usize {
        match self {
            Self::Text(text) => text.as_str().len(),
            Self::Number(number) => number.to_string().len(),
            Self::Bool(value) => value.to_string().len(),
        }
    }
}

impl<'de> Deserialize<'de> for CustomValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Scalar;

        impl Scalar {
            fn number<E: de::Error>(number: Option<Number>) -> Result<CustomValue, E> {
                number
                    .ok_or_else(Self::invalid)
                    .and_then(CustomValue::number)
                    .map_err(Invalid::into_serde)
            }

            fn invalid() -> Invalid {
                Invalid::new(
                    "invalid_custom_value",
                    "Write a string, a number, true or false.",
                )
            }
        }

        impl<'de> Visitor<'de> for Scalar {
            type Value = CustomValue;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string, a number or a boolean")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<CustomValue, E> {
                Text::parse(text)
                    .map(CustomValue::Text)
                    .map_err(Invalid::into_serde)
            }

            fn visit_bool<E: de::Error>(self, value: bool) -> Result<CustomValue, E> {
                Ok(CustomValue::Bool(value))
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<CustomValue, E> {
                Self::number(Some(value.into()))
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<CustomValue, E> {
                Self::number(Some(value.into()))
            }

            fn visit_f64<E: de::Error>(self, value: f64) -> Result<CustomValue, E> {
                Self::number(Number::from_f64(value))
            }

            fn visit_unit<E: de::Error>(self) -> Result<CustomValue, E> {
                Err(Self::invalid().into_serde())
            }

            fn visit_none<E: de::Error>(self) -> Result<CustomValue, E> {
                Err(Self::invalid().into_serde())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<CustomValue, A::Error> {
                Err(Self::invalid().into_serde())
            }

            fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<CustomValue, A::Error> {
                Err(Self::invalid().into_serde())
            }
        }

        deserializer.deserialize_any(Scalar)
    }
}

impl JsonSchema for CustomValue {
    fn schema_name() -> Cow<'static, str> {
        "CustomValue".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "number", "boolean"], "maxLength": MAX_FIELD_TEXT })
    }
}

/// The team's own fields of a record: at most 100 of 16 KB together, by name.
///
/// A name has 1 to 64 letters, digits, `_`, `-` or `.` of ASCII, so that it can stand in a
/// URL and in a JSON pointer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct CustomFields(BTreeMap<String, CustomValue>);

impl CustomFields {
    /// The fields, if there are not too many, all names are legal, and they are not too long together.
    ///
    /// # Errors
    /// `too_many_custom_fields`, `invalid_custom_field_name`, `custom_fields_too_long`.
    pub fn new(fields: BTreeMap<String, CustomValue>) -> Result<Self, Invalid> {
        check_field_count(fields.len())?;
        fields.keys().try_for_each(|name| check_field_name(name))?;
        let fields = Self(fields);
        check_size(fields.bytes())?;
        Ok(fields)
    }

    /// How many bytes names and values have together.
    pub fn bytes(&self) -> usize {
        self.0.iter().map(|(name, value)| size(name, value)).sum()
    }

    /// Whether a field still fits; in the place of the one of its name, if there is one.
    pub fn has_room_for(&self, name: &str, value: &CustomValue) -> bool {
        let known = self.get(name);
        let count = self.len() + usize::from(known.is_none());
        let freed = known.map_or(0, |known| size(name, known));
        let bytes = self.bytes() - freed + size(name, value);
        count <= MAX_CUSTOM_FIELDS && bytes <= MAX_CUSTOM_BYTES
    }

    /// The value of a field.
    pub fn get(&self, name: &str) -> Option<&CustomValue> {
        self.0.get(name)
    }

    /// Names and values, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &CustomValue)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// How many fields there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// These fields after some were set, and those that have no value any more taken away.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn merged(&self, changes: BTreeMap<String, Option<CustomValue>>) -> Result<Self, Invalid> {
        let mut fields = self.0.clone();
        for (name, value) in changes {
            match value {
                Some(value) => fields.insert(name, value),
                None => fields.remove(&name),
            };
        }
        Self::new(fields)
    }
}

fn check_field_count(count: usize) -> Result<(), Invalid> {
    if count > MAX_CUSTOM_FIELDS {
        return Err(Invalid::new(
            "too_many_custom_fields",
            format!("Use at most {MAX_CUSTOM_FIELDS} custom fields."),
        ));
    }
    Ok(())
}

fn size(name: &str, value: &CustomValue) -> usize {
    name.len() + value.bytes()
}

fn check_size(bytes: usize) -> Result<(), Invalid> {
    if bytes > MAX_CUSTOM_BYTES {
        return Err(Invalid::new(
            "custom_fields_too_long",
            "Use at most 16 KB for the names and values of all custom fields.",
        ));
    }
    Ok(())
}

fn check_field_name(name: &str) -> Result<(), Invalid> {
    let is_legal = (1..=MAX_FIELD_NAME).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
    if !is_legal {
        return Err(Invalid::new(
            "invalid_custom_field_name",
            "Name a custom field with 1 to 64 letters, digits, _, - or . without accents.",
        ));
    }
    Ok(())
}

impl<'de> Deserialize<'de> for CustomFields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;

        impl<'de> Visitor<'de> for Fields {
            type Value = CustomFields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of custom fields")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<CustomFields, A::Error> {
                let mut fields = BTreeMap::new();
                let mut bytes = 0;
                // Checked one by one, so that a huge object is refused before it is held.
                while let Some(name) = map.next_key::<String>()? {
                    check_field_name(&name).map_err(Invalid::into_serde)?;
                    let value = map.next_value()?;
                    bytes += size(&name, &value);
                    fields.insert(name, value);
                    check_field_count(fields.len()).map_err(Invalid::into_serde)?;
                    check_size(bytes).map_err(Invalid::into_serde)?;
                }
                Ok(CustomFields(fields))
            }
        }

        deserializer.deserialize_map(Fields)
    }
}

impl JsonSchema for CustomFields {
    fn schema_name() -> Cow<'static, str> {
        "CustomFields".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "maxProperties": MAX_CUSTOM_FIELDS,
            "propertyNames": { "pattern": "^[A-Za-z0-9_.-]{1,64}$" },
            "additionalProperties": generator.subschema_for::<CustomValue>(),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::invalid::code_of as code;

    #[test]
    fn custom_fields_hold_texts_numbers_and_booleans() {
        let value = json!({"beds": 3, "baths": 2.5, "pool": false, "roof.age": "new", "debt": -5});

        let fields: CustomFields = serde_json::from_value(value.clone()).unwrap();

        assert_eq!(serde_json::to_value(&fields).unwrap(), value);
        assert_eq!(fields.len(), 5);
        assert_eq!(fields.get("pool"), Some(&CustomValue::Bool(false)));
    }

    #[test]
    fn other_custom_fields_are_refused() {
        let long_name = "x".repeat(65);
        let cases = [
            (json!({"a": null}), "invalid_custom_value"),
            (json!({"a": []}), "invalid_custom_value"),
            (json!({"a": {"b": 1}}), "invalid_custom_value"),
            (json!({"a": 1e15}), "invalid_custom_value"),
            (json!({"a": 1e-200}), "invalid_custom_value"),
            (json!({"a": u64::MAX}), "invalid_custom_value"),
            (json!({"a": "x".repeat(1_001)}), "too_long"),
            (json!({"a": "nul\0"}), "control_character"),
            (json!({"": 1}), "invalid_custom_field_name"),
            (json!({"a/b": 1}), "invalid_custom_field_name"),
            (json!({"é": 1}), "invalid_custom_field_name"),
            (json!({long_name: 1}), "invalid_custom_field_name"),
        ];
        for (value, expected) in cases {
            assert_eq!(code::<CustomFields>(value.clone()), expected, "{value}");
        }
    }

    #[test]
    fn a_merge_sets_takes_away_and_leaves_the_rest() {
        let fields: CustomFields =
            serde_json::from_value(json!({"beds": 3, "pool": true, "roof": "old"})).unwrap();
        let changes = json!({"beds": 4, "pool": null, "debt": 5, "garden": null});

        let merged = fields.merged(serde_json::from_value(changes).unwrap());

        assert_eq!(
            serde_json::to_value(merged.unwrap()).unwrap(),
            json!({"beds": 4, "roof": "old", "debt": 5})
        );
        let unnamed = BTreeMap::from([("a b".to_owned(), Some(CustomValue::Bool(true)))]);
        assert_eq!(
            fields.merged(unnamed).unwrap_err().code,
            "invalid_custom_field_name"
        );
    }

    #[test]
    fn there_are_at_most_100_custom_fields() {
        let fields = |count| -> BTreeMap<String, CustomValue> {
            (0..count)
                .map(|n| (format!("f{n}"), CustomValue::Bool(true)))
                .collect()
        };

        assert!(CustomFields::new(fields(100)).is_ok());
        assert_eq!(
            CustomFields::new(fields(101)).unwrap_err().code,
            "too_many_custom_fields"
        );
        let json = serde_json::to_value(fields(101)).unwrap();
        assert_eq!(code::<CustomFields>(json), "too_many_custom_fields");
    }

    #[test]
    fn names_and_values_have_16_kb_together() {
        let text = |length: usize| json!("x".repeat(length));
        let of = |last: usize| {
            let mut fields: serde_json::Map<_, _> =
                (0..16).map(|n| (format!("f{n:03}"), text(1_000))).collect();
            fields.insert("last".to_owned(), text(last));
            serde_json::Value::Object(fields)
        };
        let most: CustomFields = serde_json::from_value(of(316)).unwrap();

        assert_eq!(most.bytes(), MAX_CUSTOM_BYTES);
        assert_eq!(code::<CustomFields>(of(317)), "custom_fields_too_long");
        let one = |length: usize| serde_json::from_value(text(length)).unwrap();
        assert!(most.has_room_for("last", &one(316)) && !most.has_room_for("last", &one(317)));
        assert!(!most.has_room_for("more", &one(0)));
        let longer = BTreeMap::from([("last".to_owned(), Some(one(317)))]);
        assert_eq!(
            most.merged(longer).unwrap_err().code,
            "custom_fields_too_long"
        );
    }

    #[test]
    fn a_refused_value_is_found_inside_json_text() {
        let text = r#"{"a": [1, 2]}"#;

        let message = serde_json::from_str::<CustomFields>(text)
            .unwrap_err()
            .to_string();

        assert_eq!(Invalid::untag(&message).unwrap().0, "invalid_custom_value");
    }

    proptest! {
        #[test]
        fn reading_custom_fields_never_panics(name in "\\PC{0,70}", number: f64, text in "\\PC{0,20}") {
            for value in [json!(number), json!(text)] {
                if let Ok(fields) = serde_json::from_value::<CustomFields>(json!({ name.as_str(): value })) {
                    let again = serde_json::to_value(&fields).unwrap();
                    prop_assert_eq!(serde_json::from_value::<CustomFields>(again).unwrap(), fields);
                }
            }
        }
    }
}
