//! What the specs of clients share: paths, and their tasks.

use crate::leads::support::walk;
use plat_testing::{Someone, TestApp};
use serde_json::{Value, json};

/// Where a client is.
pub(crate) fn path(client: &Value) -> String {
    format!("/api/clients/{}", client["id"].as_str().unwrap())
}

/// What every client has, for `name`.
pub(crate) fn body(name: &str, email: &str) -> Value {
    json!({
        "name": name, "email": email, "propertyAddress": "12 Elm St", "propertyType": "residential",
        "stage": "lead",
    })
}

/// Brings a client to a stage.
pub(crate) async fn bring_to(who: &Someone<'_>, client: &Value, stage: &str) -> Value {
    let changed = who.patch(&path(client), json!({"stage": stage})).await;
    changed.expect(200).json()
}

/// Every task of a client, by when it is due, after all work is done.
pub(crate) async fn tasks(app: &TestApp, who: &Someone<'_>, client: &Value) -> Vec<Value> {
    app.settle().await;
    walk(who, &format!("{}/tasks", path(client)), 3).await
}

/// The statuses of all tasks of a client, by when they are due.
pub(crate) async fn statuses(app: &TestApp, who: &Someone<'_>, client: &Value) -> Vec<String> {
    crate::leads::support::texts(&tasks(app, who, client).await, "status")
}
