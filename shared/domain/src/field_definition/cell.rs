//! Values of the team's own fields as people and spreadsheets write them.

use jiff::civil::Date;
use serde_json::Number;

use super::{FieldDefinition, FieldType};
use crate::{Currency, CustomValue, Invalid, SignedMoney, Text, fold};

/// A year of two digits from here on is of the last century, as spreadsheets read it.
const LAST_CENTURY: i16 = 30;

/// The most options that a refusal names. More would not be read.
const MAX_NAMED: usize = 10;

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Reads what a cell of a file says.
///
/// - Numbers and amounts may have commas between thousands (`1,250.5`), amounts the sign or the letters of their currency
///   and parentheses for less than nothing (`($1,250.50)`).
/// - Days may be `2026-03-01`, `3/1/2026` (the month first), `3/1/26`, `Mar 1, 2026` or `20260301`; a time of day is dropped.
/// - Yes and no may be `yes`, `y`, `true`, `t`, `x`, `1` and `no`, `n`, `false`, `f`, `0`; choices are in any case.
///
/// # Errors
/// `required` (blank), `invalid_number`, `invalid_amount`, `invalid_date`, `invalid_choice`, and those of a text.
pub fn parse_cell(definition: &FieldDefinition, text: &str) -> Result<CustomValue, Invalid> {
    let kind = &definition.kind;
    let text = text.trim();
    if text.is_empty() {
        return Err(Invalid::new("required", "Write at least one character."));
    }
    match kind {
        FieldType::Text => Text::parse(text).map(CustomValue::Text),
        FieldType::Number => {
            let number = plain_number(text).and_then(|number| number.parse::<Number>().ok());
            number.map_or_else(|| Err(refused(kind)), CustomValue::number)
        }
        FieldType::Money { currency } => {
            let number = plain_amount(text, *currency).ok_or_else(|| refused(kind))?;
            let amount = SignedMoney::parse_amount(&number, *currency)?.amount();
            Text::parse(&amount).map(CustomValue::Text)
        }
        FieldType::Date => {
            let day = day(text).ok_or_else(|| refused(kind))?;
            Text::parse(&day.to_string()).map(CustomValue::Text)
        }
        FieldType::Choice { options } => {
            let wanted = fold(text);
            let option = options.iter().find(|option| fold(option) == wanted);
            Text::parse(option.ok_or_else(|| refused(kind))?).map(CustomValue::Text)
        }
        FieldType::YesNo => match fold(text).as_str() {
            "yes" | "y" | "true" | "t" | "x" | "1" => Ok(CustomValue::Bool(true)),
            "no" | "n" | "false" | "f" | "0" => Ok(CustomValue::Bool(false)),
            _ => Err(refused(kind)),
        },
    }
}

/// Why a value is none of this kind.
pub(super) fn refused(kind: &FieldType) -> Invalid {
    match kind {
        FieldType::Text => Invalid::new("invalid_custom_value", "Write a text."),
        FieldType::Number => Invalid::new(
            "invalid_number",
            "Write a number such as 1250.5, with at most 15 digits.",
        ),
        FieldType::Money { currency } => Invalid::new(
            "invalid_amount",
            format!("Write an amount in {currency}, such as 1250.50."),
        ),
        FieldType::Date => Invalid::new("invalid_date", "Write a day such as 2026-03-01."),
        FieldType::Choice { options } => {
            let named: Vec<&str> = options.iter().take(MAX_NAMED).collect();
            let more = if options.iter().nth(MAX_NAMED).is_some() {
                ", …"
            } else {
                ""
            };
            let named = named.join(", ");
            Invalid::new("invalid_choice", format!("Write one of: {named}{more}."))
        }
        FieldType::YesNo => Invalid::new("invalid_choice", "Write yes or no."),
    }
}

/// The number without what only makes it readable: `-1250.5` of `-1,250.50`.
fn plain_number(text: &str) -> Option<String> {
    let (sign, text) = match text.strip_prefix(['-', '\u{2212}']) {
        Some(text) => ("-", text),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let mut groups = whole.split(',');
    let first = groups.next()?;
    let is_grouped = groups.all(|group| group.len() == 3 && is_digits(group))
        && (first.len() <= 3 && !first.is_empty() || !whole.contains(','));
    let is_number = is_grouped
        && is_digits(first)
        && is_digits(fraction)
        && !(whole.is_empty() && fraction.is_empty());
    if !is_number {
        return None;
    }
    let whole = whole.replace(',', "");
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        whole => whole,
    };
    Some(match fraction.trim_end_matches('0') {
        "" if whole == "0" => whole.to_owned(),
        "" => format!("{sign}{whole}"),
        fraction => format!("{sign}{whole}.{fraction}"),
    })
}

/// The amount without its currency, and with a sign in place of parentheses.
fn plain_amount(text: &str, currency: Currency) -> Option<String> {
    let text = text.to_uppercase();
    let inside = text
        .strip_prefix('(')
        .and_then(|text| text.strip_suffix(')'));
    let after_sign = text.strip_prefix(['-', '\u{2212}']);
    let sign = if inside.or(after_sign).is_some() {
        "-"
    } else {
        ""
    };
    let text = inside.or(after_sign).unwrap_or(&text).trim();
    let code = currency.as_str();
    let text = text
        .strip_prefix(code)
        .or_else(|| text.strip_suffix(code))
        .unwrap_or(text)
        .trim();
    let symbol = match code {
        "EUR" => '€',
        "GBP" => '£',
        "JPY" | "CNY" => '¥',
        _ => '$',
    };
    let text = text
        .strip_prefix(symbol)
        .or_else(|| text.strip_suffix(symbol))
        .unwrap_or(text)
        .trim();
    let number = plain_number(text)?;
    // `$-5` is less than nothing, `-$-5` is a mistake.
    let has_one_sign = sign.is_empty() || !number.starts_with('-');
    has_one_sign.then(|| format!("{sign}{number}"))
}

fn day(text: &str) -> Option<Date> {
    // `2026-03-01T09:00:00Z` is cut behind the day.
    if let Some((date, time)) = text.split_at_checked("2026-03-01".len())
        && let Ok(day) = date.parse::<Date>()
        && (time.is_empty() || time.starts_with(['T', 't', ' ']))
    {
        return Some(day);
    }
    let text = text.to_lowercase();
    let words = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty());
    let words: Vec<&str> = words.collect();
    match words.as_slice() {
        [all] if all.len() == 8 => civil(all.get(..4)?, all.get(4..6)?, all.get(6..)?),
        [first, second, third, time @ ..] if time.iter().all(|word| is_time(word)) => {
            if first.len() == 4 {
                civil(first, second, third)
            } else if let Some(month) = month(first) {
                civil(third, &month, second)
            } else if let Some(month) = month(second) {
                civil(third, &month, first)
            } else {
                civil(third, first, second)
            }
        }
        _ => None,
    }
}

fn is_time(word: &str) -> bool {
    matches!(word, "am" | "pm" | "z" | "utc") || word.bytes().all(|byte| byte.is_ascii_digit())
}

/// The number of a month by its name or at least the first three letters of it.
fn month(word: &str) -> Option<String> {
    let is_named = |month: &&'static str| word.len() >= 3 && month.starts_with(word);
    let place = MONTHS.iter().position(is_named)?;
    Some((place + 1).to_string())
}

fn civil(year: &str, month: &str, day: &str) -> Option<Date> {
    let number: i16 = year.parse().ok()?;
    let year = match year.len() {
        2 if number < LAST_CENTURY => 2000 + number,
        2 => 1900 + number,
        4 => number,
        _ => return None,
    };
    let ordinal = ["st", "nd", "rd", "th"].into_iter();
    let day = ordinal.fold(day, |day, ending| day.strip_suffix(ending).unwrap_or(day));
    Date::new(year, month.parse().ok()?, day.parse().ok()?).ok()
}
