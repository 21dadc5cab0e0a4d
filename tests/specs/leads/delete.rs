//! `DELETE /api/leads/{leadId}`

use super::support::assert_whole;
use http::Method;
use plat_testing::TestApp;
use serde_json::json;

#[tokio::test]
async fn a_deleted_lead_is_in_no_list_at_once() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner
        .lead("Ann", json!({"source": "Zillow", "score": 5}))
        .await;
    owner
        .lead("Bob", json!({"source": "Zillow", "score": 6}))
        .await;
    app.settle().await;

    let deleted = owner
        .delete(&format!("/api/leads/{}", lead["id"].as_str().unwrap()))
        .await;

    let deleted = deleted.expect(204);
    assert_eq!(deleted.text, "");
    for list in [
        "",
        "?sort=name",
        "?sort=-score",
        "?source=zillow",
        "?status=new",
        "?assignedTo=none",
    ] {
        let items = owner
            .get(&format!("/api/leads{list}"))
            .await
            .expect(200)
            .json()["items"]
            .clone();
        assert_eq!(items.as_array().unwrap().len(), 1, "{list}");
        assert_eq!(items[0]["name"], "Bob");
    }
    assert_eq!(
        owner.get("/api/leads?q=ann").await.json()["items"],
        json!([])
    );
    assert_whole(&app).await;
}

#[tokio::test]
async fn what_is_not_there_cannot_be_deleted() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let lead = owner.lead("Ann", json!({})).await;
    let path = format!("/api/leads/{}", lead["id"].as_str().unwrap());

    let foreign = other.delete(&path).await;
    let unknown = other.delete("/api/leads/01ARZ3NDEKTSV4RRFFQ69G5FAV").await;
    owner.delete(&path).await.expect(204);
    let twice = owner.delete(&path).await;

    assert_eq!((foreign.status, &foreign.text), (404, &unknown.text));
    assert_eq!(twice.text, unknown.text);
}

#[tokio::test]
async fn a_deletion_meant_for_another_version_is_refused() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", json!({})).await;
    let path = format!("/api/leads/{}", lead["id"].as_str().unwrap());
    owner.patch(&path, json!({"score": 1})).await.expect(200);
    let delete = |version| owner.call(Method::DELETE, &path).if_match(version).send();

    assert_eq!(delete(1).await.expect(412).json()["currentVersion"], 2);
    delete(2).await.expect(204);
}
