//! Which values of a field are wanted.

use std::cmp::Ordering;

use super::{FieldDefinition, FieldType, parse_cell};
use crate::{CustomFields, CustomValue, Invalid, SignedMoney, fold};

/// Between the bounds of a range.
const RANGE: &str = "..";

/// Records that have a value of a field, or one within bounds that count as well.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldFilter(Option<Wanted>);

#[derive(Debug, Clone, PartialEq)]
struct Wanted {
    definition: FieldDefinition,
    least: Option<CustomValue>,
    most: Option<CustomValue>,
}

impl FieldFilter {
    /// Reads `<key>:<value>`, and of numbers, amounts and days also `<key>:<from>..<to>`, of which one bound may be left out.
    /// Values are read as [`parse_cell`] reads them.
    ///
    /// # Errors
    /// `invalid_field_filter` if it is neither, `unknown_field` if the team has not defined the field, and those of the value.
    pub fn parse(definitions: &[FieldDefinition], text: &str) -> Result<Self, Invalid> {
        let malformed = || {
            Invalid::new(
                "invalid_field_filter",
                "Write <key>:<value>, or <key>:<from>..<to> for numbers, amounts and days.",
            )
        };
        let (key, wanted) = text.split_once(':').ok_or_else(malformed)?;
        let definition = definitions.iter().find(|field| field.key.as_str() == key);
        let definition = definition.ok_or_else(|| {
            Invalid::new(
                "unknown_field",
                "The team has defined no field of this key.",
            )
        })?;
        let (least, most) = match wanted.split_once(RANGE) {
            Some(bounds) if definition.kind.is_ordered() => bounds,
            Some(_) | None => (wanted, wanted),
        };
        let bound = |text: &str| match text.trim() {
            "" => Ok(None),
            text => parse_cell(definition, text).map(Some),
        };
        let (least, most) = (bound(least)?, bound(most)?);
        if least.is_none() && most.is_none() {
            return Err(malformed());
        }
        Ok(Self(Some(Wanted {
            definition: definition.clone(),
            least,
            most,
        })))
    }

    /// What stands for a filter of a field that has been deleted or changed since it was asked for: no record has it.
    pub const fn nothing() -> Self {
        Self(None)
    }

    /// Whether these fields have such a value. What does not fit the field any more is no value of it.
    pub fn wants(&self, fields: &CustomFields) -> bool {
        let Some(wanted) = &self.0 else {
            return false;
        };
        let kind = &wanted.definition.kind;
        let Some(value) = fields.get(wanted.definition.key.as_str()) else {
            return false;
        };
        let within = |bound: &Option<CustomValue>, excluded: Ordering| {
            bound.as_ref().is_none_or(|bound| {
                compare(kind, value, bound).is_some_and(|order| order != excluded)
            })
        };
        within(&wanted.least, Ordering::Less) && within(&wanted.most, Ordering::Greater)
    }
}

impl FieldType {
    /// Whether one value comes before another.
    fn is_ordered(&self) -> bool {
        match self {
            Self::Number | Self::Money { .. } | Self::Date => true,
            Self::Text | Self::Choice { .. } | Self::YesNo => false,
        }
    }
}

fn compare(kind: &FieldType, one: &CustomValue, other: &CustomValue) -> Option<Ordering> {
    match (kind, one, other) {
        (FieldType::Number, CustomValue::Number(one), CustomValue::Number(other)) => {
            match (one.as_i64(), other.as_i64()) {
                (Some(one), Some(other)) => Some(one.cmp(&other)),
                (Some(_) | None, Some(_) | None) => one.as_f64()?.partial_cmp(&other.as_f64()?),
            }
        }
        (FieldType::Money { currency }, CustomValue::Text(one), CustomValue::Text(other)) => {
            let minor = |amount: &str| SignedMoney::parse_amount(amount, *currency).ok();
            let (one, other) = (minor(one.as_str())?, minor(other.as_str())?);
            Some(one.minor().cmp(&other.minor()))
        }
        // Days are kept as they sort.
        (FieldType::Date, CustomValue::Text(one), CustomValue::Text(other)) => {
            Some(one.as_str().cmp(other.as_str()))
        }
        (
            FieldType::Text | FieldType::Choice { .. },
            CustomValue::Text(one),
            CustomValue::Text(other),
        ) => Some(fold(one.as_str()).cmp(&fold(other.as_str()))),
        (FieldType::YesNo, CustomValue::Bool(one), CustomValue::Bool(other)) => {
            Some(one.cmp(other))
        }
        // A value that was written before the field was defined.
        (
            FieldType::Text
            | FieldType::Number
            | FieldType::Money { .. }
            | FieldType::Date
            | FieldType::Choice { .. }
            | FieldType::YesNo,
            CustomValue::Text(_) | CustomValue::Number(_) | CustomValue::Bool(_),
            CustomValue::Text(_) | CustomValue::Number(_) | CustomValue::Bool(_),
        ) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn definitions() -> Vec<FieldDefinition> {
        let field = |key: &str, kind: serde_json::Value| {
            let mut field = json!({"id": "01D39ZY06FGSCTVN4T2V9PKHFZ", "key": key, "name": key});
            field
                .as_object_mut()
                .unwrap()
                .extend(kind.as_object().unwrap().clone());
            serde_json::from_value(field).unwrap()
        };
        vec![
            field("roof", json!({"type": "number"})),
            field("loan", json!({"type": "money"})),
            field("seen", json!({"type": "date"})),
            field(
                "motive",
                json!({"type": "choice", "options": ["Move", "Divorce"]}),
            ),
            field("pool", json!({"type": "yes_no"})),
            field("note", json!({"type": "text"})),
        ]
    }

    #[test]
    fn values_and_ranges_are_found_by_what_they_are() {
        let fields: CustomFields = serde_json::from_value(json!({
            "roof": 12, "loan": "-1250.50", "seen": "2026-03-01", "motive": "Move", "pool": true, "note": "a..b: C",
        }))
        .unwrap();
        for (filter, wanted) in [
            ("roof:12", true),
            ("roof:12.0", true),
            ("roof:11.5..12", true),
            ("roof:..11", false),
            ("roof:13..", false),
            ("loan:($1,250.50)", true),
            ("loan:-2000..-1000", true),
            ("loan:-1000..", false),
            ("loan:..9", true),
            ("seen:3/1/2026", true),
            ("seen:2026-02-28..2026-03-01", true),
            ("seen:2026-03-02..", false),
            ("motive:move", true),
            ("motive:divorce", false),
            ("pool:yes", true),
            ("pool:no", false),
            ("note:A..B: c", true),
            ("note:a", false),
        ] {
            let read = FieldFilter::parse(&definitions(), filter).unwrap();
            assert_eq!(read.wants(&fields), wanted, "{filter}");
            assert!(!read.wants(&CustomFields::default()), "{filter}");
        }
        let unfit = serde_json::from_value(json!({"roof": "old"})).unwrap();
        let all = FieldFilter::parse(&definitions(), "roof:0..").unwrap();
        assert!(!all.wants(&unfit) && !FieldFilter::nothing().wants(&fields));
    }

    #[test]
    fn what_asks_for_nothing_is_refused() {
        for (filter, code) in [
            ("roof", "invalid_field_filter"),
            ("roof:", "invalid_field_filter"),
            ("roof:..", "invalid_field_filter"),
            ("age:1", "unknown_field"),
            ("roof:old", "invalid_number"),
            ("motive:1..2", "invalid_choice"),
        ] {
            let refused = FieldFilter::parse(&definitions(), filter).unwrap_err();
            assert_eq!(refused.code, code, "{filter}");
        }
    }
}
