//! `DELETE /api/tags/{tagId}`

use crate::leads::support::{assert_whole, table, text};
use http::Method;
use plat_testing::TestApp;
use serde_json::{Value, json};

#[tokio::test]
async fn a_deleted_tag_is_off_every_lead_and_does_not_come_back() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let mut paths = Vec::new();
    let mut tag = String::new();
    for name in ["Ann", "Bob", "Cleo"] {
        let lead = owner.lead(name, json!({})).await;
        let path = format!("/api/leads/{}", lead["id"].as_str().unwrap());
        let tagged = owner
            .post(&format!("{path}/tags"), json!({"tags": ["hot", "vip"]}))
            .await
            .expect(200)
            .json();
        tag = tagged["tags"][0]["id"].as_str().unwrap().to_owned();
        paths.push(path);
    }
    owner.delete(&paths[2]).await.expect(204);

    owner.delete(&format!("/api/tags/{tag}")).await.expect(204);

    for path in &paths[..2] {
        assert_eq!(
            owner.get(path).await.json()["tags"]
                .as_array()
                .unwrap()
                .len(),
            1
        );
    }
    // Whatever happens next to leads that wore it must not count it.
    owner.delete(&paths[0]).await.expect(204);
    owner
        .post(&format!("{}/restore", paths[2]), Value::Null)
        .await
        .expect(200);
    owner
        .post(&format!("{}/tags", paths[1]), json!({"tags": ["new"]}))
        .await
        .expect(200);
    let counters: Vec<_> = table(&app)
        .await
        .into_iter()
        .filter(|item| text(item, "SK") == format!("TAGS#USE#{tag}"))
        .collect();
    assert_eq!(counters, []);
    assert_whole(&app).await;
    let again = owner
        .post("/api/tags", json!({"name": "hot"}))
        .await
        .expect(201)
        .json();
    assert_ne!(again["id"], json!(tag));
    assert_eq!(again["uses"], 0);
}

#[tokio::test]
async fn what_is_not_there_cannot_be_deleted() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let tag = format!(
        "/api/tags/{}",
        owner
            .post("/api/tags", json!({"name": "hot"}))
            .await
            .expect(201)
            .id()
    );

    let foreign = other.delete(&tag).await;
    let unknown = other.delete("/api/tags/01ARZ3NDEKTSV4RRFFQ69G5FAV").await;
    let stale = owner.call(Method::DELETE, &tag).if_match(4).send().await;
    owner.delete(&tag).await.expect(204);
    let twice = owner.delete(&tag).await;

    assert_eq!((foreign.status, &foreign.text), (404, &unknown.text));
    assert_eq!(stale.expect(412).json()["currentVersion"], 1);
    assert_eq!(twice.text, unknown.text);
}
