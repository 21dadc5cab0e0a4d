//! `DELETE /api/clients/{clientId}`

use super::support::{body, path};
use crate::leads::support::{assert_whole, of_kind, table};
use http::Method;
use jiff::SignedDuration;
use plat_testing::TestApp;
use serde_json::json;

#[tokio::test]
async fn a_deleted_client_is_in_no_list_at_once_and_its_address_is_free() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let ann = owner
        .client("Ann", json!({"email": "ann@example.com"}))
        .await;
    owner.client("Bob", json!({})).await;
    app.settle().await;

    let deleted = owner.delete(&path(&ann)).await.expect(204);

    assert_eq!(deleted.text, "");
    for list in [
        "",
        "?sort=name",
        "?sort=-lastContacted",
        "?stage=lead",
        "?assignedTo=none",
    ] {
        let list = owner.get(&format!("/api/clients{list}")).await.expect(200);
        let items = list.json()["items"].clone();
        assert_eq!(items.as_array().unwrap().len(), 1);
        assert_eq!(items[0]["name"], "Bob");
    }
    let found = owner.get("/api/clients?q=ann").await.json();
    assert_eq!(found["items"], json!([]));
    owner
        .post("/api/clients", body("Anna", "ann@example.com"))
        .await
        .expect(201);
    assert_whole(&app).await;
}

#[tokio::test]
async fn what_is_not_there_cannot_be_deleted() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let client = owner.client("Ann", json!({})).await;

    let foreign = other.delete(&path(&client)).await;
    let unknown = other
        .delete("/api/clients/01ARZ3NDEKTSV4RRFFQ69G5FAV")
        .await;
    owner.delete(&path(&client)).await.expect(204);
    let twice = owner.delete(&path(&client)).await;

    assert_eq!((foreign.status, &foreign.text), (404, &unknown.text));
    assert_eq!(twice.text, unknown.text);
}

#[tokio::test]
async fn a_deletion_meant_for_another_version_is_refused() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let client = owner.client("Ann", json!({})).await;
    owner
        .patch(&path(&client), json!({"notes": "X"}))
        .await
        .expect(200);
    let delete = |version| {
        owner
            .call(Method::DELETE, &path(&client))
            .if_match(version)
            .send()
    };

    assert_eq!(delete(1).await.expect(412).json()["currentVersion"], 2);
    delete(2).await.expect(204);
}

#[tokio::test]
async fn after_30_days_nothing_of_a_client_stays() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let ann = owner
        .client("Ann", json!({"notes": "A secret garden"}))
        .await;
    owner.client("Bob", json!({})).await;
    app.settle().await;
    owner.delete(&path(&ann)).await.expect(204);
    app.settle().await;

    for _ in 0..32 {
        app.pass(SignedDuration::from_hours(24)).await;
    }

    let items = table(&app).await;
    let clients = of_kind(&items, "client");
    assert_eq!(clients.len(), 1);
    let partition = format!("#CLIENT#{}", ann["id"].as_str().unwrap());
    let left = items.iter().filter(|item| {
        let pk = item["PK"].as_s().unwrap();
        pk.ends_with(&partition)
    });
    assert_eq!(left.count(), 0);
    let index = items.iter().filter(|item| {
        let sk = item["SK"].as_s().unwrap();
        item["PK"].as_s().unwrap().contains("#IX#CLIENT#")
            && sk.ends_with(ann["id"].as_str().unwrap())
    });
    assert_eq!(index.count(), 0);
    assert_whole(&app).await;
}
