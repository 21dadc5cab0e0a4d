//! What the columns of a file are taken for.

use plat_domain::{FieldDefinition, FieldKey, FieldName, fold};
use plat_sheets::{Encoding, Field, Table, own_field, recognise};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

/// How much of the name of a column is kept, in characters. Longer ones are texts that stand where names belong.
const KEPT: usize = 100;

/// How much of the name of a column becomes the name of a field, in characters.
const NAMED: usize = 60;

/// What a column is taken for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// A field of every lead.
    Field(Field),
    /// The team's own field of this key.
    Own(FieldKey),
    /// Nothing.
    Ignored,
}

/// The file, as far as it was understood.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Found {
    pub(crate) encoding: String,
    pub(crate) delimiter: char,
    pub(crate) columns: Vec<Column>,
    /// Parts that can be worked at the same time; those behind them one after the other.
    pub(crate) at_once: u64,
    /// The folder of the parts.
    pub(crate) folder: String,
}

/// One column.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) target: Target,
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(field) => f.write_str(field.name()),
            Self::Own(key) => write!(f, "custom:{}", key.as_str()),
            Self::Ignored => f.write_str("ignore"),
        }
    }
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unknown = || "Write the name of a field, `custom:` and a key, or `ignore`.".to_owned();
        if text == "ignore" {
            return Ok(Self::Ignored);
        }
        match own_field(text) {
            Some(key) => FieldKey::parse(key)
                .map(Self::Own)
                .map_err(|refused| refused.detail.into_owned()),
            None => Field::named(text).map(Self::Field).ok_or_else(unknown),
        }
    }
}

impl Serialize for Target {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Target {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The columns of a file: what somebody said that they are, or else what their names say, or else fields of the team's own.
///
/// # Errors
/// A column that somebody named and the file does not have.
pub(crate) fn columns(
    table: &Table,
    mapping: &BTreeMap<String, String>,
    definitions: &[FieldDefinition],
) -> Result<Vec<Column>, String> {
    let has = |name: &String| table.columns.iter().any(|column| is_same(column, name));
    if let Some(missing) = mapping.keys().find(|name| !has(name)) {
        return Err(missing.clone());
    }
    let said = |column: &str| {
        let said = mapping.iter().find(|(name, _)| is_same(column, name));
        said.and_then(|(_, target)| target.parse::<Target>().ok())
    };
    let told: Vec<Option<Target>> = table.columns.iter().map(|name| said(name)).collect();
    // What somebody said of a column is not guessed for another.
    let left: Vec<String> = table
        .columns
        .iter()
        .zip(&told)
        .map(|(name, told)| {
            told.as_ref()
                .map_or_else(|| name.clone(), |_| String::new())
        })
        .collect();
    let guessed = recognise(&left);
    let mut keys: BTreeSet<FieldKey> = told
        .iter()
        .flatten()
        .filter_map(|target| match target {
            Target::Own(key) => Some(key.clone()),
            Target::Field(_) | Target::Ignored => None,
        })
        .collect();
    let columns = table.columns.iter().zip(&told).zip(guessed);
    Ok(columns
        .map(|((name, said), guessed)| {
            let is_said = |field| told.contains(&Some(Target::Field(field)));
            let target = match (said, guessed) {
                (Some(said), _) => said.clone(),
                (None, Some(Field::Told)) => Target::Ignored,
                (None, Some(field)) if !is_said(field) => Target::Field(field),
                (None, _) => Target::Own(key_of(name, definitions, &mut keys)),
            };
            let name = name.chars().take(KEPT).collect();
            Column { name, target }
        })
        .collect())
}

/// The key of the team's own field that a column holds: of the one that is defined under its name, its name as it is if that
/// can be a key, or one that is made of it.
fn key_of(name: &str, definitions: &[FieldDefinition], taken: &mut BTreeSet<FieldKey>) -> FieldKey {
    let plain = own_field(name).unwrap_or(name);
    let defined = definitions
        .iter()
        .find(|field| fold(field.name.as_str()) == fold(plain) || field.key.as_str() == plain);
    let short: String = plain.chars().take(NAMED).collect();
    let key = defined
        .map(|field| field.key.clone())
        .or_else(|| FieldKey::parse(plain).ok())
        .filter(|key| !taken.contains(key));
    let key = key.or_else(|| {
        let name = FieldName::parse(&short).ok()?;
        Some(FieldKey::of(&name, taken))
    });
    let nameless = || FieldKey::of(&FieldName::from_stored(String::new()), taken);
    let key = key.unwrap_or_else(nameless);
    taken.insert(key.clone());
    key
}

fn is_same(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

impl Found {
    /// What is known of a file before it was cut.
    pub(crate) fn new(
        encoding: Encoding,
        delimiter: char,
        columns: Vec<Column>,
        folder: String,
    ) -> Self {
        Self {
            encoding: encoding.as_str().to_owned(),
            delimiter,
            columns,
            at_once: 0,
            folder,
        }
    }
}
