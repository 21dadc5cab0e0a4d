//! `DELETE /api/tasks/{taskId}`

use super::support::{path, run, task, told};
use crate::documents::support::again;
use crate::leads::support::{of_kind, table, text, walk};
use http::Method;
use jiff::SignedDuration;
use plat_testing::TestApp;
use serde_json::{Value, json};

#[tokio::test]
async fn a_deleted_task_is_gone_and_that_is_told() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let task = task(&owner, "Call Ann", json!({"priority": "high"})).await;

    owner.delete(&path(&task)).await.expect(204);
    app.settle().await;

    owner.get(&path(&task)).await.expect(404);
    owner.delete(&path(&task)).await.expect(404);
    let change = json!({"notes": "X"});
    owner.patch(&path(&task), change).await.expect(404);
    assert!(walk(&owner, "/api/tasks", 5).await.is_empty());
    assert!(of_kind(&table(&app).await, "task").is_empty());
    assert_eq!(told(&app), ["task.created", "task.deleted"]);
    let events = app.host.queues.published();
    let deleted = events.last().unwrap();
    let change = deleted.fact.task_change().unwrap();
    assert_eq!(change.title, "Call Ann");
    assert!(change.after.deleted && change.before.as_ref().is_some_and(|before| !before.deleted));
    assert_eq!(deleted.actor.id.to_string(), owner.id);
}

#[tokio::test]
async fn a_task_that_changed_meanwhile_or_is_anothers_is_not_deleted() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let task = task(&owner, "Call Ann", json!({})).await;
    let change = json!({"notes": "X"});
    owner.patch(&path(&task), change).await.expect(200);

    let stale = owner
        .call(Method::DELETE, &path(&task))
        .if_match(1)
        .send()
        .await;
    let foreign = other.delete(&path(&task)).await;

    assert_eq!(stale.expect(412).json()["currentVersion"], 2);
    foreign.expect(404);
    owner.get(&path(&task)).await.expect(200);
}

#[tokio::test]
async fn tasks_go_with_the_record_that_they_are_about_and_leave_nothing() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let client = owner.client("Ann", json!({})).await;
    let about = |client: &Value| json!({"clientId": client["id"]});
    let call = task(&owner, "Call Ann", about(&client)).await;
    let other = task(&owner, "Call Bob", json!({})).await;
    app.settle().await;
    let at = format!("/api/clients/{}", client["id"].as_str().unwrap());
    owner.delete(&at).await.expect(204);
    app.settle().await;
    let month = SignedDuration::from_hours(24 * 32);

    app.advance(month);
    assert_eq!(run(&app.host.app, "admin.clean_up").await, [""; 0]);
    app.host.settle().await.unwrap();

    let owner = again(&app, &owner).await;
    owner.get(&path(&call)).await.expect(404);
    let items = table(&app).await;
    let left: Vec<_> = of_kind(&items, "task");
    assert_eq!(left.len(), 1, "{left:?}");
    owner.get(&path(&other)).await.expect(200);
    let id = client["id"].as_str().unwrap();
    let of_client = items.iter().filter(|item| text(item, "PK").contains(id));
    let of_client: Vec<_> = of_client.collect();
    assert!(of_client.is_empty(), "{of_client:?}");
    let deleted = told(&app).into_iter().filter(|kind| kind == "task.deleted");
    // The five follow-ups of the client, and the task.
    assert_eq!(deleted.count(), 6);
}
