//! `clients.schedule_follow_ups`

use super::support::{bring_to, path, statuses, tasks};
use crate::leads::support::{of_kind, table, walk};
use jiff::SignedDuration;
use plat_domain::{Actor, ClientId, FollowUpType, Task};
use plat_services::Bus;
use plat_store::{Command, StoreError};
use plat_testing::proxy::{Fault, FaultKind};
use plat_testing::{Someone, Started, TestApp};
use serde_json::{Value, json};

const DAY: SignedDuration = SignedDuration::from_hours(24);

async fn restore(who: &Someone<'_>, client: &Value) {
    let path = format!("{}/restore", path(client));
    who.post(&path, Value::Null).await.expect(200);
}

/// Changes a task of theirs.
async fn change(who: &Someone<'_>, task: &Value, change: Value) {
    let task = format!("/api/tasks/{}", task["id"].as_str().unwrap());
    who.patch(&task, change).await.expect(200);
}

/// One whose time has passed by far signs in again.
async fn again<'a>(app: &'a TestApp, who: &Someone<'_>) -> Someone<'a> {
    let body = json!({"email": who.email, "password": plat_testing::PASSWORD});
    let reply = app.post("/api/auth/login", body).await.expect(200).json();
    Someone::signed_in(app, &reply)
}

#[tokio::test]
async fn a_new_client_gets_five_follow_ups_at_their_times() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let mia = owner.invite("Mia", "member").await;

    let client = owner.client("Ann", json!({"assignedTo": mia.id})).await;

    let planned = tasks(&app, &owner, &client).await;
    let told: Vec<_> = planned
        .iter()
        .map(|task| (&task["followUpType"], &task["dueAt"], &task["priority"]))
        .collect();
    assert_eq!(
        json!(told),
        json!([
            ["day_1", "2026-03-03T15:00:00Z", "high"],
            ["day_3", "2026-03-05T15:00:00Z", "medium"],
            ["week_1", "2026-03-09T15:00:00Z", "medium"],
            ["week_2", "2026-03-16T15:00:00Z", "low"],
            ["month_1", "2026-04-01T15:00:00Z", "low"],
        ])
    );
    for task in &planned {
        assert_eq!(
            (&task["kind"], &task["status"], &task["assignedTo"]),
            (&json!("follow_up"), &json!("pending"), &json!(mia.id))
        );
    }
}

#[tokio::test]
async fn follow_ups_are_planned_once_however_often_and_late_it_is_told() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let client = owner.client("Ann", json!({})).await;
    let planned = tasks(&app, &owner, &client).await;
    // What has become of them since stays: one was done, one put off, one deleted.
    change(&owner, &planned[0], json!({"status": "completed"})).await;
    let put_off = json!({"dueAt": "2026-03-20T09:00:00Z"});
    change(&owner, &planned[1], put_off).await;
    let deleted = format!("/api/tasks/{}", planned[2]["id"].as_str().unwrap());
    owner.delete(&deleted).await.expect(204);
    let before = tasks(&app, &owner, &client).await;
    app.advance(SignedDuration::from_hours(2));

    let events = app.host.queues.published();
    for _ in 0..3 {
        app.host.queues.publish(&events).await.unwrap();
        app.settle().await;
    }

    let owner = again(&app, &owner).await;
    assert_eq!(tasks(&app, &owner, &client).await, before);
    assert_eq!(before.len(), 4);
}

#[tokio::test]
async fn a_plan_whose_reply_was_lost_is_made_once() {
    let app = Started::default().with_proxy().start().await;
    let owner = app.owner("Olive").await;
    let client = owner.client("Ann", json!({})).await;
    app.faults().inject(Fault {
        times: 4,
        ..Fault::once_on("TransactWriteItems", FaultKind::LoseReply)
    });

    let planned = tasks(&app, &owner, &client).await;

    app.faults().heal();
    assert_eq!(planned.len(), 5);
    assert_eq!(of_kind(&table(&app).await, "task").len(), 5);
}

#[tokio::test]
async fn wherever_the_job_dies_follow_ups_end_up_as_the_client_is() {
    let app = Started::default().with_proxy().start().await;
    let owner = app.owner("Olive").await;
    let faults = ["GetItem", "Query", "UpdateItem", "TransactWriteItems"]
        .into_iter()
        .flat_map(|operation| [0, 1, 3].map(|skip| (operation, skip)))
        .flat_map(|(operation, skip)| {
            let kinds = [FaultKind::LoseReply, FaultKind::InternalError];
            kinds.map(|kind| Fault {
                operation: Some(operation),
                kind,
                skip,
                // As often as a request is tried again.
                times: 3,
            })
        });
    for (nth, fault) in faults.enumerate() {
        let mut client = Value::Null;
        for (stage, expected) in [("", "pending"), ("lost", "cancelled"), ("lead", "pending")] {
            if stage.is_empty() {
                client = owner.client(&format!("Ann {nth}"), json!({})).await;
            } else {
                bring_to(&owner, &client, stage).await;
            }
            app.faults().inject(fault.clone());
            app.settle().await;
            app.faults().heal();
            let now = statuses(&app, &owner, &client).await;
            assert_eq!(now, [expected; 5], "{fault:?} {stage}");
        }
    }
}

#[tokio::test]
async fn nothing_is_planned_for_a_client_who_changed_since_that_was_decided() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let client = owner.client("Ann", json!({"stage": "lost"})).await;
    app.settle().await;
    let team = app.host.app.store.team(owner.team.parse().unwrap());
    let id: ClientId = client["id"].as_str().unwrap().parse().unwrap();
    let read = team.clients().standing(id).await.unwrap().unwrap();
    let by = Actor {
        id: owner.id.parse().unwrap(),
        name: "Olive".to_owned(),
    };
    let command = Command::because("a plan", app.now(), &by);
    let plan = || {
        let kind = FollowUpType::Day1;
        vec![Task::follow_up(
            command.new_id(0),
            id,
            kind,
            app.now(),
            app.now(),
        )]
    };
    owner.delete(&path(&client)).await.expect(204);

    let late = team.tasks().schedule(&command, &read, plan()).await;

    assert_eq!(late, Err(StoreError::Contended));
    assert!(of_kind(&table(&app).await, "task").is_empty());
    let read = team.clients().standing(id).await.unwrap().unwrap();
    let again = team.tasks().schedule(&command, &read, plan()).await;
    assert_eq!(again, Ok(()));
}

#[tokio::test]
async fn who_is_not_worked_when_they_are_made_gets_none() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;

    for stage in ["closed", "lost"] {
        let client = owner.client(stage, json!({"stage": stage})).await;
        let at_first = tasks(&app, &owner, &client).await;
        bring_to(&owner, &client, "lead").await;
        let later = tasks(&app, &owner, &client).await;
        assert_eq!((at_first.len(), later.len()), (0, 0), "{stage}");
    }
}

#[tokio::test]
async fn pending_follow_ups_are_cancelled_with_the_client_and_nothing_else_is() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    for end in ["deleted", "lost", "closed"] {
        let client = owner.client(end, json!({})).await;
        let planned = tasks(&app, &owner, &client).await;
        change(&owner, &planned[0], json!({"status": "completed"})).await;
        change(&owner, &planned[1], json!({"status": "skipped"})).await;
        for (kind, follow_up) in [("todo", Value::Null), ("follow_up", json!("custom"))] {
            let body = json!({
                "title": kind, "kind": kind, "followUpType": follow_up, "clientId": client["id"],
                "dueAt": "2026-05-01T09:00:00Z",
            });
            owner.post("/api/tasks", body).await.expect(201);
        }

        match end {
            "deleted" => {
                owner.delete(&path(&client)).await.expect(204);
            }
            stage => {
                bring_to(&owner, &client, stage).await;
            }
        }
        app.settle().await;

        let of_client = json!({"kind": "client", "id": client["id"]});
        let all = walk(&owner, "/api/tasks", 50).await;
        let mut all: Vec<_> = all
            .iter()
            .filter(|task| task["record"] == of_client)
            .map(|task| {
                let (kind, status) = (&task["kind"], &task["status"]);
                format!("{} {}", kind.as_str().unwrap(), status.as_str().unwrap())
            })
            .collect();
        all.sort();
        assert_eq!(
            all,
            [
                "follow_up cancelled",
                "follow_up cancelled",
                "follow_up cancelled",
                "follow_up cancelled",
                "follow_up completed",
                "follow_up skipped",
                "todo pending",
            ],
            "{end}"
        );
        let cancelled = format!("/api/tasks/{}", planned[4]["id"].as_str().unwrap());
        let cancelled = owner.get(&cancelled).await.expect(200).json();
        assert_eq!(
            cancelled["statusNote"],
            "The client is not followed up any more."
        );
    }
}

#[tokio::test]
async fn those_whose_time_is_to_come_are_back_with_the_client() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lost = owner.client("Ann", json!({})).await;
    let deleted = owner.client("Bob", json!({})).await;
    app.settle().await;
    bring_to(&owner, &lost, "lost").await;
    owner.delete(&path(&deleted)).await.expect(204);
    app.settle().await;
    app.advance(DAY * 4);
    let owner = again(&app, &owner).await;

    bring_to(&owner, &lost, "negotiating").await;
    restore(&owner, &deleted).await;

    for client in [&lost, &deleted] {
        assert_eq!(
            statuses(&app, &owner, client).await,
            ["cancelled", "cancelled", "pending", "pending", "pending"]
        );
    }
    // From one end to the other nothing comes back.
    bring_to(&owner, &lost, "lost").await;
    app.settle().await;
    bring_to(&owner, &lost, "closed").await;
    assert_eq!(statuses(&app, &owner, &lost).await, ["cancelled"; 5]);
}

#[tokio::test]
async fn what_somebody_cancelled_stays_cancelled() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let client = owner.client("Ann", json!({})).await;
    let planned = tasks(&app, &owner, &client).await;
    change(&owner, &planned[2], json!({"status": "cancelled"})).await;
    bring_to(&owner, &client, "lost").await;
    app.settle().await;

    bring_to(&owner, &client, "lead").await;

    assert_eq!(
        statuses(&app, &owner, &client).await,
        ["pending", "pending", "cancelled", "pending", "pending"]
    );
}

#[tokio::test]
async fn follow_ups_of_a_client_who_went_before_they_were_planned_come_back_with_them() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deleted = owner.client("Ann", json!({})).await;
    owner.delete(&path(&deleted)).await.expect(204);
    let lost = owner.client("Bob", json!({})).await;
    bring_to(&owner, &lost, "lost").await;
    app.settle().await;
    assert_eq!(statuses(&app, &owner, &lost).await, ["cancelled"; 5]);

    restore(&owner, &deleted).await;
    bring_to(&owner, &lost, "lead").await;

    for client in [&deleted, &lost] {
        assert_eq!(statuses(&app, &owner, client).await, ["pending"; 5]);
    }
}

#[tokio::test]
async fn whatever_order_it_is_told_in_follow_ups_are_as_the_client_is() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let client = owner.client("Ann", json!({})).await;
    app.settle().await;
    bring_to(&owner, &client, "lost").await;
    app.settle().await;
    bring_to(&owner, &client, "lead").await;
    app.settle().await;
    let mut events = app.host.queues.published();

    for (last, expected) in [("lead", "pending"), ("closed", "cancelled")] {
        bring_to(&owner, &client, last).await;
        app.settle().await;
        for _ in 0..events.len() {
            events.rotate_left(1);
            app.host.queues.publish(&events).await.unwrap();
            assert_eq!(statuses(&app, &owner, &client).await, [expected; 5]);
        }
    }
}

#[tokio::test]
async fn follow_ups_go_along_with_a_client_who_is_given_to_another() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let mia = owner.invite("Mia", "member").await;
    let ned = owner.invite("Ned", "member").await;
    let client = owner.client("Ann", json!({"assignedTo": mia.id})).await;
    let planned = tasks(&app, &owner, &client).await;
    change(&owner, &planned[0], json!({"status": "completed"})).await;
    change(&owner, &planned[1], json!({"assignedTo": owner.id})).await;
    app.settle().await;
    for who in [&ned.id, &owner.id, &ned.id] {
        let give = json!({"assignedTo": who});
        owner.patch(&path(&client), give).await.expect(200);
    }

    let now = tasks(&app, &owner, &client).await;

    // What was done stays with whoever did it; what somebody gave to the owner went on when the client was the owner's.
    let whose: Vec<_> = now.iter().map(|task| &task["assignedTo"]).collect();
    assert_eq!(whose, [&mia.id, &ned.id, &ned.id, &ned.id, &ned.id]);
    app.host
        .queues
        .publish(&app.host.queues.published())
        .await
        .unwrap();
    assert_eq!(tasks(&app, &owner, &client).await, now);
}

#[tokio::test]
async fn a_client_who_is_gone_for_good_is_passed_over() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let client = owner.client("Ann", json!({})).await;
    app.settle().await;
    let created = app.host.queues.published();
    owner.delete(&path(&client)).await.expect(204);
    for _ in 0..32 {
        app.pass(DAY).await;
    }

    app.host.queues.publish(&created).await.unwrap();
    app.settle().await;

    assert!(of_kind(&table(&app).await, "client").is_empty());
    let dead = app.host.queues.dead_letters().unwrap();
    assert!(dead.is_empty(), "{dead:?}");
}
