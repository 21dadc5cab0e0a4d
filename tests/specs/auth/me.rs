//! `GET /api/auth/me`

use super::set_attribute;
use aws_sdk_dynamodb::types::AttributeValue;
use http::Method;
use plat_testing::TestApp;
use serde_json::json;
use std::collections::HashMap;

#[tokio::test]
async fn somebody_sees_themselves_their_team_and_what_they_may_do() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;

    let answer = ann.get("/api/auth/me").await.expect(200);

    let me = answer.json();
    assert_eq!(me["user"]["email"], "ann@example.com");
    assert_eq!(me["user"]["twoFactorEnabled"], false);
    assert_eq!(me["team"]["name"], "Ann's team");
    assert_eq!(me["team"]["role"], "owner");
    let permissions = me["permissions"].as_array().unwrap();
    assert!(permissions.contains(&json!("leads:write")));
    assert!(permissions.contains(&json!("team:own")));
    assert_eq!(answer.header("etag"), "\"1\"");
    assert!(!answer.text.contains("argon2"), "{}", answer.text);
}

#[tokio::test]
async fn what_has_not_changed_is_not_sent_again() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;

    let call = ann
        .call(Method::GET, "/api/auth/me")
        .header("if-none-match", "\"1\"");

    call.send().await.expect(304);
}

#[tokio::test]
async fn somebody_who_left_the_team_of_their_token_has_no_permissions() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let none = AttributeValue::M(HashMap::new());
    set_attribute(&app, &ann.id, "GATE", "teams", none).await;

    let me = ann.get("/api/auth/me").await.expect(200).json();

    assert_eq!(me["user"]["id"], ann.id.as_str());
    assert_eq!(me["team"], json!(null));
    assert_eq!(me["permissions"], json!([]));
}

#[tokio::test]
async fn nobody_is_somebody_without_a_token_of_ours() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let (head, signature) = ann.token.rsplit_once('.').unwrap();
    let (header, claims) = head.split_once('.').unwrap();
    // `{"alg":"none","typ":"at+jwt"}`
    let unsigned = "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0";

    let forged = [
        String::new(),
        "x".to_owned(),
        format!("{head}."),
        format!("{unsigned}.{claims}."),
        format!("{unsigned}.{claims}.{signature}"),
        format!("{header}.{claims}A.{signature}"),
    ];
    app.get("/api/auth/me").await.expect(401);
    for token in forged {
        let call = app.call(Method::GET, "/api/auth/me").token(&token);
        call.send().await.expect(401);
    }
}
