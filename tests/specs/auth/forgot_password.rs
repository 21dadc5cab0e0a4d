//! `POST /api/auth/forgot-password`

use super::seconds;
use http::Method;
use plat_testing::{Answer, TestApp};
use serde_json::json;

async fn ask(app: &TestApp, email: &str) -> Answer {
    app.call(Method::POST, "/api/auth/forgot-password")
        .json(json!({"email": email}))
        .from("203.0.113.9")
        .send()
        .await
}

#[tokio::test]
async fn a_known_address_is_mailed_a_link_in_the_spelling_on_file() {
    let app = TestApp::start().await;
    app.owner("Ann").await;

    ask(&app, "ANN@Example.com").await.expect(202);

    let mails = app.mail_to("ann@example.com").await;
    let mail = &mails.last().unwrap().mail;
    assert!(
        mail.text
            .contains("https://app.plat.example/reset-password?token="),
        "{}",
        mail.text
    );
    assert!(app.mail_to("ANN@Example.com").await.is_empty());
}

#[tokio::test]
async fn an_unknown_address_gets_the_same_reply_for_the_same_work_and_no_mail() {
    let app = TestApp::start().await;
    app.owner("Ann").await;

    let known = ask(&app, "ann@example.com").await.expect(202);
    let unknown = ask(&app, "bob@example.com").await.expect(202);

    assert_eq!(unknown.text, known.text);
    assert_eq!(unknown.headers, known.headers);
    assert_eq!(unknown.cost, known.cost);
    assert!(app.mail_to("bob@example.com").await.is_empty());
}

#[tokio::test]
async fn the_sixth_request_in_a_quarter_of_an_hour_waits() {
    let app = TestApp::start().await;
    app.owner("Ann").await;
    for _ in 0..5 {
        ask(&app, "ann@example.com").await.expect(202);
    }

    let sixth = ask(&app, "Ann@example.com").await.expect(429);

    let wait = sixth.header("retry-after").parse().unwrap();
    ask(&app, "bob@example.com").await.expect(202);
    app.advance(seconds(wait));
    ask(&app, "ann@example.com").await.expect(202);
}

#[tokio::test]
async fn what_is_no_address_is_refused() {
    let app = TestApp::start().await;

    let answer = ask(&app, "nobody").await.expect(422);

    assert_eq!(answer.field_errors(), ["/email invalid_email"]);
}
