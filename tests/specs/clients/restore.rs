//! `POST /api/clients/{clientId}/restore`

use super::support::path;
use crate::leads::support::assert_whole;
use futures::future::join_all;
use jiff::SignedDuration;
use plat_testing::{Answer, PASSWORD, Someone, TestApp};
use serde_json::{Value, json};

async fn restore(who: &Someone<'_>, client: &Value) -> Answer {
    let path = format!("{}/restore", path(client));
    who.post(&path, Value::Null).await
}

#[tokio::test]
async fn a_restored_client_is_as_it_was() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let fields =
        json!({"phone": "(512) 555-0142", "notes": "Likes it", "customFields": {"beds": 3}});
    let client = owner.client("Ann", fields).await;
    owner.delete(&path(&client)).await.expect(204);

    let restored = restore(&owner, &client).await.expect(200);

    let mut expected = client.clone();
    expected["version"] = json!(3);
    assert_eq!(restored.json(), expected);
    assert_eq!(restored.header("etag"), "\"3\"");
    app.settle().await;
    for list in ["", "?stage=lead", "?q=ann", "?sort=name"] {
        let listed = owner.get(&format!("/api/clients{list}")).await.json();
        assert_eq!(listed["items"][0]["id"], client["id"], "{list}");
    }
    assert_whole(&app).await;
}

#[tokio::test]
async fn a_client_that_is_not_deleted_is_returned_as_it_is() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let client = owner.client("Ann", json!({})).await;

    let same = restore(&owner, &client).await.expect(200);

    assert_eq!(same.json(), client);
}

#[tokio::test]
async fn after_30_days_a_client_is_gone() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let ann = owner.client("Ann", json!({})).await;
    let late = owner.client("Bob", json!({})).await;
    owner.delete(&path(&ann)).await.expect(204);
    owner.delete(&path(&late)).await.expect(204);

    app.advance(SignedDuration::from_hours(24 * 30));
    let body = json!({"email": owner.email, "password": PASSWORD});
    let reply = app.post("/api/auth/login", body).await.expect(200).json();
    let owner = Someone::signed_in(&app, &reply);
    restore(&owner, &ann).await.expect(200);
    app.advance(SignedDuration::from_secs(1));
    let gone = restore(&owner, &late).await;
    let unknown = owner
        .post(
            "/api/clients/01ARZ3NDEKTSV4RRFFQ69G5FAV/restore",
            Value::Null,
        )
        .await;

    assert_eq!((gone.status, &gone.text), (404, &unknown.text));
}

#[tokio::test]
async fn a_client_whose_address_was_taken_meanwhile_stays_deleted() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let address = json!({"email": "ann@example.com"});
    let client = owner.client("Ann", address.clone()).await;
    owner.delete(&path(&client)).await.expect(204);
    let other = owner.client("Anna", address).await;

    let refused = restore(&owner, &client).await.expect(409);
    owner.delete(&path(&other)).await.expect(204);
    let restored = restore(&owner, &client).await;

    assert_eq!(refused.problem(), "duplicate");
    assert_eq!(refused.field_errors(), ["/email taken"]);
    restored.expect(200);
    assert_whole(&app).await;
}

#[tokio::test]
async fn several_who_restore_at_once_all_see_the_client() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let client = owner.client("Ann", json!({})).await;
    owner.delete(&path(&client)).await.expect(204);

    let answers = join_all((0..6).map(|_| restore(&owner, &client))).await;

    for answer in answers {
        assert_eq!(answer.expect(200).json()["version"], 3);
    }
    assert_whole(&app).await;
}

#[tokio::test]
async fn another_teams_client_is_not_restored() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let client = owner.client("Ann", json!({})).await;
    owner.delete(&path(&client)).await.expect(204);

    restore(&other, &client).await.expect(404);

    owner.get(&path(&client)).await.expect(404);
}
