//! `PATCH /api/tags/{tagId}`

use http::Method;
use plat_testing::TestApp;
use serde_json::json;

#[tokio::test]
async fn a_new_name_shows_on_every_lead() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", json!({})).await;
    let path = format!("/api/leads/{}", lead["id"].as_str().unwrap());
    let tagged = owner
        .post(&format!("{path}/tags"), json!({"tags": ["hot"]}))
        .await
        .expect(200)
        .json();
    let tag = format!("/api/tags/{}", tagged["tags"][0]["id"].as_str().unwrap());

    let renamed = owner
        .patch(&tag, json!({"name": "Very hot"}))
        .await
        .expect(200);
    let colored = owner
        .call(Method::PUT, &tag)
        .json(json!({"color": "#000000"}))
        .send()
        .await
        .expect(200);

    assert_eq!(
        (
            renamed.json()["name"].as_str(),
            renamed.json()["uses"].as_u64(),
            renamed.header("etag")
        ),
        (Some("Very hot"), Some(1), "\"2\"")
    );
    assert_eq!(
        (
            colored.json()["name"].as_str(),
            colored.json()["version"].as_u64()
        ),
        (Some("Very hot"), Some(3))
    );
    assert_eq!(owner.get(&path).await.json()["tags"][0]["name"], "Very hot");
}

#[tokio::test]
async fn a_tag_keeps_its_name_in_other_letters_but_takes_no_other_tags() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let hot = format!(
        "/api/tags/{}",
        owner
            .post("/api/tags", json!({"name": "hot"}))
            .await
            .expect(201)
            .id()
    );
    owner
        .post("/api/tags", json!({"name": "cold"}))
        .await
        .expect(201);

    let letters = owner.patch(&hot, json!({"name": "HOT"})).await;
    let same = owner.patch(&hot, json!({"name": "HOT"})).await;
    let taken = owner.patch(&hot, json!({"name": "Cold"})).await;

    assert_eq!(letters.expect(200).json()["version"], 2);
    assert_eq!(same.expect(200).json()["version"], 2);
    assert_eq!(taken.expect(409).field_errors(), ["/name taken"]);
}

#[tokio::test]
async fn wrong_fields_stale_versions_and_foreign_tags_are_refused() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let hot = format!(
        "/api/tags/{}",
        owner
            .post("/api/tags", json!({"name": "hot"}))
            .await
            .expect(201)
            .id()
    );
    owner
        .post("/api/tags", json!({"name": "cold"}))
        .await
        .expect(201);

    let empty = owner.patch(&hot, json!({})).await;
    let null = owner
        .patch(&hot, json!({"name": null, "color": "blue"}))
        .await;
    let stale = owner
        .call(Method::PATCH, &hot)
        .if_match(2)
        .json(json!({"name": "x"}))
        .send()
        .await;
    let fresh = owner
        .call(Method::PATCH, &hot)
        .if_match(1)
        .json(json!({"name": "x"}))
        .send()
        .await;
    let foreign = other.patch(&hot, json!({"name": "x"})).await;
    let unknown = other
        .patch("/api/tags/01ARZ3NDEKTSV4RRFFQ69G5FAV", json!({"name": "x"}))
        .await;

    assert_eq!(empty.expect(422).field_errors(), [" empty_patch"]);
    assert_eq!(
        null.expect(422).field_errors(),
        ["/color invalid_color", "/name required"]
    );
    assert_eq!(stale.expect(412).json()["currentVersion"], 1);
    fresh.expect(200);
    assert_eq!((foreign.status, foreign.text), (404, unknown.text));
}
