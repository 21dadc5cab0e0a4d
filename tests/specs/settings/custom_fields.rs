//! `GET /api/settings/custom-fields` and what is done with a field

use super::told;
use http::Method;
use plat_testing::{Someone, TestApp};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const FIELDS: &str = "/api/settings/custom-fields";

async fn field(by: &Someone<'_>, body: Value) -> Value {
    by.post(FIELDS, body).await.expect(201).json()
}

async fn keys(by: &Someone<'_>) -> Vec<String> {
    let items = by.get(FIELDS).await.expect(200).json()["items"].clone();
    let items = items.as_array().unwrap().iter();
    items
        .map(|field| field["key"].as_str().unwrap().to_owned())
        .collect()
}

fn path(field: &Value) -> String {
    format!("{FIELDS}/{}", field["id"].as_str().unwrap())
}

#[tokio::test]
async fn fields_are_typed_keep_their_key_and_stand_in_their_order() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;

    let roof = field(&owner, json!({"name": "Roof age", "type": "number"})).await;
    let loan = field(&owner, json!({"name": "Loan", "type": "money", "place": 0})).await;
    let kind = json!({"name": "Motive", "type": "choice", "options": ["Divorce", "Move"], "required": true});
    let motive = field(&owner, kind).await;
    let renamed = owner
        .patch(&path(&roof), json!({"name": "Age of the roof", "place": 2}))
        .await
        .expect(200);

    assert_eq!(
        (roof["key"].as_str(), roof["version"].as_u64()),
        (Some("roof_age"), Some(1))
    );
    assert_eq!(
        (&loan["type"], &loan["currency"], &loan["options"]),
        (&json!("money"), &json!("USD"), &Value::Null)
    );
    assert_eq!(
        (&motive["options"], &motive["required"]),
        (&json!(["Divorce", "Move"]), &json!(true))
    );
    assert_eq!(
        (renamed.json()["key"].as_str(), renamed.header("etag")),
        (Some("roof_age"), "\"2\"")
    );
    assert_eq!(keys(&owner).await, ["loan", "motive", "roof_age"]);
    let page = owner.get(&format!("{FIELDS}?limit=2")).await.json();
    let next = page["nextCursor"].as_str().unwrap();
    let rest = owner.get(&format!("{FIELDS}?limit=2&cursor={next}")).await;
    assert_eq!(rest.expect(200).json()["items"][0]["key"], "roof_age");
}

#[tokio::test]
async fn what_is_not_said_in_full_or_twice_is_refused() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    field(&owner, json!({"name": "Roof", "type": "text"})).await;

    let cases = [
        (json!({}), vec!["/name required", "/type required"]),
        (
            json!({"name": "A", "type": "colour"}),
            vec!["/type invalid_choice"],
        ),
        (
            json!({"name": "A", "type": "choice"}),
            vec!["/options required"],
        ),
        (
            json!({"name": "A", "type": "choice", "options": ["x", "X"]}),
            vec!["/options duplicate_option"],
        ),
        (
            json!({"name": "A", "type": "text", "options": ["x"]}),
            vec!["/options not_applicable"],
        ),
        (
            json!({"name": "A", "type": "date", "currency": "EUR"}),
            vec!["/currency not_applicable"],
        ),
    ];
    for (body, expected) in cases {
        let refused = owner.post(FIELDS, body.clone()).await.expect(422);
        assert_eq!(refused.field_errors(), expected, "{body}");
    }
    let twice = owner
        .post(FIELDS, json!({"name": "ROOF", "type": "text"}))
        .await;
    assert_eq!(twice.expect(409).field_errors(), ["/name taken"]);
}

#[tokio::test]
async fn a_team_has_a_hundred_fields() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    for n in 0..100 {
        field(&owner, json!({"name": format!("F{n}"), "type": "text"})).await;
    }

    let more = owner
        .post(FIELDS, json!({"name": "More", "type": "text"}))
        .await;

    assert_eq!(more.expect(409).json()["limit"], "custom_fields");
}

#[tokio::test]
async fn a_field_changes_only_as_far_as_its_values_bear_it() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let roof = field(&owner, json!({"name": "Roof", "type": "text"})).await;
    field(&owner, json!({"name": "Loan", "type": "money"})).await;

    let kind = owner.patch(&path(&roof), json!({"type": "number"})).await;
    let options = owner.patch(&path(&roof), json!({"options": ["x"]})).await;
    let taken = owner.patch(&path(&roof), json!({"name": "loan"})).await;
    let same = owner.patch(&path(&roof), json!({"name": "Roof"})).await;
    let stale = owner
        .call(Method::PATCH, &path(&roof))
        .if_match(2)
        .json(json!({"required": true}))
        .send()
        .await;
    let foreign = other.patch(&path(&roof), json!({"name": "x"})).await;
    let unknown = other
        .patch(
            &format!("{FIELDS}/01ARZ3NDEKTSV4RRFFQ69G5FAV"),
            json!({"name": "x"}),
        )
        .await;

    assert_eq!(kind.expect(422).field_errors(), ["/type unknown_field"]);
    assert_eq!(
        options.expect(422).field_errors(),
        ["/options not_applicable"]
    );
    assert_eq!(taken.expect(409).field_errors(), ["/name taken"]);
    assert_eq!(same.expect(200).json()["version"], 1);
    assert_eq!(stale.expect(412).json()["currentVersion"], 1);
    assert_eq!((foreign.status, foreign.text), (404, unknown.text));
}

#[tokio::test]
async fn a_field_that_is_deleted_leaves_the_values_of_leads() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let roof = field(&owner, json!({"name": "Roof", "type": "number"})).await;
    let lead = owner
        .lead("Ann", json!({"customFields": {"roof": 12}}))
        .await;
    let at = format!("/api/leads/{}", lead["id"].as_str().unwrap());

    owner
        .call(Method::DELETE, &path(&roof))
        .send()
        .await
        .expect(204);

    assert!(keys(&owner).await.is_empty());
    assert_eq!(
        owner.get(&at).await.json()["customFields"],
        json!({"roof": 12})
    );
    let free = owner
        .patch(&at, json!({"customFields": {"roof": "old"}}))
        .await;
    assert_eq!(free.expect(200).json()["customFields"]["roof"], "old");
    let again = owner.call(Method::DELETE, &path(&roof)).send().await;
    again.expect(404);
}

#[tokio::test]
async fn a_change_of_fields_is_in_the_audit_log() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let roof = field(&owner, json!({"name": "Roof", "type": "number"})).await;
    field(&owner, json!({"name": "Loan", "type": "money"})).await;

    let moved = json!({"place": 1});
    owner.patch(&path(&roof), moved).await.expect(200);

    let told = told(&app, &owner).await;
    let changed =
        |row: &Value| -> Vec<String> { row[2].as_object().unwrap().keys().cloned().collect() };
    assert_eq!(told[0][1], "fields");
    assert_eq!(changed(&told[0]), ["loan", "roof"]);
    assert_eq!(changed(&told[1]), ["loan"]);
    assert_eq!(
        told[2][2]["roof"]["to"]["definition"]["type"], "number",
        "{told:?}"
    );
}

#[tokio::test]
async fn values_of_leads_fit_their_fields() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    field(&owner, json!({"name": "Roof", "type": "number"})).await;
    field(&owner, json!({"name": "Loan", "type": "money"})).await;
    field(&owner, json!({"name": "Seen", "type": "date"})).await;
    let motive = json!({"name": "Motive", "type": "choice", "options": ["Divorce", "Move"], "required": true});
    field(&owner, motive).await;
    let body =
        |fields: Value| json!({"name": "Ann", "phone": "5125550142", "customFields": fields});
    let wrong =
        json!({"roof": "old", "loan": "much", "seen": "2026-02-30", "motive": "Greed", "free": 1});

    let refused = owner.post("/api/leads", body(wrong)).await;
    let lacking = owner.post("/api/leads", body(json!({"roof": 12}))).await;
    let good =
        json!({"roof": "12", "loan": "$1,250.5", "seen": "3/1/2026", "motive": "move", "free": 1});
    let lead = owner.post("/api/leads", body(good)).await.expect(201);

    assert_eq!(
        refused.expect(422).field_errors(),
        [
            "/customFields/roof invalid_number",
            "/customFields/loan invalid_amount",
            "/customFields/seen invalid_date",
            "/customFields/motive invalid_choice",
        ]
    );
    assert_eq!(
        lacking.expect(422).field_errors(),
        ["/customFields/motive required"]
    );
    assert_eq!(
        lead.json()["customFields"],
        json!({"roof": 12, "loan": "1250.50", "seen": "2026-03-01", "motive": "Move", "free": 1})
    );
}

#[tokio::test]
async fn a_change_of_a_lead_is_held_to_the_fields_that_it_names() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner
        .lead("Ann", json!({"customFields": {"roof": "old"}}))
        .await;
    let at = format!("/api/leads/{}", lead["id"].as_str().unwrap());
    field(
        &owner,
        json!({"name": "Roof", "type": "number", "required": true}),
    )
    .await;
    field(
        &owner,
        json!({"name": "Loan", "type": "money", "required": true}),
    )
    .await;
    let patch = async |body: Value| owner.patch(&at, body).await;

    let elsewhere = patch(json!({"company": "Acme"})).await;
    let one = patch(json!({"customFields": {"loan": "5"}})).await;
    let wrong = patch(json!({"customFields": {"roof": "new"}})).await;
    let cleared = patch(json!({"customFields": {"loan": null}})).await;
    let blank = patch(json!({"customFields": {"loan": " "}})).await;
    let all = patch(json!({"customFields": null})).await;

    assert_eq!(elsewhere.expect(200).json()["customFields"]["roof"], "old");
    assert_eq!(
        one.expect(200).json()["customFields"],
        json!({"roof": "old", "loan": "5.00"})
    );
    assert_eq!(
        wrong.expect(422).field_errors(),
        ["/customFields/roof invalid_number"]
    );
    assert_eq!(
        cleared.expect(422).field_errors(),
        ["/customFields/loan required"]
    );
    assert_eq!(
        blank.expect(422).field_errors(),
        ["/customFields/loan required"]
    );
    assert_eq!(
        all.expect(422).field_errors(),
        ["/customFields/roof required", "/customFields/loan required"]
    );
}

#[tokio::test]
async fn leads_are_found_by_the_values_of_fields() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    field(&owner, json!({"name": "Roof", "type": "number"})).await;
    field(&owner, json!({"name": "Loan", "type": "money"})).await;
    let loan = json!({"name": "Motive", "type": "choice", "options": ["Divorce", "Move"]});
    let motive = field(&owner, loan).await;
    for (name, fields) in [
        ("Ann", json!({"roof": 5, "loan": "1000", "motive": "Move"})),
        (
            "Bob",
            json!({"roof": 20, "loan": "9.50", "motive": "Divorce"}),
        ),
        ("Cid", json!({"roof": 12.5, "free": "x"})),
        ("Dan", json!({})),
    ] {
        owner.lead(name, json!({"customFields": fields})).await;
    }
    let found = async |query: &str| -> Vec<String> {
        let list = owner.get(&format!("/api/leads?{query}")).await;
        let list = list.expect(200).json();
        let names = list["items"].as_array().unwrap().iter();
        let names = names.map(|lead| lead["name"].as_str().unwrap().to_owned());
        let names: BTreeSet<String> = names.collect();
        names.into_iter().collect()
    };

    assert_eq!(found("field=roof:5").await, ["Ann"]);
    assert_eq!(found("field=roof:10..").await, ["Bob", "Cid"]);
    assert_eq!(found("field=loan:5..1000").await, ["Ann", "Bob"]);
    assert_eq!(
        found("field=loan:5..1000&field=motive:divorce").await,
        ["Bob"]
    );
    assert_eq!(
        found("field=roof:10..&status=lost").await,
        Vec::<String>::new()
    );
    for (query, code) in [
        ("free:x", "/field unknown_field"),
        ("roof:old", "/field invalid_number"),
        ("roof", "/field invalid_field_filter"),
    ] {
        let refused = owner.get(&format!("/api/leads?field={query}")).await;
        assert_eq!(refused.expect(422).field_errors(), [code], "{query}");
    }
    let filter = json!({"filter": {"field": ["free:x"]}});
    let bulk = owner.post("/api/leads/bulk/delete", filter).await;
    assert_eq!(bulk.expect(422).field_errors(), ["/field unknown_field"]);
    owner
        .call(Method::DELETE, &path(&motive))
        .send()
        .await
        .expect(204);
    let gone = owner.get("/api/leads?field=motive:divorce").await;
    assert_eq!(gone.expect(422).field_errors(), ["/field unknown_field"]);
}
