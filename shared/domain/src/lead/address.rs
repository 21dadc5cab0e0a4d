//! Postal addresses, as far as they are known.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use crate::invalid::wire_string;
use crate::{Invalid, Line, Text};

/// A country by its two letters (ISO 3166-1 alpha-2), in upper case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country(String);

/// The officially assigned codes.
const COUNTRIES: &str = "\
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR \
    BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ \
    EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW \
    GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY \
    KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV \
    MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY \
    QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG \
    TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM \
    ZW";

impl Country {
    /// Reads two letters in any case.
    ///
    /// # Errors
    /// `invalid_country`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let code = text.trim().to_ascii_uppercase();
        if COUNTRIES.split(' ').any(|known| known == code) {
            Ok(Self(code))
        } else {
            Err(Invalid::new(
                "invalid_country",
                "Write the two letters of a country, such as US.",
            ))
        }
    }

    /// The two letters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

wire_string!(Country, { "type": "string", "pattern": "^[A-Za-z]{2}$", "examples": ["US"] });

/// A postal address as far as it is known. On the wire at least one part is present.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// House number and street.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub street: Option<Line>,
    /// Flat, suite or unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<Text<1, 50>>,
    /// Town.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<Text<1, 100>>,
    /// State or province.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<Text<1, 100>>,
    /// ZIP or postal code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zip: Option<Text<1, 20>>,
    /// Country.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<Country>,
}

impl Address {
    /// The address, if it has any part.
    ///
    /// # Errors
    /// `empty_address`.
    pub fn check(self) -> Result<Self, Invalid> {
        if self == Self::default() {
            Err(Invalid::new(
                "empty_address",
                "Write at least one part of the address, or none at all.",
            ))
        } else {
            Ok(self)
        }
    }

    /// The address in one line, such as `12 Elm St, Unit 4, Austin, TX 78701`. None if it says no more than in which
    /// country it is, or does not fit.
    pub fn line(&self) -> Option<Line> {
        let state_and_zip = [
            self.state.as_ref().map(Text::as_str),
            self.zip.as_ref().map(Text::as_str),
        ];
        let state_and_zip = state_and_zip.into_iter().flatten().collect::<Vec<_>>();
        let parts = [
            self.street
                .as_ref()
                .map(|street| street.as_str().to_owned()),
            self.unit.as_ref().map(|unit| format!("Unit {unit}")),
            self.city.as_ref().map(|city| city.as_str().to_owned()),
            Some(state_and_zip.join(" ")).filter(|both| !both.is_empty()),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        Line::parse(&parts.join(", ")).ok()
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename = "Address", deny_unknown_fields)]
        struct Wire {
            street: Option<Line>,
            unit: Option<Text<1, 50>>,
            city: Option<Text<1, 100>>,
            state: Option<Text<1, 100>>,
            zip: Option<Text<1, 20>>,
            country: Option<Country>,
        }

        let Wire {
            street,
            unit,
            city,
            state,
            zip,
            country,
        } = Wire::deserialize(deserializer)?;
        Self {
            street,
            unit,
            city,
            state,
            zip,
            country,
        }
        .check()
        .map_err(Invalid::into_serde)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::*;
    use crate::invalid::code_of as code;

    #[test]
    fn an_address_has_at_least_one_part() {
        let address: Address =
            serde_json::from_value(json!({"city": " Austin ", "country": "us", "zip": null}))
                .unwrap();

        assert_eq!(
            serde_json::to_value(&address).unwrap(),
            json!({"city": "Austin", "country": "US"})
        );
        assert_eq!(code::<Address>(json!({})), "empty_address");
        assert_eq!(code::<Address>(json!({"city": null})), "empty_address");
        assert_eq!(code::<Address>(json!({"city": ""})), "required");
        assert_eq!(
            code::<Address>(json!({"country": "USA"})),
            "invalid_country"
        );
        assert_eq!(code::<Address>(json!({"country": "XX"})), "invalid_country");
        assert!(code::<Address>(json!({"planet": "Earth"})).starts_with("unknown field"));
    }

    #[test]
    fn an_address_is_one_line_of_what_is_known() {
        let line = |address: serde_json::Value| {
            let address: Address = serde_json::from_value(address).unwrap();
            address.line().map(Line::into_string)
        };

        for (address, expected) in [
            (
                json!({"street": "12 Elm St", "unit": "4", "city": "Austin", "state": "TX", "zip": "78701"}),
                Some("12 Elm St, Unit 4, Austin, TX 78701"),
            ),
            (
                json!({"street": "12 Elm St", "country": "US"}),
                Some("12 Elm St"),
            ),
            (
                json!({"city": "Austin", "zip": "78701"}),
                Some("Austin, 78701"),
            ),
            (json!({"country": "US"}), None),
            (json!({"street": "x".repeat(200), "city": "Austin"}), None),
        ] {
            assert_eq!(line(address.clone()).as_deref(), expected, "{address}");
        }
    }

    #[test]
    fn countries_are_249_codes() {
        assert_eq!(COUNTRIES.split(' ').collect::<BTreeSet<_>>().len(), 249);
        assert!(COUNTRIES.split(' ').all(|code| code.len() == 2));
    }
}
