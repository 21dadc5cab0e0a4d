//! `POST /api/auth/verify-email`

use super::hours;
use http::Method;
use plat_testing::{Answer, TestApp, mailed_token};
use serde_json::json;

async fn mailed(app: &TestApp, email: &str) -> String {
    mailed_token(&app.mail_to(email).await.last().unwrap().mail.text)
}

async fn verify(app: &TestApp, token: &str) -> Answer {
    app.post("/api/auth/verify-email", json!({"token": token}))
        .await
}

#[tokio::test]
async fn the_mailed_token_confirms_the_address() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let token = mailed(&app, &ann.email).await;

    verify(&app, &token).await.expect(204);

    let me = ann.get("/api/auth/me").await.expect(200).json();
    assert_eq!(me["user"]["emailVerified"], true);
}

#[tokio::test]
async fn a_token_works_once() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let token = mailed(&app, &ann.email).await;
    verify(&app, &token).await.expect(204);

    let again = verify(&app, &token).await.expect(422);

    assert_eq!(again.field_errors(), ["/token invalid_token"]);
}

#[tokio::test]
async fn a_request_repeated_under_its_key_gets_the_first_reply() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let token = mailed(&app, &ann.email).await;
    let call = || {
        app.call(Method::POST, "/api/auth/verify-email")
            .json(json!({"token": token}))
            .idempotency_key("verify-1")
    };
    call().send().await.expect(204);

    let second = call().send().await.expect(204);

    assert_eq!(second.header("idempotency-replayed"), "true");
}

#[tokio::test]
async fn a_token_is_good_for_a_day() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let token = mailed(&app, &ann.email).await;

    app.advance(hours(24));
    let late = verify(&app, &token).await.expect(422);

    assert_eq!(late.field_errors(), ["/token invalid_token"]);
}

#[tokio::test]
async fn a_token_that_resets_a_password_confirms_nothing() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    app.post("/api/auth/forgot-password", json!({"email": ann.email}))
        .await
        .expect(202);
    let resetting = mailed(&app, &ann.email).await;

    for token in ["", "x", &resetting] {
        let refused = verify(&app, token).await.expect(422);
        assert_eq!(refused.field_errors(), ["/token invalid_token"], "{token}");
    }
}

#[tokio::test]
async fn a_body_without_a_token_is_refused() {
    let app = TestApp::start().await;

    let answer = app
        .post("/api/auth/verify-email", json!({"code": "1"}))
        .await
        .expect(422);

    assert_eq!(
        answer.field_errors(),
        ["/code unknown_field", "/token required"]
    );
}
