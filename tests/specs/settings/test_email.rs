//! `POST /api/settings/email/test`

use super::{BUSINESS, EMAIL};
use crate::integrations::{SENDGRID_MAIL, connect};
use plat_services::MailError;
use plat_testing::{MailFault, ProviderAnswer, Someone, TestApp};
use serde_json::{Value, json};

const TEST: &str = "/api/settings/email/test";
const STATUS: &str = "/api/integrations/sendgrid/status";

/// Has the team send by its own SendGrid.
async fn send_by_sendgrid(app: &TestApp, owner: &Someone<'_>) {
    connect(app, owner, "sendgrid").await;
    let body = json!({"provider": "sendgrid", "from": "hello@harbor.example"});
    owner.patch(EMAIL, body).await.expect(200);
}

#[tokio::test]
async fn the_asking_person_gets_an_email_as_a_client_would() {
    let app = TestApp::start().await;
    let olive = app.owner("Olive").await;
    let address = json!({"street": "12 Elm St", "city": "Austin", "state": "TX", "zip": "78701"});
    let business = json!({"name": "Harbor Homes", "postalAddress": address});
    olive.patch(BUSINESS, business).await.expect(200);

    let answer = olive.post(TEST, json!({})).await.expect(200).json();

    let mails = app.team_mail().await;
    let [sent] = mails.as_slice() else {
        panic!("one e-mail was sent, not {}", mails.len());
    };
    assert_eq!(answer["to"], olive.email.as_str());
    assert_eq!(answer["provider"], "ses");
    assert_eq!(answer["fromName"], "Olive, Harbor Homes");
    assert_eq!(answer["messageId"], sent.message_id.as_str());
    assert_eq!(sent.mail.to, olive.email);
    assert!(
        sent.from.starts_with("\"Olive, Harbor Homes\" <"),
        "{}",
        sent.from
    );
    assert_eq!(sent.reply_to.as_deref(), Some(olive.email.as_str()));
    assert_eq!(sent.tags["plat_team"], olive.team);
    for part in [&sent.mail.text, &sent.mail.html] {
        assert!(
            part.contains("Harbor Homes") && part.contains("12 Elm St"),
            "{part}"
        );
    }
    let link = &sent.mail.headers["List-Unsubscribe"];
    assert!(
        link.starts_with("<https://app.plat.example/unsubscribe/"),
        "{link}"
    );
    assert!(sent.mail.text.contains(link.trim_matches(['<', '>'])));
    assert_eq!(
        sent.mail.headers["List-Unsubscribe-Post"],
        "List-Unsubscribe=One-Click"
    );
}

#[tokio::test]
async fn the_teams_own_sendgrid_sends_it_once_it_was_chosen() {
    let app = TestApp::start().await;
    let olive = app.owner("Olive").await;
    send_by_sendgrid(&app, &olive).await;
    let taken = ProviderAnswer::text(202, "").header("x-message-id", "sg-1");
    app.providers.answer(SENDGRID_MAIL, taken);

    let answer = olive.post(TEST, json!({})).await.expect(200).json();

    assert_eq!(
        (&answer["provider"], &answer["messageId"]),
        (&json!("sendgrid"), &json!("sg-1"))
    );
    let asked = app.providers.asked_at(SENDGRID_MAIL);
    assert_eq!(asked.len(), 1);
    assert_eq!(
        asked[0].header("authorization"),
        "Bearer SG.secret-key-of-the-team-1234"
    );
    assert_eq!(asked[0].body["from"]["email"], "hello@harbor.example");
    assert_eq!(
        asked[0].body["custom_args"]["plat_team"],
        olive.team.as_str()
    );
    assert!(app.team_mail().await.is_empty());
}

#[tokio::test]
async fn nobody_sends_in_place_of_a_provider_that_was_disconnected() {
    let app = TestApp::start().await;
    let olive = app.owner("Olive").await;
    send_by_sendgrid(&app, &olive).await;
    let path = "/api/integrations/sendgrid/disconnect";
    olive.post(path, json!({})).await.expect(204);

    let refused = olive.post(TEST, json!({})).await.expect(422);

    assert_eq!(refused.problem(), "email-refused");
    assert_eq!(refused.json()["detail"], "Connect SendGrid first.");
    assert!(app.team_mail().await.is_empty());
}

#[tokio::test]
async fn a_refusal_is_told_and_stays_with_the_connection_until_it_works_again() {
    let app = TestApp::start().await;
    let olive = app.owner("Olive").await;
    send_by_sendgrid(&app, &olive).await;
    let said = json!({"errors": [{"message": "The from address does not match a verified Sender Identity."}]});
    let answers = [
        ProviderAnswer::json(403, &said),
        ProviderAnswer::text(202, ""),
    ];
    app.providers.answer_in_turn(SENDGRID_MAIL, answers);

    let refused = olive.post(TEST, json!({})).await.expect(422);
    let failing = olive.get(STATUS).await.json();
    olive.post(TEST, json!({})).await.expect(200);
    let works = olive.get(STATUS).await.json();

    assert_eq!(refused.problem(), "email-refused");
    let reason = "403: The from address does not match a verified Sender Identity.";
    assert_eq!(refused.json()["said"], reason);
    assert_eq!(
        (&failing["state"], &failing["problem"]),
        (&json!("failing"), &json!(reason))
    );
    assert_eq!(
        (&works["state"], &works["problem"]),
        (&json!("connected"), &Value::Null)
    );
}

#[tokio::test]
async fn a_provider_that_takes_nothing_now_is_told_of_and_blamed_for_nothing() {
    let app = TestApp::start().await;
    let olive = app.owner("Olive").await;
    for error in [
        MailError::Throttled("slow down".into()),
        MailError::QuotaExceeded("200 a day".into()),
        MailError::Unavailable("down".into()),
        MailError::Uncertain("no answer".into()),
    ] {
        app.mail_faults.add(MailFault::NotTaken(error.clone()));

        let refused = olive.post(TEST, json!({})).await.expect(503);

        assert!(
            refused.json()["detail"]
                .as_str()
                .unwrap()
                .contains(&error.to_string())
        );
        assert!(!refused.header("retry-after").is_empty());
    }
}

#[tokio::test]
async fn the_sixth_test_of_an_hour_waits() {
    let app = TestApp::start().await;
    let olive = app.owner("Olive").await;
    let mut adam = olive.invite("Adam", "admin").await;
    for _ in 0..5 {
        olive.post(TEST, json!({})).await.expect(200);
    }

    let sixth = adam.post(TEST, json!({})).await.expect(429);

    let seconds: i64 = sixth.header("retry-after").parse().unwrap();
    app.advance(jiff::SignedDuration::from_secs(seconds));
    let body = json!({"refreshToken": adam.refresh});
    let renewed = app.post("/api/auth/refresh", body).await.expect(200);
    adam.token = renewed.json()["accessToken"].as_str().unwrap().to_owned();
    adam.post(TEST, json!({})).await.expect(200);
}

#[tokio::test]
async fn only_who_manages_the_team_tests() {
    let app = TestApp::start().await;
    let olive = app.owner("Olive").await;
    for role in ["assistant", "member", "manager"] {
        let person = olive.invite(&format!("Casey {role}"), role).await;
        person.post(TEST, json!({})).await.expect(403);
    }
    app.post(TEST, json!({})).await.expect(401);
    assert!(app.team_mail().await.is_empty());
}
