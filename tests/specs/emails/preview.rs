//! `POST /api/emails/preview`

use super::support::{OPENAI, completion, emails, with_openai, written};
use plat_testing::TestApp;
use serde_json::json;

#[tokio::test]
async fn a_preview_is_written_and_neither_sent_nor_kept() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let ann = owner.client("Ann Lee", json!({})).await;
    with_openai(&app, &owner).await;
    app.providers
        .answer(OPENAI, completion(&written().to_string()));
    let body = json!({"clientId": ann["id"], "followUpType": "week_1", "instructions": "Mention the garden"});

    let shown = owner
        .post("/api/emails/preview", body)
        .await
        .expect(200)
        .json();

    assert_eq!(shown["subject"], "Your home on Elm Street");
    assert_eq!(shown["writtenBy"]["by"], "model");
    assert!(
        shown["html"]
            .as_str()
            .unwrap()
            .contains("https://homes.example/elm")
    );
    let asked = app.providers.asked_at(OPENAI).remove(0);
    let prompt = asked.body["messages"][1]["content"].as_str().unwrap();
    assert!(prompt.contains("Mention the garden") && prompt.contains("after a week"));
    assert!(app.team_mail().await.is_empty());
    assert!(emails(&owner).await.is_empty());
    let path = format!("/api/clients/{}", ann["id"].as_str().unwrap());
    let now = owner.get(&path).await.expect(200).json();
    assert_eq!(now["lastContacted"], serde_json::Value::Null);
}

#[tokio::test]
async fn what_is_asked_of_whoever_writes_has_500_characters_at_most() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let ann = owner.client("Ann Lee", json!({})).await;
    let with = |instructions: String| json!({"clientId": ann["id"], "instructions": instructions});

    owner
        .post("/api/emails/preview", with("a".repeat(500)))
        .await
        .expect(200);
    let refused = owner
        .post("/api/emails/preview", with("a".repeat(501)))
        .await
        .expect(422);

    assert_eq!(refused.field_errors(), ["/instructions too_long"]);
}

#[tokio::test]
async fn a_client_who_is_not_there_is_not_written_to() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let ann = app.owner("Otto").await.client("Ann Lee", json!({})).await;

    for path in ["/api/emails/preview", "/api/emails/send"] {
        let refused = owner
            .post(path, json!({"clientId": ann["id"]}))
            .await
            .expect(422);
        assert_eq!(refused.field_errors(), ["/clientId reference_not_found"]);
        let refused = owner.post(path, json!({})).await.expect(422);
        assert_eq!(refused.field_errors(), ["/clientId required"]);
    }
}
