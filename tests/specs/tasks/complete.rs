//! `PATCH /api/tasks/{taskId}/complete`

use super::support::{DUE, follow_up, now, path, run, task, told};
use http::Method;
use jiff::SignedDuration;
use plat_testing::{Someone, TestApp};
use serde_json::{Value, json};

async fn complete(who: &Someone<'_>, task: &Value) -> plat_testing::Answer {
    let path = format!("{}/complete", path(task));
    who.call(Method::PATCH, &path).send().await
}

#[tokio::test]
async fn a_completed_task_says_when() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let task = task(&owner, "Call Ann", json!({})).await;
    app.advance(SignedDuration::from_mins(5));

    let done = complete(&owner, &task).await.expect(200);
    app.advance(SignedDuration::from_mins(5));
    let again = complete(&owner, &task).await.expect(200);

    assert_eq!(
        (&done.json()["status"], &done.json()["completedAt"]),
        (&json!("completed"), &json!("2026-03-02T15:05:00Z"))
    );
    assert_eq!(done.header("etag"), "\"2\"");
    assert_eq!(again.json(), done.json());
    app.settle().await;
    assert_eq!(told(&app), ["task.created", "task.completed"]);
}

#[tokio::test]
async fn what_was_given_up_is_not_completed() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    for status in ["skipped", "cancelled"] {
        let task = task(&owner, "Call Ann", json!({})).await;
        let change = json!({"status": status});
        owner.patch(&path(&task), change).await.expect(200);

        let refused = complete(&owner, &task).await.expect(409);

        assert_eq!(refused.problem(), "illegal-transition");
        assert_eq!(now(&owner, &task).await["status"], status);
    }
}

#[tokio::test]
async fn a_follow_up_that_somebody_did_is_not_sent() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let client = owner.client("Ann", json!({})).await;
    let follow_up = follow_up(&owner, &client, DUE).await;

    complete(&owner, &follow_up).await.expect(200);
    app.advance(SignedDuration::from_hours(25));

    let (recording, sent) = super::dispatch_due::recording(&app);
    assert_eq!(run(&recording, "tasks.dispatch_due").await, [""; 0]);
    assert!(sent.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_task_of_another_team_or_another_version_is_not_completed() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let task = task(&owner, "Call Ann", json!({})).await;
    let change = json!({"notes": "X"});
    owner.patch(&path(&task), change).await.expect(200);

    complete(&other, &task).await.expect(404);
    let stale = owner
        .call(Method::PATCH, &format!("{}/complete", path(&task)))
        .if_match(1)
        .send();

    assert_eq!(stale.await.expect(412).json()["currentVersion"], 2);
    assert_eq!(now(&owner, &task).await["status"], "pending");
}
