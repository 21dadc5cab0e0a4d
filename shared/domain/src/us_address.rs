//! US addresses: when two spellings are one place.
//!
//! What belongs here: reading an address, in parts or in one line, into the form of USPS Publication 28, and the keys of the
//! place it names. What does not: whether mail arrives there, which only the Postal Service knows, and addresses of other
//! countries, which have other rules.
//!
//! What is not understood is kept as it was written. So two addresses may be one place and not be seen to be, which costs a
//! duplicate; the other mistake would cost a person.

use std::collections::BTreeSet;
use std::fmt;

use crate::{Address, Country, Text};

mod delivery;
mod tables;
mod tokens;

use delivery::{Delivery, Ends};
use tables::state;
use tokens::{is_zip, joined, tokens};

/// Countries whose mail the Postal Service carries by the same rules.
const ALIKE_COUNTRIES: [&str; 6] = ["US", "PR", "GU", "VI", "AS", "MP"];

/// A place under one of the ways to tell it from others, such as `123 n main st #4, 62704`.
///
/// It has lower-case words without diacritics, and is as long as the address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlaceKey(String);

impl PlaceKey {
    /// The key as a text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PlaceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A place in the United States: a number on a street or at a post office, and where that is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsPlace {
    delivery: Delivery,
    zip: Option<String>,
    city: Option<String>,
    state: Option<String>,
}

impl UsPlace {
    /// The place that an address names; none if it has no number and street, or neither city nor ZIP code, or is abroad.
    /// Number 0 is none: lists have it for every lot without a house.
    pub fn of(address: &Address) -> Option<Self> {
        let is_abroad = |country: &Country| !ALIKE_COUNTRIES.contains(&country.as_str());
        if address.country.as_ref().is_some_and(is_abroad) {
            return None;
        }
        let city = address.city.as_ref().map(|city| tokens(city.as_str()));
        let state = address.state.as_ref().map(Text::as_str).map(state_of);
        let zip = address.zip.as_ref().map(Text::as_str).and_then(zip_of);
        let mut reading = Reading {
            city: city.as_deref().and_then(city_of),
            state,
            zip,
            ..Reading::default()
        };
        if let Some(unit) = &address.unit {
            reading
                .units
                .extend(delivery::units(&tokens(unit.as_str())));
        }
        reading.read(address.street.as_ref()?.as_str());
        reading.place()
    }

    /// The place that one line names, such as `123 N. Main Street, Apt #4, Springfield, Illinois 62704-1234`. Commas part
    /// street, unit, city and state in any order; without them the street must end with a suffix such as `St`.
    pub fn read(line: &str) -> Option<Self> {
        let mut reading = Reading::default();
        reading.read(line);
        reading.place()
    }

    /// The keys of the place: by its ZIP code and by its city, as far as it says them. Who shares one is at the same place.
    /// Two spellings of one place share one unless the first says only the ZIP code and the second only the city, or one
    /// of them neither ZIP code nor state.
    pub fn keys(&self) -> BTreeSet<PlaceKey> {
        let delivery = &self.delivery;
        let by_zip = self.zip.as_ref().map(|zip| format!("{delivery}, {zip}"));
        let by_city = self.city.as_ref().map(|city| match &self.state {
            Some(state) => format!("{delivery}, {city} {state}"),
            None => format!("{delivery}, {city}"),
        });
        by_zip.into_iter().chain(by_city).map(PlaceKey).collect()
    }

    /// Whether the other is the same place: the same number, street and unit, in the same ZIP code or in the same city.
    /// One of the two is enough: people write the next larger city, and ZIP codes with mistakes, and no two houses of a
    /// city have one address.
    pub fn is_same(&self, other: &Self) -> bool {
        self.delivery == other.delivery && self.is_near(other)
    }

    /// Whether the other is the same house, and one of the two does not say which unit.
    pub fn is_same_house(&self, other: &Self) -> bool {
        let one_is_silent = self.delivery.units.is_empty() != other.delivery.units.is_empty();
        one_is_silent && self.delivery.house == other.delivery.house && self.is_near(other)
    }

    fn is_near(&self, other: &Self) -> bool {
        let is_same = |one: &Option<String>, other: &Option<String>| one.is_some() && one == other;
        is_same(&self.zip, &other.zip)
            || (is_same(&self.city, &other.city) && !differ(&self.state, &other.state))
    }
}

fn differ(one: &Option<String>, other: &Option<String>) -> bool {
    matches!((one, other), (Some(one), Some(other)) if one != other)
}

/// An address as far as it has been read.
#[derive(Default)]
struct Reading {
    house: Option<String>,
    units: BTreeSet<String>,
    city: Option<String>,
    state: Option<String>,
    zip: Option<String>,
}

impl Reading {
    fn read(&mut self, line: &str) {
        // Of an address in parts, what stands beside the street in its field is not another city.
        let is_located = self.city.is_some() || self.zip.is_some();
        let mut parts: Vec<Vec<String>> = Vec::new();
        for part in line.split([',', ';', '\n']).map(tokens) {
            match parts.last_mut() {
                // `RR 2, Box 18` is not `Box 18`.
                Some(before) if delivery::goes_on(before, &part) => before.extend(part),
                Some(_) | None => parts.push(part),
            }
        }
        let (mut streets, mut rest) = (Vec::new(), Vec::new());
        for mut part in parts {
            without_country(&mut part);
            if delivery::begins(&part) {
                streets.push(part);
            } else {
                let (units, behind) = delivery::leading_units(&part);
                self.units.extend(units);
                rest.push(behind.to_vec());
            }
        }
        if !is_located {
            self.locate(rest);
        }
        // A house is a better place than the box of whoever owns it.
        streets.sort_by_key(|part| delivery::is_box(part));
        let Some(mut street) = streets.into_iter().next() else {
            return;
        };
        if self.zip.is_none() {
            self.zip = take_last_zip(&mut street);
            if self.zip.is_some() && self.state.is_none() {
                self.state = take_code(&mut street);
            }
        }
        let ends = match self.city {
            Some(_) => Ends::WithTheLine,
            None => Ends::BeforeTheCity,
        };
        if let Some((Delivery { house, units }, city)) = delivery::read(&street, ends) {
            self.house = Some(house);
            self.units.extend(units);
            if !city.is_empty() {
                self.locate(vec![city]);
            }
        }
    }

    /// Reads city, state and ZIP code out of what is neither street nor unit.
    fn locate(&mut self, mut parts: Vec<Vec<String>>) {
        for part in &mut parts {
            if self.zip.is_none() && part.first().is_some_and(|first| is_zip(first)) {
                self.zip = zip_of(&part.remove(0));
            }
            let ends_with_zip = part.last().is_some_and(|last| is_zip(last)) || lost_zero(part);
            if self.zip.is_none() && ends_with_zip {
                self.zip = part.pop().as_deref().and_then(zip_of);
            }
            if self.state.is_none() {
                self.state = take_code(part);
            }
        }
        parts.retain(|part| !part.is_empty());
        // Of `New York, New York` the last is the state.
        if self.state.is_none()
            && let Some(place) = parts
                .iter()
                .rposition(|part| state(&joined(part)).is_some())
        {
            self.state = state(&joined(&parts.remove(place))).map(str::to_owned);
        }
        if self.state.is_none() {
            self.state = parts.iter_mut().rev().find_map(take_name);
        }
        if self.city.is_none() {
            self.city = parts.last().and_then(|part| city_of(part));
        }
    }

    fn place(self) -> Option<UsPlace> {
        if self.city.is_none() && self.zip.is_none() {
            return None;
        }
        Some(UsPlace {
            delivery: Delivery {
                house: self.house?,
                units: self.units,
            },
            zip: self.zip,
            city: self.city,
            state: self.state,
        })
    }
}

/// Whether the words end with a state and four digits of a ZIP code, such as `MA 2110`.
fn lost_zero(part: &[String]) -> bool {
    matches!(part, [.., code, zip] if state(code).is_some() && zip.len() == 4 && zip_of(zip).is_some())
}

/// Takes the ZIP code off the end of a street without commas. A road may have a number of five digits too.
fn take_last_zip(street: &mut Vec<String>) -> Option<String> {
    let before = street.iter().rev().nth(1)?;
    let may_be = street.len() > 2
        && tables::suffix(before).is_none_or(|suffix| !tables::is_numbered(suffix))
        && !tables::is_dwelling(before)
        && before != "box";
    if may_be && is_zip(street.last()?) {
        zip_of(&street.pop()?)
    } else {
        None
    }
}

/// Takes the two letters of a state off the end.
fn take_code(part: &mut Vec<String>) -> Option<String> {
    let code = part.last().filter(|last| last.len() == 2)?;
    let found = state(code)?.to_owned();
    part.pop();
    Some(found)
}

/// Takes the name of a state off the end, if that leaves a city.
fn take_name(part: &mut Vec<String>) -> Option<String> {
    (1..part.len()).find_map(|start| {
        let found = state(&joined(part.get(start..)?))?.to_owned();
        part.truncate(start);
        Some(found)
    })
}

fn without_country(part: &mut Vec<String>) {
    let names = [
        "usa",
        "us",
        "u_s_a",
        "united_states",
        "united_states_of_america",
    ];
    let found = (0..part.len()).find(|start| {
        let is_name = part
            .get(*start..)
            .is_some_and(|end| names.contains(&joined(end).as_str()));
        // `Old US` would be a strange street, and a stranger country.
        is_name
            && (*start == 0
                || part
                    .get(start - 1)
                    .is_some_and(|word| is_zip(word) || state(word).is_some()))
    });
    if let Some(start) = found {
        part.truncate(start);
    }
}

/// The two letters of a state, or what was written.
fn state_of(text: &str) -> String {
    let words = joined(&tokens(text));
    state(&words).map_or(words, str::to_owned)
}

/// The five digits of a ZIP code, of nine or with the zeros that a spreadsheet took from its beginning.
fn zip_of(text: &str) -> Option<String> {
    let (zip, _) = text.trim().split_once('-').unwrap_or((text.trim(), ""));
    let is_number = !zip.is_empty() && zip.bytes().all(|byte| byte.is_ascii_digit());
    match zip.len() {
        3..=5 if is_number => Some(format!("{zip:0>5}")),
        9 if is_number => zip.get(..5).map(str::to_owned),
        _ => None,
    }
}

/// The city in one word, since people disagree on `De Kalb` and `DeKalb`.
fn city_of(words: &[String]) -> Option<String> {
    // A sign without a number, behind which the city follows.
    let mut words = words.strip_prefix(&["#".to_owned()]).unwrap_or(words);
    if let [kind, of, rest @ ..] = words
        && matches!(kind.as_str(), "city" | "town" | "village")
        && of == "of"
    {
        words = rest;
    }
    let (first, rest) = words.split_first()?;
    let first = match (first.as_str(), rest.is_empty()) {
        ("st", false) => "saint",
        ("ste", false) => "sainte",
        ("ft", false) => "fort",
        ("mt", false) => "mount",
        ("n", false) => "north",
        ("s", false) => "south",
        ("e", false) => "east",
        ("w", false) => "west",
        (other, _) => other,
    };
    Some(format!("{first}{}", rest.concat()))
}

#[cfg(test)]
mod tests;
