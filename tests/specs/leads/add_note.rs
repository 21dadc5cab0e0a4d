//! `POST /api/leads/{leadId}/notes`

use super::support::{assert_whole, of_kind, table};
use http::Method;
use plat_testing::TestApp;
use serde_json::{Value, json};

fn path(lead: &Value) -> String {
    format!("/api/leads/{}/notes", lead["id"].as_str().unwrap())
}

#[tokio::test]
async fn a_note_has_an_author_and_an_address_of_its_own() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", json!({})).await;

    let added = owner
        .post(
            &path(&lead),
            json!({"content": " Likes\nthe garden \u{1f3e1} "}),
        )
        .await
        .expect(201);

    let at = "2026-03-02T15:00:00Z";
    assert_eq!(
        added.json(),
        json!({
            "id": added.id(), "leadId": lead["id"], "content": "Likes\nthe garden \u{1f3e1}",
            "author": {"id": owner.id, "name": "Olive"}, "version": 1, "createdAt": at, "updatedAt": at,
        })
    );
    assert_eq!(
        added.header("location"),
        format!("/api/notes/{}", added.id())
    );
    assert_eq!(added.header("etag"), "\"1\"");
    assert_whole(&app).await;
}

#[tokio::test]
async fn a_note_has_1_to_10000_characters() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", json!({})).await;
    let cases = [
        (json!({"content": "  "}), "/content required"),
        (json!({"content": "x".repeat(10_001)}), "/content too_long"),
        (json!({"content": "nul\u{0}"}), "/content control_character"),
        (json!({"content": 5}), "/content invalid_type"),
        (json!({}), "/content required"),
    ];
    for (body, expected) in cases {
        assert_eq!(
            owner
                .post(&path(&lead), body)
                .await
                .expect(422)
                .field_errors(),
            [expected]
        );
    }
    owner
        .post(&path(&lead), json!({"content": "\u{e9}".repeat(10_000)}))
        .await
        .expect(201);
}

#[tokio::test]
async fn a_repeated_note_is_written_once() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", json!({})).await;
    let send = || {
        owner
            .call(Method::POST, &path(&lead))
            .json(json!({"content": "Once"}))
            .idempotency_key("n1")
            .send()
    };

    let first = send().await.expect(201);
    let again = send().await.expect(201);

    assert_eq!(first.text, again.text);
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(of_kind(&table(&app).await, "note").len(), 1);
}

#[tokio::test]
async fn a_lead_of_another_team_takes_no_note() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let lead = owner.lead("Ann", json!({})).await;

    let foreign = other.post(&path(&lead), json!({"content": "Hello"})).await;
    let unknown = other
        .post(
            "/api/leads/01ARZ3NDEKTSV4RRFFQ69G5FAV/notes",
            json!({"content": "Hello"}),
        )
        .await;

    assert_eq!((foreign.status, foreign.text), (404, unknown.text));
    assert!(of_kind(&table(&app).await, "note").is_empty());
}
