//! `GET /api/leads/{leadId}/notes`

use super::support::{texts, walk};
use jiff::SignedDuration;
use plat_testing::TestApp;
use serde_json::json;

#[tokio::test]
async fn notes_are_walked_from_the_latest_to_the_first() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", json!({})).await;
    let other = owner.lead("Bob", json!({})).await;
    let path = format!("/api/leads/{}/notes", lead["id"].as_str().unwrap());
    owner
        .post(
            &format!("/api/leads/{}/notes", other["id"].as_str().unwrap()),
            json!({"content": "Bob's"}),
        )
        .await
        .expect(201);
    for n in 0..16 {
        app.advance(SignedDuration::from_millis(1));
        owner
            .post(&path, json!({"content": format!("{n:02}")}))
            .await
            .expect(201);
    }

    let rows = walk(&owner, &path, 5).await;
    let second = owner
        .get(&format!("{path}?page=2&limit=5"))
        .await
        .expect(200)
        .json();

    let expected: Vec<String> = (0..16).rev().map(|n| format!("{n:02}")).collect();
    assert_eq!(texts(&rows, "content"), expected);
    assert_eq!(
        texts(second["items"].as_array().unwrap(), "content"),
        expected[5..10]
    );
}

#[tokio::test]
async fn another_teams_notes_are_absent() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let lead = owner.lead("Ann", json!({})).await;

    let foreign = other
        .get(&format!(
            "/api/leads/{}/notes",
            lead["id"].as_str().unwrap()
        ))
        .await;
    let unknown = other
        .get("/api/leads/01ARZ3NDEKTSV4RRFFQ69G5FAV/notes")
        .await;
    let none = owner
        .get(&format!(
            "/api/leads/{}/notes",
            lead["id"].as_str().unwrap()
        ))
        .await;

    assert_eq!((foreign.status, foreign.text), (404, unknown.text));
    assert_eq!(
        none.expect(200).json(),
        json!({"items": [], "nextCursor": null})
    );
}
