//! `GET /api/tags`

use crate::leads::support::{texts, walk};
use plat_testing::TestApp;
use serde_json::json;

#[tokio::test]
async fn tags_are_walked_by_name_with_their_uses() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let sorted = ["\u{c4}rger", "hot", "Hot lead", "hotel", "vip"];
    for name in sorted.iter().rev() {
        owner
            .post("/api/tags", json!({"name": name}))
            .await
            .expect(201);
    }
    other
        .post("/api/tags", json!({"name": "theirs"}))
        .await
        .expect(201);
    for n in 0..3 {
        let lead = owner.lead(&format!("Lead {n}"), json!({})).await;
        owner
            .post(
                &format!("/api/leads/{}/tags", lead["id"].as_str().unwrap()),
                json!({"tags": ["VIP"]}),
            )
            .await
            .expect(200);
    }

    let rows = walk(&owner, "/api/tags", 2).await;
    let second = owner
        .get("/api/tags?page=2&limit=2")
        .await
        .expect(200)
        .json();

    assert_eq!(texts(&rows, "name"), sorted);
    assert_eq!(
        rows.iter()
            .map(|tag| tag["uses"].as_u64().unwrap())
            .collect::<Vec<_>>(),
        [0, 0, 0, 0, 3]
    );
    assert_eq!(
        texts(second["items"].as_array().unwrap(), "name"),
        ["Hot lead", "hotel"]
    );
    assert_eq!(
        owner.get("/api/tags?page=9").await.expect(200).json(),
        json!({"items": [], "nextCursor": null})
    );
    owner.get("/api/tags?sort=name").await.expect(422);
    app.get("/api/tags").await.expect(401);
}
