//! The job `tasks.dispatch_due`.

use super::support::{DUE, command, follow_up, id, now, path, run, task, tasks};
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use plat_domain::{ClientId, DueFollowUp, FollowUpType, Task};
use plat_registry::App;
use plat_services::{QueueDepth, QueueError, Queues};
use plat_store::Claimed;
use plat_testing::{Someone, Started, TestApp};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

const DISPATCH: &str = "tasks.dispatch_due";

/// A queue takes so many messages at a time.
const BATCH: usize = 10;

/// What was put into queues, one entry each time.
type Sent = Arc<Mutex<Vec<Vec<DueFollowUp>>>>;

/// Queues that remember what was put into them.
struct Recording(Sent);

#[async_trait]
impl Queues for Recording {
    async fn send(&self, job: &str, messages: &[Value]) -> Result<(), QueueError> {
        assert_eq!(job, "emails.send_follow_up");
        let read = |message: &Value| serde_json::from_value(message.clone()).unwrap();
        let messages: Vec<DueFollowUp> = messages.iter().map(read).collect();
        if !messages.is_empty() {
            self.0.lock().unwrap().push(messages);
        }
        Ok(())
    }

    async fn depths(&self) -> Result<Vec<QueueDepth>, QueueError> {
        Ok(Vec::new())
    }
}

/// The app with queues that remember, which nobody works.
pub(crate) fn recording(app: &TestApp) -> (App, Sent) {
    let sent = Sent::default();
    let recording = App {
        queues: Arc::new(Recording(sent.clone())),
        ..(*app.host.app).clone()
    };
    (recording, sent)
}

/// What one run finds due.
async fn dispatched(app: &TestApp) -> Vec<DueFollowUp> {
    let (recording, sent) = recording(app);
    assert_eq!(run(&recording, DISPATCH).await, [""; 0]);
    let sent = sent.lock().unwrap();
    sent.iter().flatten().copied().collect()
}

/// Plans many follow-ups at once, as a job does.
async fn plan(app: &TestApp, who: &Someone<'_>, many: usize, due_at: Timestamp) {
    let client = who.client("Ann", json!({})).await;
    let client: ClientId = client["id"].as_str().unwrap().parse().unwrap();
    let team = app.host.app.store.team(who.team.parse().unwrap());
    let client = team.clients().standing(client).await.unwrap().unwrap();
    let numbers: Vec<usize> = (0..many).collect();
    for numbers in numbers.chunks(90) {
        let command = command(app, who, &format!("plan {}", numbers[0]));
        let planned = numbers.iter().map(|n| {
            let id = command.new_id(u32::try_from(*n).unwrap());
            let kind = FollowUpType::Custom;
            Task::follow_up(id, client.value.id, kind, due_at, command.at)
        });
        let planned = planned.collect();
        team.tasks()
            .schedule(&command, &client, planned)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_follow_up_is_dispatched_when_it_is_due_and_not_before() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let client = owner.client("Ann", json!({})).await;
    let due = follow_up(&owner, &client, DUE).await;
    app.advance(SignedDuration::from_hours(24) - SignedDuration::from_millis(1));
    assert_eq!(dispatched(&app).await, []);
    app.advance(SignedDuration::from_millis(1));

    let found = dispatched(&app).await;

    let [found] = found.as_slice() else {
        panic!("{found:?}");
    };
    assert_eq!(
        (found.team.to_string(), found.task, found.due_at),
        (owner.team.clone(), id(&due), app.now())
    );
}

#[tokio::test]
async fn only_pending_follow_ups_are_dispatched() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let (ann, bob) = (
        owner.client("Ann", json!({})).await,
        other.client("Bob", json!({})).await,
    );
    let past = "2026-03-02T14:00:00Z";
    task(
        &owner,
        "Call",
        json!({"dueAt": past, "clientId": ann["id"]}),
    )
    .await;
    for status in ["in_progress", "completed", "skipped", "cancelled"] {
        let planned = follow_up(&owner, &ann, past).await;
        let change = json!({"status": status});
        owner.patch(&path(&planned), change).await.expect(200);
    }
    let deleted = follow_up(&owner, &ann, past).await;
    owner.delete(&path(&deleted)).await.expect(204);
    let postponed = follow_up(&owner, &ann, past).await;
    let change = json!({"dueAt": DUE});
    owner.patch(&path(&postponed), change).await.expect(200);
    let due = [
        follow_up(&owner, &ann, past).await,
        follow_up(&other, &bob, past).await,
    ];

    let found = dispatched(&app).await.into_iter().map(|due| due.task);

    assert_eq!(
        found.collect::<BTreeSet<_>>(),
        due.iter().map(id).collect::<BTreeSet<_>>()
    );
}

#[tokio::test]
async fn a_thousand_due_follow_ups_cost_a_query_a_shard_and_a_hundred_batches() {
    let app = Started::default().with_proxy().start().await;
    let owner = app.owner("Olive").await;
    plan(&app, &owner, 1_000, app.now()).await;
    let (recording, sent) = recording(&app);
    app.faults().clear_seen();

    assert_eq!(run(&recording, DISPATCH).await, [""; 0]);

    let seen = app.faults().seen().into_iter();
    let mut seen: Vec<_> = seen.map(|request| request.operation).collect();
    seen.sort();
    let mut expected = vec!["Query"; 8];
    // That it ran.
    expected.push("UpdateItem");
    assert_eq!(seen, expected);
    let sent = sent.lock().unwrap();
    let batches: usize = sent.iter().map(|put| put.len().div_ceil(BATCH)).sum();
    assert_eq!(batches, 100);
    let tasks: BTreeSet<_> = sent.iter().flatten().map(|due| due.task).collect();
    let names: BTreeSet<_> = sent.iter().flatten().map(|due| due.by).collect();
    assert_eq!((tasks.len(), names.len()), (1_000, 1_000));
}

#[tokio::test]
async fn runs_that_overlap_queue_a_follow_up_twice_and_one_message_gets_it() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    plan(&app, &owner, 30, app.now()).await;

    let (first, second) = tokio::join!(dispatched(&app), dispatched(&app));

    assert_eq!((first.len(), second.len()), (30, 30));
    let tasks = tasks(&app, &owner);
    let lease = SignedDuration::from_mins(5);
    let claims = first.iter().chain(&second).map(|due| {
        let by = due.by.to_string();
        let tasks = &tasks;
        let now = app.now();
        async move {
            tasks
                .claim(due.task, due.due_at, &by, lease, now)
                .await
                .unwrap()
        }
    });
    let claims = futures::future::join_all(claims).await;
    let claimed = claims
        .iter()
        .filter(|claim| matches!(claim, Claimed::Yours(_)));
    let busy = claims
        .iter()
        .filter(|claim| matches!(claim, Claimed::Busy(_)));
    assert_eq!((claimed.count(), busy.count()), (30, 30));
    assert_eq!(dispatched(&app).await, []);
}

#[tokio::test]
async fn what_is_due_longest_comes_first_if_not_all_can() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let minute = SignedDuration::from_mins(1);
    let client = owner.client("Ann", json!({})).await;
    for n in 0..60 {
        let due = app.now() - minute * n;
        follow_up(&owner, &client, &due.to_string()).await;
    }
    let due = app.host.app.store.due_tasks();
    let mut found = 0;

    for shard in 0..plat_store::DueTasks::SHARDS {
        let all = due.of_shard(shard, app.now(), 60).await.unwrap();
        let first = due.of_shard(shard, app.now(), 2).await.unwrap();
        assert!(all.is_sorted_by_key(|(_, _, due_at)| *due_at));
        assert_eq!(first, all[..all.len().min(2)]);
        found += all.len();
    }

    assert_eq!(found, 60);
}

#[tokio::test]
async fn a_follow_up_that_is_given_up_is_not_dispatched_until_somebody_plans_it_anew() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let client = owner.client("Ann", json!({})).await;
    let due = follow_up(&owner, &client, "2026-03-02T14:00:00Z").await;
    let tasks = tasks(&app, &owner);
    let lease = SignedDuration::from_mins(5);
    let due_at = super::support::due_at(&due);
    tasks
        .claim(id(&due), due_at, "a", lease, app.now())
        .await
        .unwrap();
    let give_up = command(&app, &owner, "give up");
    let pending = plat_domain::TaskStatus::Pending;
    let held = tasks.hold(&give_up, id(&due), "a", pending, "Three tries failed.");
    assert_eq!(held.await, Ok(true));

    let change = json!({"title": "Ask for the deed"});
    owner.patch(&path(&due), change).await.expect(200);
    assert_eq!(dispatched(&app).await, []);
    let shown = now(&owner, &due).await;
    assert_eq!(
        (&shown["status"], &shown["held"], &shown["statusNote"]),
        (
            &json!("pending"),
            &json!(true),
            &json!("Three tries failed.")
        )
    );

    let change = json!({"dueAt": "2026-03-02T14:30:00Z"});
    owner.patch(&path(&due), change).await.expect(200);
    assert_eq!(dispatched(&app).await.len(), 1);
    let shown = now(&owner, &due).await;
    assert_eq!(
        (&shown["held"], &shown["statusNote"]),
        (&json!(false), &Value::Null)
    );
}
