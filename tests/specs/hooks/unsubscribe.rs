//! `GET /unsubscribe/{token}` and `POST /unsubscribe/{token}`

use crate::emails::support::{a_day, only_email};
use http::Method;
use plat_testing::{Someone, TestApp};
use serde_json::{Value, json};

/// A client who got a mail, and where its link leads.
async fn mailed<'a>(app: &'a TestApp) -> (Someone<'a>, Value, String) {
    let mut owner = app.owner("Olive").await;
    let ann = owner.client("Ann Lee", json!({})).await;
    app.settle().await;
    a_day(app, &mut owner).await;
    let mail = app.team_mail().await.remove(0).mail;
    let link = mail.headers["List-Unsubscribe"]
        .trim_matches(['<', '>'])
        .to_owned();
    let (_, token) = link.rsplit_once('/').unwrap();
    (owner, ann, format!("/unsubscribe/{token}"))
}

async fn send(who: &Someone<'_>, client: &Value) -> u16 {
    who.post("/api/emails/send", json!({"clientId": client["id"]}))
        .await
        .status
}

#[tokio::test]
async fn to_look_at_the_page_changes_nothing() {
    let app = TestApp::start().await;
    let (owner, ann, path) = mailed(&app).await;

    let page = app.get(&path).await.expect(200);

    assert!(page.header("content-type").starts_with("text/html"));
    assert!(page.text.contains("<form method=\"post\">"));
    assert!(
        !page.text.contains("ann.lee@"),
        "whoever has the link learns no address"
    );
    assert!(
        page.header("content-security-policy")
            .starts_with("default-src 'none'")
    );
    assert_eq!(send(&owner, &ann).await, 201);
}

#[tokio::test]
async fn one_click_is_enough_and_the_second_changes_nothing() {
    let app = TestApp::start().await;
    let (owner, ann, path) = mailed(&app).await;
    let click = || {
        let call = app.call(Method::POST, &path);
        let call = call.body(
            "application/x-www-form-urlencoded",
            "List-Unsubscribe=One-Click",
        );
        call.header("user-agent", "Mailer/1.0")
            .from("203.0.113.7")
            .send()
    };

    let first = click().await.expect(200);
    let second = click().await.expect(200);

    assert_eq!(first.text, second.text);
    assert!(first.text.contains("You are unsubscribed"));
    assert_eq!(send(&owner, &ann).await, 409);
    let found = only_email(&owner).await;
    assert_eq!(
        (&found["status"], &found["unsubscribedAt"]),
        (&json!("sent"), &json!("2026-03-03T15:00:00Z"))
    );
    let events = found["events"].as_array().unwrap();
    assert_eq!(events.len(), 1);
    assert_eq!(
        (
            &events[0]["kind"],
            &events[0]["ip"],
            &events[0]["userAgent"]
        ),
        (
            &json!("unsubscribed"),
            &json!("203.0.113.7"),
            &json!("Mailer/1.0")
        )
    );
    app.settle().await;
    let told = app.host.queues.published();
    let told = told
        .iter()
        .filter(|event| event.fact.kind().to_string() == "email.unsubscribed");
    assert_eq!(told.count(), 1);
}

#[tokio::test]
async fn the_button_of_the_page_needs_neither_cookie_nor_body() {
    let app = TestApp::start().await;
    let (owner, ann, path) = mailed(&app).await;

    app.call(Method::POST, &path).send().await.expect(200);

    assert_eq!(send(&owner, &ann).await, 409);
}

#[tokio::test]
async fn a_link_that_was_changed_leads_nowhere() {
    let app = TestApp::start().await;
    let (owner, ann, path) = mailed(&app).await;
    let (start, last) = path.split_at(path.len() - 10);
    let changed = format!("{start}{}", last.chars().rev().collect::<String>());

    for path in [
        changed.as_str(),
        "/unsubscribe/nothing",
        "/unsubscribe/preview",
    ] {
        assert_eq!(app.get(path).await.status, 404, "{path}");
        assert_eq!(
            app.call(Method::POST, path).send().await.status,
            404,
            "{path}"
        );
    }

    assert_eq!(send(&owner, &ann).await, 201);
}

#[tokio::test]
async fn many_readers_of_one_provider_are_all_heard() {
    let app = plat_testing::Started::default()
        .with_real_limits()
        .start()
        .await;
    let (_, _, path) = mailed(&app).await;

    for _ in 0..50 {
        app.call(Method::POST, &path)
            .from("203.0.113.7")
            .send()
            .await
            .expect(200);
    }
}

#[tokio::test]
async fn a_no_outlives_the_client_who_said_it() {
    let app = TestApp::start().await;
    let (mut owner, ann, path) = mailed(&app).await;
    let client = format!("/api/clients/{}", ann["id"].as_str().unwrap());
    owner.delete(&client).await.expect(204);
    // Beyond the days in which they could be restored, and until they are removed for good.
    for _ in 0..33 {
        a_day(&app, &mut owner).await;
    }
    let emails = owner.get("/api/emails").await.expect(200).json();
    assert_eq!(emails["items"], json!([]), "their e-mails went with them");

    app.call(Method::POST, &path).send().await.expect(200);

    let again = owner.client("Ann Lee", json!({})).await;
    assert_eq!(send(&owner, &again).await, 409);
}
