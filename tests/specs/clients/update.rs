//! `PATCH /api/clients/{clientId}` and `PUT`

use super::support::{body, path};
use crate::leads::support::assert_whole;
use futures::future::join_all;
use http::Method;
use jiff::SignedDuration;
use plat_testing::TestApp;
use serde_json::{Value, json};

#[tokio::test]
async fn what_is_named_changes_and_what_is_null_is_cleared() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let fields = json!({"phone": "(512) 555-0142", "notes": "Likes it", "customFields": {"beds": 3, "pool": true}});
    let client = owner.client("Ann", fields).await;
    let change = json!({
        "name": "Ann Lee", "email": "ann.lee@example.com", "phone": null, "propertyAddress": "14 Elm St",
        "propertyType": "commercial", "stage": "under_contract", "assignedTo": owner.id,
    });

    for method in [Method::PATCH, Method::PUT] {
        let mut sent = change.clone();
        sent["customFields"] = json!({"beds": 4, "pool": null});
        let changed = owner
            .call(method, &path(&client))
            .json(sent)
            .send()
            .await
            .expect(200);

        let mut expected = client.clone();
        let fields = expected.as_object_mut().unwrap();
        fields.extend(change.as_object().unwrap().clone());
        fields.insert("customFields".to_owned(), json!({"beds": 4}));
        fields.insert("version".to_owned(), json!(2));
        assert_eq!(changed.json(), expected);
        assert_eq!(changed.header("etag"), "\"2\"");
    }
    let got = owner.get(&path(&client)).await.expect(200).json();
    assert_eq!(got["notes"], "Likes it");
    assert_whole(&app).await;
}

#[tokio::test]
async fn what_cannot_change_here_is_refused() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let client = owner.client("Ann", json!({})).await;
    let many: serde_json::Map<_, _> = (0..101).map(|n| (format!("f{n}"), json!(n))).collect();
    let cases = [
        (
            json!({"lastContacted": "2026-01-01T00:00:00Z", "leadId": null}),
            vec!["/lastContacted unknown_field", "/leadId unknown_field"],
        ),
        (
            json!({"name": null, "email": null, "propertyAddress": null, "propertyType": null, "stage": null}),
            vec![
                "/email required",
                "/name required",
                "/propertyAddress required",
                "/propertyType required",
                "/stage required",
            ],
        ),
        (json!({"stage": "won"}), vec!["/stage invalid_choice"]),
        (
            json!({"customFields": many}),
            vec!["/customFields too_many_custom_fields"],
        ),
        (json!({}), vec![" empty_patch"]),
    ];

    for (body, expected) in cases {
        let refused = owner.patch(&path(&client), body.clone()).await.expect(422);
        assert_eq!(refused.field_errors(), expected, "{body}");
    }
    assert_eq!(owner.get(&path(&client)).await.json(), client);
}

#[tokio::test]
async fn any_stage_may_follow_any_other_and_tells_since_when_it_is() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let client = owner.client("Ann", json!({})).await;
    let stages = [
        "closed",
        "lead",
        "lost",
        "under_contract",
        "negotiating",
        "closed",
        "lost",
        "closed",
    ];

    for (n, stage) in stages.iter().enumerate() {
        app.advance(SignedDuration::from_mins(1));
        let moved = owner.patch(&path(&client), json!({"stage": stage})).await;
        let moved = moved.expect(200).json();
        assert_eq!(moved["stage"], *stage);
        assert_eq!(
            moved["inStageSince"],
            format!("2026-03-02T15:{:02}:00Z", n + 1)
        );
    }
    app.advance(SignedDuration::from_mins(1));
    let same = json!({"stage": "closed", "notes": "X"});
    let same = owner.patch(&path(&client), same).await.expect(200).json();

    assert_eq!(same["inStageSince"], "2026-03-02T15:08:00Z");
    assert_eq!(same["updatedAt"], "2026-03-02T15:09:00Z");
}

#[tokio::test]
async fn an_address_that_is_given_up_is_free_and_one_that_is_taken_stays_so() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let ann = owner
        .client("Ann", json!({"email": "ann@example.com"}))
        .await;
    let bob = owner
        .client("Bob", json!({"email": "bob@example.com"}))
        .await;

    let taken = owner
        .patch(&path(&bob), json!({"email": "ANN@example.com"}))
        .await
        .expect(409);
    let case = owner
        .patch(&path(&ann), json!({"email": "Ann@Example.com"}))
        .await;
    let moved = owner
        .patch(&path(&ann), json!({"email": "lee@example.com"}))
        .await;
    let free = owner
        .post("/api/clients", body("Zoe", "ann@example.com"))
        .await;

    assert_eq!(taken.problem(), "duplicate");
    assert_eq!(taken.field_errors(), ["/email taken"]);
    assert_eq!(case.expect(200).json()["email"], "Ann@Example.com");
    moved.expect(200);
    free.expect(201);
    assert_whole(&app).await;
}

#[tokio::test]
async fn who_a_client_is_given_to_must_be_a_member() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let mia = owner.invite("Mia", "member").await;
    let client = owner.client("Ann", json!({})).await;
    let give = |to: Value| {
        let path = path(&client);
        let owner = &owner;
        async move { owner.patch(&path, json!({"assignedTo": to})).await }
    };

    let refused = give(json!(other.id)).await.expect(422);
    let given = give(json!(mia.id)).await.expect(200).json();
    let taken = give(Value::Null).await.expect(200).json();

    assert_eq!(refused.field_errors(), ["/assignedTo reference_not_found"]);
    assert_eq!(given["assignedTo"], json!(mia.id));
    assert_eq!(taken["assignedTo"], Value::Null);
}

#[tokio::test]
async fn changes_of_different_fields_at_once_are_all_kept() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let client = owner.client("Ann", json!({})).await;
    let to = path(&client);
    let patches = [
        json!({"notes": "N"}),
        json!({"name": "Anna"}),
        json!({"stage": "negotiating"}),
        json!({"email": "anna@example.com"}),
    ];

    let answers = join_all(patches.iter().map(|patch| owner.patch(&to, patch.clone()))).await;

    assert!(answers.iter().all(|answer| answer.status == 200));
    let after = owner.get(&to).await.json();
    assert_eq!(after["version"], 5);
    for patch in &patches {
        for (field, value) in patch.as_object().unwrap() {
            assert_eq!(&after[field], value);
        }
    }
    assert_whole(&app).await;
}

#[tokio::test]
async fn a_stale_change_and_one_of_another_team_are_refused() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let client = owner.client("Ann", json!({})).await;
    owner
        .patch(&path(&client), json!({"notes": "X"}))
        .await
        .expect(200);

    let stale = owner
        .call(Method::PATCH, &path(&client))
        .if_match(1)
        .json(json!({"notes": "Y"}))
        .send()
        .await;
    let foreign = other.patch(&path(&client), json!({"notes": "Y"})).await;

    assert_eq!(stale.expect(412).json()["currentVersion"], 2);
    foreign.expect(404);
    assert_eq!(owner.get(&path(&client)).await.json()["notes"], "X");
}
