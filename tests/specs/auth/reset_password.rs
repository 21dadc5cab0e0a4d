//! `POST /api/auth/reset-password`

use super::{login, refresh, seconds, signed_in};
use futures::future::join_all;
use http::Method;
use plat_testing::{Answer, PASSWORD, TestApp, mailed_token};
use serde_json::json;

const NEW: &str = "Quiet Harbor 9";

/// The token in a mail that was just asked for.
async fn asked_for(app: &TestApp, email: &str) -> String {
    app.post("/api/auth/forgot-password", json!({"email": email}))
        .await
        .expect(202);
    mailed_token(&app.mail_to(email).await.last().unwrap().mail.text)
}

async fn reset(app: &TestApp, token: &str, password: &str) -> Answer {
    let body = json!({"token": token, "password": password});
    app.post("/api/auth/reset-password", body).await
}

#[tokio::test]
async fn the_new_password_works_and_the_old_one_does_not() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let token = asked_for(&app, &ann.email).await;

    reset(&app, &token, NEW).await.expect(204);

    login(&app, &ann.email, PASSWORD).send().await.expect(401);
    let reply = login(&app, &ann.email, NEW).send().await.expect(200).json();
    assert_eq!(reply["user"]["emailVerified"], true);
}

#[tokio::test]
async fn every_session_ends() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let phone = signed_in(&app, &ann.email).await;
    let token = asked_for(&app, &ann.email).await;

    reset(&app, &token, NEW).await.expect(204);

    for device in [&ann, &phone] {
        device.get("/api/auth/me").await.expect(401);
        refresh(&app, &device.refresh).await.expect(401);
    }
}

#[tokio::test]
async fn a_token_works_once() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let token = asked_for(&app, &ann.email).await;
    reset(&app, &token, NEW).await.expect(204);

    let again = reset(&app, &token, "Other Harbor 9").await.expect(422);

    assert_eq!(again.field_errors(), ["/token invalid_token"]);
    login(&app, &ann.email, NEW).send().await.expect(200);
}

#[tokio::test]
async fn of_two_who_use_a_token_at_once_one_succeeds() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let token = asked_for(&app, &ann.email).await;

    let answers = join_all((0..4).map(|_| reset(&app, &token, NEW))).await;

    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 422, 422, 422]);
}

#[tokio::test]
async fn a_token_is_good_for_an_hour() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let token = asked_for(&app, &ann.email).await;

    app.advance(seconds(3600));
    let late = reset(&app, &token, NEW).await.expect(422);

    assert_eq!(late.field_errors(), ["/token invalid_token"]);
    login(&app, &ann.email, PASSWORD).send().await.expect(200);
}

#[tokio::test]
async fn a_token_that_verifies_an_address_sets_no_password() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let verifying = mailed_token(&app.mail_to(&ann.email).await.last().unwrap().mail.text);

    for token in ["", "x", &verifying] {
        let refused = reset(&app, token, NEW).await.expect(422);
        assert_eq!(refused.field_errors(), ["/token invalid_token"], "{token}");
    }
}

#[tokio::test]
async fn the_rules_of_passwords_hold_and_the_token_stays_good() {
    let app = TestApp::start().await;
    let ann = app.owner("Annabel").await;
    let token = asked_for(&app, &ann.email).await;

    let weak = reset(&app, &token, "short").await.expect(422);
    let address = reset(&app, &token, "My Annabel 7").await.expect(422);
    let nothing = app
        .post("/api/auth/reset-password", json!({"new": 1}))
        .await
        .expect(422);

    assert_eq!(weak.field_errors(), ["/password password_too_short"]);
    assert_eq!(
        address.field_errors(),
        ["/password password_contains_email"]
    );
    assert_eq!(
        nothing.field_errors(),
        [
            "/new unknown_field",
            "/password required",
            "/token required"
        ]
    );
    reset(&app, &token, NEW).await.expect(204);
}

#[tokio::test]
async fn a_request_repeated_under_its_key_gets_the_first_reply() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let token = asked_for(&app, &ann.email).await;
    let call = || {
        app.call(Method::POST, "/api/auth/reset-password")
            .json(json!({"token": token, "password": NEW}))
            .idempotency_key("reset-1")
    };
    call().send().await.expect(204);

    let second = call().send().await.expect(204);

    assert_eq!(second.header("idempotency-replayed"), "true");
}
