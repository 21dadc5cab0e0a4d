//! What `functions/settings` does, one file an endpoint.

mod api_keys;
mod business;
mod custom_fields;
mod email;
mod test_email;
mod update_business;
mod update_email;

use crate::audit::{log_of, rows};
use plat_testing::{Someone, TestApp};
use serde_json::{Value, json};

const BUSINESS: &str = "/api/settings/business";
const EMAIL: &str = "/api/settings/email";

/// What is told of changes of settings, newest first: who, which part, and what changed.
async fn told(app: &TestApp, owner: &Someone<'_>) -> Vec<Value> {
    let path = format!("{}?type=settings.updated", log_of(&owner.team));
    let told = rows(app, owner, &path).await;
    told.iter()
        .map(|row| json!([row["actor"]["name"], row["subject"]["id"], row["changes"]]))
        .collect()
}
