//! What the job `analytics.aggregate` counts of clients, tasks and e-mails.

use super::support::{Counts, assert_counted, counters, scratch};
use crate::leads::support::{Dice, of_kind, table, text};
use http::Method;
use jiff::SignedDuration;
use plat_domain::{Event, EventId};
use plat_services::Bus;
use plat_store::{Place, Sight};
use plat_testing::proxy::{Fault, FaultKind};
use plat_testing::{Answer, Someone, Started, TestApp};
use serde_json::{Value, json};

fn lines(counts: &Counts) -> Vec<String> {
    let counts = counts.iter();
    counts
        .map(|(name, count)| format!("{name} {count}"))
        .collect()
}

fn path(record: &str, of: &Value) -> String {
    format!("/api/{record}/{}", of["id"].as_str().unwrap())
}

async fn todo(owner: &Someone<'_>, fields: Value) -> Value {
    let mut body = json!({"title": "Call", "dueAt": "2026-03-05T15:00:00Z"});
    let fields = fields.as_object().unwrap().clone();
    body.as_object_mut().unwrap().extend(fields);
    owner.post("/api/tasks", body).await.expect(201).json()
}

#[tokio::test]
async fn clients_and_tasks_are_counted_by_status_and_assignee() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let ann = owner.client("Ann", json!({"assignedTo": owner.id})).await;
    owner.client("Bob", json!({"stage": "closed"})).await;
    let call = todo(&owner, json!({})).await;
    todo(&owner, json!({"assignedTo": null})).await;
    app.settle().await;
    let lost = json!({"stage": "lost"});
    owner.patch(&path("clients", &ann), lost).await.expect(200);
    let done = format!("{}/complete", path("tasks", &call));
    owner.patch(&done, json!({})).await.expect(200);
    app.settle().await;

    let counted = counters(&app, &owner.team, false).await;

    let mine = format!("FOLLOWUP@{}", owner.id);
    assert_eq!(
        lines(&counted),
        [
            "FOLLOWUP client_closed 1".to_owned(),
            "FOLLOWUP client_lost 1".to_owned(),
            "FOLLOWUP followup_cancelled 5".to_owned(),
            "FOLLOWUP todo_completed 1".to_owned(),
            "FOLLOWUP todo_pending 1".to_owned(),
            format!("{mine} client_lost 1"),
            format!("{mine} followup_cancelled 5"),
            format!("{mine} todo_completed 1"),
            "FOLLOWUP@none client_closed 1".to_owned(),
            "FOLLOWUP@none todo_pending 1".to_owned(),
        ]
    );
    assert_counted(&app, &owner.team).await;
}

#[tokio::test]
async fn a_day_tells_what_happened_to_all_and_to_those_of_one_assignee() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let ann = owner.client("Ann", json!({"assignedTo": owner.id})).await;
    let call = todo(&owner, json!({"assignedTo": null})).await;
    let done = format!("{}/complete", path("tasks", &call));
    owner.patch(&done, json!({})).await.expect(200);
    let undone = format!("{}/uncomplete", path("tasks", &call));
    owner.patch(&undone, json!({})).await.expect(200);
    let closed = json!({"stage": "closed"});
    owner
        .patch(&path("clients", &ann), closed)
        .await
        .expect(200);
    owner.delete(&path("clients", &ann)).await.expect(204);
    app.settle().await;

    let days = counters(&app, &owner.team, true).await;

    let mine = format!("DAY@{}#2026-03-02", owner.id);
    assert_eq!(
        lines(&days),
        [
            "DAY#2026-03-02 client_closed 1".to_owned(),
            "DAY#2026-03-02 client_created 1".to_owned(),
            "DAY#2026-03-02 client_lead 1".to_owned(),
            "DAY#2026-03-02 todo_completed 1".to_owned(),
            format!("{mine} client_closed 1"),
            format!("{mine} client_created 1"),
            format!("{mine} client_lead 1"),
            "DAY@none#2026-03-02 todo_completed 1".to_owned(),
        ]
    );
    let figures = app.host.app.store.team(owner.team.parse().unwrap());
    let day = "2026-03-02".parse().unwrap();
    let of = async |sight| figures.figures().days(sight, day, day).await.unwrap();
    let created = "client_created".parse().unwrap();
    let done = "todo_completed".parse().unwrap();
    let nobody = Sight::Own("01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap());
    let (all, theirs) = (of(Sight::All).await, of(nobody).await);
    assert_eq!((all.count(created), all.count(done)), (1, 1));
    assert_eq!((theirs.count(created), theirs.count(done)), (0, 1));
}

#[tokio::test]
async fn a_task_that_is_removed_counts_nowhere_however_often_that_is_told() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let call = todo(&owner, json!({})).await;
    todo(&owner, json!({})).await;
    app.settle().await;
    owner.delete(&path("tasks", &call)).await.expect(204);
    app.settle().await;
    let told = told_of(&app, &["removal"]).await;
    assert_eq!(told.len(), 1);

    app.host.queues.publish(&told).await.unwrap();
    app.settle().await;

    let counted = counters(&app, &owner.team, false).await;
    assert_eq!(counted["FOLLOWUP todo_pending"], 1);
    assert_counted(&app, &owner.team).await;
}

/// Clients and tasks that were made.
#[derive(Default)]
struct Made {
    clients: Vec<String>,
    tasks: Vec<String>,
}

/// One change of some client or task, whatever it may be.
async fn change_something(owner: &Someone<'_>, dice: &mut Dice, made: &mut Made, n: usize) {
    let stages = ["lead", "negotiating", "under_contract", "closed", "lost"];
    let statuses = ["in_progress", "completed", "skipped", "cancelled"];
    let who = if n.is_multiple_of(3) {
        json!(owner.id)
    } else {
        Value::Null
    };
    let client = made.clients.get(dice.below(made.clients.len().max(1)));
    let client = client.map(|id| format!("/api/clients/{id}"));
    let task = made.tasks.get(dice.below(made.tasks.len().max(1)));
    let task = task.map(|id| format!("/api/tasks/{id}"));
    let create = async |path: &str, body: Value| -> Answer {
        let call = owner.call(Method::POST, path).json(body);
        call.idempotency_key(&format!("k{n}")).send().await
    };
    let new_client = made.clients.len() < 12 && dice.chance(30);
    let answer = match (dice.below(10), client.filter(|_| !new_client), task) {
        (_, None, _) => {
            let address = format!("c{n}@clients.example");
            let body = json!({
                "name": format!("Client {n}"), "email": address, "stage": dice.pick(&stages),
                "propertyAddress": "12 Elm St", "propertyType": "land", "assignedTo": who,
            });
            create("/api/clients", body).await
        }
        (0..=2, Some(client), _) => {
            owner
                .patch(&client, json!({"stage": dice.pick(&stages)}))
                .await
        }
        (3, Some(client), _) => owner.patch(&client, json!({"assignedTo": who})).await,
        (4, Some(client), _) => owner.delete(&client).await,
        (5, Some(client), _) => owner.post(&format!("{client}/restore"), Value::Null).await,
        (6, _, Some(task)) => owner.patch(&task, json!({"assignedTo": who})).await,
        (7, _, Some(task)) => {
            owner
                .patch(&task, json!({"status": dice.pick(&statuses)}))
                .await
        }
        (8, _, Some(task)) if dice.chance(50) => owner.delete(&task).await,
        (8, _, Some(task)) => owner.patch(&format!("{task}/uncomplete"), json!({})).await,
        (_, Some(_), _) => {
            let due = "2026-03-05T15:00:00Z";
            let body = json!({"title": "Call", "dueAt": due, "assignedTo": who});
            create("/api/tasks", body).await
        }
    };
    let expected = [200, 201, 204, 404, 409, 422, 503];
    assert!(expected.contains(&answer.status), "{}", answer.text);
    if answer.status == 201 {
        let body = answer.json();
        let made = if body.get("dueAt").is_some() {
            &mut made.tasks
        } else {
            &mut made.clients
        };
        made.push(answer.id());
    }
}

#[tokio::test]
async fn after_many_changes_on_bad_days_the_counters_equal_a_count_from_scratch() {
    let app = Started::default().with_proxy().start().await;
    let owner = app.owner("Olive").await;
    app.settle().await;
    let mut dice = Dice::new(23);
    let kinds = [
        FaultKind::LoseReply,
        FaultKind::LoseRequest,
        FaultKind::Throttle,
        FaultKind::InternalError,
        FaultKind::TransactionConflict,
    ];
    let operations = ["TransactWriteItems", "PutItem", "GetItem", "BatchGetItem"];
    let mut made = Made::default();

    for n in 0..300 {
        app.faults().heal();
        if dice.chance(40) {
            app.faults().inject(Fault {
                operation: Some(operations[dice.below(4)]),
                kind: kinds[dice.below(5)].clone(),
                skip: dice.below(3),
                times: 1 + dice.below(3),
            });
        }
        change_something(&owner, &mut dice, &mut made, n).await;
        if dice.chance(10) {
            app.settle().await;
        }
    }
    app.faults().heal();
    app.settle().await;

    let counted = counters(&app, &owner.team, false).await;
    assert_eq!(counted, scratch(&app, &owner.team).await);
    for what in [
        "client_closed",
        "client_lead",
        "followup_cancelled",
        "todo_completed",
    ] {
        let name = format!("FOLLOWUP {what}");
        assert!(counted.contains_key(&name), "{what}: {counted:?}");
    }
    let items = table(&app).await;
    assert!(
        of_kind(&items, "removal")
            .iter()
            .any(|item| text(item, "kind") == "task")
    );
    let team = app.host.app.store.team(owner.team.parse().unwrap());
    let walked = team
        .figures()
        .walk(Place::first(), usize::MAX)
        .await
        .unwrap();
    let standing = team.figures().standing().await.unwrap();
    assert_eq!(standing.figures, walked.figures);
}

#[tokio::test]
async fn what_is_removed_for_good_counts_nowhere() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let ann = owner.client("Ann", json!({})).await;
    todo(&owner, json!({"clientId": ann["id"]})).await;
    todo(&owner, json!({})).await;
    app.settle().await;
    owner.delete(&path("clients", &ann)).await.expect(204);
    app.settle().await;
    assert_counted(&app, &owner.team).await;

    app.pass(SignedDuration::from_hours(24 * 32)).await;

    let counted = counters(&app, &owner.team, false).await;
    let mine = format!("FOLLOWUP@{}", owner.id);
    assert_eq!(
        lines(&counted),
        [
            "FOLLOWUP todo_pending 1".to_owned(),
            format!("{mine} todo_pending 1"),
        ]
    );
}

/// The events by which records of these kinds came to be as they are.
async fn told_of(app: &TestApp, kinds: &[&str]) -> Vec<Event> {
    let items = table(app).await;
    let of_kinds = kinds.iter().flat_map(|kind| of_kind(&items, kind));
    let events = of_kinds.flat_map(|item| {
        let image = super::support::dynamo_json(item);
        let change = plat_store::Change {
            sequence: "1".to_owned(),
            old: None,
            new: Some(plat_store::Item::from_dynamo_json(image).unwrap()),
        };
        plat_store::events(&change).unwrap()
    });
    events.collect()
}

#[tokio::test]
async fn a_new_client_and_its_follow_ups_are_counted_in_one_transaction() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    owner.client("Ann", json!({"assignedTo": owner.id})).await;
    app.settle().await;
    let mut events = told_of(&app, &["client", "task"]).await;
    // As if they were of another team, where they were not counted yet.
    for (event, n) in events.iter_mut().zip(1..) {
        event.id = EventId::from_parts(app.now(), n);
    }
    let figures = app.host.app.store.team(other.team.parse().unwrap());

    let all = figures.figures();
    let (counted, cost) = plat_store::metered(all.follow(&events, app.now())).await;

    println!("a client and five follow-ups: {cost}");
    assert_eq!((counted, cost.requests), (Ok(6), 1));
    // Two units for each mark and for each of five items, and one for the index.
    assert_eq!(cost.write_tenths, 230);
}
