//! `POST /api/leads/{leadId}/restore`

use super::support::{assert_whole, of_kind, table};
use futures::future::join_all;
use http::Method;
use jiff::SignedDuration;
use plat_testing::TestApp;
use serde_json::{Value, json};

fn path(lead: &Value) -> String {
    format!("/api/leads/{}", lead["id"].as_str().unwrap())
}

#[tokio::test]
async fn a_restored_lead_is_as_it_was() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", json!({"source": "Zillow"})).await;
    let lead = owner
        .post(&format!("{}/tags", path(&lead)), json!({"tags": ["hot"]}))
        .await
        .expect(200)
        .json();
    owner
        .post(
            &format!("{}/notes", path(&lead)),
            json!({"content": "Hello"}),
        )
        .await
        .expect(201);
    owner.delete(&path(&lead)).await.expect(204);

    let restored = owner
        .post(&format!("{}/restore", path(&lead)), Value::Null)
        .await
        .expect(200);

    let mut expected = lead.clone();
    expected["version"] = json!(4);
    assert_eq!(restored.json(), expected);
    assert_eq!(restored.header("etag"), "\"4\"");
    app.settle().await;
    for list in ["", "?source=zillow", "?q=ann", "?sort=name"] {
        let listed = owner.get(&format!("/api/leads{list}")).await.json();
        assert_eq!(listed["items"][0]["id"], lead["id"], "{list}");
    }
    let notes = owner.get(&format!("{}/notes", path(&lead))).await.json();
    assert_eq!(notes["items"][0]["content"], "Hello");
    assert_whole(&app).await;
}

#[tokio::test]
async fn a_lead_that_is_not_deleted_is_returned_as_it_is() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", json!({})).await;

    let same = owner
        .post(&format!("{}/restore", path(&lead)), Value::Null)
        .await;

    assert_eq!(same.expect(200).json(), lead);
}

#[tokio::test]
async fn after_30_days_a_lead_is_gone() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", json!({})).await;
    let late = owner.lead("Bob", json!({})).await;
    owner.delete(&path(&lead)).await.expect(204);
    owner.delete(&path(&late)).await.expect(204);
    let sign_in = async || {
        let body = json!({"email": owner.email, "password": plat_testing::PASSWORD});
        let reply = app.post("/api/auth/login", body).await.expect(200).json();
        plat_testing::Someone::signed_in(&app, &reply)
    };

    app.advance(SignedDuration::from_hours(24 * 30));
    let owner = sign_in().await;
    owner
        .post(&format!("{}/restore", path(&lead)), Value::Null)
        .await
        .expect(200);
    app.advance(SignedDuration::from_secs(1));
    let gone = owner
        .post(&format!("{}/restore", path(&late)), Value::Null)
        .await;
    let unknown = owner
        .post("/api/leads/01ARZ3NDEKTSV4RRFFQ69G5FAV/restore", Value::Null)
        .await;

    assert_eq!((gone.status, &gone.text), (404, &unknown.text));
    app.pass(SignedDuration::from_hours(24)).await;
    let items = table(&app).await;
    assert_eq!(of_kind(&items, "lead").len(), 1);
    app.settle().await;
}

#[tokio::test]
async fn a_lead_whose_address_was_taken_meanwhile_stays_deleted() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", json!({"email": "ann@example.com"})).await;
    owner.delete(&path(&lead)).await.expect(204);
    let other = owner
        .lead("Anna", json!({"email": "Ann@example.com"}))
        .await;

    let refused = owner
        .post(&format!("{}/restore", path(&lead)), Value::Null)
        .await
        .expect(409);
    owner.delete(&path(&other)).await.expect(204);
    let restored = owner
        .post(&format!("{}/restore", path(&lead)), Value::Null)
        .await;

    assert_eq!(refused.problem(), "duplicate");
    assert_eq!(refused.field_errors(), ["/email taken"]);
    restored.expect(200);
    assert_whole(&app).await;
}

#[tokio::test]
async fn several_who_restore_at_once_all_see_the_lead() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", json!({})).await;
    owner.delete(&path(&lead)).await.expect(204);
    let to = format!("{}/restore", path(&lead));

    let answers = join_all((0..6).map(|_| owner.post(&to, Value::Null))).await;

    for answer in answers {
        assert_eq!(answer.expect(200).json()["version"], 3);
    }
    assert_whole(&app).await;
}

#[tokio::test]
async fn another_teams_lead_is_not_restored() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let lead = owner.lead("Ann", json!({})).await;
    owner.delete(&path(&lead)).await.expect(204);

    let foreign = other
        .call(Method::POST, &format!("{}/restore", path(&lead)))
        .send()
        .await;

    foreign.expect(404);
    owner.get(&path(&lead)).await.expect(404);
}
