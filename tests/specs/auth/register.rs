//! `POST /api/auth/register`

use futures::future::join_all;
use http::Method;
use plat_testing::{PASSWORD, TestApp};
use serde_json::json;

#[tokio::test]
async fn registering_answers_with_the_person_their_team_and_tokens() {
    let app = TestApp::start().await;
    let body = json!({
        "email": "Ann@Example.com", "password": PASSWORD, "name": "Ann Oakley",
        "teamName": "Harbor Homes", "timezone": "america/chicago",
    });

    let answer = app.post("/api/auth/register", body).await.expect(201);

    let reply = answer.json();
    assert_eq!(reply["user"]["email"], "Ann@Example.com");
    assert_eq!(reply["user"]["name"], "Ann Oakley");
    assert_eq!(reply["user"]["emailVerified"], false);
    assert_eq!(reply["user"]["timezone"], "America/Chicago");
    assert_eq!(reply["user"]["language"], "en");
    assert_eq!(reply["team"]["name"], "Harbor Homes");
    assert_eq!(reply["team"]["role"], "owner");
    assert_eq!(reply["tokenType"], "Bearer");
    assert_eq!(reply["expiresIn"], 900);
    let slug = reply["team"]["slug"].as_str().unwrap();
    assert!(slug.starts_with("harbor-homes-"), "{slug}");
    assert_eq!(answer.header("location"), "/api/auth/me");
    assert_eq!(answer.header("etag"), "\"1\"");
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[tokio::test]
async fn every_wrong_field_is_named_at_once() {
    let app = TestApp::start().await;
    let body = json!({
        "email": "nobody", "password": "short", "timezone": "Mars/Olympus", "plan": "gold",
    });

    let answer = app.post("/api/auth/register", body).await.expect(422);

    assert_eq!(
        answer.field_errors(),
        [
            "/email invalid_email",
            "/name required",
            "/password password_too_short",
            "/plan unknown_field",
            "/timezone unknown_time_zone",
        ]
    );
}

#[tokio::test]
async fn a_password_with_the_name_of_the_mailbox_is_refused() {
    let app = TestApp::start().await;
    let body = json!({"email": "annoakley@example.com", "password": "xAnnOakley7", "name": "Ann"});

    let answer = app.post("/api/auth/register", body).await.expect(422);

    assert_eq!(answer.field_errors(), ["/password password_contains_email"]);
}

#[tokio::test]
async fn an_address_is_taken_in_every_spelling() {
    let app = TestApp::start().await;
    app.owner("Ann").await;
    let body = json!({"email": "ANN@example.COM", "password": PASSWORD, "name": "Other"});

    let answer = app.post("/api/auth/register", body).await.expect(409);

    assert_eq!(answer.problem(), "duplicate");
    assert_eq!(answer.field_errors(), ["/email taken"]);
}

#[tokio::test]
async fn of_many_who_register_one_address_at_once_one_succeeds() {
    let app = TestApp::start().await;
    let body = json!({"email": "ann@example.com", "password": PASSWORD, "name": "Ann"});

    let answers = join_all((0..6).map(|_| app.post("/api/auth/register", body.clone()))).await;

    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409, 409, 409]);
}

#[tokio::test]
async fn a_team_without_a_name_is_called_after_its_owner() {
    let app = TestApp::start().await;
    let long = "n".repeat(200);

    for (name, team) in [
        ("Ann", "Ann's team"),
        (&long, &*format!("{}'s team", "n".repeat(180))),
    ] {
        let email = format!("{}@example.com", name.len());
        let body = json!({"email": email, "password": PASSWORD, "name": name});
        let answer = app.post("/api/auth/register", body).await.expect(201);
        assert_eq!(answer.json()["team"]["name"], team);
    }
}

#[tokio::test]
async fn a_request_repeated_under_its_key_registers_once() {
    let app = TestApp::start().await;
    let body = json!({"email": "ann@example.com", "password": PASSWORD, "name": "Ann"});
    let call = || {
        app.call(Method::POST, "/api/auth/register")
            .json(body.clone())
            .idempotency_key("first-try")
    };

    let first = call().send().await.expect(201);
    let second = call().send().await.expect(201);

    assert_eq!(second.text, first.text);
    assert_eq!(second.header("idempotency-replayed"), "true");
    assert_eq!(first.header("idempotency-replayed"), "");
    assert_eq!(app.mail_to("ann@example.com").await.len(), 1);
}

#[tokio::test]
async fn whoever_registered_can_act_at_once() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;

    let me = ann.get("/api/auth/me").await.expect(200).json();

    assert_eq!(me["user"]["id"], ann.id.as_str());
    assert_eq!(me["team"]["id"], ann.team.as_str());
}
