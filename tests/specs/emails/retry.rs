//! `POST /api/emails/{emailId}/retry`

use super::support::{a_day, email, first_task, minutes, only_email};
use plat_services::MailError;
use plat_testing::{Answer, HappeningKind, MailFault, Someone, TestApp};
use serde_json::{Value, json};

async fn retry(who: &Someone<'_>, email: &Value) -> Answer {
    let path = format!("/api/emails/{}/retry", email["id"].as_str().unwrap());
    who.post(&path, json!({})).await
}

/// A follow-up to Ann whose e-mail met this.
async fn after<'a>(app: &'a TestApp, fault: MailFault) -> (Someone<'a>, Value, Value) {
    let mut owner = app.owner("Olive").await;
    let ann = owner.client("Ann Lee", json!({})).await;
    app.settle().await;
    app.mail_faults.add(fault);
    a_day(app, &mut owner).await;
    let found = only_email(&owner).await;
    (owner, ann, found)
}

fn refused() -> MailFault {
    MailFault::NotTaken(MailError::Refused("no".to_owned()))
}

#[tokio::test]
async fn an_email_that_failed_is_sent_again_as_it_was_and_its_follow_up_is_done() {
    let app = TestApp::start().await;
    let (owner, ann, failed) = after(&app, refused()).await;

    let sent = retry(&owner, &failed).await.expect(200).json();

    assert_eq!(
        (&sent["id"], &sent["status"], &sent["failures"]),
        (&failed["id"], &json!("sent"), &json!(0))
    );
    assert_eq!(
        (&sent["html"], &sent["error"]),
        (&failed["html"], &Value::Null)
    );
    assert_eq!(app.team_mail().await.len(), 1);
    let task = first_task(&owner, &ann).await;
    assert_eq!(
        (&task["status"], &task["emailId"]),
        (&json!("completed"), &failed["id"])
    );
    assert_eq!(
        retry(&owner, &failed).await.expect(409).problem(),
        "not-retryable"
    );
    assert_eq!(app.team_mail().await.len(), 1);
}

#[tokio::test]
async fn one_that_fails_again_can_be_tried_again() {
    let app = TestApp::start().await;
    let (owner, _, failed) = after(&app, refused()).await;
    app.mail_faults.add(refused());

    let again = retry(&owner, &failed).await.expect(200).json();
    assert_eq!(
        (&again["status"], &again["failures"]),
        (&json!("failed"), &json!(1))
    );

    assert_eq!(
        retry(&owner, &failed).await.expect(200).json()["status"],
        "sent"
    );
}

#[tokio::test]
async fn one_that_nobody_knows_of_is_sent_again_if_a_person_says_so() {
    let app = TestApp::start().await;
    let lost = MailError::Uncertain("no answer".to_owned());
    let (owner, ann, uncertain) = after(&app, MailFault::TakenBut(lost)).await;

    let sent = retry(&owner, &uncertain).await.expect(200).json();

    assert_eq!(
        (&sent["status"], &sent["uncertain"]),
        (&json!("sent"), &json!(false))
    );
    assert_eq!(app.team_mail().await.len(), 2, "that is what they decided");
    assert_eq!(first_task(&owner, &ann).await["status"], "completed");
}

#[tokio::test]
async fn what_was_sent_or_waits_is_not_sent_again() {
    let app = TestApp::start().await;
    let stumbles = MailFault::NotTaken(MailError::Unavailable("down".to_owned()));
    let (mut owner, _, waits) = after(&app, stumbles).await;

    let refused = retry(&owner, &waits).await.expect(409);
    assert_eq!(refused.problem(), "not-retryable");
    assert!(
        refused.json()["detail"]
            .as_str()
            .unwrap()
            .contains("by itself")
    );

    minutes(&app, &mut owner, 1).await;
    let refused = retry(&owner, &waits).await.expect(409);
    assert!(
        refused.json()["detail"]
            .as_str()
            .unwrap()
            .contains("was sent")
    );
    app.mail_happens(&app.team_mail().await[0], HappeningKind::SoftBounce)
        .await;
    retry(&owner, &waits).await.expect(409);
    assert_eq!(app.team_mail().await.len(), 1);
}

#[tokio::test]
async fn who_said_no_meanwhile_gets_nothing_again() {
    let app = TestApp::start().await;
    let lost = MailError::Uncertain("no answer".to_owned());
    let (owner, _, _) = after(&app, MailFault::TakenBut(lost)).await;
    let link = app.team_mail().await[0].mail.headers["List-Unsubscribe"].clone();
    let (_, token) = link.trim_end_matches('>').rsplit_once('/').unwrap();
    app.call(http::Method::POST, &format!("/unsubscribe/{token}"))
        .send()
        .await
        .expect(200);
    let uncertain = only_email(&owner).await;
    assert_eq!(
        uncertain["uncertain"], true,
        "to say no is not to say that it was sent"
    );

    let refused = retry(&owner, &uncertain).await.expect(409);

    assert_eq!(refused.problem(), "suppressed");
    assert_eq!(app.team_mail().await.len(), 1);
}

#[tokio::test]
async fn one_to_an_address_that_was_wrong_goes_to_the_right_one() {
    let app = TestApp::start().await;
    let (owner, ann, failed) = after(&app, refused()).await;
    let path = format!("/api/clients/{}", ann["id"].as_str().unwrap());
    owner
        .patch(&path, json!({"email": "ann@right.example"}))
        .await
        .expect(200);

    let sent = retry(&owner, &failed).await.expect(200).json();

    assert_eq!(sent["to"], "ann@right.example");
    let mail = app.team_mail().await.remove(0).mail;
    assert_eq!(mail.to, "ann@right.example");
    let link = mail.headers["List-Unsubscribe"]
        .trim_matches(['<', '>'])
        .to_owned();
    assert!(
        mail.text.contains(&link),
        "its link is about the address that it goes to"
    );
    assert_eq!(
        email(&owner, &failed).await["createdAt"],
        failed["createdAt"]
    );
}
