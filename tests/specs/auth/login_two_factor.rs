//! `POST /api/auth/login/2fa`

use super::{login, seconds, set_attribute, text};
use aws_sdk_dynamodb::types::AttributeValue;
use plat_services::two_factor;
use plat_testing::{Answer, PASSWORD, Someone, TestApp, mailed_token};
use serde_json::json;

const SECRET: &[u8] = b"12345678901234567890";

/// Somebody who turned two-factor sign-in on.
async fn careful(app: &TestApp) -> Someone<'_> {
    let ann = app.owner("Ann").await;
    let context = format!("totp|{}", ann.id);
    let sealed = app.host.app.keys.seal(&context, SECRET).unwrap();
    set_attribute(app, &ann.id, "USER", "twoFactor", AttributeValue::S(sealed)).await;
    ann
}

async fn challenge(app: &TestApp) -> String {
    let answer = login(app, "ann@example.com", PASSWORD)
        .send()
        .await
        .expect(200);
    text(&answer.json()["challengeToken"])
}

async fn answer(app: &TestApp, challenge: &str, code: &str) -> Answer {
    let body = json!({"challengeToken": challenge, "code": code});
    app.post("/api/auth/login/2fa", body).await
}

fn code(app: &TestApp) -> String {
    two_factor::code(SECRET, app.now()).unwrap()
}

/// Six digits that are not those of now, nor of the steps beside it.
fn wrong_code(app: &TestApp) -> String {
    let good = [-30, 0, 30].map(|by| two_factor::code(SECRET, app.now() + seconds(by)));
    (0..10)
        .map(|digit| digit.to_string().repeat(6))
        .find(|code| !good.contains(&Some(code.clone())))
        .unwrap()
}

#[tokio::test]
async fn the_password_alone_gives_a_challenge_and_no_tokens() {
    let app = TestApp::start().await;
    careful(&app).await;

    let reply = login(&app, "ann@example.com", PASSWORD)
        .send()
        .await
        .expect(200)
        .json();

    assert_eq!(reply["twoFactorRequired"], true);
    let names: Vec<&String> = reply.as_object().unwrap().keys().collect();
    assert_eq!(names, ["challengeToken", "twoFactorRequired"]);
}

#[tokio::test]
async fn challenge_and_code_open_a_session() {
    let app = TestApp::start().await;
    let ann = careful(&app).await;
    let challenge = challenge(&app).await;

    let reply = answer(&app, &challenge, &code(&app))
        .await
        .expect(200)
        .json();

    let signed_in = Someone::signed_in(&app, &reply);
    assert_eq!(signed_in.id, ann.id);
    let me = signed_in.get("/api/auth/me").await.expect(200).json();
    assert_eq!(me["user"]["twoFactorEnabled"], true);
}

#[tokio::test]
async fn a_code_works_once() {
    let app = TestApp::start().await;
    careful(&app).await;
    let used = code(&app);
    answer(&app, &challenge(&app).await, &used)
        .await
        .expect(200);

    let again = answer(&app, &challenge(&app).await, &used)
        .await
        .expect(401);

    assert_eq!(again.problem(), "two-factor-code-invalid");
    app.advance(seconds(30));
    answer(&app, &challenge(&app).await, &used)
        .await
        .expect(401);
    answer(&app, &challenge(&app).await, &code(&app))
        .await
        .expect(200);
}

#[tokio::test]
async fn a_code_sent_many_times_at_once_opens_one_session() {
    let app = TestApp::start().await;
    careful(&app).await;
    let (challenge, code) = (challenge(&app).await, code(&app));

    let answers = futures::future::join_all((0..4).map(|_| answer(&app, &challenge, &code))).await;

    let opened = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(opened, 1);
}

#[tokio::test]
async fn the_sixth_code_waits_even_if_it_is_right_and_wherever_it_comes_from() {
    let app = TestApp::start().await;
    careful(&app).await;
    let challenge = challenge(&app).await;
    for _ in 0..5 {
        let refused = answer(&app, &challenge, &wrong_code(&app))
            .await
            .expect(401);
        assert_eq!(refused.problem(), "two-factor-code-invalid");
    }

    let sixth = answer(&app, &challenge, &code(&app)).await.expect(429);

    assert!(sixth.header("retry-after").parse::<i64>().unwrap() > 0);
}

#[tokio::test]
async fn a_challenge_is_good_for_five_minutes_and_only_as_it_was_given() {
    let app = TestApp::start().await;
    careful(&app).await;
    let challenge = challenge(&app).await;
    let mut altered = challenge.clone();
    altered.replace_range(0..1, if altered.starts_with('A') { "B" } else { "A" });

    for forged in ["", "x", &altered] {
        let refused = answer(&app, forged, &code(&app)).await.expect(401);
        assert_eq!(refused.problem(), "challenge-invalid", "{forged}");
    }
    app.advance(seconds(300));
    let late = answer(&app, &challenge, &code(&app)).await.expect(401);
    assert_eq!(late.problem(), "challenge-invalid");
}

#[tokio::test]
async fn a_new_password_makes_older_challenges_void() {
    let app = TestApp::start().await;
    let ann = careful(&app).await;
    let challenge = challenge(&app).await;
    app.post("/api/auth/forgot-password", json!({"email": ann.email}))
        .await
        .expect(202);
    let mails = app.mail_to(&ann.email).await;
    let token = mailed_token(&mails.last().unwrap().mail.text);
    let body = json!({"token": token, "password": "Quiet Harbor 9"});
    app.post("/api/auth/reset-password", body).await.expect(204);

    let refused = answer(&app, &challenge, &code(&app)).await.expect(401);

    assert_eq!(refused.problem(), "challenge-invalid");
}

#[tokio::test]
async fn every_wrong_field_is_named_at_once() {
    let app = TestApp::start().await;

    let answer = app
        .post("/api/auth/login/2fa", json!({"code": 123_456}))
        .await
        .expect(422);

    assert_eq!(
        answer.field_errors(),
        ["/challengeToken required", "/code invalid_type"]
    );
}
