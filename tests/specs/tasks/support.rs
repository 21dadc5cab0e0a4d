//! What the specs of tasks share: making tasks, where they are, and what was told of them.

use jiff::Timestamp;
use plat_domain::{Actor, TaskId};
use plat_registry::{Delivery, Function, Payload};
use plat_store::{Command, Tasks};
use plat_testing::{Someone, TestApp};
use serde_json::{Value, json};

/// When tasks of the specs are due: a day after every test starts.
pub(crate) const DUE: &str = "2026-03-03T15:00:00Z";

/// A task of their team, with what `fields` says beside its title and its time.
pub(crate) async fn task(who: &Someone<'_>, title: &str, fields: Value) -> Value {
    let mut body = json!({"title": title, "dueAt": DUE});
    body.as_object_mut()
        .unwrap()
        .extend(fields.as_object().unwrap().clone());
    who.post("/api/tasks", body).await.expect(201).json()
}

/// A follow-up that somebody planned for a client.
pub(crate) async fn follow_up(who: &Someone<'_>, client: &Value, due_at: &str) -> Value {
    let body = json!({"kind": "follow_up", "clientId": client["id"], "dueAt": due_at});
    who.post("/api/tasks", body).await.expect(201).json()
}

/// Where a task is.
pub(crate) fn path(task: &Value) -> String {
    format!("/api/tasks/{}", task["id"].as_str().unwrap())
}

/// A task as it is now.
pub(crate) async fn now(who: &Someone<'_>, task: &Value) -> Value {
    who.get(&path(task)).await.expect(200).json()
}

/// The types of the events that were told of tasks, oldest first.
pub(crate) fn told(app: &TestApp) -> Vec<String> {
    let events = app.host.queues.published();
    let of_tasks = events
        .iter()
        .filter(|event| event.fact.task_change().is_some());
    of_tasks
        .map(|event| event.fact.kind().to_string())
        .collect()
}

/// The store of their tasks, as jobs use it.
pub(crate) fn tasks(app: &TestApp, who: &Someone<'_>) -> Tasks {
    app.host.app.store.team(who.team.parse().unwrap()).tasks()
}

pub(crate) fn id(task: &Value) -> TaskId {
    task["id"].as_str().unwrap().parse().unwrap()
}

pub(crate) fn due_at(task: &Value) -> Timestamp {
    task["dueAt"].as_str().unwrap().parse().unwrap()
}

/// What a job does, told apart from everything else that it does by `what`.
pub(crate) fn command(app: &TestApp, who: &Someone<'_>, what: &str) -> Command {
    let by = Actor {
        id: who.id.parse().unwrap(),
        name: "Olive".to_owned(),
    };
    Command::because(what, app.now(), &by)
}

/// Runs a job of this domain once, as the clock does.
pub(crate) async fn run(app: &plat_registry::App, operation: &str) -> Vec<String> {
    let functions = plat_local::functions().into_iter();
    let job = functions
        .filter_map(|function| match function {
            Function::Job(job) if job.operation == operation => Some(job),
            Function::Job(_) | Function::Endpoint(_) => None,
        })
        .next()
        .unwrap();
    let delivery = Delivery {
        id: "1".to_owned(),
        payload: Payload::Tick(plat_services::Clock::now(&*app.clock)),
    };
    let failed = job.run(&app.clone().into(), vec![delivery], None).await;
    failed.into_iter().map(|failed| failed.failure.0).collect()
}
