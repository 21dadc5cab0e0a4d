//! `GET /api/clients/{clientId}/tasks`

use super::support::{path, tasks};
use crate::leads::support::texts;
use plat_testing::TestApp;
use serde_json::json;

#[tokio::test]
async fn tasks_of_a_client_come_by_when_they_are_due() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let client = owner.client("Ann", json!({})).await;
    owner.client("Bob", json!({})).await;
    let todo = json!({
        "title": "Call Ann", "kind": "todo", "dueAt": "2026-03-04T09:00:00Z", "clientId": client["id"],
    });
    owner.post("/api/tasks", todo).await.expect(201);

    let rows = tasks(&app, &owner, &client).await;

    assert_eq!(
        texts(&rows, "title"),
        [
            "First follow-up",
            "Call Ann",
            "Follow-up after three days",
            "Follow-up after a week",
            "Follow-up after two weeks",
            "Follow-up after a month",
        ]
    );
    for row in &rows {
        assert_eq!(row["record"], json!({"kind": "client", "id": client["id"]}));
        let task = format!("/api/tasks/{}", row["id"].as_str().unwrap());
        let task = owner.get(&task).await.expect(200).json();
        for (field, value) in row.as_object().unwrap() {
            assert_eq!(&task[field], value, "{field}");
        }
    }
    let page = owner.get(&format!("{}/tasks", path(&client))).await;
    // The gate, the client, its tasks.
    assert_eq!(page.expect(200).cost.requests, 3);
}

#[tokio::test]
async fn tasks_of_a_client_that_is_not_there_are_not_there() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let client = owner.client("Ann", json!({})).await;
    app.settle().await;
    let at = format!("{}/tasks", path(&client));

    let unknown = other
        .get("/api/clients/01ARZ3NDEKTSV4RRFFQ69G5FAV/tasks")
        .await;
    let foreign = other.get(&at).await;
    let nobody = app.get(&at).await;
    owner.get(&at).await.expect(200);
    owner.delete(&path(&client)).await.expect(204);
    let deleted = owner.get(&at).await;

    for answer in [foreign, deleted] {
        assert_eq!((answer.status, &answer.text), (404, &unknown.text));
    }
    nobody.expect(401);
}
