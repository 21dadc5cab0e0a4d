//! The one way in which a JSON value is written before it is hashed: RFC 8785, the JSON Canonicalization Scheme.

use serde_json::{Number, Value};

/// Up to here, on both sides of zero, every integer is a number of its own in the arithmetic of RFC 8785.
const EXACT: u64 = 1 << 53;

/// The canonical text of a value. Numbers are those of IEEE 754 doubles, as the RFC demands.
pub fn canonical(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

fn write(value: &Value, into: &mut String) {
    match value {
        Value::Null => into.push_str("null"),
        Value::Bool(true) => into.push_str("true"),
        Value::Bool(false) => into.push_str("false"),
        Value::Number(number) => into.push_str(&write_number(number)),
        Value::String(text) => write_text(text, into),
        Value::Array(values) => {
            into.push('[');
            for (nth, value) in values.iter().enumerate() {
                if nth > 0 {
                    into.push(',');
                }
                write(value, into);
            }
            into.push(']');
        }
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
            into.push('{');
            for (nth, (name, value)) in members.into_iter().enumerate() {
                if nth > 0 {
                    into.push(',');
                }
                write_text(name, into);
                into.push(':');
                write(value, into);
            }
            into.push('}');
        }
    }
}

fn write_text(text: &str, into: &mut String) {
    into.push('"');
    for c in text.chars() {
        match c {
            '"' => into.push_str("\\\""),
            '\\' => into.push_str("\\\\"),
            '\u{8}' => into.push_str("\\b"),
            '\t' => into.push_str("\\t"),
            '\n' => into.push_str("\\n"),
            '\u{c}' => into.push_str("\\f"),
            '\r' => into.push_str("\\r"),
            c if c < ' ' => into.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => into.push(c),
        }
    }
    into.push('"');
}

fn write_number(number: &Number) -> String {
    let integer = number.as_u64().or(number.as_i64().map(i64::unsigned_abs));
    match (integer, number.as_f64()) {
        (Some(size), _) if size <= EXACT => number.to_string(),
        (_, Some(double)) => write_double(double),
        (_, None) => number.to_string(),
    }
}

/// A double as ECMAScript's `Number::toString` writes it: the fewest digits that read as the same double, plain between
/// 1e-6 and 1e21, with an exponent beyond.
fn write_double(double: f64) -> String {
    if double == 0.0 {
        return "0".to_owned();
    }
    // The digits are the same in whatever layout, with ties going to even, which `format!` does not do.
    let shortest = Number::from_f64(double).map(|number| number.to_string());
    let shortest = shortest.unwrap_or_default();
    let (sign, shortest) = match shortest.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", shortest.as_str()),
    };
    let (mantissa, exponent) = shortest.split_once('e').unwrap_or((shortest, "0"));
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{part}");
    let digits = all.trim_start_matches('0');
    let leading = all.len() - digits.len();
    let digits = digits.trim_end_matches('0');
    // The point stands behind so many of the digits.
    let shift: i32 = exponent.trim_start_matches('+').parse().unwrap_or_default();
    let length = |length: usize| i32::try_from(length).unwrap_or(i32::MAX);
    let point = length(whole.len()) - length(leading) + shift;
    let exponent = point - 1;
    let count = length(digits.len());
    let zeros = |count: i32| "0".repeat(usize::try_from(count).unwrap_or_default());
    let split = |at: i32| digits.split_at_checked(usize::try_from(at).unwrap_or_default());
    let plain = match point {
        ..=-6 | 22.. => None,
        -5..=0 => Some(format!("0.{}{digits}", zeros(-point))),
        1..=21 if count <= point => Some(format!("{digits}{}", zeros(point - count))),
        1..=21 => split(point).map(|(whole, part)| format!("{whole}.{part}")),
    };
    let written = plain.unwrap_or_else(|| {
        let power = if exponent < 0 { "e" } else { "e+" };
        match split(1) {
            Some((first, rest)) if !rest.is_empty() => format!("{first}.{rest}{power}{exponent}"),
            Some(_) | None => format!("{digits}{power}{exponent}"),
        }
    });
    format!("{sign}{written}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn numbers_are_written_as_the_rfc_shows() {
        // Appendix B of RFC 8785, by the bits of the double.
        let cases = [
            (0x0000000000000000, "0"),
            (0x8000000000000000, "0"),
            (0x0000000000000001, "5e-324"),
            (0x8000000000000001, "-5e-324"),
            (0x7fefffffffffffff, "1.7976931348623157e+308"),
            (0xffefffffffffffff, "-1.7976931348623157e+308"),
            (0x4340000000000000, "9007199254740992"),
            (0xc340000000000000, "-9007199254740992"),
            (0x4430000000000000, "295147905179352830000"),
            (0x44b52d02c7e14af5, "9.999999999999997e+22"),
            (0x44b52d02c7e14af6, "1e+23"),
            (0x44b52d02c7e14af7, "1.0000000000000001e+23"),
            (0x444b1ae4d6e2ef4e, "999999999999999700000"),
            (0x444b1ae4d6e2ef4f, "999999999999999900000"),
            (0x444b1ae4d6e2ef50, "1e+21"),
            (0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"),
            (0x3eb0c6f7a0b5ed8d, "0.000001"),
            (0x41b3de4355555553, "333333333.3333332"),
            (0x41b3de4355555554, "333333333.33333325"),
            (0x41b3de4355555555, "333333333.3333333"),
            (0x41b3de4355555556, "333333333.3333334"),
            (0x41b3de4355555557, "333333333.33333343"),
            (0xbecbf647612f3696, "-0.0000033333333333333333"),
            (0x43143ff3c1cb0959, "1424953923781206.2"),
        ];
        for (bits, written) in cases {
            assert_eq!(write_double(f64::from_bits(bits)), written);
        }
    }

    #[test]
    fn integers_are_written_whole_until_doubles_cannot_hold_them() {
        let written = |text: &str| canonical(&serde_json::from_str(text).unwrap());
        assert_eq!(written("-9007199254740992"), "-9007199254740992");
        assert_eq!(written("9007199254740993"), "9007199254740992");
        assert_eq!(written("1.0"), "1");
        assert_eq!(written("4.50"), "4.5");
        assert_eq!(written("2e-3"), "0.002");
    }

    #[test]
    fn members_are_sorted_and_texts_escaped_as_the_rfc_shows() {
        let sorted = json!({
            "\u{20ac}": "Euro Sign",
            "\r": "Carriage Return",
            "\u{fb33}": "Hebrew Letter Dalet With Dagesh",
            "1": "One",
            "\u{1f600}": "Emoji: Grinning Face",
            "\u{80}": "Control",
            "\u{f6}": "Latin Small Letter O With Diaeresis",
        });
        assert_eq!(
            canonical(&sorted),
            "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u{80}\":\"Control\",\
             \"\u{f6}\":\"Latin Small Letter O With Diaeresis\",\"\u{20ac}\":\"Euro Sign\",\
             \"\u{1f600}\":\"Emoji: Grinning Face\",\"\u{fb33}\":\"Hebrew Letter Dalet With Dagesh\"}"
        );
        let escaped =
            json!({"string": "\u{20ac}$\u{f}\nA'B\"\\\\\"/", "literals": [null, true, false]});
        assert_eq!(
            canonical(&escaped),
            "{\"literals\":[null,true,false],\"string\":\"\u{20ac}$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}"
        );
    }

    proptest! {
        #[test]
        fn a_number_reads_as_it_was_however_often_it_is_written(double in prop::num::f64::NORMAL) {
            let written = write_double(double);
            prop_assert_eq!(written.parse::<f64>().unwrap(), double);
            let read: Value = serde_json::from_str(&written).unwrap();
            prop_assert_eq!(canonical(&read), written.clone());
            let again: Value = serde_json::from_str(&read.to_string()).unwrap();
            prop_assert_eq!(canonical(&again), written);
        }

        #[test]
        fn a_text_reads_as_it_was(text in any::<String>()) {
            let written = canonical(&Value::String(text.clone()));
            prop_assert_eq!(serde_json::from_str::<String>(&written).unwrap(), text);
        }
    }
}
