use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use plat_domain::{CustomFields, Invalid};
use proptest::prelude::*;
use serde::{Deserialize, Deserializer};
use serde_json::json;

use super::*;

/// Stands for a domain type: it reads a string and refuses with a tagged message.
#[derive(Debug, PartialEq, JsonSchema)]
struct Email(String);

impl<'de> Deserialize<'de> for Email {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.contains('@') {
            Ok(Self(text))
        } else {
            Err(Invalid::new("invalid_email", "Write an e-mail address.").into_serde())
        }
    }
}

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Status {
    New,
    Contacted,
    ClosedWon,
}

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Address {
    street: String,
    city: String,
    unit: Option<String>,
}

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(try_from = "RawSpan")]
#[schemars(with = "RawSpan")]
struct Span {
    low: u32,
    high: u32,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RawSpan {
    low: u32,
    high: u32,
}

impl TryFrom<RawSpan> for Span {
    type Error = String;

    fn try_from(RawSpan { low, high }: RawSpan) -> Result<Self, Self::Error> {
        if low > high {
            return Err(Invalid::new("invalid_span", "Write the lower bound first.").tagged());
        }
        Ok(Self { low, high })
    }
}

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Target {
    Everyone,
    Lead { id: u8, note: Option<String> },
    Pair(u8, u8),
    Number(u8),
}

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Everything {
    name: String,
    email: Email,
    phone: Option<String>,
    status: Status,
    score: u8,
    ratio: f64,
    active: bool,
    #[serde(default)]
    tags: Vec<String>,
    address: Address,
    #[serde(default)]
    limits: BTreeMap<String, i32>,
    span: Option<Span>,
    target: Option<Target>,
}

fn everything() -> Value {
    json!({
        "name": "Ada",
        "email": "ada@example.test",
        "phone": "+15550100",
        "status": "new",
        "score": 7,
        "ratio": 0.5,
        "active": true,
        "tags": ["a", "b", "c", "d"],
        "address": {"street": "1 Main", "city": "Town"},
        "limits": {"x": 1, "a/b~c": 2},
        "span": {"low": 1, "high": 2},
        "target": {"lead": {"id": 1}},
    })
}

fn with(pointer: &str, value: Value) -> Value {
    let mut body = everything();
    put(&mut body, pointer, Some(value));
    body
}

fn without(pointer: &str) -> Value {
    let mut body = everything();
    put(&mut body, pointer, None);
    body
}

fn put(body: &mut Value, pointer: &str, value: Option<Value>) {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let name = name.replace("~1", "/").replace("~0", "~");
    match (body.pointer_mut(parent).unwrap(), value) {
        (Value::Object(entries), Some(value)) => {
            entries.insert(name, value);
        }
        (Value::Object(entries), None) => {
            entries.remove(&name);
        }
        (Value::Array(items), Some(value)) => items[name.parse::<usize>().unwrap()] = value,
        (other, _) => panic!("{other} has no entry {name}"),
    }
}

fn errors<T: DeserializeOwned + JsonSchema + Debug>(body: &Value) -> Vec<FieldError> {
    read_body::<T>(body).unwrap_err()
}

fn codes(errors: &[FieldError]) -> Vec<(&str, &str)> {
    errors
        .iter()
        .map(|error| (error.pointer.as_str(), error.code.as_str()))
        .collect()
}

type Query<'q> = &'q [(&'q str, &'q str)];

fn pairs(query: Query<'_>) -> Vec<(String, String)> {
    query
        .iter()
        .map(|&(name, text)| (name.to_owned(), text.to_owned()))
        .collect()
}

#[test]
fn a_good_body_is_read() {
    let read: Everything = read_body(&everything()).unwrap();
    assert_eq!(read, serde_json::from_value(everything()).unwrap());
}

#[test]
fn each_kind_of_error_has_its_pointer_code_and_detail() {
    let choice = "Write one of: new, contacted, closed_won.";
    let byte = "Write a whole number between 0 and 255.";
    let not_null = "This field is required. It cannot be null.";
    let cases = [
        (
            with("/name", json!(5)),
            "/name",
            "invalid_type",
            "Write a string.",
        ),
        (with("/name", json!(null)), "/name", "required", not_null),
        (
            without("/name"),
            "/name",
            "required",
            "This field is required.",
        ),
        (
            with("/email", json!("ada")),
            "/email",
            "invalid_email",
            "Write an e-mail address.",
        ),
        (
            with("/email", json!([])),
            "/email",
            "invalid_type",
            "Write a string.",
        ),
        (
            with("/phone", json!(true)),
            "/phone",
            "invalid_type",
            "Write a string.",
        ),
        (
            with("/status", json!("gone")),
            "/status",
            "invalid_choice",
            choice,
        ),
        (with("/status", json!(1)), "/status", "invalid_type", choice),
        (
            with("/status", json!({})),
            "/status",
            "invalid_type",
            choice,
        ),
        (
            with("/status", json!({"new": 1})),
            "/status",
            "invalid_type",
            "Write a string.",
        ),
        (
            with("/score", json!("7")),
            "/score",
            "invalid_type",
            "Write a whole number.",
        ),
        (
            with("/score", json!(7.5)),
            "/score",
            "invalid_type",
            "Write a whole number.",
        ),
        (with("/score", json!(256)), "/score", "out_of_range", byte),
        (with("/score", json!(-1)), "/score", "out_of_range", byte),
        (with("/score", json!(1e30)), "/score", "out_of_range", byte),
        (
            with("/ratio", json!("0.5")),
            "/ratio",
            "invalid_type",
            "Write a number.",
        ),
        (
            with("/active", json!("true")),
            "/active",
            "invalid_type",
            "Write true or false.",
        ),
        (
            with("/active", json!(0)),
            "/active",
            "invalid_type",
            "Write true or false.",
        ),
        (
            with("/tags", json!("a")),
            "/tags",
            "invalid_type",
            "Write a list.",
        ),
        (
            with("/tags/3", json!(1)),
            "/tags/3",
            "invalid_type",
            "Write a string.",
        ),
        (
            with("/tags/3", json!(null)),
            "/tags/3",
            "invalid_type",
            "Write a string.",
        ),
        (
            with("/address", json!([])),
            "/address",
            "invalid_type",
            "Write an object.",
        ),
        (
            with("/address", json!(["s", "c", "u"])),
            "/address",
            "invalid_type",
            "Write an object.",
        ),
        (
            with("/address/city", json!(1)),
            "/address/city",
            "invalid_type",
            "Write a string.",
        ),
        (
            without("/address/city"),
            "/address/city",
            "required",
            "This field is required.",
        ),
        (
            with("/limits/y", json!("1")),
            "/limits/y",
            "invalid_type",
            "Write a whole number.",
        ),
        (
            with("/limits/a~1b~0c", json!({})),
            "/limits/a~1b~0c",
            "invalid_type",
            "Write a whole number.",
        ),
        (
            with("/span", json!({"low": 3, "high": 2})),
            "/span",
            "invalid_span",
            "Write the lower bound first.",
        ),
        (
            with("/span/low", json!("1")),
            "/span/low",
            "invalid_type",
            "Write a whole number.",
        ),
        (
            with("/target", json!("nobody")),
            "/target",
            "invalid_choice",
            "Write one of: everyone, lead, pair, number.",
        ),
        (
            with("/target", json!("lead")),
            "/target",
            "invalid_type",
            "Write an object.",
        ),
        (
            with("/target/lead/id", json!(-1)),
            "/target/lead/id",
            "out_of_range",
            byte,
        ),
        (
            with("/target", json!({"pair": [1]})),
            "/target/pair",
            "invalid_length",
            "Write a list of 2 items.",
        ),
        (
            with("/target", json!({"number": "x"})),
            "/target/number",
            "invalid_type",
            "Write a whole number.",
        ),
        (
            with("/nmae", json!("x")),
            "/nmae",
            "unknown_field",
            "There is no such field here.",
        ),
        (
            with("/address/zip", json!("x")),
            "/address/zip",
            "unknown_field",
            "There is no such field here.",
        ),
    ];
    for (body, pointer, code, detail) in cases {
        let expected = [FieldError {
            pointer: pointer.to_owned(),
            code: code.to_owned(),
            detail: detail.to_owned(),
        }];
        assert_eq!(errors::<Everything>(&body), expected, "{body}");
    }
}

#[test]
fn twelve_fields_with_seven_wrong_report_exactly_those() {
    let body = json!({
        "email": "ada",
        "phone": "+15550100",
        "status": "gone",
        "score": 1000,
        "ratio": 0.5,
        "active": "yes",
        "tags": ["a", 1, "c", null],
        "address": {"street": 1, "zip": "0"},
        "limits": {"x": 1},
        "span": {"low": 9, "high": 2},
        "target": "everyone",
    });
    assert_eq!(
        codes(&errors::<Everything>(&body)),
        [
            ("/active", "invalid_type"),
            ("/address/city", "required"),
            ("/address/street", "invalid_type"),
            ("/address/zip", "unknown_field"),
            ("/email", "invalid_email"),
            ("/name", "required"),
            ("/score", "out_of_range"),
            ("/span", "invalid_span"),
            ("/status", "invalid_choice"),
            ("/tags/1", "invalid_type"),
            ("/tags/3", "invalid_type"),
        ]
    );
}

#[test]
fn a_body_that_is_no_object_is_one_error_at_the_root() {
    for body in [json!(null), json!([]), json!("x"), json!(1)] {
        let found = errors::<Everything>(&body);
        assert_eq!(codes(&found), [("", "invalid_type")], "{body}");
        assert_eq!(found[0].detail, "Write an object.");
    }
}

#[test]
fn an_empty_object_misses_every_required_field() {
    let found = errors::<Everything>(&json!({}));
    assert_eq!(
        codes(&found),
        [
            "/active", "/address", "/email", "/name", "/ratio", "/score", "/status"
        ]
        .map(|pointer| (pointer, "required"))
    );
}

#[test]
fn unknown_fields_are_all_reported_beside_other_errors() {
    let body = json!({"street": 1, "zip": 1, "a/b": 1, "~": 1});
    assert_eq!(
        codes(&errors::<Address>(&body)),
        [
            ("/a~1b", "unknown_field"),
            ("/city", "required"),
            ("/street", "invalid_type"),
            ("/zip", "unknown_field"),
            ("/~0", "unknown_field"),
        ]
    );
}

#[test]
fn a_whole_number_may_be_written_with_a_fraction_of_zero() {
    for (score, expected) in [
        (json!(5.0), Some(5)),
        (json!(0.0), Some(0)),
        (json!(-1.0), None),
    ] {
        let read = read_body::<Everything>(&with("/score", score));
        assert_eq!(read.ok().map(|read| read.score), expected);
    }
}

#[test]
fn a_number_too_long_to_be_exact_is_out_of_range_rather_than_rounded() {
    for text in ["-9223372036854775809", "18446744073709551616", "1e17"] {
        let body = parse_json(text.as_bytes()).unwrap();
        assert_eq!(
            codes(&errors::<i64>(&body)),
            [("", "out_of_range")],
            "{text}"
        );
    }
    let body = parse_json(b"18446744073709551615").unwrap();
    assert_eq!(read_body::<u64>(&body), Ok(u64::MAX));
    assert_eq!(codes(&errors::<i64>(&body)), [("", "out_of_range")]);
}

#[test]
fn a_struct_whose_fields_are_wrong_is_not_blamed_for_itself() {
    #[derive(Debug, Deserialize, JsonSchema)]
    #[serde(try_from = "RawContact")]
    #[schemars(with = "RawContact")]
    struct Contact;

    #[derive(Deserialize, JsonSchema)]
    struct RawContact {
        email: Option<Email>,
        phone: Option<String>,
    }

    impl TryFrom<RawContact> for Contact {
        type Error = String;
        fn try_from(raw: RawContact) -> Result<Self, Self::Error> {
            if raw.email.is_none() && raw.phone.is_none() {
                return Err(
                    Invalid::new("required", "Write an e-mail address or a phone number.").tagged(),
                );
            }
            Ok(Self)
        }
    }

    assert_eq!(codes(&errors::<Contact>(&json!({}))), [("", "required")]);
    assert_eq!(
        codes(&errors::<Contact>(&json!({"email": "x"}))),
        [("/email", "invalid_email")]
    );
}

#[test]
fn errors_in_lists_of_structs_name_the_item() {
    let body = json!([
        {"street": "s", "city": "c"},
        {"street": "s"},
        {"street": 1, "city": 2, "more": 3},
        null,
        {"street": "s", "city": "c", "unit": []},
    ]);
    assert_eq!(
        codes(&errors::<Vec<Address>>(&body)),
        [
            ("/1/city", "required"),
            ("/2/city", "invalid_type"),
            ("/2/more", "unknown_field"),
            ("/2/street", "invalid_type"),
            ("/3", "invalid_type"),
            ("/4/unit", "invalid_type"),
        ]
    );
}

#[test]
fn several_errors_inside_a_variant_are_found() {
    let body = with("/target", json!({"lead": {"id": "x", "note": 1}}));
    assert_eq!(
        codes(&errors::<Everything>(&body)),
        [
            ("/target/lead/id", "invalid_type"),
            ("/target/lead/note", "invalid_type")
        ]
    );
    let body = with("/target", json!({"pair": ["x", 300]}));
    assert_eq!(
        codes(&errors::<Everything>(&body)),
        [
            ("/target/pair/0", "invalid_type"),
            ("/target/pair/1", "out_of_range")
        ]
    );
    let body = with("/target", json!({"lead": {"note": "x"}}));
    assert_eq!(
        codes(&errors::<Everything>(&body)),
        [("/target/lead/id", "required")]
    );
}

#[test]
fn the_keys_of_a_map_are_checked_and_pointed_at() {
    let body = json!({"1": "a", "x": "b", "300": "c", "2": 5});
    assert_eq!(
        codes(&errors::<BTreeMap<u8, String>>(&body)),
        [
            ("/2", "invalid_type"),
            ("/300", "out_of_range"),
            ("/x", "invalid_type")
        ]
    );
}

#[test]
fn a_name_that_the_visitor_of_a_map_refuses_is_pointed_at() {
    let body = json!({"a": [], "b c": "x", "d": "x", "e f": [], "g": null});
    assert_eq!(
        codes(&errors::<CustomFields>(&body)),
        [
            ("/a", "invalid_custom_value"),
            ("/b c", "invalid_custom_field_name"),
            ("/e f", "invalid_custom_field_name"),
            ("/g", "invalid_custom_value"),
        ]
    );
}

#[test]
fn a_field_given_under_two_names_is_reported_at_the_second() {
    #[derive(Debug, Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only read")]
    struct Renamed {
        #[serde(alias = "b")]
        a: u8,
        z: u8,
    }

    let body = json!({"a": 1, "b": 1, "z": "x"});
    assert_eq!(
        codes(&errors::<Renamed>(&body)),
        [("/b", "duplicate_field"), ("/z", "invalid_type")]
    );
}

#[test]
fn a_recursive_type_is_walked_to_its_missing_fields() {
    #[derive(Debug, Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only read")]
    struct Folder {
        name: String,
        size: u8,
        #[serde(default)]
        folders: Vec<Folder>,
        parent: Option<Box<Folder>>,
    }

    let body =
        json!({"name": "a", "size": 1, "folders": [{"folders": [{"size": "x"}]}], "parent": {}});
    assert_eq!(
        codes(&errors::<Folder>(&body)),
        [
            ("/folders/0/folders/0/name", "required"),
            ("/folders/0/folders/0/size", "invalid_type"),
            ("/folders/0/name", "required"),
            ("/folders/0/size", "required"),
            ("/parent/name", "required"),
            ("/parent/size", "required"),
        ]
    );
}

#[test]
fn a_wrong_field_of_a_tagged_enum_is_reported_at_the_enum_but_missing_ones_by_name() {
    #[derive(Debug, Deserialize, JsonSchema)]
    #[serde(tag = "kind", rename_all = "snake_case")]
    #[expect(dead_code, reason = "only read")]
    enum Step {
        Wait { days: u8, hours: u8 },
        Send { template: String },
    }

    let body = json!([{"kind": "wait"}, {"kind": "send", "template": 1}, {}, {"kind": "stop"}]);
    assert_eq!(
        codes(&errors::<Vec<Step>>(&body)),
        [
            ("/0/days", "required"),
            ("/0/hours", "required"),
            ("/1", "invalid_type"),
            ("/2/kind", "required"),
            ("/3/kind", "invalid_choice"),
        ]
    );
}

#[test]
fn an_untagged_message_is_invalid_and_kept_short() {
    #[derive(Debug, JsonSchema)]
    struct Wordy;
    impl<'de> Deserialize<'de> for Wordy {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let text = String::deserialize(deserializer)?;
            Err(serde::de::Error::custom(format!("cannot read {text}")))
        }
    }

    let found = errors::<Wordy>(&json!("é".repeat(5000)));
    assert_eq!(codes(&found), [("", "invalid")]);
    assert!(found[0].detail.starts_with("cannot read é"));
    assert_eq!(found[0].detail.chars().count(), 300);
}

#[test]
fn an_error_wrapped_as_text_keeps_its_code() {
    #[derive(Debug, JsonSchema)]
    struct Wrapper;
    impl<'de> Deserialize<'de> for Wrapper {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            Status::deserialize(deserializer)
                .map(|_| Self)
                .map_err(serde::de::Error::custom)
        }
    }

    assert_eq!(
        codes(&errors::<Vec<Wrapper>>(&json!(["x"]))),
        [("/0", "invalid_choice")]
    );
}

#[test]
fn a_hostile_body_is_answered_with_a_bounded_list() {
    let list = json!({"tags": vec![json!(1); 100_000]});
    let objects = json!(vec![json!({}); 100_000]);
    let unknown: Map<String, Value> = (0..50_000).map(|n| (n.to_string(), json!(n))).collect();

    assert_eq!(errors::<Everything>(&list).len(), MAX_ERRORS);
    assert_eq!(errors::<Vec<Address>>(&objects).len(), MAX_ERRORS);
    assert_eq!(errors::<Address>(&Value::Object(unknown)).len(), MAX_ERRORS);
}

#[test]
fn a_name_too_long_to_repeat_is_reported_at_the_object_around_it() {
    let long = "x".repeat(500_000);
    let unknown = with(&format!("/address/{long}"), json!(1));
    let inside: Map<String, Value> = [(long, json!({"zip": 1, "city": 2}))].into_iter().collect();

    assert_eq!(
        codes(&errors::<Everything>(&unknown)),
        [("/address", "unknown_field")]
    );
    let found = errors::<BTreeMap<String, Address>>(&Value::Object(inside));
    assert_eq!(codes(&found), [("", "invalid_type")]);
}

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ListLeads {
    #[serde(default)]
    status: Vec<Status>,
    min_score: Option<i16>,
    ratio: Option<f64>,
    open: Option<bool>,
    q: Option<String>,
    team: String,
}

#[test]
fn parameters_become_what_the_type_asks_for() {
    let given = pairs(&[
        ("status", "new"),
        ("minScore", "-3"),
        ("ratio", "0.25"),
        ("open", "true"),
        ("status", "closed_won"),
        ("q", "5"),
        ("team", ""),
    ]);
    let read: ListLeads = read_params(&given).unwrap();
    assert_eq!(
        read,
        ListLeads {
            status: vec![Status::New, Status::ClosedWon],
            min_score: Some(-3),
            ratio: Some(0.25),
            open: Some(true),
            q: Some("5".to_owned()),
            team: String::new(),
        }
    );

    let read: ListLeads = read_params(&pairs(&[("team", "t"), ("status", "new")])).unwrap();
    assert_eq!(read.status, [Status::New]);
}

#[test]
fn each_kind_of_parameter_error_has_its_pointer_code_and_detail() {
    let whole = "Write a whole number.";
    let range = "Write a whole number between -32768 and 32767.";
    let choice = "Write one of: new, contacted, closed_won.";
    let unknown = "There is no such parameter here.";
    let cases: [(Query<'_>, &str, &str, &str); 16] = [
        (&[("minScore", "x")], "/minScore", "invalid_type", whole),
        (&[("minScore", "")], "/minScore", "invalid_type", whole),
        (&[("minScore", "-")], "/minScore", "invalid_type", whole),
        (&[("minScore", "+1")], "/minScore", "invalid_type", whole),
        (&[("minScore", "1.5")], "/minScore", "invalid_type", whole),
        (&[("minScore", "32768")], "/minScore", "out_of_range", range),
        (
            &[("minScore", &"9".repeat(60))],
            "/minScore",
            "out_of_range",
            range,
        ),
        (
            &[("ratio", "NaN")],
            "/ratio",
            "invalid_type",
            "Write a number.",
        ),
        (
            &[("ratio", "1e999")],
            "/ratio",
            "invalid_type",
            "Write a number.",
        ),
        (
            &[("open", "yes")],
            "/open",
            "invalid_type",
            "Write true or false.",
        ),
        (&[("status", "gone")], "/status", "invalid_choice", choice),
        (
            &[("status", "new"), ("status", "gone")],
            "/status/1",
            "invalid_choice",
            choice,
        ),
        (
            &[("q", "a"), ("q", "b")],
            "/q",
            "repeated_parameter",
            "Give this parameter only once.",
        ),
        (
            &[("open", "true"), ("open", "true")],
            "/open",
            "repeated_parameter",
            "Give this parameter only once.",
        ),
        (&[("page/x", "1")], "/page~1x", "unknown_parameter", unknown),
        (
            &[("page", "1"), ("page", "2")],
            "/page",
            "unknown_parameter",
            unknown,
        ),
    ];
    for (given, pointer, code, detail) in cases {
        let mut given = pairs(given);
        given.push(("team".to_owned(), "t".to_owned()));
        let expected = [FieldError {
            pointer: pointer.to_owned(),
            code: code.to_owned(),
            detail: detail.to_owned(),
        }];
        assert_eq!(
            read_params::<ListLeads>(&given).unwrap_err(),
            expected,
            "{given:?}"
        );
    }
}

#[test]
fn all_wrong_parameters_are_reported_at_once() {
    let given = pairs(&[
        ("status", "gone"),
        ("minScore", "x"),
        ("open", "1"),
        ("page", "1"),
        ("q", "a"),
        ("q", "b"),
    ]);
    let found = read_params::<ListLeads>(&given).unwrap_err();
    assert_eq!(
        codes(&found),
        [
            ("/minScore", "invalid_type"),
            ("/open", "invalid_type"),
            ("/page", "unknown_parameter"),
            ("/q", "repeated_parameter"),
            ("/status", "invalid_choice"),
            ("/team", "required"),
        ]
    );
    assert_eq!(found[5].detail, "This parameter is required.");
}

#[test]
fn json_that_is_acceptable_is_parsed_as_serde_json_does() {
    for text in [
        "null",
        " [1, -2, 3.5, \"\\u00e9\", true] ",
        r#"{"a": {"b": []}, "c": null}"#,
    ] {
        let parsed = parse_json(text.as_bytes()).unwrap();
        assert_eq!(parsed, serde_json::from_str::<Value>(text).unwrap());
    }
}

#[test]
fn json_that_is_not_acceptable_is_refused_with_its_place() {
    let cases: [(&[u8], &str); 12] = [
        (b"", "The body is empty; send a JSON document."),
        (b" \r\n", "The body is empty; send a JSON document."),
        (
            b"{\"a\": 1",
            "The JSON ends too early: see line 1, column 7.",
        ),
        (
            b"{\"a\":\n 01}",
            "The body is not valid JSON: see line 2, column 3.",
        ),
        (b"{} x", "The body is not valid JSON: see line 1, column 4."),
        (b"{}{}", "The body is not valid JSON: see line 1, column 3."),
        (
            b"{'a': 1}",
            "The body is not valid JSON: see line 1, column 2.",
        ),
        (b"[1,]", "The body is not valid JSON: see line 1, column 4."),
        (
            b"[1e999]",
            "The body is not valid JSON: see line 1, column 6.",
        ),
        (
            b"\"\\ud800\"",
            "The body is not valid JSON: see line 1, column 8.",
        ),
        (b"[\"\xff\"]", "The body is not UTF-8 text: see byte 2."),
        (
            b"{\"a\": {\"b\": 1, \"\\u0062\": 2}}",
            "An object has the same name twice: see line 1, column 23.",
        ),
    ];
    for (bytes, detail) in cases {
        assert_eq!(
            parse_json(bytes),
            Err(JsonRefused::Malformed(detail.to_owned())),
            "{}",
            String::from_utf8_lossy(bytes)
        );
    }
}

#[test]
fn json_is_accepted_up_to_the_depth_limit_and_refused_beyond() {
    let lists = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let objects = |depth: usize| format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
    for nested in [&lists as &dyn Fn(usize) -> String, &objects] {
        assert!(parse_json(nested(MAX_DEPTH).as_bytes()).is_ok());
        assert_eq!(
            parse_json(nested(MAX_DEPTH + 1).as_bytes()),
            Err(JsonRefused::TooDeep)
        );
        assert_eq!(
            parse_json(nested(100_000).as_bytes()),
            Err(JsonRefused::TooDeep)
        );
    }
    assert_eq!(
        JsonRefused::TooDeep.to_string(),
        "The body is nested more than 64 levels deep."
    );
}

/// Ways to break a good body; each breaks exactly its own pointer.
fn breakages() -> Vec<(&'static str, Option<Value>)> {
    vec![
        ("/name", Some(json!(1))),
        ("/email", Some(json!("x"))),
        ("/phone", Some(json!({}))),
        ("/status", None),
        ("/score", Some(json!(999))),
        ("/ratio", Some(json!([]))),
        ("/active", None),
        ("/tags/0", Some(json!(null))),
        ("/tags/3", Some(json!(4))),
        ("/address/street", None),
        ("/address/city", Some(json!(null))),
        ("/address/unit", Some(json!(false))),
        ("/address/zip", Some(json!("unknown"))),
        ("/limits/x", Some(json!("x"))),
        ("/limits/a~1b~0c", Some(json!(5_000_000_000_u64))),
        ("/span/low", Some(json!(-1))),
        ("/span/high", None),
        ("/target/lead/id", Some(json!("x"))),
        ("/target/lead/note", Some(json!(1))),
        ("/unknown", Some(json!({"deep": [1]}))),
    ]
}

proptest! {
    #[test]
    fn exactly_the_broken_fields_are_reported(
        broken in proptest::sample::subsequence((0..20_usize).collect::<Vec<_>>(), 0..=20),
    ) {
        let breakages = breakages();
        prop_assert_eq!(breakages.len(), 20);
        let mut body = everything();
        let mut expected = BTreeSet::new();
        for index in broken {
            let (pointer, value) = breakages[index].clone();
            put(&mut body, pointer, value);
            expected.insert(pointer.to_owned());
        }

        let reported: Vec<String> = match read_body::<Everything>(&body) {
            Ok(_) => Vec::new(),
            Err(errors) => errors.into_iter().map(|error| error.pointer).collect(),
        };

        prop_assert_eq!(reported, expected.into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn any_bytes_are_parsed_as_serde_json_does_or_refused(
        text in r#"[\[\]{}":, 0-9a-b\\.eE+-]{0,40}|(null|true|[0-9]{1,30}|"\\u[0-9a-f]{4}")"#,
    ) {
        match (parse_json(text.as_bytes()), serde_json::from_str::<Value>(&text)) {
            (Ok(ours), Ok(theirs)) => prop_assert_eq!(ours, theirs),
            (Ok(ours), Err(theirs)) => prop_assert!(false, "{ours} but {theirs}"),
            // Only a repeated name makes ours the stricter one here.
            (Err(ours), Ok(_)) => prop_assert!(ours.to_string().contains("twice"), "{ours}"),
            (Err(_), Err(_)) => {}
        }
    }

    #[test]
    fn any_tree_is_answered_without_panic_and_the_same_each_time(
        tree in tree(),
    ) {
        let first = read_body::<Everything>(&tree);
        prop_assert_eq!(&first, &read_body::<Everything>(&tree));
        if let Err(errors) = first {
            prop_assert!(!errors.is_empty());
            prop_assert!(errors.is_sorted_by(|a, b| a.pointer < b.pointer));
        }
    }
}

fn tree() -> impl Strategy<Value = Value> {
    let name = proptest::sample::select(vec![
        "name", "tags", "address", "city", "limits", "span", "low", "target", "lead", "pair", "x",
    ]);
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-z]{0,4}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 48, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::vec((name.clone(), inner), 0..6).prop_map(|entries| {
                entries
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), value))
                    .collect()
            }),
        ]
    })
}
