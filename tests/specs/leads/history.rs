//! `GET /api/leads/{leadId}/history`

use super::support::{texts, walk};
use jiff::SignedDuration;
use plat_testing::TestApp;
use serde_json::json;

#[tokio::test]
async fn a_history_is_walked_from_the_latest_change_to_the_first() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", json!({})).await;
    let path = format!("/api/leads/{}", lead["id"].as_str().unwrap());
    // The clock stands: changes of one millisecond keep their order too.
    for n in 0..23 {
        let status = if n % 2 == 0 { "contacted" } else { "new" };
        owner
            .patch(
                &format!("{path}/status"),
                json!({"status": status, "note": format!("{n:02}")}),
            )
            .await
            .expect(200);
    }
    app.advance(SignedDuration::from_secs(1));

    let rows = walk(&owner, &format!("{path}/history"), 7).await;
    let third = owner
        .get(&format!("{path}/history?page=3&limit=5"))
        .await
        .expect(200)
        .json();

    let notes: Vec<String> = (0..23).rev().map(|n| format!("{n:02}")).collect();
    assert_eq!(texts(&rows, "note"), notes);
    assert_eq!(
        texts(third["items"].as_array().unwrap(), "note"),
        notes[10..15]
    );
}

#[tokio::test]
async fn a_new_lead_has_no_history() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", json!({"status": "won"})).await;

    let history = owner
        .get(&format!(
            "/api/leads/{}/history",
            lead["id"].as_str().unwrap()
        ))
        .await;

    assert_eq!(
        history.expect(200).json(),
        json!({"items": [], "nextCursor": null})
    );
}

#[tokio::test]
async fn another_teams_history_is_absent() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let lead = owner.lead("Ann", json!({})).await;
    let path = |id: &str| format!("/api/leads/{id}/history");

    let foreign = other.get(&path(lead["id"].as_str().unwrap())).await;
    let unknown = other.get(&path("01ARZ3NDEKTSV4RRFFQ69G5FAV")).await;

    assert_eq!((foreign.status, foreign.text), (404, unknown.text));
}
