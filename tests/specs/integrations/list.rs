//! `GET /api/integrations`

use super::connect;
use crate::audit::{texts, walk};
use plat_testing::TestApp;
use serde_json::json;

const PATH: &str = "/api/integrations";

#[tokio::test]
async fn every_provider_is_listed_with_its_state() {
    let app = TestApp::start().await;
    let (olive, oscar) = (app.owner("Olive").await, app.owner("Oscar").await);
    connect(&app, &olive, "sendgrid").await;
    connect(&app, &oscar, "openai").await;

    let list = olive.get(PATH).await.expect(200).json();

    let rows = list["items"].as_array().unwrap();
    assert_eq!(
        texts(rows, "/provider"),
        ["anthropic", "openai", "sendgrid"]
    );
    assert_eq!(
        texts(rows, "/state"),
        ["not_connected", "not_connected", "connected"]
    );
    assert_eq!(list["nextCursor"], json!(null));
}

#[tokio::test]
async fn pages_follow_each_other() {
    let app = TestApp::start().await;
    let olive = app.owner("Olive").await;

    let (_, rows) = walk(&app, &olive, PATH, 1).await;

    assert_eq!(
        texts(&rows, "/provider"),
        ["anthropic", "openai", "sendgrid"]
    );
    let second = olive.get(&format!("{PATH}?limit=1&page=2")).await;
    assert_eq!(second.expect(200).json()["items"][0]["provider"], "openai");
}

#[tokio::test]
async fn only_who_sees_integrations_lists_them() {
    let app = TestApp::start().await;
    let olive = app.owner("Olive").await;
    for role in ["assistant", "member", "manager"] {
        let person = olive.invite(&format!("Casey {role}"), role).await;
        person.get(PATH).await.expect(403);
    }
    app.get(PATH).await.expect(401);
}
