use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::invalid::code_of as code;

fn definition(key: &str, kind: Value) -> FieldDefinition {
    let mut definition = json!({"id": CustomFieldId::from_bits(1), "key": key, "name": key});
    definition
        .as_object_mut()
        .unwrap()
        .extend(kind.as_object().unwrap().clone());
    serde_json::from_value(definition).unwrap()
}

fn house() -> Vec<FieldDefinition> {
    vec![
        definition("roof", json!({"type": "text"})),
        definition("beds", json!({"type": "number"})),
        definition(
            "debt",
            json!({"type": "money", "currency": "USD", "required": true}),
        ),
        definition("sold", json!({"type": "date"})),
        definition(
            "state",
            json!({"type": "choice", "options": ["Vacant", "Rented", "Café"]}),
        ),
        definition("pool", json!({"type": "yes_no"})),
    ]
}

fn checked(fields: Value) -> Result<Value, Vec<(String, &'static str)>> {
    let fields = serde_json::from_value(fields).unwrap();
    match check(&house(), &fields) {
        Ok(fields) => Ok(serde_json::to_value(fields).unwrap()),
        Err(wrong) => Err(wrong
            .into_iter()
            .map(|(key, refused)| (key, refused.code))
            .collect()),
    }
}

#[test]
fn values_are_kept_in_one_form() {
    let written = json!({
        "roof": 78701, "beds": "1,250.50", "debt": "($1,250.5)", "sold": "3/1/2026", "state": "cafe", "pool": "Yes",
        "other": " as it is ",
    });

    assert_eq!(
        checked(written),
        Ok(json!({
            "roof": "78701", "beds": 1250.5, "debt": "-1250.50", "sold": "2026-03-01", "state": "Café", "pool": true,
            "other": "as it is",
        }))
    );
}

#[test]
fn every_wrong_field_and_every_missing_one_is_named() {
    let wrong = |key: &str, code| (key.to_owned(), code);

    assert_eq!(
        checked(json!({
            "roof": true, "beds": "three", "sold": "2026-02-30", "state": "Sold", "pool": "maybe", "other": true,
        })),
        Err(vec![
            wrong("roof", "invalid_custom_value"),
            wrong("beds", "invalid_number"),
            wrong("debt", "required"),
            wrong("sold", "invalid_date"),
            wrong("state", "invalid_choice"),
            wrong("pool", "invalid_choice"),
        ])
    );
    assert_eq!(
        checked(json!({"debt": true, "beds": false, "sold": 20260301.5, "pool": 2})),
        Err(vec![
            wrong("beds", "invalid_number"),
            wrong("debt", "invalid_amount"),
            wrong("sold", "invalid_date"),
            wrong("pool", "invalid_choice"),
        ])
    );
}

#[test]
fn a_blank_text_is_no_value() {
    assert_eq!(
        checked(json!({"debt": "1", "roof": " ", "beds": ""})),
        Ok(json!({"debt": "1.00"}))
    );
    assert_eq!(
        checked(json!({"debt": " "})),
        Err(vec![("debt".to_owned(), "required")])
    );
}

/// What a cell becomes in a field of this kind, or the code of its refusal.
fn cell(kind: Value, text: &str) -> Value {
    match parse_cell(&definition("field", kind), text) {
        Ok(value) => serde_json::to_value(value).unwrap(),
        Err(refused) => json!({"code": refused.code}),
    }
}

fn refusal(code: &str) -> Value {
    json!({"code": code})
}

#[test]
fn numbers_are_read_as_spreadsheets_write_them() {
    let cases = [
        ("3", json!(3)),
        (" 3.50 ", json!(3.5)),
        ("1,250,000", json!(1_250_000)),
        ("1,250.75", json!(1250.75)),
        ("-4", json!(-4)),
        ("\u{2212}4", json!(-4)),
        ("+4", json!(4)),
        (".5", json!(0.5)),
        ("5.", json!(5)),
        ("007", json!(7)),
        ("0", json!(0)),
        ("-0", json!(0)),
    ];
    for (text, expected) in cases {
        assert_eq!(cell(json!({"type": "number"}), text), expected, "{text}");
    }
    for text in [
        "three",
        "1,25",
        "12,50,000",
        ",250",
        "1250,000",
        "1.2.3",
        "1e3",
        "5%",
        "--4",
        ".",
        "-",
        "1 250",
        "$5",
    ] {
        assert_eq!(
            cell(json!({"type": "number"}), text),
            refusal("invalid_number"),
            "{text}"
        );
    }
    assert_eq!(
        cell(json!({"type": "number"}), "1000000000000000"),
        refusal("invalid_custom_value")
    );
    assert_eq!(cell(json!({"type": "number"}), " "), refusal("required"));
}

#[test]
fn amounts_are_read_with_their_currency() {
    let cases = [
        ("USD", "1250.5", json!("1250.50")),
        ("USD", "$1,250.50", json!("1250.50")),
        ("USD", "$ 1,250", json!("1250.00")),
        ("USD", "1250 USD", json!("1250.00")),
        ("USD", "usd 1,250", json!("1250.00")),
        ("USD", "1250.500", json!("1250.50")),
        ("USD", "(1,250.50)", json!("-1250.50")),
        ("USD", "-$5", json!("-5.00")),
        ("USD", "$-5", json!("-5.00")),
        ("EUR", "1250 €", json!("1250.00")),
        ("JPY", "¥1,250", json!("1250")),
        ("CAD", "$5", json!("5.00")),
        ("USD", "€5", refusal("invalid_amount")),
        ("USD", "5 EUR", refusal("invalid_amount")),
        ("USD", "-$-5", refusal("invalid_amount")),
        ("USD", "1.255", refusal("invalid_amount")),
        ("JPY", "1.5", refusal("invalid_amount")),
        ("USD", "1.2M", refusal("invalid_amount")),
        ("USD", "999999999999999", refusal("invalid_amount")),
        ("USD", "$", refusal("invalid_amount")),
    ];
    for (currency, text, expected) in cases {
        let kind = json!({"type": "money", "currency": currency});
        assert_eq!(cell(kind, text), expected, "{currency} {text}");
    }
}

#[test]
fn days_are_read_with_the_month_first() {
    let cases = [
        "2026-03-01",
        "2026-03-01T09:00:00Z",
        "2026-03-01 00:00:00",
        "2026-03-01T23:59:59.000-05:00",
        "2026/3/1",
        "3/1/2026",
        "03/01/2026",
        "3-1-2026",
        "3.1.2026",
        "3/1/26",
        "3/1/2026 12:00:00 AM",
        "Mar 1, 2026",
        "March 1st, 2026",
        "1 Mar 2026",
        "1-Mar-26",
        "MARCH 1 2026",
        "20260301",
    ];
    for text in cases {
        assert_eq!(
            cell(json!({"type": "date"}), text),
            json!("2026-03-01"),
            "{text}"
        );
    }
    assert_eq!(cell(json!({"type": "date"}), "3/1/98"), json!("1998-03-01"));
    for text in [
        "2026-02-30",
        "13/1/2026",
        "2026-13-01",
        "3/1",
        "2026",
        "today",
        "46082",
        "3/1/202",
        "Smarch 1, 2026",
        "Ma 1, 2026",
        "2026-03-01x",
        "3/1/2026 and more",
        "2026030",
        "é/1/2026",
    ] {
        assert_eq!(
            cell(json!({"type": "date"}), text),
            refusal("invalid_date"),
            "{text}"
        );
    }
}

#[test]
fn choices_yes_and_no_are_read_in_any_case() {
    let choice = json!({"type": "choice", "options": ["Vacant", "Owner occupied", "Café"]});
    for (text, expected) in [
        ("VACANT", json!("Vacant")),
        (" owner occupied ", json!("Owner occupied")),
        ("CAFE", json!("Café")),
        ("vacan", refusal("invalid_choice")),
    ] {
        assert_eq!(cell(choice.clone(), text), expected, "{text}");
    }
    for (texts, expected) in [
        (["yes", "Y", "TRUE", "t", "1", "X"], json!(true)),
        (["no", "N", "False", "f", "0", "NO"], json!(false)),
        (
            ["2", "maybe", "on", "ja", "-", "yes!"],
            refusal("invalid_choice"),
        ),
    ] {
        for text in texts {
            assert_eq!(cell(json!({"type": "yes_no"}), text), expected, "{text}");
        }
    }
}

#[test]
fn a_refusal_names_some_of_the_options() {
    let options: Vec<String> = (0..50).map(|n| format!("option {n}")).collect();
    let field = definition("field", json!({"type": "choice", "options": options}));

    let refused = parse_cell(&field, "none").unwrap_err();

    assert!(
        refused
            .detail
            .starts_with("Write one of: option 0, option 1,")
    );
    assert!(
        refused.detail.ends_with("option 9, …."),
        "{}",
        refused.detail
    );
}

#[test]
fn a_key_is_made_of_the_name_and_is_free() {
    let mut taken = BTreeSet::new();
    let long = "a".repeat(64);
    for (name, expected) in [
        ("Roof age (years)", "roof_age_years"),
        ("roof AGE years", "roof_age_years_2"),
        ("Roof.age-years", "roof_age_years_3"),
        ("Größe", "grosse"),
        ("不動産", "field"),
        ("!!!", "field_2"),
        (
            long.as_str(),
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        ),
    ] {
        let key = FieldKey::of(&FieldName::parse(name).unwrap(), &taken);
        assert_eq!(key.as_str(), expected, "{name}");
        assert_eq!(FieldKey::parse(key.as_str()).as_ref(), Ok(&key));
        taken.insert(key);
    }
    assert_eq!(
        FieldKey::parse("no spaces").unwrap_err().code,
        "invalid_custom_field_name"
    );
}

#[test]
fn options_are_few_and_different() {
    let many: Vec<String> = (0..51).map(|n| n.to_string()).collect();
    for (options, expected) in [
        (json!([]), "required"),
        (json!(many), "too_many_options"),
        (json!(["Vacant", "VACANT"]), "duplicate_option"),
        (json!(["Cafe", "Café"]), "duplicate_option"),
        (json!([""]), "required"),
        (json!(["x".repeat(101)]), "too_long"),
    ] {
        assert_eq!(code::<FieldOptions>(options.clone()), expected, "{options}");
    }
}

#[test]
fn the_fields_of_a_team_are_checked_as_a_whole() {
    let fields = |count: usize, required: bool| -> Vec<FieldDefinition> {
        let one = |n| {
            definition(
                &format!("f{n}"),
                json!({"type": "text", "required": required}),
            )
        };
        (0..count).map(one).collect()
    };
    let codes =
        |fields: &[FieldDefinition]| check_definitions(fields).map_err(|refused| refused.code);

    assert_eq!(codes(&fields(100, false)), Ok(()));
    assert_eq!(codes(&fields(101, false)), Err("too_many_fields"));
    assert_eq!(codes(&fields(100, true)), Ok(()));
    let mut named_twice = fields(2, false);
    named_twice[1].name = FieldName::parse("F0").unwrap();
    assert_eq!(codes(&named_twice), Err("duplicate_field"));
    let mut keyed_twice = fields(2, false);
    keyed_twice[1].key = FieldKey::parse("f0").unwrap();
    assert_eq!(codes(&keyed_twice), Err("duplicate_field"));
}

#[test]
fn a_definition_is_read_as_it_was_written() {
    for field in house() {
        let written = serde_json::to_value(&field).unwrap();
        assert_eq!(
            serde_json::from_value::<FieldDefinition>(written).unwrap(),
            field
        );
    }
    assert_eq!(
        serde_json::to_value(&house()[4]).unwrap(),
        json!({
            "id": CustomFieldId::from_bits(1), "key": "state", "name": "state", "type": "choice",
            "options": ["Vacant", "Rented", "Café"], "required": false,
        })
    );
    let dollars = definition("debt", json!({"type": "money"}));
    assert_eq!(
        dollars.kind,
        FieldType::Money {
            currency: Currency::USD
        }
    );
}

proptest! {
    #[test]
    fn checking_twice_changes_nothing(
        text in "\\PC{0,20}",
        number in "-?[0-9]{1,3}(,[0-9]{3})?(\\.[0-9]{1,3})?",
        day in "[0-9]{1,4}[/-][0-9]{1,2}[/-][0-9]{1,4}",
        yes in "[yYnNtTfF01x]|yes|NO",
    ) {
        let values = [("roof", &text), ("beds", &number), ("debt", &number), ("sold", &day), ("state", &text), ("pool", &yes)];
        for (key, value) in values {
            let fields = json!({ key: value, "debt": if key == "debt" { value } else { "1" } });
            let Ok(fields) = serde_json::from_value::<CustomFields>(fields) else { continue };
            if let Ok(once) = check(&house(), &fields) {
                prop_assert_eq!(check(&house(), &once), Ok(once.clone()));
            }
        }
    }

    #[test]
    fn reading_a_cell_never_panics(text in "(?s).{0,30}", number in "[ -~€]{0,12}") {
        for field in house() {
            for text in [&text, &number] {
                if let Ok(value) = parse_cell(&field, text) {
                    let fields = CustomFields::new(BTreeMap::from([("x".to_owned(), value)]));
                    prop_assert!(fields.is_ok());
                }
            }
        }
    }

    #[test]
    fn an_amount_is_read_as_it_is_kept(minor in -10_000_000_000_000_i64..=10_000_000_000_000) {
        let amount = crate::SignedMoney::new(minor, Currency::USD).amount();
        prop_assert_eq!(cell(json!({"type": "money"}), &amount), json!(amount));
    }
}
