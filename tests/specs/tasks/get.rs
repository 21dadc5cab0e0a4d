//! `GET /api/tasks/{taskId}`

use super::support::{path, task};
use http::Method;
use plat_testing::TestApp;
use serde_json::json;

#[tokio::test]
async fn a_task_of_another_team_is_as_absent_as_one_that_never_was() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let task = task(&owner, "Call Ann", json!({})).await;

    let foreign = other.get(&path(&task)).await;
    let unknown = other.get("/api/tasks/01ARZ3NDEKTSV4RRFFQ69G5FAV").await;
    let nonsense = other.get("/api/tasks/call").await;

    assert_eq!((foreign.status, &foreign.text), (404, &unknown.text));
    assert_eq!(nonsense.text, unknown.text);
    app.get(&path(&task)).await.expect(401);
}

#[tokio::test]
async fn a_task_that_is_known_already_is_not_sent_again() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let task = task(&owner, "Call Ann", json!({})).await;

    let same = owner
        .call(Method::GET, &path(&task))
        .header("if-none-match", "\"1\"")
        .send()
        .await;

    assert_eq!((same.status, same.text.as_str()), (304, ""));
}
