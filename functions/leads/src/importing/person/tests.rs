use super::*;
use crate::importing::columns::columns;
use plat_sheets::{Encoding, Table};

/// The person of a row, whose columns are called so.
fn read(columns_and_cells: &[(&str, &str)]) -> Result<Person, Unfit> {
    let table = Table {
        encoding: Encoding::Utf8,
        delimiter: ',',
        columns: columns_and_cells
            .iter()
            .map(|(name, _)| (*name).to_owned())
            .collect(),
    };
    let columns = columns(&table, &BTreeMap::new(), &[]).unwrap();
    let cells: Vec<String> = columns_and_cells
        .iter()
        .map(|(_, cell)| (*cell).to_owned())
        .collect();
    let reader = Reader {
        columns: &columns,
        definitions: &[],
        country: "US",
        members: &BTreeMap::new(),
    };
    reader.read(&cells)
}

/// The same of somebody who can be reached.
fn person(columns_and_cells: &[(&str, &str)]) -> Person {
    let reached = [("Email", "ann@example.com")];
    read(&[columns_and_cells, &reached].concat()).unwrap()
}

#[test]
fn a_name_is_put_together_of_what_there_is() {
    for (cells, name) in [
        (
            &[("First Name", "Ann"), ("Last Name", "Lee")][..],
            "Ann Lee",
        ),
        (&[("First Name", ""), ("Last Name", "Lee")], "Lee"),
        (&[("Name", "Ann Lee"), ("Company", "Lee Co")], "Ann Lee"),
        (&[("First Name", "Ann"), ("Name", "Somebody")], "Ann"),
        (&[("Name", ""), ("Company", "Lee Co")], "Lee Co"),
    ] {
        let found = person(cells).incoming.name.unwrap();
        assert_eq!(found.as_str(), name);
    }
}

#[test]
fn whoever_says_no_is_not_contacted() {
    let said = |cells: &[(&str, &str)]| {
        person(&[&[("Name", "Ann")], cells].concat())
            .incoming
            .consent
    };
    for (cells, call) in [
        (&[("DNC", "Yes")][..], Some(false)),
        (&[("DNC", "on the list")], Some(false)),
        (&[("DNC", "no")], None),
        (&[("DNC", "")], None),
        (&[("Call Consent", "yes")], Some(true)),
        (&[("Call Consent", "yes"), ("DNC", "x")], Some(false)),
        (&[("Call Consent", "perhaps")], None),
    ] {
        assert_eq!(said(cells).call, call, "{cells:?}");
    }
}

#[test]
fn the_address_of_the_property_comes_before_that_of_the_person() {
    let both = person(&[
        ("Name", "Ann"),
        ("Property Address", "12 Elm St"),
        ("Mailing Address", "PO Box 9"),
    ]);
    let one = person(&[("Name", "Ann"), ("Mailing Address", "PO Box 9")]);

    let street = |person: &Person| person.incoming.address.clone().unwrap().street.unwrap();
    assert_eq!(street(&both).as_str(), "12 Elm St");
    assert!(both.incoming.custom_fields.get("mailing_address").is_some());
    assert_eq!(street(&one).as_str(), "PO Box 9");
    assert!(one.incoming.custom_fields.is_empty());
}

#[test]
fn numbers_are_numbers_only_where_they_are_written_as_such() {
    for (cell, kept) in [
        ("3", "3"),
        ("-2.5", "-2.5"),
        ("true", "true"),
        ("007", "\"007\""),
        ("3.50", "\"3.50\""),
        ("'3", "\"3\""),
        ("'true", "\"true\""),
        ("'tis", "\"'tis\""),
        ("12345678901234567890", "\"12345678901234567890\""),
    ] {
        let person = person(&[("Name", "Ann"), ("Beds", cell)]);
        let value = person.incoming.custom_fields.get("Beds").unwrap();
        assert_eq!(serde_json::to_string(value).unwrap(), kept, "{cell}");
    }
}

#[test]
fn columns_beyond_what_a_lead_has_room_for_are_told() {
    let names: Vec<String> = (0..MAX_CUSTOM_FIELDS + 5)
        .map(|nth| format!("f{nth:03}"))
        .collect();
    let mut cells: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "x")).collect();
    cells.push(("Name", "Ann"));

    let person = person(&cells);

    assert_eq!(person.incoming.custom_fields.len(), MAX_CUSTOM_FIELDS);
    assert_eq!(
        person.remarks,
        ["5 columns were left out: a lead has no room for more"]
    );
}

#[test]
fn kinds_of_property_are_known_by_their_words() {
    for (cell, kind) in [
        ("Residential", PropertyType::Residential),
        ("Single Family Residence", PropertyType::Residential),
        ("Vacant Land", PropertyType::Land),
        ("Retail / Office", PropertyType::Commercial),
        ("Church", PropertyType::Other),
    ] {
        let person = person(&[("Name", "Ann"), ("Property Type", cell)]);
        assert_eq!(person.incoming.property_type, Some(kind), "{cell}");
    }
}
