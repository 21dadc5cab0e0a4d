//! `PATCH /api/leads/{leadId}`

use super::support::assert_whole;
use futures::future::join_all;
use http::Method;
use jiff::SignedDuration;
use plat_testing::TestApp;
use serde_json::{Value, json};

fn path(lead: &Value) -> String {
    format!("/api/leads/{}", lead["id"].as_str().unwrap())
}

#[tokio::test]
async fn what_is_absent_stays_and_null_clears() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner
        .lead("Ann", json!({"company": "Doe Homes", "position": "Owner", "score": 5, "consent": {"sms": true}}))
        .await;
    app.advance(SignedDuration::from_secs(60));

    let changed = owner
        .patch(
            &path(&lead),
            json!({"company": null, "score": 7, "consent": {"call": true}}),
        )
        .await
        .expect(200);

    let mut expected = lead.clone();
    expected["company"] = Value::Null;
    expected["score"] = json!(7);
    expected["consent"] = json!({"email": false, "sms": true, "call": true});
    expected["version"] = json!(2);
    expected["updatedAt"] = json!("2026-03-02T15:01:00Z");
    assert_eq!(changed.json(), expected);
    assert_eq!(changed.header("etag"), "\"2\"");
    assert_eq!(owner.get(&path(&lead)).await.json(), expected);
}

#[tokio::test]
async fn put_means_the_same() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", json!({"company": "Doe Homes"})).await;

    let changed = owner
        .call(Method::PUT, &path(&lead))
        .json(json!({"stage": "Visit"}))
        .send()
        .await;

    let changed = changed.expect(200).json();
    assert_eq!(
        (&changed["stage"], &changed["company"]),
        (&json!("Visit"), &json!("Doe Homes"))
    );
}

#[tokio::test]
async fn a_change_that_changes_nothing_makes_no_version() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", json!({"score": 5})).await;

    let same = owner.patch(&path(&lead), json!({"score": 5})).await;

    assert_eq!(same.expect(200).json(), lead);
}

#[tokio::test]
async fn what_a_patch_cannot_say_is_refused() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", json!({"phone": "5125550142"})).await;
    let cases = [
        (json!({}), vec![" empty_patch"]),
        (json!({"name": null}), vec!["/name required"]),
        (
            json!({"tags": ["hot"], "score": "x"}),
            vec!["/score invalid_type", "/tags unknown_field"],
        ),
        (
            json!({"email": null, "phone": null}),
            vec!["/email contact_required"],
        ),
        (
            json!({"email": "x", "phone": "1"}),
            vec!["/email invalid_email", "/phone invalid_phone"],
        ),
        (
            json!({"assignedTo": "01ARZ3NDEKTSV4RRFFQ69G5FAV"}),
            vec!["/assignedTo reference_not_found"],
        ),
        (
            json!({"company": "nul\u{0}"}),
            vec!["/company control_character"],
        ),
    ];
    for (body, expected) in cases {
        let refused = owner.patch(&path(&lead), body.clone()).await.expect(422);
        assert_eq!(refused.field_errors(), expected, "{body}");
    }
    assert_eq!(owner.get(&path(&lead)).await.json(), lead);
}

#[tokio::test]
async fn custom_fields_are_merged() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner
        .lead("Ann", json!({"customFields": {"beds": 3, "pool": true}}))
        .await;
    let to = path(&lead);
    let patch = |fields: Value| owner.patch(&to, json!({"customFields": fields}));
    let many: Value = (0..100)
        .map(|n| (format!("f{n}"), json!(n)))
        .collect::<serde_json::Map<_, _>>()
        .into();

    let merged = async |fields| patch(fields).await.expect(200).json()["customFields"].clone();

    assert_eq!(
        merged(json!({"beds": 4, "pool": null, "roof": "new"})).await,
        json!({"beds": 4, "roof": "new"})
    );
    assert_eq!(
        patch(many).await.expect(422).field_errors(),
        ["/customFields too_many_custom_fields"]
    );
    assert_eq!(merged(Value::Null).await, json!({}));
}

#[tokio::test]
async fn a_change_meant_for_another_version_is_refused() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", json!({})).await;
    let change = |version: u64, name: &str| {
        owner
            .call(Method::PATCH, &path(&lead))
            .if_match(version)
            .json(json!({"name": name}))
            .send()
    };
    change(1, "Bea").await.expect(200);

    let stale = change(1, "Cleo").await.expect(412);
    let fresh = change(2, "Cleo").await.expect(200);

    assert_eq!(stale.problem(), "stale");
    assert_eq!(stale.json()["currentVersion"], 2);
    assert_eq!(
        (fresh.json()["name"].as_str(), fresh.header("etag")),
        (Some("Cleo"), "\"3\"")
    );
    let malformed = owner
        .call(Method::PATCH, &path(&lead))
        .header("if-match", "3")
        .json(json!({"name": "D"}))
        .send()
        .await;
    assert_eq!(malformed.expect(400).problem(), "malformed");
}

#[tokio::test]
async fn an_address_moves_with_its_claim() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let ann = owner.lead("Ann", json!({"email": "ann@example.com"})).await;
    let bob = owner
        .lead(
            "Bob",
            json!({"email": "bob@example.com", "phone": "5125550142"}),
        )
        .await;

    let taken = owner
        .patch(&path(&bob), json!({"email": "Ann@Example.com"}))
        .await;
    let spelling = owner
        .patch(&path(&ann), json!({"email": "Ann@Example.com"}))
        .await;
    let none = owner.patch(&path(&bob), json!({"email": null})).await;
    let moved = owner
        .patch(&path(&ann), json!({"email": "bob@example.com"}))
        .await;

    assert_eq!(taken.expect(409).field_errors(), ["/email taken"]);
    assert_eq!(spelling.expect(200).json()["email"], "Ann@Example.com");
    assert_eq!(none.expect(200).json()["email"], Value::Null);
    moved.expect(200);
    assert_whole(&app).await;
}

#[tokio::test]
async fn changes_of_different_fields_at_once_are_all_kept() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", json!({})).await;

    let to = path(&lead);
    let patches = [
        json!({"company": "C"}),
        json!({"position": "P"}),
        json!({"stage": "S"}),
        json!({"score": 9}),
    ];
    let answers = join_all(patches.iter().map(|patch| owner.patch(&to, patch.clone()))).await;

    assert!(answers.iter().all(|answer| answer.status == 200));
    let after = owner.get(&path(&lead)).await.json();
    assert_eq!(after["version"], 5);
    for patch in &patches {
        for (field, value) in patch.as_object().unwrap() {
            assert_eq!(&after[field], value);
        }
    }
}

#[tokio::test]
async fn a_status_that_needs_no_note_can_be_patched_and_is_remembered() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", json!({})).await;

    owner
        .patch(&path(&lead), json!({"status": "won"}))
        .await
        .expect(200);
    let reopened = owner.patch(&path(&lead), json!({"status": "new"})).await;

    assert_eq!(reopened.expect(422).field_errors(), ["/note required"]);
    let history = owner.get(&format!("{}/history", path(&lead))).await.json();
    assert_eq!(history["items"][0]["newStatus"], "won");
}

#[tokio::test]
async fn a_lead_of_another_team_cannot_be_changed() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let lead = owner.lead("Ann", json!({})).await;

    let foreign = other
        .call(Method::PATCH, &path(&lead))
        .if_match(9)
        .json(json!({"name": "X"}))
        .send()
        .await;
    let unknown = other
        .patch(
            "/api/leads/01ARZ3NDEKTSV4RRFFQ69G5FAV",
            json!({"name": "X"}),
        )
        .await;

    assert_eq!((foreign.status, &foreign.text), (404, &unknown.text));
    assert_eq!(owner.get(&path(&lead)).await.json(), lead);
}
