//! How jobs hold follow-ups: claims, what is put off and given up, and what goes and comes with a client.

use super::support::{DUE, command, due_at, follow_up, id, now, path, task, tasks, told};
use futures::future::join_all;
use http::Method;
use jiff::{SignedDuration, Timestamp};
use plat_domain::TaskStatus;
use plat_store::{Claimed, Tasks};
use plat_testing::proxy::{Fault, FaultKind};
use plat_testing::{Someone, Started, TestApp};
use serde_json::{Value, json};

const LEASE: SignedDuration = SignedDuration::from_mins(5);

/// How a claim ended, as a word.
async fn claim(app: &TestApp, tasks: &Tasks, task: &Value, by: &str) -> String {
    let claimed = tasks.claim(id(task), due_at(task), by, LEASE, app.now());
    match claimed.await.unwrap() {
        Claimed::Yours(yours) => format!("yours, version {}", yours.version),
        Claimed::Gone => "gone".to_owned(),
        Claimed::Busy(until) => format!("busy until {until}"),
    }
}

async fn scene<'a>(app: &'a TestApp) -> (Someone<'a>, Value, Tasks) {
    let owner = app.owner("Olive").await;
    let client = owner.client("Ann", json!({})).await;
    let tasks = tasks(app, &owner);
    (owner, client, tasks)
}

#[tokio::test]
async fn a_claim_keeps_a_follow_up_to_one_message_until_its_lease_ends() {
    let app = TestApp::start().await;
    let (owner, client, tasks) = scene(&app).await;
    let due = follow_up(&owner, &client, DUE).await;

    assert_eq!(claim(&app, &tasks, &due, "a").await, "yours, version 2");
    let busy = "busy until 2026-03-02T15:05:00Z";
    assert_eq!(claim(&app, &tasks, &due, "b").await, busy);
    // The message came again after a crash.
    assert_eq!(claim(&app, &tasks, &due, "a").await, "yours, version 3");
    app.advance(LEASE);
    assert_eq!(claim(&app, &tasks, &due, "b").await, busy);
    app.advance(SignedDuration::from_millis(1));
    assert_eq!(claim(&app, &tasks, &due, "b").await, "yours, version 4");

    // Whoever had it before has it no more.
    let later = due_at(&due);
    assert_eq!(tasks.put_back(id(&due), "a", later, None).await, Ok(false));
    assert_eq!(tasks.put_back(id(&due), "b", later, None).await, Ok(true));
}

#[tokio::test]
async fn a_claim_whose_reply_was_lost_is_still_its_messages() {
    let app = Started::default().with_proxy().start().await;
    let (owner, client, tasks) = scene(&app).await;
    let due = follow_up(&owner, &client, DUE).await;
    app.faults()
        .inject(Fault::once_on("UpdateItem", FaultKind::LoseReply));

    let claimed = claim(&app, &tasks, &due, "a").await;

    assert_eq!(claimed, "yours, version 3");
    app.faults().heal();
    let busy = "busy until 2026-03-02T15:05:00Z";
    assert_eq!(claim(&app, &tasks, &due, "b").await, busy);
}

#[tokio::test]
async fn of_many_messages_at_once_one_gets_a_follow_up() {
    let app = TestApp::start().await;
    let (owner, client, tasks) = scene(&app).await;
    let due = follow_up(&owner, &client, DUE).await;

    let names: Vec<String> = (0..12).map(|n| n.to_string()).collect();
    let claims = names.iter().map(|by| claim(&app, &tasks, &due, by));
    let claims = join_all(claims).await;

    let yours = claims.iter().filter(|claim| claim.starts_with("yours"));
    assert_eq!(yours.count(), 1, "{claims:?}");
    assert!(!claims.contains(&"gone".to_owned()), "{claims:?}");
}

#[tokio::test]
async fn what_is_not_to_be_sent_any_more_is_not_claimed() {
    let app = TestApp::start().await;
    let (owner, client, tasks) = scene(&app).await;
    for change in [
        json!({"status": "completed"}),
        json!({"status": "in_progress"}),
        json!({"dueAt": "2026-03-09T15:00:00Z"}),
    ] {
        let due = follow_up(&owner, &client, DUE).await;
        owner.patch(&path(&due), change).await.expect(200);
        assert_eq!(claim(&app, &tasks, &due, "a").await, "gone");
    }
    let due = follow_up(&owner, &client, DUE).await;
    owner.delete(&path(&due)).await.expect(204);
    assert_eq!(claim(&app, &tasks, &due, "a").await, "gone");
    let todo = task(&owner, "Call", json!({"clientId": client["id"]})).await;
    assert_eq!(claim(&app, &tasks, &todo, "a").await, "gone");
}

#[tokio::test]
async fn a_claim_is_told_to_nobody_and_makes_a_version() {
    let app = TestApp::start().await;
    let (owner, client, tasks) = scene(&app).await;
    let due = follow_up(&owner, &client, DUE).await;
    claim(&app, &tasks, &due, "a").await;
    tasks
        .put_back(id(&due), "a", due_at(&due), None)
        .await
        .unwrap();
    claim(&app, &tasks, &due, "b").await;

    let stale = owner
        .call(Method::PATCH, &path(&due))
        .if_match(1)
        .json(json!({"notes": "X"}))
        .send();

    assert_eq!(stale.await.expect(412).json()["currentVersion"], 4);
    let mut expected = due.clone();
    expected["version"] = json!(4);
    assert_eq!(now(&owner, &due).await, expected);
    app.host.settle().await.unwrap();
    let of_this = told(&app);
    assert_eq!(
        of_this
            .iter()
            .filter(|kind| *kind != "task.created")
            .count(),
        0,
        "{of_this:?}"
    );
}

#[tokio::test]
async fn whatever_a_person_changes_drops_the_claim() {
    let app = TestApp::start().await;
    let (owner, client, tasks) = scene(&app).await;
    let due = follow_up(&owner, &client, DUE).await;
    claim(&app, &tasks, &due, "a").await;

    let change = json!({"notes": "They are away"});
    owner.patch(&path(&due), change).await.expect(200);

    let later = due_at(&due);
    assert_eq!(tasks.put_back(id(&due), "a", later, None).await, Ok(false));
    assert_eq!(claim(&app, &tasks, &due, "b").await, "yours, version 4");
}

#[tokio::test]
async fn what_is_put_off_is_due_again_later_and_says_why() {
    let app = TestApp::start().await;
    let (owner, client, tasks) = scene(&app).await;
    let due = follow_up(&owner, &client, DUE).await;
    claim(&app, &tasks, &due, "a").await;
    let morning: Timestamp = "2026-03-04T13:00:00Z".parse().unwrap();

    let put_back = tasks.put_back(id(&due), "a", morning, Some("It is night there."));
    assert_eq!(put_back.await, Ok(true));

    let put_off = now(&owner, &due).await;
    assert_eq!(
        (
            &put_off["dueAt"],
            &put_off["statusNote"],
            &put_off["status"]
        ),
        (
            &json!("2026-03-04T13:00:00Z"),
            &json!("It is night there."),
            &json!("pending")
        )
    );
    let listed = owner.get("/api/tasks?dueAfter=2026-03-04T00:00:00Z").await;
    assert_eq!(listed.json()["items"][0]["id"], due["id"]);
    assert_eq!(claim(&app, &tasks, &due, "a").await, "gone");
    assert_eq!(claim(&app, &tasks, &put_off, "b").await, "yours, version 4");
}

#[tokio::test]
async fn a_follow_up_that_may_have_been_sent_is_left_to_people() {
    let app = TestApp::start().await;
    let (owner, client, tasks) = scene(&app).await;
    let due = follow_up(&owner, &client, DUE).await;
    claim(&app, &tasks, &due, "a").await;
    let hold = command(&app, &owner, "hold");
    let begun = TaskStatus::InProgress;

    let others = tasks
        .hold(&hold, id(&due), "b", begun, "Was it sent?")
        .await;
    let held = tasks
        .hold(&hold, id(&due), "a", begun, "Was it sent?")
        .await;

    assert_eq!((others, held), (Ok(false), Ok(true)));
    let shown = now(&owner, &due).await;
    assert_eq!(
        (&shown["status"], &shown["statusNote"]),
        (&json!("in_progress"), &json!("Was it sent?"))
    );
    assert_eq!(claim(&app, &tasks, &due, "a").await, "gone");
    let open = owner.get("/api/tasks?status=in_progress").await;
    assert_eq!(open.json()["items"][0]["id"], due["id"]);
    app.host.settle().await.unwrap();
    assert!(told(&app).contains(&"task.started".to_owned()));
}

async fn statuses(owner: &Someone<'_>, of: &[&Value]) -> Vec<String> {
    let mut statuses = Vec::new();
    for task in of {
        let status = now(owner, task).await["status"].clone();
        statuses.push(status.as_str().unwrap().to_owned());
    }
    statuses
}

#[tokio::test]
async fn pending_follow_ups_go_with_their_client_and_come_back_if_their_time_is_to_come() {
    let app = TestApp::start().await;
    let (owner, client, tasks) = scene(&app).await;
    let bob = owner.client("Bob", json!({})).await;
    let soon = follow_up(&owner, &client, "2026-03-02T15:05:00Z").await;
    let later = follow_up(&owner, &client, DUE).await;
    let by_hand = follow_up(&owner, &client, DUE).await;
    let done = follow_up(&owner, &client, DUE).await;
    let todo = task(&owner, "Call", json!({"clientId": client["id"]})).await;
    let of_bob = follow_up(&owner, &bob, DUE).await;
    for (task, status) in [(&by_hand, "cancelled"), (&done, "completed")] {
        let change = json!({"status": status});
        owner.patch(&path(task), change).await.expect(200);
    }
    claim(&app, &tasks, &later, "a").await;
    let all = [&soon, &later, &by_hand, &done, &todo, &of_bob];
    let client = client["id"].as_str().unwrap().parse().unwrap();
    let gone = command(&app, &owner, "gone");

    for _ in 0..2 {
        let cancelled = tasks.cancel_pending_of(&gone, client, "The client was lost.");
        assert_eq!(cancelled.await, Ok(()));
        assert_eq!(
            statuses(&owner, &all).await,
            [
                "cancelled",
                "cancelled",
                "cancelled",
                "completed",
                "pending",
                "pending"
            ]
        );
    }
    let put_back = tasks.put_back(id(&later), "a", due_at(&later), None).await;
    assert_eq!(put_back, Ok(false));
    let note = now(&owner, &later).await["statusNote"].clone();
    assert_eq!(note, "The client was lost.");

    app.advance(SignedDuration::from_mins(10));
    let back = command(&app, &owner, "back");
    for _ in 0..2 {
        assert_eq!(tasks.revive_of(&back, client, app.now()).await, Ok(()));
        assert_eq!(
            statuses(&owner, &all).await,
            [
                "cancelled",
                "pending",
                "cancelled",
                "completed",
                "pending",
                "pending"
            ]
        );
    }
    assert_eq!(now(&owner, &later).await["statusNote"], Value::Null);
    assert_eq!(claim(&app, &tasks, &later, "b").await, "yours, version 5");
}

#[tokio::test]
async fn what_goes_and_comes_with_a_client_is_told() {
    let app = TestApp::start().await;
    let (owner, client, tasks) = scene(&app).await;
    let due = follow_up(&owner, &client, DUE).await;
    let client = client["id"].as_str().unwrap().parse().unwrap();
    let (gone, back) = (command(&app, &owner, "gone"), command(&app, &owner, "back"));

    tasks
        .cancel_pending_of(&gone, client, "Gone.")
        .await
        .unwrap();
    tasks.revive_of(&back, client, app.now()).await.unwrap();
    app.host.settle().await.unwrap();

    let events = app.host.queues.published();
    let of_due = events.iter().filter(|event| event.subject.id == due["id"]);
    let told: Vec<_> = of_due.map(|event| event.fact.kind().to_string()).collect();
    assert_eq!(told, ["task.created", "task.cancelled", "task.reopened"]);
}
