//! `DELETE /api/leads/{leadId}/tags/{tagId}`

use super::support::assert_whole;
use http::Method;
use plat_testing::TestApp;
use serde_json::json;

#[tokio::test]
async fn a_tag_is_taken_off_and_stays_a_tag() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", json!({})).await;
    let path = format!("/api/leads/{}", lead["id"].as_str().unwrap());
    let tagged = owner
        .post(&format!("{path}/tags"), json!({"tags": ["hot", "vip"]}))
        .await
        .expect(200)
        .json();
    let hot = tagged["tags"][0]["id"].as_str().unwrap();

    owner
        .delete(&format!("{path}/tags/{hot}"))
        .await
        .expect(204);
    let twice = owner.delete(&format!("{path}/tags/{hot}")).await;

    twice.expect(404);
    assert_eq!(
        owner.get(&path).await.json()["tags"],
        json!([tagged["tags"][1]])
    );
    let tags = owner.get("/api/tags").await.json();
    assert_eq!(
        (&tags["items"][0]["name"], &tags["items"][0]["uses"]),
        (&json!("hot"), &json!(0))
    );
    assert_whole(&app).await;
}

#[tokio::test]
async fn a_tag_that_was_deleted_is_not_worn_any_more() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", json!({})).await;
    let path = format!("/api/leads/{}", lead["id"].as_str().unwrap());
    let tagged = owner
        .post(&format!("{path}/tags"), json!({"tags": ["hot"]}))
        .await
        .expect(200)
        .json();
    let hot = tagged["tags"][0]["id"].as_str().unwrap();
    owner.delete(&format!("/api/tags/{hot}")).await.expect(204);

    let gone = owner.delete(&format!("{path}/tags/{hot}")).await;
    let unknown = owner
        .delete(&format!("{path}/tags/01ARZ3NDEKTSV4RRFFQ69G5FAV"))
        .await;

    assert_eq!((gone.status, gone.text), (404, unknown.text));
    assert_whole(&app).await;
}

#[tokio::test]
async fn stale_versions_and_foreign_leads_are_refused() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let lead = owner.lead("Ann", json!({})).await;
    let path = format!("/api/leads/{}/tags", lead["id"].as_str().unwrap());
    let tagged = owner
        .post(&path, json!({"tags": ["hot"]}))
        .await
        .expect(200)
        .json();
    let path = format!("{path}/{}", tagged["tags"][0]["id"].as_str().unwrap());

    let stale = owner.call(Method::DELETE, &path).if_match(1).send().await;
    let foreign = other.delete(&path).await;
    let fresh = owner.call(Method::DELETE, &path).if_match(2).send().await;

    assert_eq!(stale.expect(412).json()["currentVersion"], 2);
    foreign.expect(404);
    fresh.expect(204);
}
