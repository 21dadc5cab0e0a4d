//! What clients see of one of the team's own fields.

use plat_domain::{
    Currency, CustomFieldId, FieldDefinition, FieldKey, FieldName, FieldOptions, FieldType,
};
use plat_http::Problem;
use plat_http::problems::not_found;
use plat_registry::{Failure, Versioned};
use plat_store::{FieldSet, StoreError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The id in the path of everything about one field.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct FieldPath {
    /// The field.
    pub(crate) field_id: CustomFieldId,
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FieldKind {
    /// A text of at most 1,000 characters.
    Text,
    /// A number of at most 15 digits.
    Number,
    /// An amount of one currency, which may be negative.
    Money,
    /// A day.
    Date,
    /// One of its options.
    Choice,
    /// Yes or no.
    YesNo,
}

/// One of the team's own fields.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "CustomField")]
pub(crate) struct FieldView {
    /// Which.
    id: CustomFieldId,
    /// The name under which `customFields` of a lead has its value. It never changes.
    key: FieldKey,
    /// What it is called; unique in the team, whatever the case.
    name: FieldName,
    /// What it holds.
    #[serde(rename = "type")]
    kind: FieldKind,
    /// The currency of its amounts, if it holds money.
    currency: Option<Currency>,
    /// What one may choose from, if it holds a choice.
    options: Option<FieldOptions>,
    /// Whether every new lead must have it.
    required: bool,
    /// One more with each change of the field; the `ETag`.
    version: u64,
}

impl Versioned for FieldView {
    fn version(&self) -> u64 {
        self.version
    }
}

impl FieldView {
    pub(crate) fn new(field: FieldDefinition, version: u64) -> Self {
        let (kind, currency, options) = match field.kind {
            FieldType::Text => (FieldKind::Text, None, None),
            FieldType::Number => (FieldKind::Number, None, None),
            FieldType::Money { currency } => (FieldKind::Money, Some(currency), None),
            FieldType::Date => (FieldKind::Date, None, None),
            FieldType::Choice { options } => (FieldKind::Choice, None, Some(options)),
            FieldType::YesNo => (FieldKind::YesNo, None, None),
        };
        Self {
            id: field.id,
            key: field.key,
            name: field.name,
            kind,
            currency,
            options,
            required: field.required,
            version,
        }
    }

    /// The field of this id as it is in `set`.
    pub(crate) fn of(set: &FieldSet, id: CustomFieldId) -> Result<Self, Problem> {
        let field = set.definitions.iter().find(|field| field.id == id);
        let field = field.ok_or_else(not_found)?.clone();
        Ok(Self::new(field, set.version(id)))
    }
}

/// Takes the field of this id out, to be changed or dropped by somebody who may have named its version; with its place.
pub(crate) fn taken_out(
    set: &mut FieldSet,
    id: CustomFieldId,
    if_match: Option<u64>,
) -> Result<(usize, FieldDefinition), StoreError> {
    let place = set.place(id).ok_or(StoreError::NotFound)?;
    let current = set.version(id);
    if if_match.is_some_and(|wanted| wanted != current) {
        return Err(StoreError::Stale { current });
    }
    Ok((place, set.definitions.remove(place)))
}

/// Puts a field where it is wanted, behind all others if that is further; its name must be its own.
pub(crate) fn put_in(
    set: &mut FieldSet,
    field: FieldDefinition,
    place: usize,
) -> Result<(), Failure> {
    let name = plat_domain::fold(field.name.as_str());
    let is_same = |other: &FieldDefinition| plat_domain::fold(other.name.as_str()) == name;
    if set.definitions.iter().any(is_same) {
        return Err(StoreError::Taken("name").into());
    }
    set.definitions
        .insert(place.min(set.definitions.len()), field);
    // Names and keys are unique by now, so what is left is how many there are.
    plat_domain::check_definitions(&set.definitions)
        .map_err(|_| StoreError::LimitReached("custom_fields").into())
}
