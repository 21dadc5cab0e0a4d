//! What clients see of a merge.

use plat_domain::lead::merge::Left;
use plat_domain::{Consent, CustomValue, TagId};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What the lead that was taken in had and the other did not take.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "LeftByMerge")]
pub(crate) struct LeftView {
    /// Values by field.
    fields: BTreeMap<String, Value>,
    /// Values of the team's own fields, by key.
    custom_fields: BTreeMap<String, CustomValue>,
    /// Tags for which there was no room.
    tags: BTreeSet<TagId>,
    /// What the person had agreed to there and does not count any more.
    consent: Consent,
}

impl From<Left> for LeftView {
    fn from(left: Left) -> Self {
        let fields = left.fields.into_iter();
        Self {
            fields: fields
                .map(|(field, value)| (field.to_string(), value))
                .collect(),
            custom_fields: left.custom_fields,
            tags: left.tags,
            consent: left.consent,
        }
    }
}
