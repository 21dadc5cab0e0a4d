//! `GET /api/integrations/{provider}/status`

use super::connect;
use plat_domain::IntegrationProvider;
use plat_testing::{Someone, TestApp};
use serde_json::json;

const PATH: &str = "/api/integrations/openai/status";

/// The provider refuses the key that is connected now.
async fn refuse(app: &TestApp, owner: &Someone<'_>, why: &str) {
    let team = app.host.app.store.team(owner.team.parse().unwrap());
    let connection = team.integrations().get(IntegrationProvider::OpenAi).await;
    let connection = connection.unwrap().expect("a connection");
    let refused = team.integrations().refused(&connection, why).await;
    refused.unwrap();
}

#[tokio::test]
async fn what_was_never_connected_says_what_it_would_be_used_for() {
    let app = TestApp::start().await;
    let olive = app.owner("Olive").await;

    let status = olive.get(PATH).await.expect(200).json();

    assert_eq!(
        status,
        json!({
            "provider": "openai", "usedFor": "writing", "state": "not_connected", "problem": null, "keyEnding": null,
            "testedAt": null, "connectedAt": null, "connectedBy": null, "webhook": null,
        })
    );
}

#[tokio::test]
async fn a_key_that_is_refused_later_says_why_until_another_is_connected() {
    let app = TestApp::start().await;
    let olive = app.owner("Olive").await;
    let connected = connect(&app, &olive, "openai").await;
    refuse(&app, &olive, &"no credit left ".repeat(50)).await;

    let failing = olive.get(PATH).await.json();
    let again = connect(&app, &olive, "openai").await;

    assert_eq!(failing["state"], "failing");
    let problem = failing["problem"].as_str().unwrap();
    assert!(problem.starts_with("no credit left") && problem.len() <= 200);
    assert_eq!(failing["connectedAt"], connected["connectedAt"]);
    assert_eq!(
        (&again["state"], &again["problem"]),
        (&json!("connected"), &json!(null))
    );
    // Nobody did it, so it is in no log.
    assert_eq!(super::told(&app, &olive).await.len(), 2);
}

#[tokio::test]
async fn the_refusal_of_an_older_key_says_nothing_of_the_one_that_replaced_it() {
    let app = TestApp::start().await;
    let olive = app.owner("Olive").await;
    connect(&app, &olive, "openai").await;
    let team = app.host.app.store.team(olive.team.parse().unwrap());
    let older = team.integrations().get(IntegrationProvider::OpenAi).await;
    let older = older.unwrap().unwrap();
    let path = "/api/integrations/openai/disconnect";
    olive.post(path, json!({})).await.expect(204);
    connect(&app, &olive, "openai").await;

    team.integrations().refused(&older, "401").await.unwrap();

    assert_eq!(olive.get(PATH).await.json()["state"], "connected");
}

#[tokio::test]
async fn only_who_sees_integrations_is_told() {
    let app = TestApp::start().await;
    let olive = app.owner("Olive").await;
    for role in ["assistant", "member", "manager"] {
        let person = olive.invite(&format!("Casey {role}"), role).await;
        person.get(PATH).await.expect(403);
    }
    let admin = olive.invite("Adam", "admin").await;
    admin.get(PATH).await.expect(200);
    app.get(PATH).await.expect(401);
}
