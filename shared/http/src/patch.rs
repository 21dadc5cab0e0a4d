//! JSON Merge Patch (RFC 7396): a field that is absent stays, `null` clears it, a value sets it.
//! What a patch may change, and whether an empty one is acceptable, is for the verb to say.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use plat_domain::Invalid;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};
use serde_json::{Map, Value};

/// One field of a patch that may be cleared. Declare it with `#[serde(default)]`; without that an
/// absent field is refused as missing, so that it can never be taken for `null`.
///
/// For a field that may change but not be cleared use `Option<T>` with [`present`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Patch<T> {
    /// The field was absent.
    #[default]
    Keep,
    /// The field was `null`.
    Clear,
    /// The field had a value.
    Set(T),
}

impl<T> Patch<T> {
    /// Changes the field as the patch asks.
    pub fn apply(self, field: &mut Option<T>) {
        match self {
            Self::Keep => {}
            Self::Clear => *field = None,
            Self::Set(value) => *field = Some(value),
        }
    }

    /// The new value, if there is one.
    pub fn as_set(&self) -> Option<&T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Keep | Self::Clear => None,
        }
    }

    /// Whether the patch leaves the field alone.
    pub fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // serde answers an absent field as if it were null when an option is asked for, and with
        // an error when a newtype is. The newtype then gives the option to those who are present.
        deserializer.deserialize_newtype_struct("Patch", Present(PhantomData))
    }
}

/// Writes a field as it was read, for who keeps a patch: `serialize_with`, beside `skip_serializing_if = "Patch::is_keep"`.
/// A patch itself does not write, or schemas would promise that fields which are absent are null.
///
/// # Errors
/// The serializer's.
pub fn write<T: Serialize, S: Serializer>(
    patch: &Patch<T>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    patch.as_set().serialize(serializer)
}

struct Present<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Present<T> {
    type Value = Patch<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value or null")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<Patch<T>, D::Error> {
        Option::deserialize(inner).map(|value| value.map_or(Patch::Clear, Patch::Set))
    }
}

impl<T: JsonSchema> JsonSchema for Patch<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        Option::<T>::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        Option::<T>::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Option::<T>::json_schema(generator)
    }
}

/// For a field of a patch that may change but not be cleared: absent is `None`, and `null` is
/// refused. The schema of an option would offer `null`; [`never_null`] takes that back.
///
/// ```
/// # use schemars::JsonSchema;
/// # use serde::Deserialize;
/// #[derive(Deserialize, JsonSchema)]
/// struct RenameTeam {
///     #[serde(default, deserialize_with = "plat_http::patch::present")]
///     #[schemars(transform = plat_http::patch::never_null)]
///     name: Option<String>,
/// }
/// ```
///
/// # Errors
/// `required` for null, and whatever `T` refuses.
pub fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    match Option::deserialize(deserializer)? {
        Some(value) => Ok(Some(value)),
        None => Err(Invalid::new("required", "This field cannot be null.").into_serde()),
    }
}

/// The schema of an option without `null`, neither as a value nor as the default; see [`present`].
pub fn never_null(schema: &mut Schema) {
    let Some(keywords) = schema.as_object_mut() else {
        return;
    };
    if keywords.get("default").is_some_and(Value::is_null) {
        keywords.remove("default");
    }
    if let Some(Value::Array(values)) = keywords.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
    if let Some(types) = keywords.get_mut("type")
        && let Value::Array(names) = types
    {
        names.retain(|name| name != "null");
        if let [only] = names.as_mut_slice() {
            *types = only.take();
        }
    }
    if let Some(Value::Array(choices)) = keywords.get_mut("anyOf") {
        choices.retain(|choice| choice.get("type").is_none_or(|name| name != "null"));
        if let [Value::Object(only)] = choices.as_mut_slice() {
            let mut only = std::mem::take(only);
            keywords.remove("anyOf");
            // What is said at the field, such as its description, is the more specific.
            only.append(keywords);
            *keywords = only;
        }
    }
}

/// Applies a merge patch to a free-form document, as section 2 of RFC 7396 says.
pub fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(changes) = patch else {
        target.clone_from(patch);
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(fields) = target else {
        return;
    };
    for (name, change) in changes {
        if change.is_null() {
            fields.remove(name);
        } else {
            merge(fields.entry(name.as_str()).or_insert(Value::Null), change);
        }
    }
}

#[cfg(test)]
mod tests {
    use schemars::schema_for;
    use serde_json::json;

    use super::*;
    use crate::read::read_body;

    #[derive(Debug, PartialEq, serde::Deserialize, JsonSchema)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct ChangeLead {
        #[serde(default)]
        company: Patch<String>,
        #[serde(default)]
        min_score: Patch<u8>,
        #[serde(default, deserialize_with = "present")]
        #[schemars(transform = never_null)]
        name: Option<String>,
        /// Where it stands.
        #[serde(default, deserialize_with = "present")]
        #[schemars(transform = never_null)]
        stage: Option<Stage>,
    }

    #[derive(Debug, PartialEq, serde::Deserialize, JsonSchema)]
    #[serde(rename_all = "snake_case")]
    enum Stage {
        Open,
        Closed,
    }

    #[derive(Debug, serde::Deserialize, JsonSchema)]
    struct WithoutDefault {
        #[expect(dead_code, reason = "only its absence is tested")]
        company: Patch<String>,
    }

    #[test]
    fn absent_keeps_null_clears_and_a_value_sets() {
        let cases = [
            (json!({}), Patch::Keep, Some("old")),
            (json!({"company": null}), Patch::Clear, None),
            (
                json!({"company": "new"}),
                Patch::Set("new".to_owned()),
                Some("new"),
            ),
        ];
        for (body, expected, after) in cases {
            let patch: ChangeLead = read_body(&body).unwrap();
            assert_eq!(patch.company, expected, "{body}");
            assert_eq!(patch.company.is_keep(), body == json!({}));
            assert_eq!(
                patch.company.as_set().map(String::as_str),
                body["company"].as_str()
            );

            let mut field = Some("old".to_owned());
            patch.company.apply(&mut field);
            assert_eq!(field.as_deref(), after, "{body}");
        }
    }

    #[test]
    fn serde_json_reads_a_patch_the_same_way() {
        for body in [
            json!({}),
            json!({"company": null}),
            json!({"company": "new", "name": "n"}),
        ] {
            let ours: ChangeLead = read_body(&body).unwrap();
            let theirs: ChangeLead = serde_json::from_value(body).unwrap();
            assert_eq!(ours, theirs);
        }
    }

    #[test]
    fn errors_inside_a_patch_keep_their_pointer() {
        let body = json!({"company": 5, "minScore": 300, "name": null, "stage": "x"});
        let errors = read_body::<ChangeLead>(&body).unwrap_err();
        let seen: Vec<_> = errors
            .iter()
            .map(|e| (e.pointer.as_str(), e.code.as_str()))
            .collect();
        assert_eq!(
            seen,
            [
                ("/company", "invalid_type"),
                ("/minScore", "out_of_range"),
                ("/name", "required"),
                ("/stage", "invalid_choice")
            ]
        );
    }

    #[test]
    fn a_patch_declared_without_default_is_required() {
        let errors = read_body::<WithoutDefault>(&json!({})).unwrap_err();
        assert_eq!(errors.len(), 1);
        assert_eq!(
            (errors[0].pointer.as_str(), errors[0].code.as_str()),
            ("/company", "required")
        );
        assert!(serde_json::from_value::<WithoutDefault>(json!({})).is_err());
    }

    #[test]
    fn the_schema_is_nullable_and_optional_and_promises_no_default() {
        let schema = schema_for!(ChangeLead).to_value();
        assert_eq!(schema.get("required"), None);
        assert_eq!(
            schema["properties"]["company"],
            json!({"type": ["string", "null"]})
        );
    }

    #[test]
    fn the_schema_of_a_field_that_cannot_be_cleared_never_speaks_of_null() {
        let stage = "Where it stands.";
        let schema = schema_for!(ChangeLead).to_value();
        assert_eq!(schema["properties"]["name"], json!({"type": "string"}));
        assert_eq!(
            schema["properties"]["stage"],
            json!({"$ref": "#/$defs/Stage", "description": stage})
        );

        let inline = schemars::generate::SchemaSettings::draft2020_12()
            .with(|settings| settings.inline_subschemas = true)
            .into_generator()
            .into_root_schema_for::<ChangeLead>()
            .to_value();
        assert_eq!(
            inline["properties"]["stage"],
            json!({"type": "string", "enum": ["open", "closed"], "description": stage})
        );
    }

    /// The cases of RFC 7396, appendix A.
    #[test]
    fn merging_follows_the_table_of_the_rfc() {
        let cases = [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (
                json!({"a": "b"}),
                json!({"b": "c"}),
                json!({"a": "b", "b": "c"}),
            ),
            (json!({"a": "b"}), json!({"a": null}), json!({})),
            (
                json!({"a": "b", "b": "c"}),
                json!({"a": null}),
                json!({"b": "c"}),
            ),
            (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "c"}), json!({"a": ["b"]}), json!({"a": ["b"]})),
            (
                json!({"a": {"b": "c"}}),
                json!({"a": {"b": "d", "c": null}}),
                json!({"a": {"b": "d"}}),
            ),
            (
                json!({"a": [{"b": "c"}]}),
                json!({"a": [1]}),
                json!({"a": [1]}),
            ),
            (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
            (json!({"a": "b"}), json!(["c"]), json!(["c"])),
            (json!({"a": "foo"}), json!(null), json!(null)),
            (json!({"a": "foo"}), json!("bar"), json!("bar")),
            (
                json!({"e": null}),
                json!({"a": 1}),
                json!({"e": null, "a": 1}),
            ),
            (
                json!([1, 2]),
                json!({"a": "b", "c": null}),
                json!({"a": "b"}),
            ),
            (
                json!({}),
                json!({"a": {"bb": {"ccc": null}}}),
                json!({"a": {"bb": {}}}),
            ),
        ];
        for (original, patch, expected) in cases {
            let mut target = original.clone();
            merge(&mut target, &patch);
            assert_eq!(target, expected, "{original} patched with {patch}");
        }
    }
}
