//! What `functions/integrations` does, one file an endpoint.

mod connect;
mod disconnect;
mod list;
mod status;

use crate::audit::{log_of, rows};
use plat_testing::{ProviderAnswer, Someone, TestApp};
use serde_json::{Value, json};

/// Where each provider tells whether it knows a key.
pub(crate) const PROVIDERS: [(&str, &str); 3] = [
    ("anthropic", "https://api.anthropic.com/v1/models"),
    ("openai", "https://api.openai.com/v1/models"),
    ("sendgrid", "https://api.sendgrid.com/v3/scopes"),
];

/// Where SendGrid takes mail.
pub(crate) const SENDGRID_MAIL: &str = "https://api.sendgrid.com/v3/mail/send";

/// A key that ends in `1234`.
const KEY: &str = "SG.secret-key-of-the-team-1234";

/// The public half of a key of P-256, as SendGrid shows it.
const VERIFICATION_KEY: &str = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEj4jxP7qJsDP2WEnVIFAVWEJb+QRB63sfc2pYslJqV6pYpb87EMrWBeOnVJZJLEGd1QAtK/pC1SPUwbnDC8QSog==";

/// Has the providers know every key.
pub(crate) fn know_every_key(app: &TestApp) {
    for (_, url) in PROVIDERS {
        let body = json!({"data": [], "scopes": ["mail.send"]});
        app.providers.answer(url, ProviderAnswer::json(200, &body));
    }
}

/// Connects a provider that knows the key.
pub(crate) async fn connect(app: &TestApp, owner: &Someone<'_>, provider: &str) -> Value {
    know_every_key(app);
    let answer = owner.post(&path_to(provider), json!({"apiKey": KEY})).await;
    answer.expect(200).json()
}

fn path_to(provider: &str) -> String {
    format!("/api/integrations/{provider}/connect")
}

/// What is told of connections, newest first: what, with whom, and what changed.
async fn told(app: &TestApp, owner: &Someone<'_>) -> Vec<Value> {
    let log = rows(app, owner, &log_of(&owner.team)).await;
    log.iter()
        .filter(|row| row["subject"]["kind"] == "integration")
        .map(|row| {
            json!([
                row["type"],
                row["subject"]["id"],
                row["changes"]["keyEnding"]
            ])
        })
        .collect()
}

/// Everything that the table holds, as text.
async fn table(app: &TestApp) -> String {
    let scan = app.host.client.scan().table_name("plat").send().await;
    let scan = scan.unwrap();
    assert!(scan.last_evaluated_key().is_none());
    format!("{:?}", scan.items())
}
