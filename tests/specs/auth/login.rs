//! `POST /api/auth/login`

use super::{hours, login, seconds, set_attribute, signed_in};
use aws_sdk_dynamodb::types::AttributeValue;
use futures::future::join_all;
use plat_testing::{PASSWORD, TestApp};
use serde_json::json;
use std::collections::HashMap;

const WRONG: &str = "Harvest Moon 8";

#[tokio::test]
async fn the_right_password_opens_a_session() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;

    let reply = login(&app, "ANN@example.com", PASSWORD)
        .send()
        .await
        .expect(200)
        .json();

    assert_eq!(reply["user"]["id"], ann.id.as_str());
    assert_eq!(reply["user"]["email"], "ann@example.com");
    assert_eq!(reply["team"]["id"], ann.team.as_str());
    assert_eq!(reply["team"]["role"], "owner");
    assert_eq!(reply["tokenType"], "Bearer");
    assert_eq!(reply["expiresIn"], 900);
    let token = reply["accessToken"].as_str().unwrap();
    app.call(http::Method::GET, "/api/auth/me")
        .token(token)
        .send()
        .await
        .expect(200);
}

#[tokio::test]
async fn every_wrong_field_is_named_at_once() {
    let app = TestApp::start().await;

    let answer = app
        .post(
            "/api/auth/login",
            json!({"email": "nobody", "remember": true}),
        )
        .await
        .expect(422);

    assert_eq!(
        answer.field_errors(),
        [
            "/email invalid_email",
            "/password required",
            "/remember unknown_field"
        ]
    );
}

#[tokio::test]
async fn an_unknown_person_and_a_wrong_password_look_the_same() {
    let app = TestApp::start().await;
    app.owner("Ann").await;

    let wrong = login(&app, "ann@example.com", WRONG)
        .send()
        .await
        .expect(401);
    let unknown = login(&app, "bob@example.com", WRONG)
        .send()
        .await
        .expect(401);

    assert_eq!(wrong.problem(), "invalid-credentials");
    assert_eq!(unknown.text, wrong.text);
    assert_eq!(unknown.headers, wrong.headers);
    assert_eq!(unknown.cost.requests, wrong.cost.requests);
}

#[tokio::test]
async fn the_sixth_guess_waits_even_if_it_is_right() {
    let app = TestApp::start().await;
    app.owner("Ann").await;
    let guess = |password| login(&app, "ann@example.com", password).from("203.0.113.9");
    for _ in 0..5 {
        guess(WRONG).send().await.expect(401);
    }

    let sixth = guess(PASSWORD).send().await.expect(429);

    assert_eq!(sixth.problem(), "too-many-requests");
    let wait: i64 = sixth.header("retry-after").parse().unwrap();
    assert!((1..=900).contains(&wait), "{wait}");
    app.advance(seconds(wait));
    guess(PASSWORD).send().await.expect(200);
}

#[tokio::test]
async fn guesses_count_for_one_account_from_one_network() {
    let app = TestApp::start().await;
    app.owner("Ann").await;
    app.owner("Bob").await;
    let guess = |email: &str, ip: &str| login(&app, email, WRONG).from(ip);
    for ip in 1..=5 {
        guess("ann@example.com", &format!("2001:db8:1:2::{ip}"))
            .send()
            .await
            .expect(401);
    }

    guess("Ann@Example.com", "2001:db8:1:2::6")
        .send()
        .await
        .expect(429);
    guess("ann@example.com", "2001:db8:1:3::6")
        .send()
        .await
        .expect(401);
    guess("bob@example.com", "2001:db8:1:2::6")
        .send()
        .await
        .expect(401);
}

#[tokio::test]
async fn a_sign_in_that_succeeds_does_not_count() {
    let app = TestApp::start().await;
    app.owner("Ann").await;
    let guess = |password| login(&app, "ann@example.com", password).from("203.0.113.9");
    for _ in 0..4 {
        guess(WRONG).send().await.expect(401);
    }
    for _ in 0..6 {
        guess(PASSWORD).send().await.expect(200);
    }

    guess(WRONG).send().await.expect(401);
    guess(WRONG).send().await.expect(429);
}

#[tokio::test]
async fn guesses_made_at_once_do_not_pass_together() {
    let app = TestApp::start().await;
    app.owner("Ann").await;
    let guess = || {
        login(&app, "ann@example.com", WRONG)
            .from("203.0.113.9")
            .send()
    };

    let answers = join_all((0..12).map(|_| guess())).await;

    let refused = answers.iter().filter(|answer| answer.status == 401).count();
    let waiting = answers.iter().filter(|answer| answer.status == 429).count();
    assert_eq!((refused, waiting), (5, 7));
}

#[tokio::test]
async fn the_twenty_first_device_ends_the_oldest_session() {
    let app = TestApp::start().await;
    let first = app.owner("Ann").await;
    app.advance(seconds(1));
    let second = signed_in(&app, &first.email).await;
    for _ in 0..18 {
        app.advance(seconds(1));
        signed_in(&app, &first.email).await;
    }
    first.get("/api/auth/me").await.expect(200);

    app.advance(seconds(1));
    let last = signed_in(&app, &first.email).await;

    first.get("/api/auth/me").await.expect(401);
    second.get("/api/auth/me").await.expect(200);
    last.get("/api/auth/me").await.expect(200);
    super::refresh(&app, &first.refresh).await.expect(401);
}

#[tokio::test]
async fn a_hash_from_elsewhere_is_replaced_when_its_password_is_used() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    // bcrypt of the test password, with the cheapest cost.
    let imported = "$2b$04$CCCCCCCCCCCCCCCCCCCCC.eaBY8ouq1fmakIRzJ8HAvPyreEGCJWe";
    let hash = AttributeValue::S(imported.to_owned());
    set_attribute(&app, &ann.id, "USER", "passwordHash", hash).await;

    login(&app, &ann.email, PASSWORD).send().await.expect(200);

    let stored = app
        .host
        .app
        .store
        .users()
        .get(ann.id.parse().unwrap())
        .await
        .unwrap();
    assert!(
        stored.value.password_hash.starts_with("$argon2id$"),
        "{}",
        stored.value.password_hash
    );
    login(&app, &ann.email, PASSWORD).send().await.expect(200);
}

#[tokio::test]
async fn somebody_who_belongs_to_no_team_is_told_so() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let none = AttributeValue::M(HashMap::new());
    set_attribute(&app, &ann.id, "GATE", "teams", none).await;

    let answer = login(&app, &ann.email, PASSWORD).send().await.expect(409);

    assert_eq!(answer.problem(), "no-team");
    assert_eq!(
        super::refresh(&app, &ann.refresh)
            .await
            .expect(409)
            .problem(),
        "no-team"
    );
}

#[tokio::test]
async fn an_access_token_is_good_for_fifteen_minutes() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;

    app.advance(seconds(15 * 60 - 1));
    ann.get("/api/auth/me").await.expect(200);
    app.advance(seconds(1));
    let late = ann.get("/api/auth/me").await.expect(401);

    assert_eq!(late.problem(), "unauthenticated");
    assert_eq!(late.header("www-authenticate"), "Bearer");
}

#[tokio::test]
async fn a_session_ends_a_week_after_it_was_last_refreshed() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;

    app.advance(hours(7 * 24 - 1));
    let refreshed = super::refresh(&app, &ann.refresh).await.expect(200).json();
    app.advance(hours(7 * 24));
    let late = super::refresh(&app, &super::text(&refreshed["refreshToken"]))
        .await
        .expect(401);

    assert_eq!(late.problem(), "refresh-token-invalid");
}
