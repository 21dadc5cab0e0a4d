//! `PATCH /api/tasks/{taskId}/uncomplete`

use super::support::{DUE, command, due_at, follow_up, id, now, path, task, tasks, told};
use http::Method;
use jiff::SignedDuration;
use plat_store::Claimed;
use plat_testing::{Answer, Someone, TestApp};
use serde_json::{Value, json};

async fn reopen(who: &Someone<'_>, task: &Value) -> Answer {
    let path = format!("{}/uncomplete", path(task));
    who.call(Method::PATCH, &path).send().await
}

#[tokio::test]
async fn what_was_done_or_given_up_is_to_be_done_again() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    for status in ["completed", "skipped", "cancelled"] {
        let task = task(&owner, "Call Ann", json!({})).await;
        let change = json!({"status": status});
        owner.patch(&path(&task), change).await.expect(200);

        let reopened = reopen(&owner, &task).await.expect(200).json();

        let mut expected = task.clone();
        expected["version"] = json!(3);
        assert_eq!(reopened, expected, "{status}");
    }
    app.settle().await;
    assert_eq!(told(&app).last().unwrap(), "task.reopened");
}

#[tokio::test]
async fn what_is_open_is_not_reopened() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let task = task(&owner, "Call Ann", json!({})).await;

    let pending = reopen(&owner, &task).await.expect(409);
    let begun = json!({"status": "in_progress"});
    owner.patch(&path(&task), begun).await.expect(200);
    let begun = reopen(&owner, &task).await.expect(409);

    assert_eq!(
        pending.json()["detail"],
        "The task is pending, so there is nothing to take back."
    );
    assert_eq!(begun.problem(), "illegal-transition");
    reopen(&other, &task).await.expect(404);
}

#[tokio::test]
async fn a_follow_up_that_a_person_did_can_be_sent_after_all() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let client = owner.client("Ann", json!({})).await;
    let follow_up = follow_up(&owner, &client, DUE).await;
    let change = json!({"status": "completed"});
    owner.patch(&path(&follow_up), change).await.expect(200);

    reopen(&owner, &follow_up).await.expect(200);

    let lease = SignedDuration::from_mins(5);
    let claimed = tasks(&app, &owner)
        .claim(id(&follow_up), due_at(&follow_up), "a", lease, app.now())
        .await;
    assert!(matches!(claimed, Ok(Claimed::Yours(_))), "{claimed:?}");
    let status = now(&owner, &follow_up).await["status"].clone();
    assert_eq!(status, "pending");
}

#[tokio::test]
async fn a_follow_up_whose_e_mail_was_sent_is_not_reopened() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let client = owner.client("Ann", json!({})).await;
    let follow_up = follow_up(&owner, &client, "2026-03-02T15:00:30Z").await;
    app.pass(SignedDuration::from_mins(1)).await;
    let sent = now(&owner, &follow_up).await;
    assert_eq!(sent["status"], "completed");
    assert!(sent["emailId"].is_string());

    let refused = reopen(&owner, &follow_up).await.expect(409);
    let pending = json!({"status": "pending"});
    let moved = owner.patch(&path(&follow_up), pending).await.expect(409);

    assert_eq!(refused.json()["legalMoves"], json!([]));
    assert_eq!(
        refused.json()["detail"],
        "The e-mail of this follow-up was sent. Plan another follow-up instead."
    );
    assert_eq!(moved.json()["detail"], refused.json()["detail"]);
    assert_eq!(now(&owner, &follow_up).await, sent);
}

#[tokio::test]
async fn a_task_that_was_reopened_can_be_given_up_again_by_the_same_hand() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let client = owner.client("Ann", json!({})).await;
    let follow_up = follow_up(&owner, &client, DUE).await;
    let client = client["id"].as_str().unwrap().parse().unwrap();
    let tasks = tasks(&app, &owner);
    let gone = command(&app, &owner, "gone");
    tasks
        .cancel_pending_of(&gone, client, "Gone.")
        .await
        .unwrap();

    reopen(&owner, &follow_up).await.expect(200);
    let gone_again = command(&app, &owner, "gone again");
    tasks
        .cancel_pending_of(&gone_again, client, "Gone.")
        .await
        .unwrap();

    let now = now(&owner, &follow_up).await;
    assert_eq!(
        (&now["status"], &now["statusNote"]),
        (&json!("cancelled"), &json!("Gone."))
    );
}
