//! `POST /api/integrations/{provider}/disconnect`

use super::{connect, table, told};
use plat_testing::TestApp;
use serde_json::{Value, json};

const PATH: &str = "/api/integrations/openai/disconnect";

#[tokio::test]
async fn a_key_is_forgotten_and_that_is_told_once() {
    let app = TestApp::start().await;
    let olive = app.owner("Olive").await;
    connect(&app, &olive, "openai").await;
    app.advance(jiff::SignedDuration::from_mins(1));

    olive.post(PATH, json!({})).await.expect(204);
    olive.post(PATH, json!({})).await.expect(204);

    let status = olive.get("/api/integrations/openai/status").await.json();
    assert_eq!(
        (&status["state"], &status["keyEnding"]),
        (&json!("not_connected"), &Value::Null)
    );
    assert_eq!(
        told(&app, &olive).await,
        [
            json!(["integration.disconnected", "openai", {"from": "1234"}]),
            json!(["integration.connected", "openai", {"to": "1234"}]),
        ]
    );
    assert!(!table(&app).await.contains("\"sealed\""));
}

#[tokio::test]
async fn what_is_not_connected_is_disconnected_already() {
    let app = TestApp::start().await;
    let olive = app.owner("Olive").await;

    olive.post(PATH, json!({})).await.expect(204);

    assert_eq!(told(&app, &olive).await, Vec::<Value>::new());
    let unknown = "/api/integrations/pigeon/disconnect";
    olive.post(unknown, json!({})).await.expect(404);
}

#[tokio::test]
async fn only_who_manages_integrations_disconnects_and_for_their_own_team() {
    let app = TestApp::start().await;
    let (olive, oscar) = (app.owner("Olive").await, app.owner("Oscar").await);
    connect(&app, &olive, "openai").await;
    for role in ["assistant", "member", "manager"] {
        let person = olive.invite(&format!("Casey {role}"), role).await;
        person.post(PATH, json!({})).await.expect(403);
    }
    oscar.post(PATH, json!({})).await.expect(204);

    let status = olive.get("/api/integrations/openai/status").await.json();

    assert_eq!(status["state"], "connected");
}
