//! The team's own fields: what they are called, what they hold, and whether a record's values fit them.
//!
//! What belongs here: a definition and the rules that hold for all of a team, and the checking of values. What does not:
//! the values themselves (`lead/custom`), the reading of text (`field_definition/cell`), and which columns of a file become
//! which fields.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use crate::invalid::wire_string;
use crate::{
    Currency, CustomFieldId, CustomFields, CustomValue, Invalid, MAX_CUSTOM_FIELDS, Text, fold,
};

mod cell;
mod filter;

pub use cell::parse_cell;
pub use filter::FieldFilter;

/// The most fields that a team defines.
pub const MAX_FIELDS: usize = MAX_CUSTOM_FIELDS;

/// The most options of a choice: more are a text.
const MAX_OPTIONS: usize = 50;

/// The longest key, in characters, as of every custom field.
const MAX_KEY: usize = 64;

/// Characters of a name that its key keeps, so that there is room to tell equal ones apart.
const KEPT: usize = 58;

/// The key of a field whose name has no letter or digit of ASCII.
const NAMELESS: &str = "field";

/// The name of a field, as people read it.
pub type FieldName = Text<1, 64>;

/// The name under which records keep the values of a field. It is made once of the first name and never changes, so that
/// renaming a field is one write.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldKey(String);

impl FieldKey {
    /// Reads a key.
    ///
    /// # Errors
    /// `invalid_custom_field_name`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        // What records take as a name is a key.
        CustomFields::new(BTreeMap::from([(text.to_owned(), CustomValue::Bool(true))]))?;
        Ok(Self(text.to_owned()))
    }

    /// The key of a new field: the letters and digits of its name, and a number if that is `taken`. `Roof age` becomes
    /// `roof_age`, the next one `roof_age_2`.
    pub fn of(name: &FieldName, taken: &BTreeSet<Self>) -> Self {
        let folded = fold(name.as_str());
        let words = folded.split(|c: char| !c.is_ascii_alphanumeric());
        let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
        let slug: String = words.join("_").chars().take(KEPT).collect();
        let slug = match slug.trim_end_matches('_') {
            "" => NAMELESS,
            slug => slug,
        };
        let numbered = (2..=taken.len() + 1).map(|number| Self(format!("{slug}_{number}")));
        // As many keys as there are taken and one more: one of them is free.
        std::iter::once(Self(slug.to_owned()))
            .chain(numbered)
            .find(|key| !taken.contains(key))
            .unwrap_or_else(|| Self(slug.to_owned()))
    }

    /// The key as a text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

wire_string!(FieldKey, { "type": "string", "minLength": 1, "maxLength": MAX_KEY, "pattern": "^[A-Za-z0-9_.-]+$" });

/// What one may choose from: 1 to 50 texts, no two of them alike but for case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct FieldOptions(#[schemars(length(min = 1, max = MAX_OPTIONS))] Vec<Text<1, 100>>);

impl FieldOptions {
    /// The options in the order in which they are shown.
    ///
    /// # Errors
    /// `required`, `too_many_options`, `duplicate_option`.
    pub fn new(options: Vec<Text<1, 100>>) -> Result<Self, Invalid> {
        if options.is_empty() {
            return Err(Invalid::new("required", "Write at least one option."));
        }
        if options.len() > MAX_OPTIONS {
            return Err(Invalid::new(
                "too_many_options",
                format!("Use at most {MAX_OPTIONS} options."),
            ));
        }
        let different: BTreeSet<String> =
            options.iter().map(|option| fold(option.as_str())).collect();
        if different.len() < options.len() {
            return Err(Invalid::new(
                "duplicate_option",
                "Write each option once; upper and lower case are the same.",
            ));
        }
        Ok(Self(options))
    }

    /// The options in their order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(Text::as_str)
    }
}

impl<'de> Deserialize<'de> for FieldOptions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let options = Vec::deserialize(deserializer)?;
        Self::new(options).map_err(Invalid::into_serde)
    }
}

/// What a field holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FieldType {
    /// A text of at most 1,000 characters.
    Text,
    /// A number of at most 15 digits.
    Number,
    /// An amount, which may be negative; kept as a text such as `1250.50`.
    Money {
        /// The currency of all amounts in it.
        #[serde(default)]
        currency: Currency,
    },
    /// A day; kept as a text such as `2026-03-01`.
    Date,
    /// One of the options; kept in their spelling.
    Choice {
        /// What one may choose from.
        options: FieldOptions,
    },
    /// Yes or no.
    YesNo,
}

/// One of the team's own fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FieldDefinition {
    /// The id.
    pub id: CustomFieldId,
    /// The name under which records keep its values.
    pub key: FieldKey,
    /// The name that people read.
    pub name: FieldName,
    /// What it holds.
    #[serde(flatten)]
    pub kind: FieldType,
    /// Whether every record must have it.
    #[serde(default)]
    pub required: bool,
}

/// Checks the fields of a team as a whole: at most 100, which is as many as a record has room for, no key twice, and no name
/// twice in any case.
///
/// # Errors
/// `too_many_fields`, `duplicate_field`.
pub fn check_definitions(definitions: &[FieldDefinition]) -> Result<(), Invalid> {
    if definitions.len() > MAX_FIELDS {
        return Err(Invalid::new(
            "too_many_fields",
            format!("Define at most {MAX_FIELDS} fields."),
        ));
    }
    let keys: BTreeSet<&FieldKey> = definitions.iter().map(|field| &field.key).collect();
    let names: BTreeSet<String> = definitions
        .iter()
        .map(|field| fold(field.name.as_str()))
        .collect();
    if keys.len().min(names.len()) < definitions.len() {
        return Err(Invalid::new(
            "duplicate_field",
            "There is a field of this name; upper and lower case are the same.",
        ));
    }
    Ok(())
}

/// The values of a record in the form in which they are kept: amounts with all their digits, days as `2026-03-01`, choices in
/// the spelling of their option. A blank text is no value. Fields that the team has not defined stay as they are.
///
/// # Errors
/// Every field that does not fit, and every required one that is missing (`required`), each with its key.
pub fn check(
    definitions: &[FieldDefinition],
    fields: &CustomFields,
) -> Result<CustomFields, Vec<(String, Invalid)>> {
    let mut wrong = Vec::new();
    let mut changes = BTreeMap::new();
    for definition in definitions {
        let key = definition.key.as_str();
        match fields.get(key).map(|value| normal(definition, value)) {
            Some(Ok(Some(value))) => {
                changes.insert(key.to_owned(), Some(value));
            }
            Some(Err(refused)) => wrong.push((key.to_owned(), refused)),
            Some(Ok(None)) | None if definition.required => wrong.push((key.to_owned(), missing())),
            Some(Ok(None)) => {
                changes.insert(key.to_owned(), None);
            }
            None => {}
        }
    }
    if wrong.is_empty() {
        // No field is added, so there cannot be too many.
        fields
            .merged(changes)
            .map_err(|refused| vec![(String::new(), refused)])
    } else {
        Err(wrong)
    }
}

/// The value as it is kept; none of a blank text.
fn normal(
    definition: &FieldDefinition,
    value: &CustomValue,
) -> Result<Option<CustomValue>, Invalid> {
    let text = match (value, &definition.kind) {
        (CustomValue::Number(_), FieldType::Number) | (CustomValue::Bool(_), FieldType::YesNo) => {
            return Ok(Some(value.clone()));
        }
        (CustomValue::Text(text), _) => Cow::Borrowed(text.as_str()),
        // Clients and spreadsheets write a ZIP code or an amount as a number.
        (CustomValue::Number(number), _) => Cow::Owned(number.to_string()),
        (CustomValue::Bool(_), _) => return Err(cell::refused(&definition.kind)),
    };
    if text.trim().is_empty() {
        Ok(None)
    } else {
        parse_cell(definition, &text).map(Some)
    }
}

fn missing() -> Invalid {
    Invalid::new("required", "Every record of the team has a value here.")
}

#[cfg(test)]
mod tests;
