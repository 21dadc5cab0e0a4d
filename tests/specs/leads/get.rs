//! `GET /api/leads/{leadId}`

use http::Method;
use plat_testing::TestApp;
use serde_json::json;

#[tokio::test]
async fn a_lead_of_another_team_is_as_absent_as_one_that_never_was() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let lead = owner.lead("Ann", json!({})).await;

    let foreign = other
        .get(&format!("/api/leads/{}", lead["id"].as_str().unwrap()))
        .await;
    let unknown = other.get("/api/leads/01ARZ3NDEKTSV4RRFFQ69G5FAV").await;
    let nonsense = other.get("/api/leads/ann").await;

    assert_eq!(foreign.status, 404);
    assert_eq!(foreign.text, unknown.text);
    assert_eq!(nonsense.text, unknown.text);
    let names = |answer: &plat_testing::Answer| {
        answer
            .headers
            .keys()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&foreign), names(&unknown));
}

#[tokio::test]
async fn nobody_reads_without_signing_in() {
    let app = TestApp::start().await;

    app.get("/api/leads/01ARZ3NDEKTSV4RRFFQ69G5FAV")
        .await
        .expect(401);
}

#[tokio::test]
async fn a_lead_that_is_known_already_is_not_sent_again() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", json!({})).await;
    let path = format!("/api/leads/{}", lead["id"].as_str().unwrap());
    let unless = |tag: &str| {
        owner
            .call(Method::GET, &path)
            .header("if-none-match", tag)
            .send()
    };

    let same = unless("\"1\"").await;
    let several = unless("\"7\", \"1\"").await;
    owner.patch(&path, json!({"name": "Bea"})).await.expect(200);
    let changed = unless("\"1\"").await;

    assert_eq!(
        (same.status, same.text.as_str(), same.header("etag")),
        (304, "", "\"1\"")
    );
    assert_eq!(several.status, 304);
    assert_eq!((changed.status, changed.header("etag")), (200, "\"2\""));
}

#[tokio::test]
async fn a_deleted_lead_is_absent() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", json!({})).await;
    let path = format!("/api/leads/{}", lead["id"].as_str().unwrap());

    owner.delete(&path).await.expect(204);

    for under in ["", "/history", "/notes", "/activities"] {
        owner.get(&format!("{path}{under}")).await.expect(404);
    }
    owner.patch(&path, json!({"name": "Bea"})).await.expect(404);
    owner
        .patch(&format!("{path}/status"), json!({"status": "won"}))
        .await
        .expect(404);
    owner
        .post(&format!("{path}/notes"), json!({"content": "Hello"}))
        .await
        .expect(404);
    owner
        .post(&format!("{path}/tags"), json!({"tags": ["hot"]}))
        .await
        .expect(404);
    assert_eq!(
        owner.get("/api/tags").await.expect(200).json()["items"],
        json!([])
    );
}
