//! `GET /api/clients/{clientId}/timeline`

use super::support::{bring_to, path};
use crate::leads::support::{texts, walk};
use jiff::SignedDuration;
use plat_testing::TestApp;
use serde_json::{Value, json};

fn timeline(client: &Value) -> String {
    format!("{}/timeline", path(client))
}

#[tokio::test]
async fn a_timeline_tells_who_did_what_and_when_latest_first() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let mia = owner.invite("Mia", "member").await;
    let tick = || app.advance(SignedDuration::from_secs(60));
    let client = owner.client("Ann", json!({})).await;
    tick();
    let change = json!({"notes": "Likes it", "propertyType": "land"});
    owner.patch(&path(&client), change).await.expect(200);
    tick();
    bring_to(&mia, &client, "under_contract").await;
    tick();
    let give = json!({"assignedTo": mia.id});
    owner.patch(&path(&client), give).await.expect(200);
    tick();
    owner.delete(&path(&client)).await.expect(204);
    tick();
    let restore = format!("{}/restore", path(&client));
    owner.post(&restore, Value::Null).await.expect(200);
    app.settle().await;

    let rows = walk(&owner, &timeline(&client), 2).await;

    // That follow-ups were planned and came back is no line of its own.
    let told: Vec<_> = rows
        .iter()
        .map(|row| (&row["type"], &row["actor"]["name"], &row["at"]))
        .collect();
    assert_eq!(
        json!(told),
        json!([
            ["client_restored", "Olive", "2026-03-02T15:05:00Z"],
            ["client_deleted", "Olive", "2026-03-02T15:04:00Z"],
            ["client_assigned", "Olive", "2026-03-02T15:03:00Z"],
            ["client_stage_changed", "Mia", "2026-03-02T15:02:00Z"],
            ["client_updated", "Olive", "2026-03-02T15:01:00Z"],
            ["client_created", "Olive", "2026-03-02T15:00:00Z"],
        ])
    );
    assert_eq!(rows[2]["data"], json!({"from": null, "to": mia.id}));
    assert_eq!(
        rows[3]["title"],
        "Stage changed from lead to under contract"
    );
    assert_eq!(
        rows[3]["data"],
        json!({"oldStatus": "lead", "newStatus": "under_contract"})
    );
    assert_eq!(
        rows[4]["data"],
        json!({"fields": ["notes", "propertyType"]})
    );
    let all = owner.get(&timeline(&client)).await.expect(200);
    assert_eq!(all.json()["items"], json!(rows));
    // The gate, and one query.
    assert_eq!(all.cost.requests, 2);
}

#[tokio::test]
async fn what_became_of_tasks_is_told_of_their_client() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let client = owner.client("Ann", json!({})).await;
    let planned = super::support::tasks(&app, &owner, &client).await;
    app.advance(SignedDuration::from_mins(1));
    let task = format!("/api/tasks/{}", planned[1]["id"].as_str().unwrap());
    let complete = format!("{task}/complete");
    owner.patch(&complete, json!({})).await.expect(200);
    app.settle().await;

    let rows = walk(&owner, &timeline(&client), 3).await;

    assert_eq!(texts(&rows, "type"), ["task_completed", "client_created"]);
    assert_eq!(rows[0]["data"]["followUpType"], "day_3");
}

#[tokio::test]
async fn a_timeline_is_seen_by_who_sees_the_client() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let ada = owner.invite("Ada", "assistant").await;
    let client = owner.client("Ann", json!({})).await;
    app.settle().await;
    let at = timeline(&client);

    let unknown = other
        .get("/api/clients/01ARZ3NDEKTSV4RRFFQ69G5FAV/timeline")
        .await;
    let foreign = other.get(&at).await;
    let assistant = ada.get(&at).await.expect(200);
    let nobody = app.get(&at).await;
    owner.delete(&path(&client)).await.expect(204);
    let deleted = owner.get(&at).await;

    assert_eq!((foreign.status, &foreign.text), (404, &unknown.text));
    assert_eq!(assistant.json()["items"][0]["type"], "client_created");
    nobody.expect(401);
    deleted.expect(404);
}
