//! Numbers with a point that are no amounts of money: rates and means.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

/// A number with a fixed count of digits after the point.
///
/// On the wire it is a string, because readers would round a JSON number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decimal {
    /// In units of the last digit.
    units: i64,
    digits: u8,
}

impl Decimal {
    /// `part` divided by `whole`, rounded to `digits` after the point, halves up; none unless `whole` is positive.
    pub fn ratio(part: i64, whole: i64, digits: u8) -> Option<Self> {
        if whole <= 0 {
            return None;
        }
        let (part, whole) = (i128::from(part), i128::from(whole));
        let scaled = part.checked_mul(10_i128.checked_pow(digits.into())?)?;
        // Half a unit more, then down to a whole one.
        let units = scaled
            .checked_mul(2)?
            .checked_add(whole)?
            .div_euclid(whole * 2);
        Some(Self {
            units: i64::try_from(units).ok()?,
            digits,
        })
    }

    /// The same of two counts.
    pub fn part(part: u64, whole: u64, digits: u8) -> Option<Self> {
        Self::ratio(part.try_into().ok()?, whole.try_into().ok()?, digits)
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.units < 0 { "-" } else { "" };
        let digits = usize::from(self.digits);
        // A digit before the point at least.
        let text = format!("{:0width$}", self.units.unsigned_abs(), width = digits + 1);
        let (whole, fraction) = text.split_at(text.len() - digits);
        match digits {
            0 => write!(f, "{sign}{whole}"),
            _ => write!(f, "{sign}{whole}.{fraction}"),
        }
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for Decimal {
    fn schema_name() -> Cow<'static, str> {
        "Decimal".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^-?[0-9]+(\\.[0-9]+)?$",
            "examples": ["0.6250"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_rounded_to_its_digits() {
        let cases = [
            (5, 8, 4, "0.6250"),
            (2, 3, 4, "0.6667"),
            (1, 3, 0, "0"),
            (1, 2, 0, "1"),
            (0, 7, 1, "0.0"),
            (7, 7, 4, "1.0000"),
            (25, 2, 1, "12.5"),
            (1, 1_000_000, 2, "0.00"),
            (-1, 8, 2, "-0.12"),
            (-3, 2, 1, "-1.5"),
            (i64::MAX, i64::MAX, 4, "1.0000"),
        ];
        for (part, whole, digits, written) in cases {
            let ratio = Decimal::ratio(part, whole, digits).unwrap();
            assert_eq!(ratio.to_string(), written, "{part} / {whole}");
        }
    }

    #[test]
    fn what_is_no_number_is_none() {
        assert_eq!(Decimal::ratio(1, 0, 2), None);
        assert_eq!(Decimal::ratio(1, -2, 2), None);
        assert_eq!(Decimal::ratio(i64::MAX, 1, 4), None);
    }
}
