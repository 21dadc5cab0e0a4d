//! `POST /api/auth/refresh`

use super::{refresh, second_team, seconds, set_attribute, signed_in, text};
use aws_sdk_dynamodb::types::AttributeValue;
use futures::future::join_all;
use plat_testing::TestApp;
use serde_json::json;
use std::collections::{BTreeSet, HashMap};

#[tokio::test]
async fn a_refresh_token_is_exchanged_for_new_tokens() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    app.advance(seconds(20 * 60));

    let reply = refresh(&app, &ann.refresh).await.expect(200).json();

    assert_eq!(reply["tokenType"], "Bearer");
    assert_eq!(reply["expiresIn"], 900);
    assert_ne!(reply["refreshToken"], ann.refresh.as_str());
    ann.get("/api/auth/me").await.expect(401);
    let me = app
        .call(http::Method::GET, "/api/auth/me")
        .token(&text(&reply["accessToken"]))
        .send()
        .await
        .expect(200);
    assert_eq!(me.json()["team"]["id"], ann.team.as_str());
}

#[tokio::test]
async fn the_same_token_within_ten_seconds_gives_the_same_child() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let first = refresh(&app, &ann.refresh).await.expect(200).json();

    app.advance(seconds(10));
    let second = refresh(&app, &ann.refresh).await.expect(200).json();

    assert_eq!(second["refreshToken"], first["refreshToken"]);
    refresh(&app, &text(&second["refreshToken"]))
        .await
        .expect(200);
}

#[tokio::test]
async fn the_same_token_later_ends_the_session_for_everybody() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let other = signed_in(&app, &ann.email).await;
    let child = refresh(&app, &ann.refresh).await.expect(200).json();
    let (child, access) = (text(&child["refreshToken"]), text(&child["accessToken"]));
    app.advance(seconds(11));

    let reused = refresh(&app, &ann.refresh).await.expect(401);

    assert_eq!(reused.problem(), "refresh-token-reused");
    let gone = refresh(&app, &child).await.expect(401);
    assert_eq!(gone.problem(), "refresh-token-invalid");
    let me = app.call(http::Method::GET, "/api/auth/me").token(&access);
    me.send().await.expect(401);
    other.get("/api/auth/me").await.expect(200);
    refresh(&app, &other.refresh).await.expect(200);
}

#[tokio::test]
async fn a_token_two_generations_old_is_reused_however_soon() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let child = refresh(&app, &ann.refresh).await.expect(200).json();
    let grandchild = refresh(&app, &text(&child["refreshToken"]))
        .await
        .expect(200)
        .json();

    let reused = refresh(&app, &ann.refresh).await.expect(401);

    assert_eq!(reused.problem(), "refresh-token-reused");
    refresh(&app, &text(&grandchild["refreshToken"]))
        .await
        .expect(401);
}

#[tokio::test]
async fn requests_at_once_with_one_token_get_the_same_child() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;

    let answers = join_all((0..8).map(|_| refresh(&app, &ann.refresh))).await;

    let children: BTreeSet<String> = answers
        .into_iter()
        .map(|answer| text(&answer.expect(200).json()["refreshToken"]))
        .collect();
    assert_eq!(children.len(), 1);
    refresh(&app, children.first().unwrap()).await.expect(200);
}

#[tokio::test]
async fn a_token_that_is_not_ours_leads_nowhere() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let mut altered = ann.refresh.clone();
    let last = altered.len() - 2;
    altered.replace_range(
        last..=last,
        if altered[last..].starts_with('A') {
            "B"
        } else {
            "A"
        },
    );

    for token in ["", "x", &altered, &ann.token] {
        let refused = refresh(&app, token).await.expect(401);
        assert_eq!(refused.problem(), "refresh-token-invalid", "{token}");
    }
    refresh(&app, &ann.refresh).await.expect(200);
}

#[tokio::test]
async fn a_refresh_token_is_no_access_token() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;

    let call = app
        .call(http::Method::GET, "/api/auth/me")
        .token(&ann.refresh);

    call.send().await.expect(401);
}

#[tokio::test]
async fn a_session_goes_on_in_another_team_once_its_own_is_left() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let other = second_team(&app, &ann, "Harbor Homes").await;
    let membership = AttributeValue::M(HashMap::from([
        ("role".to_owned(), AttributeValue::S("member".to_owned())),
        (
            "visibility".to_owned(),
            AttributeValue::S("team".to_owned()),
        ),
    ]));
    let left = AttributeValue::M(HashMap::from([(other.clone(), membership)]));
    set_attribute(&app, &ann.id, "GATE", "teams", left).await;

    let reply = refresh(&app, &ann.refresh).await.expect(200).json();

    let call = app
        .call(http::Method::GET, "/api/auth/me")
        .token(&text(&reply["accessToken"]));
    let me = call.send().await.expect(200).json();
    assert_eq!(me["team"]["id"], other.as_str());
    assert_eq!(me["team"]["role"], "member");
}

#[tokio::test]
async fn a_body_without_a_token_is_refused() {
    let app = TestApp::start().await;

    let answer = app
        .post("/api/auth/refresh", json!({"token": "x"}))
        .await
        .expect(422);

    assert_eq!(
        answer.field_errors(),
        ["/refreshToken required", "/token unknown_field"]
    );
}
