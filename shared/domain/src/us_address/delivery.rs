//! The line of an address that says to which door: number, street and unit, or a box.

use std::collections::BTreeSet;
use std::fmt;

use super::tables::{
    directional, highway, is_dwelling, is_numbered, is_plain, ordinal, other_unit, place_within,
    po_box, state, suffix, tens,
};
use super::tokens::{cardinal, is_numeric, is_zip, joined};

/// Longer numbers are no house's, in characters.
const MAX_NUMBER: usize = 12;

/// The most words that the tables have for one thing.
const MAX_SPELLED: usize = 5;

/// Words that people write between `Apt` and its number.
const NUMBER_SIGNS: [&str; 4] = ["#", "no", "num", "number"];

/// Units whose name may be a few letters, such as `Unit GW`.
const LETTERED: [&str; 6] = ["apt", "apartment", "unit", "ste", "suite", "bldg"];

/// Roads whose number is written to their name, such as `I-10` and `FM1093`.
const WRITTEN_TO_NUMBER: [&str; 10] = ["i", "us", "fm", "rm", "cr", "sr", "sh", "hwy", "rt", "rte"];

/// A door: the house, and in it the units, each in its one spelling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Delivery {
    pub(super) house: String,
    pub(super) units: BTreeSet<String>,
}

impl fmt::Display for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.house)?;
        self.units.iter().try_for_each(|unit| write!(f, " {unit}"))
    }
}

/// Where a street ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ends {
    /// Where the line does.
    WithTheLine,
    /// Behind its suffix, if it has one: the city may follow.
    BeforeTheCity,
}

/// Whether the words begin with a house number or a box.
pub(super) fn begins(words: &[String]) -> bool {
    let (_, words) = leading_units(words);
    match words {
        [zip, code] if is_zip(zip) && state(code).is_some() => false,
        [first, _, ..] => house_number(first).is_some() || box_at(words).is_some(),
        [_] | [] => false,
    }
}

/// Whether they begin with a box.
pub(super) fn is_box(words: &[String]) -> bool {
    box_at(words).is_some()
}

/// Whether the words are a route and `next` its box.
pub(super) fn goes_on(words: &[String], next: &[String]) -> bool {
    let is_route =
        |words: &[String]| box_at(words).is_none() && box_at(&[words, next].concat()).is_some();
    next.first().is_some_and(|word| word == "box") && is_route(words)
}

/// The units that a text of nothing else names; what is no designator is the number itself.
pub(super) fn units(words: &[String]) -> BTreeSet<String> {
    let (mut units, rest) = leading_units(words);
    if !rest.is_empty() {
        units.insert(format!("#{}", identifier(&rest.concat())));
    }
    units
}

/// The units that the words begin with, and the words behind them.
pub(super) fn leading_units(words: &[String]) -> (BTreeSet<String>, &[String]) {
    let (mut units, mut rest) = (BTreeSet::new(), words);
    while let Some((unit, behind)) = unit_at(rest) {
        units.insert(unit);
        rest = behind;
    }
    (units, rest)
}

/// The door, and the words behind it, which may be the city.
pub(super) fn read(words: &[String], ends: Ends) -> Option<(Delivery, Vec<String>)> {
    let (mut units, words) = leading_units(words);
    if let Some((house, rest)) = box_at(words) {
        let (more, rest) = leading_units(rest);
        units.extend(more);
        return Some((Delivery { house, units }, rest.to_vec()));
    }
    let (first, mut words) = words.split_first()?;
    let mut number = house_number(first)?;
    if let Some((fraction, rest)) = words.split_first()
        && fraction.contains('/')
    {
        number = format!("{number} {fraction}");
        words = rest;
    }
    let (street, behind) = words.split_at(unit_place(words));
    let (more, behind) = leading_units(behind);
    units.extend(more);
    let (street, mut rest) = street.split_at(street_end(street));
    // `12 Main St 4B`: a number behind the street is the unit's.
    let is_bare = |word: &String| word.contains(|c: char| c.is_ascii_digit());
    if let Some((unit, city)) = rest.split_first()
        && is_bare(unit)
        && (city.is_empty() || ends == Ends::BeforeTheCity)
    {
        units.insert(format!("#{}", identifier(unit)));
        rest = city;
    }
    let (street, city) = match ends {
        Ends::WithTheLine => ([street, rest].concat(), behind.to_vec()),
        Ends::BeforeTheCity => (street.to_vec(), [rest, behind].concat()),
    };
    let house = format!("{number} {}", street_name(&street)?);
    Some((Delivery { house, units }, city))
}

/// A house number without what is written in more than one way; none if it is zero.
fn house_number(word: &str) -> Option<String> {
    let is_grid = |word: &str| {
        let mut chars = word.chars();
        matches!(chars.next(), Some('n' | 's' | 'e' | 'w'))
            && chars.next().is_some_and(|c| c.is_ascii_digit())
    };
    if word.len() > MAX_NUMBER || cardinal(word).is_some() {
        return None;
    }
    if is_grid(word) {
        return Some(word.replace('-', ""));
    }
    let number = word.trim_start_matches('0');
    if !is_numeric(number) {
        return None;
    }
    let between_digits = number.split('-').all(is_numeric);
    Some(match (number.contains('/'), between_digits) {
        (true, _) => number.replace('-', " "),
        (false, true) => number.to_owned(),
        (false, false) => number.replace('-', ""),
    })
}

/// A box that the words begin with, and the words behind it.
fn box_at(words: &[String]) -> Option<(String, &[String])> {
    let number = |words: &[String]| {
        let signs = words.iter().take_while(|word| is_number_sign(word)).count();
        let id = words.get(signs)?;
        let is_id = id.contains(|c: char| c.is_ascii_digit()) || id.len() == 1;
        is_id.then(|| (identifier(id), signs + 1))
    };
    if words.first().is_some_and(|word| word == "box") {
        let (id, length) = number(words.get(1..)?)?;
        return Some((format!("po box {id}"), words.get(1 + length..)?));
    }
    let (kind, spelled) = (1..=MAX_SPELLED).rev().find_map(|length| {
        let kind = po_box(&joined(words.get(..length)?))?;
        Some((kind, length))
    })?;
    let rest = words.get(spelled..)?;
    let (id, length) = number(rest)?;
    if kind == "po_box" {
        return Some((format!("po box {id}"), rest.get(length..)?));
    }
    // A route without a box is a road.
    let (named, rest) = rest.get(length..)?.split_first()?;
    let (of_box, length) = number(rest).filter(|_| named == "box")?;
    Some((format!("{kind} {id} box {of_box}"), rest.get(length..)?))
}

/// Where the units of a street begin, or its end. The first word is always the street's.
fn unit_place(words: &[String]) -> usize {
    let found = (1..words.len()).find(|place| {
        let Some((word, _)) = words.get(*place..).and_then(<[String]>::split_first) else {
            return false;
        };
        // `Lake Front` is a street.
        (*place > 1 || place_within(word).is_none())
            && words
                .get(*place..)
                .is_some_and(|rest| unit_at(rest).is_some())
    });
    found.unwrap_or(words.len())
}

/// A unit that the words begin with, and the words behind it.
fn unit_at(words: &[String]) -> Option<(String, &[String])> {
    let (first, rest) = words.split_first()?;
    if let Some((floor, rest)) = rest.split_first()
        && other_unit(floor) == Some("fl")
        && let Some(number) = cardinal(first).or_else(|| ordinal(first))
    {
        return Some((format!("fl {number}"), rest));
    }
    if let Some(within) = place_within(first) {
        return match rest.split_first() {
            None => Some((within.to_owned(), rest)),
            Some((id, rest)) if is_numeric(id) && !is_zip(id) => {
                Some((format!("{within} {}", identifier(id)), rest))
            }
            Some(_) => unit_at(rest).map(|_| (within.to_owned(), rest)),
        };
    }
    let (designator, id, rest) = match written_to_number(first) {
        Some((designator, id)) if named(designator, "").is_some() => (designator, id, rest),
        Some(_) | None => {
            named(first, "")?;
            let signs = rest.iter().take_while(|word| is_number_sign(word)).count();
            let (id, rest) = rest.get(signs..)?.split_first()?;
            (first.as_str(), id.as_str(), rest)
        }
    };
    // `FL 33101` is a state.
    if !is_identifier(designator, id) || (designator == "fl" && is_zip(id)) {
        return None;
    }
    // `Apt 4 B` is `Apt 4B`.
    match rest.split_first() {
        Some((letter, behind)) if letter.len() == 1 && letter != "#" && is_numeric(id) => {
            let id = format!("{id}{letter}");
            Some((named(designator, &id)?, behind))
        }
        Some(_) | None => Some((named(designator, id)?, rest)),
    }
}

/// The one spelling of a unit; none if the word names none.
fn named(designator: &str, id: &str) -> Option<String> {
    let id = identifier(id);
    match other_unit(designator) {
        Some(name) => Some(format!("{name} {id}")),
        None => is_dwelling(designator).then(|| format!("#{id}")),
    }
}

/// Whether a word can be the number of a unit of this kind.
fn is_identifier(designator: &str, id: &str) -> bool {
    let has_digit = id.contains(|c: char| c.is_ascii_digit());
    let is_short =
        |most| (1..=most).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_lowercase());
    has_digit
        || is_short(1)
        || (is_short(3) && LETTERED.contains(&designator) && suffix(id).is_none())
}

fn is_number_sign(word: &str) -> bool {
    NUMBER_SIGNS.contains(&word)
}

/// A number or a letter without hyphens and leading zeros.
fn identifier(id: &str) -> String {
    let id: String = id.chars().filter(|c| c.is_alphanumeric()).collect();
    let trimmed = id.trim_start_matches('0');
    if trimmed.is_empty() {
        id
    } else {
        trimmed.to_owned()
    }
}

/// `apt` and `4b` of `apt4b`.
fn written_to_number(word: &str) -> Option<(&str, &str)> {
    let place = word
        .find(|c: char| c.is_ascii_digit())
        .filter(|place| *place > 0)?;
    let (letters, number) = word.split_at_checked(place)?;
    Some((letters.trim_end_matches('-'), number))
}

/// Where the words of a street end and those of a city begin.
fn street_end(words: &[String]) -> usize {
    let start = directionals_before(words);
    let at = |place: usize| words.get(place).map(String::as_str).unwrap_or_default();
    let is_road_number =
        |place: usize| is_numeric(at(place + 1)) && suffix(at(place)).is_some_and(is_numbered);
    let road = words
        .get(start..)
        .and_then(highway_at)
        .map(|(_, length)| start + length + 1);
    let is_end =
        |place: &usize, is_suffix: fn(&str) -> bool| suffix(at(*place)).is_some_and(is_suffix);
    let found = road.or_else(|| {
        let numbered = (start..words.len()).find(|place| is_road_number(*place));
        let plain = (start + 1..words.len()).find(|place| is_end(place, is_plain));
        match (numbered, plain) {
            (Some(numbered), None) => Some(numbered + 2),
            (Some(numbered), Some(plain)) if numbered <= plain => Some(numbered + 2),
            (_, Some(plain)) => Some(behind(plain, |place| is_end(&place, is_plain))),
            (None, None) => {
                let any = (start + 1..words.len()).find(|place| is_end(place, |_| true))?;
                Some(behind(any, |place| is_end(&place, |_| true)))
            }
        }
    });
    let Some(end) = found else {
        return words.len();
    };
    // `12 Main St N Springfield`, but `12 Main St North Springfield`.
    let length = match words.get(end..) {
        Some([first, second]) if go_together(first, second) => 2,
        Some([only]) if directional(only).is_some() => 1,
        Some([first, ..]) if directional(first) == Some(first) => 1,
        Some(_) | None => 0,
    };
    end + length
}

/// The first place behind `place` that is no more what the places before were.
fn behind(place: usize, is_one: impl Fn(usize) -> bool) -> usize {
    let mut end = place + 1;
    while is_one(end) {
        end += 1;
    }
    end
}

/// The name of a street in its one spelling; none of no words.
fn street_name(words: &[String]) -> Option<String> {
    let words = with_numbers(words);
    let (before, words) = words.split_at_checked(directionals_before(&words))?;
    let (words, after) = words.split_at_checked(words.len() - directionals_behind(words))?;
    let mut name: Vec<String> = words.to_vec();
    if let Some((road, length)) = highway_at(words) {
        name.splice(..length, [road.replace('_', " ")]);
    }
    let last = name.len().checked_sub(1)?;
    let has_suffix = last > 0 && name.last().is_some_and(|word| suffix(word).is_some());
    for (place, word) in name.iter_mut().enumerate() {
        let is_last = place == last && place > 0;
        let is_numbered = place + 1 == last && words.last().is_some_and(|word| is_numeric(word));
        let standard = match word.as_str() {
            "saint" => Some("st"),
            "mount" => Some("mt"),
            "fort" => Some("ft"),
            // `Avenue of the Americas`, but `Parks Avenue` is not `Park Avenue`.
            other => suffix(other).filter(|suffix| {
                is_last || is_numbered || (place == 0 && !has_suffix && is_plain(suffix))
            }),
        };
        if let Some(standard) = standard {
            *word = standard.to_owned();
        }
    }
    let direction = |words: &[String]| {
        words
            .iter()
            .filter_map(|word| directional(word))
            .collect::<String>()
    };
    let parts = [direction(before), name.join(" "), direction(after)];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    Some(parts.join(" "))
}

/// The words with ordinals as plain numbers, and roads parted from theirs.
fn with_numbers(words: &[String]) -> Vec<String> {
    let mut written: Vec<String> = Vec::new();
    for word in words {
        let ten = written.last().and_then(|last| tens(last));
        if let (Some(ten), Some(one)) = (ten, ordinal(word).filter(|one| one.len() == 1)) {
            written.pop();
            written.extend(ten.strip_suffix('0').map(|ten| format!("{ten}{one}")));
        } else if let Some(number) = cardinal(word).or_else(|| ordinal(word)) {
            written.push(identifier(number));
        } else if let Some((road, number)) = written_to_number(word)
            && WRITTEN_TO_NUMBER.contains(&road)
        {
            written.extend([road.to_owned(), number.to_owned()]);
        } else {
            written.push(word.clone());
        }
    }
    written
}

/// A numbered road that the words begin with, in its one spelling, and how many words that took without the number. Roads
/// of a county may have a letter.
fn highway_at(words: &[String]) -> Option<(&'static str, usize)> {
    (1..=MAX_SPELLED).rev().find_map(|length| {
        let road = highway(&joined(words.get(..length)?))?;
        let number = words.get(length)?;
        let is_number = is_numeric(number) || (number.len() == 1 && road.starts_with("county"));
        is_number.then_some((road, length))
    })
}

/// How many words before the name of a street are its direction: two that go together, or one, if that leaves a name.
fn directionals_before(words: &[String]) -> usize {
    let leaves_name = |place: usize| match words.get(place..) {
        None | Some([]) => false,
        Some([only]) => suffix(only).is_none_or(|suffix| !is_plain(suffix)),
        // `East St N`
        Some([kind, direction]) => {
            suffix(kind).is_none_or(|suffix| !is_plain(suffix)) || directional(direction).is_none()
        }
        Some(_) => true,
    };
    match words {
        [first, second, ..] if go_together(first, second) && leaves_name(2) => 2,
        [first, ..] if directional(first).is_some() && leaves_name(1) => 1,
        _ => 0,
    }
}

/// How many words behind it are.
fn directionals_behind(words: &[String]) -> usize {
    match words {
        [_, .., first, second] if go_together(first, second) => 2,
        [_, .., last] if directional(last).is_some() => 1,
        _ => 0,
    }
}

/// `south` and `east` go together, `north` and `south` do not.
fn go_together(first: &str, second: &str) -> bool {
    matches!(directional(first), Some("n" | "s")) && matches!(directional(second), Some("e" | "w"))
}
