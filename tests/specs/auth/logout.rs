//! `POST /api/auth/logout`

use super::{refresh, signed_in};
use plat_testing::TestApp;
use serde_json::json;

#[tokio::test]
async fn signing_out_holds_at_once_for_both_tokens() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;

    ann.post("/api/auth/logout", json!({})).await.expect(204);

    let refused = ann.get("/api/auth/me").await.expect(401);
    assert_eq!(refused.problem(), "unauthenticated");
    refresh(&app, &ann.refresh).await.expect(401);
}

#[tokio::test]
async fn other_devices_stay_signed_in() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let phone = signed_in(&app, &ann.email).await;

    ann.call(http::Method::POST, "/api/auth/logout")
        .send()
        .await
        .expect(204);

    phone.get("/api/auth/me").await.expect(200);
    refresh(&app, &phone.refresh).await.expect(200);
}

#[tokio::test]
async fn signing_out_everywhere_ends_every_session_of_this_person_alone() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let phone = signed_in(&app, &ann.email).await;
    let bob = app.owner("Bob").await;

    ann.post("/api/auth/logout?all=true", json!({}))
        .await
        .expect(204);

    for device in [&ann, &phone] {
        device.get("/api/auth/me").await.expect(401);
        refresh(&app, &device.refresh).await.expect(401);
    }
    bob.get("/api/auth/me").await.expect(200);
    signed_in(&app, &ann.email)
        .await
        .get("/api/auth/me")
        .await
        .expect(200);
}

#[tokio::test]
async fn all_is_true_or_false() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;

    let answer = ann
        .post("/api/auth/logout?all=perhaps", json!({}))
        .await
        .expect(422);

    assert_eq!(answer.field_errors(), ["/all invalid_type"]);
    ann.get("/api/auth/me").await.expect(200);
}

#[tokio::test]
async fn signing_out_needs_a_session() {
    let app = TestApp::start().await;

    let answer = app.post("/api/auth/logout", json!({})).await.expect(401);

    assert_eq!(answer.problem(), "unauthenticated");
}
