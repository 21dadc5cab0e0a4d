//! Amounts of money, counted in the smallest unit of their currency.
//!
//! What belongs here: currencies, reading and writing amounts, adding them without
//! losing a cent. What does not: rates, percentages and other figures that need rounding.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Visitor;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::Invalid;
use crate::invalid::wire_string;

/// The largest amount, in minor units: a hundred billion dollars. Sums of 900,000 such
/// amounts still fit an `i64`, and each is exact in JavaScript.
pub const MAX_MINOR_UNITS: i64 = 10_000_000_000_000;

/// Currencies in use by the number of digits after the decimal point (ISO 4217, list one),
/// without funds and metals.
const CURRENCIES: [(u8, &[&str]); 3] = [
    (
        0,
        &[
            "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND",
            "VUV", "XAF", "XOF", "XPF",
        ],
    ),
    (
        2,
        &[
            "AED", "AFN", "ALL", "AMD", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT",
            "BGN", "BMD", "BND", "BOB", "BRL", "BSD", "BTN", "BWP", "BYN", "BZD", "CAD", "CDF",
            "CHF", "CNY", "COP", "CRC", "CUP", "CVE", "CZK", "DKK", "DOP", "DZD", "EGP", "ERN",
            "ETB", "EUR", "FJD", "FKP", "GBP", "GEL", "GHS", "GIP", "GMD", "GTQ", "GYD", "HKD",
            "HNL", "HTG", "HUF", "IDR", "ILS", "INR", "IRR", "JMD", "KES", "KGS", "KHR", "KPW",
            "KYD", "KZT", "LAK", "LBP", "LKR", "LRD", "LSL", "MAD", "MDL", "MGA", "MKD", "MMK",
            "MNT", "MOP", "MRU", "MUR", "MVR", "MWK", "MXN", "MYR", "MZN", "NAD", "NGN", "NIO",
            "NOK", "NPR", "NZD", "PAB", "PEN", "PGK", "PHP", "PKR", "PLN", "QAR", "RON", "RSD",
            "RUB", "SAR", "SBD", "SCR", "SDG", "SEK", "SGD", "SHP", "SLE", "SOS", "SRD", "SSP",
            "STN", "SVC", "SYP", "SZL", "THB", "TJS", "TMT", "TOP", "TRY", "TTD", "TWD", "TZS",
            "UAH", "USD", "UYU", "UZS", "VED", "VES", "WST", "XCD", "XCG", "YER", "ZAR", "ZMW",
            "ZWG",
        ],
    ),
    (3, &["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"]),
];

/// A currency by its three letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency {
    code: &'static str,
    digits: u8,
}

impl Currency {
    /// The United States dollar, meant wherever no currency is written.
    pub const USD: Self = Self {
        code: "USD",
        digits: 2,
    };

    /// Reads the three upper-case letters of ISO 4217.
    ///
    /// # Errors
    /// `invalid_currency`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        // Most amounts are in it, and the list is long.
        if text == Self::USD.code {
            return Ok(Self::USD);
        }
        CURRENCIES
            .iter()
            .find_map(|(digits, codes)| {
                let code = codes.iter().find(|code| **code == text)?;
                Some(Self {
                    code,
                    digits: *digits,
                })
            })
            .ok_or_else(|| {
                Invalid::new(
                    "invalid_currency",
                    "Write the three upper-case letters of a currency, such as USD.",
                )
            })
    }

    /// The three letters.
    pub const fn as_str(&self) -> &'static str {
        self.code
    }

    /// How many digits an amount has after the decimal point: 2 for dollars, 0 for yen.
    pub const fn digits(&self) -> u8 {
        self.digits
    }

    /// How many minor units make one unit: 100 for dollars.
    const fn scale(self) -> i64 {
        10_i64.pow(self.digits as u32)
    }
}

impl Default for Currency {
    fn default() -> Self {
        Self::USD
    }
}

wire_string!(Currency, { "type": "string", "pattern": "^[A-Z]{3}$" });

/// An amount from zero to [`MAX_MINOR_UNITS`] in one currency.
///
/// On the wire it is `{"amount":"185000.00","currency":"USD"}`. The amount is a decimal
/// string; a JSON number is refused, because readers would round it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

impl Money {
    /// An amount in minor units (cents).
    ///
    /// # Errors
    /// `invalid_amount` when it is negative or above [`MAX_MINOR_UNITS`].
    pub fn new(minor: i64, currency: Currency) -> Result<Self, Invalid> {
        if minor < 0 {
            Err(invalid_amount("An amount is never negative."))
        } else if minor > MAX_MINOR_UNITS {
            Err(invalid_amount("The amount is too large."))
        } else {
            Ok(Self { minor, currency })
        }
    }

    /// Reads a decimal amount such as `185000`, `185000.5` or `185000.00`, with at most
    /// the digits of the currency after the point.
    ///
    /// # Errors
    /// `invalid_amount`.
    pub fn parse_amount(text: &str, currency: Currency) -> Result<Self, Invalid> {
        let text = text.trim();
        if text.starts_with('-') {
            return Err(invalid_amount("An amount is never negative."));
        }
        let (whole, fraction) = match text.split_once('.') {
            Some((whole, fraction)) if is_number(fraction) => (whole, fraction),
            Some(_) => return Err(malformed()),
            None => (text, ""),
        };
        if !is_number(whole) {
            return Err(malformed());
        }
        let digits = usize::from(currency.digits);
        if fraction.len() > digits {
            return Err(invalid_amount(format!(
                "An amount in {currency} has at most {digits} digits after the point."
            )));
        }
        let minor = format!("{whole}{fraction:0<digits$}")
            .parse()
            .map_err(|_| invalid_amount("The amount is too large."))?;
        Self::new(minor, currency)
    }

    /// The amount in minor units (cents).
    pub const fn minor(&self) -> i64 {
        self.minor
    }

    /// The currency.
    pub const fn currency(&self) -> Currency {
        self.currency
    }

    /// The amount as a decimal string with all digits of its currency.
    pub fn amount(&self) -> String {
        let scale = self.currency.scale();
        let (whole, fraction) = (self.minor / scale, self.minor % scale);
        let mut text = whole.to_string();
        let mut unit = scale;
        if unit > 1 {
            text.push('.');
        }
        // Digit by digit: a list writes many amounts, and the formatter takes ten times as long to fill up with zeros.
        while unit > 1 {
            unit /= 10;
            let digit = u32::try_from(fraction / unit % 10).unwrap_or_default();
            text.extend(char::from_digit(digit, 10));
        }
        text
    }

    /// The sum, or `None` when the currencies differ or it exceeds [`MAX_MINOR_UNITS`].
    pub fn checked_add(&self, other: &Self) -> Option<Self> {
        let minor = self.minor.checked_add(other.minor)?;
        (self.currency == other.currency)
            .then(|| Self::new(minor, self.currency).ok())
            .flatten()
    }
}

/// An amount that may be negative, such as a profit, or a sum of amounts, which may exceed [`MAX_MINOR_UNITS`].
///
/// On the wire it is like [`Money`], with a minus sign before a negative amount. What is read is within plus and minus
/// [`MAX_MINOR_UNITS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SignedMoney {
    minor: i64,
    currency: Currency,
}

impl SignedMoney {
    /// An amount in minor units (cents).
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Reads an amount as [`Money::parse_amount`] does, with a minus sign before it or without.
    ///
    /// # Errors
    /// `invalid_amount`.
    pub fn parse_amount(text: &str, currency: Currency) -> Result<Self, Invalid> {
        let text = text.trim();
        let (sign, digits) = match text.strip_prefix('-') {
            Some(digits) => (-1, digits),
            None => (1, text),
        };
        if digits.starts_with(char::is_whitespace) {
            return Err(malformed());
        }
        let Money { minor, currency } = Money::parse_amount(digits, currency)?;
        Ok(Self::new(sign * minor, currency))
    }

    /// The amount in minor units (cents).
    pub const fn minor(&self) -> i64 {
        self.minor
    }

    /// The currency.
    pub const fn currency(&self) -> Currency {
        self.currency
    }

    /// The amount as a decimal string with all digits of its currency.
    pub fn amount(&self) -> String {
        let sign = if self.minor < 0 { "-" } else { "" };
        let scale = self.currency.scale().unsigned_abs();
        let minor = self.minor.unsigned_abs();
        let (whole, fraction) = (minor / scale, minor % scale);
        match usize::from(self.currency.digits) {
            0 => format!("{sign}{whole}"),
            digits => format!("{sign}{whole}.{fraction:0digits$}"),
        }
    }
}

impl Serialize for SignedMoney {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("SignedMoney", 2)?;
        object.serialize_field("amount", &self.amount())?;
        object.serialize_field("currency", &self.currency)?;
        object.end()
    }
}

impl<'de> Deserialize<'de> for SignedMoney {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire = Wire::deserialize(deserializer)?;
        Self::parse_amount(&wire.amount.0, wire.currency).map_err(Invalid::into_serde)
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn invalid_amount(detail: impl Into<Cow<'static, str>>) -> Invalid {
    Invalid::new("invalid_amount", detail)
}

fn malformed() -> Invalid {
    invalid_amount("Write the amount as a string of digits with a point, such as \"185000.00\".")
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Money", 2)?;
        object.serialize_field("amount", &self.amount())?;
        object.serialize_field("currency", &self.currency)?;
        object.end()
    }
}

/// An amount as it is written.
#[derive(Deserialize)]
#[serde(rename = "Money", deny_unknown_fields)]
struct Wire {
    amount: Amount,
    #[serde(default)]
    currency: Currency,
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire = Wire::deserialize(deserializer)?;
        Self::parse_amount(&wire.amount.0, wire.currency).map_err(Invalid::into_serde)
    }
}

/// The string in `amount`, or the refusal that tells what to write instead of a number.
struct Amount(String);

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Decimal;

        impl Visitor<'_> for Decimal {
            type Value = Amount;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a decimal string")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Amount, E> {
                Ok(Amount(text.to_owned()))
            }

            fn visit_i64<E: de::Error>(self, _: i64) -> Result<Amount, E> {
                Err(malformed().into_serde())
            }

            fn visit_u64<E: de::Error>(self, _: u64) -> Result<Amount, E> {
                Err(malformed().into_serde())
            }

            fn visit_f64<E: de::Error>(self, _: f64) -> Result<Amount, E> {
                Err(malformed().into_serde())
            }
        }

        deserializer.deserialize_any(Decimal)
    }
}

impl JsonSchema for Money {
    fn schema_name() -> Cow<'static, str> {
        "Money".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        schema(generator, "^[0-9]{1,14}(\\.[0-9]{1,3})?$", "185000.00")
    }
}

impl JsonSchema for SignedMoney {
    fn schema_name() -> Cow<'static, str> {
        "SignedMoney".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        schema(generator, "^-?[0-9]{1,19}(\\.[0-9]{1,3})?$", "-1250.00")
    }
}

fn schema(generator: &mut SchemaGenerator, pattern: &str, example: &str) -> Schema {
    json_schema!({
        "type": "object",
        "properties": {
            "amount": { "type": "string", "pattern": pattern, "examples": [example] },
            "currency": generator.subschema_for::<Currency>(),
        },
        "required": ["amount"],
        "additionalProperties": false,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::invalid::code_of;

    fn currency(code: &str) -> Currency {
        Currency::parse(code).unwrap()
    }

    #[test]
    fn amounts_are_counted_in_the_minor_unit_of_their_currency() {
        let cases = [
            ("185000.00", "USD", 18_500_000, "185000.00"),
            ("185000", "USD", 18_500_000, "185000.00"),
            ("185000.5", "USD", 18_500_050, "185000.50"),
            ("0.07", "EUR", 7, "0.07"),
            ("0", "GBP", 0, "0.00"),
            ("007", "MXN", 700, "7.00"),
            (" 12.30 ", "CAD", 1_230, "12.30"),
            ("1500", "JPY", 1_500, "1500"),
            ("1.234", "KWD", 1_234, "1.234"),
            ("100000000000.00", "USD", MAX_MINOR_UNITS, "100000000000.00"),
        ];
        for (text, code, minor, written) in cases {
            let money = Money::parse_amount(text, currency(code)).unwrap();
            assert_eq!(
                (money.minor(), money.amount().as_str()),
                (minor, written),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        let cases = [
            ("", "USD"),
            (".", "USD"),
            (".5", "USD"),
            ("5.", "USD"),
            ("-1", "USD"),
            ("+1", "USD"),
            ("1e3", "USD"),
            ("1,000.00", "USD"),
            ("1.005", "USD"),
            ("1.0", "JPY"),
            ("$5", "USD"),
            ("1 000", "USD"),
            ("NaN", "USD"),
            ("٣", "USD"),
            ("100000000000.01", "USD"),
            ("99999999999999999999999", "USD"),
        ];
        for (text, code) in cases {
            assert_eq!(
                Money::parse_amount(text, currency(code)).map_err(|e| e.code),
                Err("invalid_amount"),
                "{text:?}"
            );
        }
    }

    #[test]
    fn money_is_an_object_with_a_decimal_string() {
        let json = r#"{"amount":"185000.00","currency":"USD"}"#;

        let money: Money = serde_json::from_str(json).unwrap();

        assert_eq!(serde_json::to_string(&money).unwrap(), json);
    }

    #[test]
    fn a_missing_currency_means_dollars() {
        let money: Money = serde_json::from_str(r#"{"amount":"1"}"#).unwrap();

        assert_eq!(money.currency(), Currency::USD);
    }

    #[test]
    fn wrong_objects_are_refused_with_their_code() {
        let cases = [
            (
                json!({"amount":185000.00,"currency":"USD"}),
                "invalid_amount",
            ),
            (json!({"amount":185000}), "invalid_amount"),
            (json!({"amount":-1}), "invalid_amount"),
            (json!({"amount":"1.234"}), "invalid_amount"),
            (json!({"amount":"1","currency":"usd"}), "invalid_currency"),
            (json!({"amount":"1","currency":"XXX"}), "invalid_currency"),
        ];
        for (value, code) in cases {
            assert_eq!(code_of::<Money>(value.clone()), code, "{value}");
        }
        assert!(
            code_of::<Money>(json!({"amount":"1","cents":5})).starts_with("unknown field `cents`")
        );
        assert!(code_of::<Money>(json!({"currency":"USD"})).starts_with("missing field `amount`"));
    }

    #[test]
    fn sums_stay_in_one_currency_and_in_range() {
        let dollar = Money::new(100, Currency::USD).unwrap();
        let most = Money::new(MAX_MINOR_UNITS, Currency::USD).unwrap();
        let yen = Money::new(100, currency("JPY")).unwrap();

        assert_eq!(dollar.checked_add(&dollar).unwrap().amount(), "2.00");
        assert_eq!(dollar.checked_add(&yen), None);
        assert_eq!(most.checked_add(&dollar), None);
    }

    #[test]
    fn every_currency_is_listed_once() {
        let codes: Vec<&str> = CURRENCIES
            .iter()
            .flat_map(|(_, codes)| codes.iter().copied())
            .collect();

        assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), codes.len());
        assert!(codes.iter().all(|code| code.len() == 3));
        assert_eq!(currency("USD"), Currency::USD);
    }

    #[test]
    fn a_signed_amount_may_be_a_loss() {
        for (text, minor, written) in [
            ("-1250", -125_000, "-1250.00"),
            ("-0.07", -7, "-0.07"),
            ("0", 0, "0.00"),
            ("12.5", 1_250, "12.50"),
        ] {
            let amount = SignedMoney::parse_amount(text, Currency::USD).unwrap();
            assert_eq!((amount.minor(), amount.amount().as_str()), (minor, written));
        }
        for text in ["--1", "- 1", "-", "+1", "-100000000000.01"] {
            let refused = SignedMoney::parse_amount(text, Currency::USD);
            assert_eq!(refused.map_err(|e| e.code), Err("invalid_amount"), "{text}");
        }
        assert_eq!(
            SignedMoney::new(i64::MIN, Currency::USD).amount(),
            "-92233720368547758.08"
        );
        assert_eq!(SignedMoney::new(-5, currency("JPY")).amount(), "-5");
    }

    proptest! {
        #[test]
        fn every_amount_is_read_as_it_is_written(
            minor in 0..=MAX_MINOR_UNITS,
            code in prop::sample::select(vec!["USD", "JPY", "KWD"]),
        ) {
            let money = Money::new(minor, currency(code)).unwrap();
            prop_assert_eq!(Money::parse_amount(&money.amount(), currency(code)).unwrap(), money);
            let json = serde_json::to_string(&money).unwrap();
            prop_assert_eq!(serde_json::from_str::<Money>(&json).unwrap(), money);
        }

        #[test]
        fn reading_never_panics(text in "[-+0-9., eE]{0,30}") {
            let _ = Money::parse_amount(&text, Currency::USD);
        }
    }
}
