//! `POST /api/deals/{dealId}/notes`

use super::support::path;
use crate::leads::support::{assert_whole, of_kind, table};
use http::Method;
use plat_testing::TestApp;
use serde_json::{Value, json};

fn notes(deal: &Value) -> String {
    format!("{}/notes", path(deal))
}

#[tokio::test]
async fn a_note_on_a_deal_has_an_author_and_an_address_of_its_own() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;

    let added = owner
        .post(&notes(&deal), json!({"content": " Roof is new "}))
        .await
        .expect(201);

    let at = "2026-03-02T15:00:00Z";
    assert_eq!(
        added.json(),
        json!({
            "id": added.id(), "dealId": deal["id"], "content": "Roof is new",
            "author": {"id": owner.id, "name": "Olive"}, "version": 1, "createdAt": at, "updatedAt": at,
        })
    );
    let address = format!("/api/notes/{}", added.id());
    assert_eq!(added.header("location"), address);
    assert_eq!(added.header("etag"), "\"1\"");
    // The gate, and one transaction.
    assert_eq!(added.cost.requests, 2);
    let body = json!({"content": "Roof is old"});
    let changed = owner.patch(&address, body).await.expect(200).json();
    assert_eq!(
        (&changed["dealId"], &changed["version"]),
        (&deal["id"], &json!(2))
    );
    assert_whole(&app).await;
}

#[tokio::test]
async fn a_note_on_a_deal_has_1_to_10000_characters() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    let cases = [
        (json!({"content": "  "}), "/content required"),
        (json!({"content": "x".repeat(10_001)}), "/content too_long"),
        (json!({}), "/content required"),
        (
            json!({"content": "x", "leadId": null}),
            "/leadId unknown_field",
        ),
    ];

    for (body, expected) in cases {
        let answer = owner.post(&notes(&deal), body).await.expect(422);
        assert_eq!(answer.field_errors(), [expected]);
    }
    let longest = json!({"content": "\u{e9}".repeat(10_000)});
    owner.post(&notes(&deal), longest).await.expect(201);
}

#[tokio::test]
async fn a_repeated_note_on_a_deal_is_written_once() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    let send = || {
        owner
            .call(Method::POST, &notes(&deal))
            .json(json!({"content": "Once"}))
            .idempotency_key("n1")
            .send()
    };

    let first = send().await.expect(201);
    let again = send().await.expect(201);

    assert_eq!(first.text, again.text);
    assert_eq!(of_kind(&table(&app).await, "note").len(), 1);
}

#[tokio::test]
async fn a_deal_that_is_not_seen_takes_no_note() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let mia = owner.invite("Mia", "member").await;
    let ada = owner.invite("Ada", "assistant").await;
    let team = format!("/api/teams/{}", owner.team);
    let own = json!({"visibility": "own"});
    owner.patch(&team, own).await.expect(200);
    let deal = owner
        .deal("12 Elm St", json!({"assignedTo": owner.id}))
        .await;
    let gone = owner.deal("9 Oak Rd", json!({})).await;
    owner.delete(&path(&gone)).await.expect(204);
    let body = json!({"content": "Hello"});

    let unknown = "/api/deals/01ARZ3NDEKTSV4RRFFQ69G5FAV/notes";
    let unknown = other.post(unknown, body.clone()).await;
    let answers = [
        other.post(&notes(&deal), body.clone()).await,
        mia.post(&notes(&deal), body.clone()).await,
        owner.post(&notes(&gone), body.clone()).await,
    ];

    for answer in answers {
        assert_eq!((answer.status, &answer.text), (404, &unknown.text));
    }
    let refused = ada.post(&notes(&deal), body.clone()).await.expect(403);
    assert_eq!(refused.problem(), "forbidden");
    app.post(&notes(&deal), body).await.expect(401);
    assert!(of_kind(&table(&app).await, "note").is_empty());
}
