//! `POST /api/auth/switch-team`

use super::{refresh, second_team, seconds, text};
use plat_testing::{Someone, TestApp};
use serde_json::json;

#[tokio::test]
async fn somebody_gets_tokens_for_another_of_their_teams() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let other = second_team(&app, &ann, "Harbor Homes").await;

    let reply = ann
        .post("/api/auth/switch-team", json!({"teamId": other}))
        .await
        .expect(200)
        .json();

    assert_eq!(reply["user"]["id"], ann.id.as_str());
    assert_eq!(reply["team"]["name"], "Harbor Homes");
    assert_eq!(reply["team"]["role"], "owner");
    let switched = Someone::signed_in(&app, &reply);
    let me = switched.get("/api/auth/me").await.expect(200).json();
    assert_eq!(me["team"]["id"], other.as_str());
}

#[tokio::test]
async fn the_session_goes_on_in_the_team_it_switched_to() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let other = second_team(&app, &ann, "Harbor Homes").await;
    let switched = ann
        .post("/api/auth/switch-team", json!({"teamId": other}))
        .await
        .expect(200);

    let token = text(&switched.json()["refreshToken"]);
    let refreshed = refresh(&app, &token).await.expect(200).json();

    let call = app
        .call(http::Method::GET, "/api/auth/me")
        .token(&text(&refreshed["accessToken"]));
    assert_eq!(
        call.send().await.expect(200).json()["team"]["id"],
        other.as_str()
    );
}

#[tokio::test]
async fn the_refresh_token_from_before_leads_to_the_new_one_for_ten_seconds() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let other = second_team(&app, &ann, "Harbor Homes").await;
    let switched = ann
        .post("/api/auth/switch-team", json!({"teamId": other}))
        .await
        .expect(200)
        .json();

    let soon = refresh(&app, &ann.refresh).await.expect(200).json();
    app.advance(seconds(11));
    let late = refresh(&app, &ann.refresh).await.expect(401);

    assert_eq!(soon["refreshToken"], switched["refreshToken"]);
    assert_eq!(late.problem(), "refresh-token-reused");
}

#[tokio::test]
async fn the_team_of_others_is_as_absent_as_one_that_does_not_exist() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let bob = app.owner("Bob").await;

    let foreign = ann
        .post("/api/auth/switch-team", json!({"teamId": bob.team}))
        .await
        .expect(404);
    let absent = ann
        .post(
            "/api/auth/switch-team",
            json!({"teamId": "01ARZ3NDEKTSV4RRFFQ69G5FAV"}),
        )
        .await
        .expect(404);

    assert_eq!(foreign.text, absent.text);
    refresh(&app, &ann.refresh).await.expect(200);
}

#[tokio::test]
async fn what_is_no_team_is_refused() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;

    let answer = ann
        .post(
            "/api/auth/switch-team",
            json!({"teamId": "mine", "role": "owner"}),
        )
        .await
        .expect(422);

    assert_eq!(
        answer.field_errors(),
        ["/role unknown_field", "/teamId invalid_id"]
    );
    app.post("/api/auth/switch-team", json!({"teamId": ann.team}))
        .await
        .expect(401);
}
