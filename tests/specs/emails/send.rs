//! `POST /api/emails/send`

use super::support::{
    OPENAI, a_day, client, completion, emails, minutes, only_email, with_openai, written,
};
use http::Method;
use jiff::SignedDuration;
use plat_services::MailError;
use plat_testing::{HappeningKind, MailFault, ProviderAnswer, TestApp};
use serde_json::{Value, json};

#[tokio::test]
async fn an_email_is_written_and_sent_at_once_by_night_too() {
    let app = TestApp::start().await;
    app.advance(SignedDuration::from_hours(12));
    let owner = app.owner("Olive").await;
    let ann = owner.client("Ann Lee", json!({})).await;
    with_openai(&app, &owner).await;
    app.providers
        .answer(OPENAI, completion(&written().to_string()));

    let answer = owner
        .post("/api/emails/send", json!({"clientId": ann["id"]}))
        .await
        .expect(201);

    let sent = answer.json();
    assert_eq!(
        answer.header("location"),
        format!("/api/emails/{}", answer.id())
    );
    assert_eq!(
        (&sent["status"], &sent["followUpType"]),
        (&json!("sent"), &json!("custom"))
    );
    assert_eq!(sent["createdBy"]["id"], owner.id);
    assert_eq!(sent["taskId"], Value::Null);
    let mail = app.team_mail().await;
    assert_eq!(
        (mail.len(), mail[0].mail.subject.as_str()),
        (1, "Your home on Elm Street")
    );
    assert_eq!(mail[0].tags.get("plat_task"), None);
    assert_eq!(client(&owner, &ann).await["lastContacted"], sent["sentAt"]);
    assert_eq!(only_email(&owner).await["html"], sent["html"]);
}

#[tokio::test]
async fn a_request_that_is_repeated_sends_once() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let ann = owner.client("Ann Lee", json!({})).await;
    let send = || {
        owner
            .call(Method::POST, "/api/emails/send")
            .json(json!({"clientId": ann["id"]}))
            .idempotency_key("k1")
            .send()
    };

    let first = send().await.expect(201);
    let again = send().await.expect(201);

    assert_eq!(first.text, again.text);
    assert_eq!(app.team_mail().await.len(), 1);
}

#[tokio::test]
async fn who_said_no_is_not_written_to_by_hand_either() {
    let app = TestApp::start().await;
    let mut owner = app.owner("Olive").await;
    let ann = owner.client("Ann Lee", json!({})).await;
    app.settle().await;
    a_day(&app, &mut owner).await;
    app.mail_happens(&app.team_mail().await[0], HappeningKind::Complaint)
        .await;

    let refused = owner
        .post("/api/emails/send", json!({"clientId": ann["id"]}))
        .await
        .expect(409);

    assert_eq!(
        (refused.problem().as_str(), &refused.json()["reason"]),
        ("suppressed", &json!("complained"))
    );
    assert_eq!(emails(&owner).await.len(), 1);
    // Another team has heard nothing.
    let other = app.owner("Otto").await;
    let theirs = other.client("Ann Lee", json!({})).await;
    other
        .post("/api/emails/send", json!({"clientId": theirs["id"]}))
        .await
        .expect(201);
}

#[tokio::test]
async fn an_email_that_was_not_taken_says_why_and_is_not_tried_again_by_itself() {
    let said = || "it stumbled".to_owned();
    for error in [
        MailError::Unavailable(said()),
        MailError::Throttled(said()),
        MailError::QuotaExceeded(said()),
        MailError::Refused(said()),
    ] {
        let app = TestApp::start().await;
        let mut owner = app.owner("Olive").await;
        let ann = owner.client("Ann Lee", json!({})).await;
        app.mail_faults.add(MailFault::NotTaken(error.clone()));

        let failed = owner
            .post("/api/emails/send", json!({"clientId": ann["id"]}))
            .await
            .expect(201)
            .json();
        minutes(&app, &mut owner, 2 * 60).await;

        assert_eq!(
            (&failed["status"], &failed["failures"]),
            (&json!("failed"), &json!(1)),
            "{error}"
        );
        assert!(failed["error"].as_str().unwrap().contains("it stumbled"));
        assert!(app.team_mail().await.is_empty(), "{error}");
    }
}

#[tokio::test]
async fn an_email_that_may_have_been_taken_says_so() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let ann = owner.client("Ann Lee", json!({})).await;
    app.mail_faults
        .add(MailFault::TakenBut(MailError::Uncertain(
            "no answer".to_owned(),
        )));

    let sent = owner
        .post("/api/emails/send", json!({"clientId": ann["id"]}))
        .await
        .expect(201)
        .json();

    assert_eq!(
        (&sent["status"], &sent["uncertain"]),
        (&json!("queued"), &json!(true))
    );
    let mail = app.team_mail().await;
    app.mail_happens(&mail[0], HappeningKind::Send).await;
    let found = only_email(&owner).await;
    assert_eq!(
        (&found["status"], &found["uncertain"], &found["error"]),
        (&json!("sent"), &json!(false), &Value::Null)
    );
    assert_eq!(client(&owner, &ann).await["lastContacted"], found["sentAt"]);
}

#[tokio::test]
async fn a_team_sends_by_its_own_sendgrid() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let ann = owner
        .client("Ann Lee", json!({"assignedTo": owner.id}))
        .await;
    let scopes = json!({"scopes": ["mail.send"]});
    app.providers.answer(
        "https://api.sendgrid.com/v3/scopes",
        ProviderAnswer::json(200, &scopes),
    );
    let taken = ProviderAnswer::text(202, "").header("x-message-id", "sg-1");
    app.providers
        .answer("https://api.sendgrid.com/v3/mail/send", taken);
    let body = json!({"apiKey": "SG.test-0123456789abcdef"});
    owner
        .post("/api/integrations/sendgrid/connect", body)
        .await
        .expect(200);
    let body = json!({"provider": "sendgrid", "from": "olive@homes.example"});
    owner.patch("/api/settings/email", body).await.expect(200);

    let sent = owner
        .post("/api/emails/send", json!({"clientId": ann["id"]}))
        .await
        .expect(201)
        .json();

    assert_eq!(
        (&sent["status"], &sent["provider"], &sent["messageId"]),
        (&json!("sent"), &json!("sendgrid"), &json!("sg-1"))
    );
    assert!(app.team_mail().await.is_empty());
    let asked = app
        .providers
        .asked_at("https://api.sendgrid.com/v3/mail/send")
        .remove(0);
    assert_eq!(
        asked.header("authorization"),
        "Bearer SG.test-0123456789abcdef"
    );
    assert_eq!(asked.body["from"]["email"], "olive@homes.example");
    assert_eq!(asked.body["reply_to"]["email"], "olive@example.com");
    assert_eq!(asked.body["custom_args"]["plat_email"], sent["id"]);
    assert!(
        asked.body["headers"]["List-Unsubscribe"]
            .as_str()
            .unwrap()
            .contains("/unsubscribe/")
    );

    owner.delete("/api/integrations/sendgrid").await;
    let gone = owner
        .call(Method::POST, "/api/integrations/sendgrid/disconnect")
        .send()
        .await;
    if gone.status < 300 {
        let refused = owner
            .post("/api/emails/send", json!({"clientId": ann["id"]}))
            .await
            .expect(409);
        assert_eq!(refused.problem(), "cannot-send");
    }
}
