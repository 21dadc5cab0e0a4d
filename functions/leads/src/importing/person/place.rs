//! The address of a row: of the property, or else of the person.

use super::{PARTS, Reading};
use plat_domain::{Address, Country, Invalid, Line, Text, UsPlace, fold};
use plat_sheets::{Field, Part};

/// The address. That of the person is kept as it was written if there is one of the property.
pub(super) fn address(row: &mut Reading<'_>) -> Option<Address> {
    let property = read(row, Field::Address);
    let of_person = PARTS.into_iter().chain([Part::Whole]).map(Field::Mailing);
    if property.is_none() {
        return read(row, Field::Mailing);
    }
    for field in of_person {
        if let Some((column, cell)) = row.cells.get(&field).copied() {
            row.keep(column, cell);
        }
    }
    property
}

fn read(row: &mut Reading<'_>, of: fn(Part) -> Field) -> Option<Address> {
    let mut address = Address {
        street: row.taken(of(Part::Street), Line::parse),
        unit: row.taken(of(Part::Unit), Text::parse),
        city: row.taken(of(Part::City), Text::parse),
        state: row.taken(of(Part::State), Text::parse),
        zip: row.taken(of(Part::Zip), Text::parse),
        country: row.taken(of(Part::Country), country),
    };
    let whole = row.cells.get(&of(Part::Whole)).copied();
    if let Some((_, line)) = whole
        && address.street.is_none()
    {
        address = match in_parts(line) {
            Some(parts) => Address {
                unit: address.unit.or(parts.unit),
                city: address.city.or(parts.city),
                state: address.state.or(parts.state),
                zip: address.zip.or(parts.zip),
                country: address.country,
                street: parts.street,
            },
            None => Address {
                street: row.taken(of(Part::Whole), Line::parse),
                ..address
            },
        };
    }
    address.check().ok()
}

/// A line such as `123 Main St, Unit 4, Austin, TX 78701` in its parts; none if it may not mean that. It does if both
/// readings are of one place.
fn in_parts(line: &str) -> Option<Address> {
    let meant = UsPlace::read(line)?;
    let parts: Vec<&str> = line.split(',').map(str::trim).collect();
    let (street, unit, city, last) = match parts.as_slice() {
        [street, city, last] => (*street, None, *city, *last),
        [street, unit, city, last] => (*street, Some(*unit), *city, *last),
        _ => return None,
    };
    let (state, zip) = last.rsplit_once(' ').unwrap_or((last, ""));
    let parse_some = |text: &str| (!text.is_empty()).then(|| Text::parse(text).ok()).flatten();
    let address = Address {
        street: Line::parse(street).ok(),
        unit: unit.and_then(|unit| Text::parse(unit).ok()),
        city: Text::parse(city).ok(),
        state: Text::parse(state).ok(),
        zip: parse_some(zip),
        country: None,
    };
    let is_meant = UsPlace::of(&address).is_some_and(|place| place.is_same(&meant));
    is_meant.then_some(address)
}

fn country(text: &str) -> Result<Country, Invalid> {
    match fold(text).as_str() {
        "usa" | "united states" | "united states of america" => Country::parse("US"),
        _ => Country::parse(text),
    }
}
