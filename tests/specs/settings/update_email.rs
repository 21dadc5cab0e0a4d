//! `PATCH /api/settings/email` and its alias `PUT`

use super::{EMAIL, told};
use crate::integrations::connect;
use http::Method;
use plat_testing::TestApp;
use serde_json::json;

#[tokio::test]
async fn what_is_given_changes_and_the_rest_stays() {
    let app = TestApp::start().await;
    let olive = app.owner("Olive").await;
    let first = json!({"senderName": "Harbor Homes", "replyTo": "office@harbor.example", "instructions": "Be brief."});

    olive.patch(EMAIL, first).await.expect(200);
    let call = olive.call(Method::PUT, EMAIL);
    let body = json!({"followUps": false, "instructions": null});
    let email = call.json(body).send().await.expect(200).json();

    assert_eq!(email["senderName"], "Harbor Homes");
    assert_eq!(email["replyTo"], "office@harbor.example");
    assert_eq!(email["followUps"], false);
    assert_eq!(email["instructions"], json!(null));
    assert_eq!(olive.get(EMAIL).await.json(), email);
    let told = told(&app, &olive).await;
    assert_eq!(told.len(), 2);
    assert_eq!(told[0][1], "email");
}

#[tokio::test]
async fn sendgrid_sends_once_it_is_connected_and_has_an_address_to_send_from() {
    let app = TestApp::start().await;
    let olive = app.owner("Olive").await;
    let by_sendgrid = json!({"provider": "sendgrid", "from": "hello@harbor.example"});

    let early = olive.patch(EMAIL, by_sendgrid.clone()).await.expect(422);
    connect(&app, &olive, "sendgrid").await;
    let from_nowhere = olive.patch(EMAIL, json!({"provider": "sendgrid"})).await;
    olive.patch(EMAIL, by_sendgrid).await.expect(200);
    let without = olive.patch(EMAIL, json!({"from": null})).await;

    assert_eq!(early.field_errors(), ["/provider not_connected"]);
    let says = early.json()["detail"].as_str().unwrap().to_owned();
    assert!(
        says.contains("/api/integrations/sendgrid/connect"),
        "{says}"
    );
    assert_eq!(from_nowhere.expect(422).field_errors(), ["/from required"]);
    assert_eq!(without.expect(422).field_errors(), ["/from required"]);
    let email = olive.get(EMAIL).await.json();
    assert_eq!(
        (&email["provider"], &email["version"]),
        (&json!("sendgrid"), &json!(1))
    );
}

#[tokio::test]
async fn a_model_writes_once_its_provider_is_connected() {
    let app = TestApp::start().await;
    let olive = app.owner("Olive").await;
    connect(&app, &olive, "openai").await;

    let other = olive.patch(EMAIL, json!({"writer": "anthropic"})).await;
    let connected = json!({"writer": "openai", "model": "gpt-4o"});
    let connected = olive.patch(EMAIL, connected).await;
    let of_the_installation = olive.patch(EMAIL, json!({"writer": "bedrock"})).await;

    assert_eq!(other.expect(422).field_errors(), ["/writer not_connected"]);
    assert_eq!(connected.expect(200).json()["model"], "gpt-4o");
    // A model is its provider's.
    let email = of_the_installation.expect(200).json();
    assert_eq!(
        (&email["writer"], &email["model"]),
        (&json!("bedrock"), &json!(null))
    );
}

#[tokio::test]
async fn who_disconnected_a_provider_since_still_changes_the_rest() {
    let app = TestApp::start().await;
    let olive = app.owner("Olive").await;
    connect(&app, &olive, "openai").await;
    connect(&app, &olive, "sendgrid").await;
    let chosen =
        json!({"writer": "openai", "provider": "sendgrid", "from": "hello@harbor.example"});
    olive.patch(EMAIL, chosen).await.expect(200);
    for provider in ["openai", "sendgrid"] {
        let path = format!("/api/integrations/{provider}/disconnect");
        olive.post(&path, json!({})).await.expect(204);
    }

    let body = json!({"writer": "openai", "provider": "sendgrid", "instructions": "Be brief."});
    let email = olive.patch(EMAIL, body).await.expect(200).json();

    assert_eq!(email["instructions"], "Be brief.");
}

#[tokio::test]
async fn every_wrong_field_is_named() {
    let app = TestApp::start().await;
    let olive = app.owner("Olive").await;
    let wrong = json!({
        "senderName": "Harbor\r\nBcc: all@example.com", "replyTo": "office", "provider": "pigeon", "followUps": null,
        "instructions": "x".repeat(501),
    });

    let refused = olive.patch(EMAIL, wrong).await.expect(422);

    assert_eq!(
        refused.field_errors(),
        [
            "/followUps required",
            "/instructions too_long",
            "/provider invalid_choice",
            "/replyTo invalid_email",
            "/senderName control_character",
        ]
    );
}

#[tokio::test]
async fn a_change_meant_for_another_version_is_refused() {
    let app = TestApp::start().await;
    let olive = app.owner("Olive").await;
    olive
        .patch(EMAIL, json!({"followUps": false}))
        .await
        .expect(200);

    let call = olive.call(Method::PATCH, EMAIL).if_match(0);
    let late = call.json(json!({"followUps": true})).send().await;

    assert_eq!(late.expect(412).json()["currentVersion"], 1);
}

#[tokio::test]
async fn only_who_manages_the_team_changes_it() {
    let app = TestApp::start().await;
    let olive = app.owner("Olive").await;
    for role in ["assistant", "member", "manager"] {
        let person = olive.invite(&format!("Casey {role}"), role).await;
        let refused = person.patch(EMAIL, json!({"followUps": false})).await;
        refused.expect(403);
    }
    assert_eq!(olive.get(EMAIL).await.json()["version"], 0);
}
