//! What the specs of e-mails share: what is due, what was sent, and what a model answers.

use jiff::SignedDuration;
use plat_domain::task::DueFollowUp;
use plat_domain::{Id, TaskId};
use plat_registry::{Delivery, Failed, Function, Payload};
use plat_testing::{PASSWORD, ProviderAnswer, Someone, TestApp};
use serde_json::{Value, json};

/// Where a test's model is asked.
pub(crate) const OPENAI: &str = "https://api.openai.com/v1/chat/completions";

/// Lets a day pass, after which the first follow-up of a new client is due.
pub(crate) async fn a_day<'a>(app: &'a TestApp, who: &mut Someone<'a>) {
    minutes(app, who, 24 * 60).await;
}

/// Lets so many minutes pass, runs what was due meanwhile, and signs somebody in again, since no token is good for long.
pub(crate) async fn minutes<'a>(app: &'a TestApp, who: &mut Someone<'a>, minutes: i64) {
    app.pass(SignedDuration::from_mins(minutes)).await;
    *who = again(app, who).await;
}

/// Sets the clock ahead by a day, and runs nothing.
pub(crate) async fn a_day_later<'a>(app: &'a TestApp, who: &mut Someone<'a>) {
    app.advance(SignedDuration::from_hours(24));
    *who = again(app, who).await;
}

/// Somebody, signed in again to the team that they act in.
pub(crate) async fn again<'a>(app: &'a TestApp, who: &Someone<'_>) -> Someone<'a> {
    let body = json!({"email": who.email, "password": PASSWORD});
    let reply = app.post("/api/auth/login", body).await.expect(200).json();
    let signed_in = Someone::signed_in(app, &reply);
    let body = json!({"teamId": who.team});
    let switched = signed_in.post("/api/auth/switch-team", body).await;
    Someone::signed_in(app, &switched.expect(200).json())
}

/// The e-mails of a team, oldest first.
pub(crate) async fn emails(who: &Someone<'_>) -> Vec<Value> {
    let page = who.get("/api/emails?sort=oldest").await.expect(200).json();
    page["items"].as_array().unwrap().clone()
}

/// The only e-mail there is, in full.
pub(crate) async fn only_email(who: &Someone<'_>) -> Value {
    let all = emails(who).await;
    assert_eq!(all.len(), 1, "{all:?}");
    email(who, &all[0]).await
}

/// An e-mail as it is now.
pub(crate) async fn email(who: &Someone<'_>, email: &Value) -> Value {
    let path = format!("/api/emails/{}", email["id"].as_str().unwrap());
    who.get(&path).await.expect(200).json()
}

/// The first follow-up of a client, in full.
pub(crate) async fn first_task(who: &Someone<'_>, client: &Value) -> Value {
    let path = format!("/api/clients/{}/tasks", client["id"].as_str().unwrap());
    let tasks = who.get(&path).await.expect(200).json();
    let mut tasks = tasks["items"].as_array().unwrap().iter();
    let first = tasks.find(|task| task["followUpType"] == "day_1");
    let id = first.unwrap()["id"].as_str().unwrap().to_owned();
    who.get(&format!("/api/tasks/{id}"))
        .await
        .expect(200)
        .json()
}

/// A client as they are now.
pub(crate) async fn client(who: &Someone<'_>, client: &Value) -> Value {
    let path = format!("/api/clients/{}", client["id"].as_str().unwrap());
    who.get(&path).await.expect(200).json()
}

/// What says that a task is due; `nth` tells messages apart.
pub(crate) fn message(who: &Someone<'_>, task: &Value, nth: u128) -> Value {
    let id: TaskId = task["id"].as_str().unwrap().parse().unwrap();
    let due = DueFollowUp {
        team: who.team.parse().unwrap(),
        task: id,
        due_at: task["dueAt"].as_str().unwrap().parse().unwrap(),
        by: Id::from_bits(nth),
    };
    serde_json::to_value(due).unwrap()
}

/// What working a message asks of the table.
pub(crate) async fn cost(app: &TestApp, message: &Value) -> String {
    let (failed, cost) = plat_store::metered(Box::pin(work(app, message))).await;
    assert!(failed.is_empty(), "{failed:?}");
    cost.to_string()
}

/// Has the job work a message, alone.
pub(crate) async fn work(app: &TestApp, message: &Value) -> Vec<Failed> {
    let job = plat_local::functions()
        .into_iter()
        .find_map(|function| match function {
            Function::Job(job) if job.operation == "emails.send_follow_up" => Some(job),
            Function::Job(_) | Function::Endpoint(_) => None,
        });
    let delivery = Delivery {
        id: "1".to_owned(),
        payload: Payload::Message(message.to_string()),
    };
    job.unwrap().run(&app.host.app, vec![delivery], None).await
}

/// Connects OpenAI, which takes every key.
pub(crate) async fn with_openai(app: &TestApp, who: &Someone<'_>) {
    let models = "https://api.openai.com/v1/models";
    app.providers
        .answer(models, ProviderAnswer::json(200, &json!({"data": []})));
    let body = json!({"apiKey": "sk-test-0123456789abcdef"});
    who.post("/api/integrations/openai/connect", body)
        .await
        .expect(200);
}

/// What OpenAI says if its model writes this.
pub(crate) fn completion(text: &str) -> ProviderAnswer {
    ProviderAnswer::json(
        200,
        &json!({
            "model": "gpt-4.1-mini-2025-04-14",
            "choices": [{"message": {"content": text}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 1_000, "completion_tokens": 200},
        }),
    )
}

/// A mail that a model could have written to Ann.
pub(crate) fn written() -> Value {
    json!({
        "subject": "Your home on Elm Street",
        "body": "Hi Ann,\n\nThank you for your interest. See https://homes.example/elm for more.\n\nShall we talk on Friday?\n\nOlive",
    })
}
