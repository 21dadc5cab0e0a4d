//! `DELETE /api/auth/sessions/{sessionId}`

use super::{hours, refresh, signed_in, text};
use plat_testing::{Someone, TestApp};

/// The id of the session that somebody is signed in with.
async fn session_of(someone: &Someone<'_>) -> String {
    let reply = someone.get("/api/auth/sessions").await.expect(200).json();
    let items = reply["items"].as_array().unwrap();
    let current = items.iter().find(|item| item["current"] == true);
    text(&current.unwrap()["id"])
}

#[tokio::test]
async fn a_device_is_signed_out_from_another() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let phone = signed_in(&app, &ann.email).await;
    let path = format!("/api/auth/sessions/{}", session_of(&phone).await);

    ann.delete(&path).await.expect(204);

    phone.get("/api/auth/me").await.expect(401);
    refresh(&app, &phone.refresh).await.expect(401);
    ann.get("/api/auth/me").await.expect(200);
    ann.delete(&path).await.expect(404);
}

#[tokio::test]
async fn a_device_can_sign_itself_out() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let path = format!("/api/auth/sessions/{}", session_of(&ann).await);

    ann.delete(&path).await.expect(204);

    ann.get("/api/auth/me").await.expect(401);
}

#[tokio::test]
async fn the_session_of_somebody_else_is_as_absent_as_one_that_does_not_exist() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let bob = app.owner("Bob").await;
    let path = format!("/api/auth/sessions/{}", session_of(&bob).await);

    let foreign = ann.delete(&path).await.expect(404);
    let absent = ann
        .delete("/api/auth/sessions/01ARZ3NDEKTSV4RRFFQ69G5FAV")
        .await
        .expect(404);
    let no_id = ann.delete("/api/auth/sessions/current").await.expect(404);

    assert_eq!(foreign.text, absent.text);
    assert_eq!(foreign.text, no_id.text);
    bob.get("/api/auth/me").await.expect(200);
}

#[tokio::test]
async fn an_expired_session_is_gone_already() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let path = format!("/api/auth/sessions/{}", session_of(&ann).await);
    app.advance(hours(7 * 24));
    let later = signed_in(&app, &ann.email).await;

    later.delete(&path).await.expect(404);
}
