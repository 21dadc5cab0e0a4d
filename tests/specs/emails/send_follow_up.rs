//! `emails.send_follow_up`

use super::support::{
    a_day, a_day_later, client, cost, email, emails, first_task, message, minutes, only_email, work,
};
use jiff::SignedDuration;
use plat_services::MailError;
use plat_testing::{HappeningKind, MailFault, Someone, TestApp};
use serde_json::{Value, json};

async fn ann<'a>(app: &'a TestApp) -> (Someone<'a>, Value) {
    let owner = app.owner("Olive").await;
    let ann = owner
        .client("Ann Lee", json!({"assignedTo": owner.id}))
        .await;
    app.settle().await;
    (owner, ann)
}

fn refuses(error: fn(String) -> MailError) -> MailFault {
    MailFault::NotTaken(error("it stumbled".to_owned()))
}

#[tokio::test]
async fn a_follow_up_that_is_due_is_written_sent_and_done() {
    let app = TestApp::start().await;
    let (mut owner, ann) = ann(&app).await;

    a_day(&app, &mut owner).await;

    let sent = app.team_mail().await;
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].mail.to, "ann.lee@clients.example");
    assert!(sent[0].from.starts_with("\"Olive, "), "{}", sent[0].from);
    assert_eq!(sent[0].reply_to.as_deref(), Some("olive@example.com"));
    assert_eq!(sent[0].tags["plat_team"], owner.team);
    let found = only_email(&owner).await;
    assert_eq!(sent[0].tags["plat_email"], found["id"]);
    assert_eq!(found["status"], "sent");
    assert_eq!(found["sentAt"], "2026-03-03T15:00:00Z");
    assert_eq!(found["followUpType"], "day_1");
    assert_eq!(found["messageId"], sent[0].message_id);
    assert_eq!(found["subject"], sent[0].mail.subject);
    assert_eq!(found["html"], sent[0].mail.html);
    assert_eq!(
        found["writtenBy"],
        json!({"by": "template", "reason": "no_key"})
    );
    assert_eq!(
        (&found["uncertain"], &found["error"]),
        (&json!(false), &Value::Null)
    );
    let task = first_task(&owner, &ann).await;
    assert_eq!(task["status"], "completed");
    assert_eq!(task["emailId"], found["id"]);
    assert_eq!(sent[0].tags["plat_task"], task["id"]);
    assert_eq!(client(&owner, &ann).await["lastContacted"], found["sentAt"]);
}

#[tokio::test]
async fn a_mail_offers_to_unsubscribe_with_one_click() {
    let app = TestApp::start().await;
    let (mut owner, _) = ann(&app).await;

    a_day(&app, &mut owner).await;

    let sent = app.team_mail().await.remove(0).mail;
    let link = sent.headers["List-Unsubscribe"].trim_matches(['<', '>']);
    assert!(
        link.starts_with("https://app.plat.example/unsubscribe/"),
        "{link}"
    );
    assert_eq!(
        sent.headers["List-Unsubscribe-Post"],
        "List-Unsubscribe=One-Click"
    );
    assert!(sent.text.contains(link) && sent.html.contains(link));
}

#[tokio::test]
async fn the_foot_of_a_mail_says_who_the_team_is() {
    let app = TestApp::start().await;
    let (mut owner, _) = ann(&app).await;
    let body = json!({
        "name": "Harbor Homes",
        "postalAddress": {"street": "1 Main St", "city": "Austin", "state": "TX", "zip": "78701"},
    });
    owner
        .patch("/api/settings/business", body)
        .await
        .expect(200);

    a_day(&app, &mut owner).await;

    let sent = app.team_mail().await.remove(0);
    assert_eq!(
        sent.from.split(" <").next(),
        Some("\"Olive, Harbor Homes\"")
    );
    for part in [&sent.mail.text, &sent.mail.html] {
        assert!(
            part.contains("Harbor Homes") && part.contains("1 Main St"),
            "{part}"
        );
    }
}

#[tokio::test]
async fn five_follow_ups_are_five_mails_in_a_month() {
    let app = TestApp::start().await;
    let (mut owner, _) = ann(&app).await;

    for _ in 0..31 {
        a_day(&app, &mut owner).await;
    }

    let kinds: Vec<Value> = emails(&owner)
        .await
        .iter()
        .map(|email| email["followUpType"].clone())
        .collect();
    assert_eq!(kinds, ["day_1", "day_3", "week_1", "week_2", "month_1"]);
    assert_eq!(app.team_mail().await.len(), 5);
}

#[tokio::test]
async fn a_follow_up_asks_little_of_the_table_and_one_that_is_done_hardly_anything() {
    let app = TestApp::start().await;
    let (mut owner, ann) = ann(&app).await;
    a_day_later(&app, &mut owner).await;
    let task = first_task(&owner, &ann).await;

    let sent = cost(&app, &message(&owner, &task, 1)).await;
    let again = cost(&app, &message(&owner, &task, 2)).await;

    assert_eq!(sent, "requests=9; rru=9; wru=39");
    assert_eq!(again, "requests=1; rru=0; wru=1");
}

#[tokio::test]
async fn a_message_that_comes_again_sends_nothing() {
    let app = TestApp::start().await;
    let (mut owner, ann) = ann(&app).await;
    a_day_later(&app, &mut owner).await;
    let task = first_task(&owner, &ann).await;

    for nth in [1, 1, 2] {
        let failed = work(&app, &message(&owner, &task, nth)).await;
        assert!(failed.is_empty(), "{failed:?}");
    }

    assert_eq!(app.team_mail().await.len(), 1);
    assert_eq!(first_task(&owner, &ann).await["status"], "completed");
}

#[tokio::test]
async fn of_two_messages_at_once_one_sends() {
    let app = TestApp::start().await;
    let (mut owner, ann) = ann(&app).await;
    a_day_later(&app, &mut owner).await;
    let task = first_task(&owner, &ann).await;
    let messages: Vec<Value> = (1..6).map(|nth| message(&owner, &task, nth)).collect();

    let failed =
        futures::future::join_all(messages.iter().map(|message| work(&app, message))).await;

    assert!(failed.iter().all(Vec::is_empty), "{failed:?}");
    assert_eq!(app.team_mail().await.len(), 1);
    assert_eq!(only_email(&owner).await["status"], "sent");
    assert_eq!(first_task(&owner, &ann).await["status"], "completed");
}

#[tokio::test]
async fn the_same_message_at_once_sends_once() {
    let app = TestApp::start().await;
    let (mut owner, ann) = ann(&app).await;
    a_day_later(&app, &mut owner).await;
    let task = first_task(&owner, &ann).await;
    let same = message(&owner, &task, 1);

    futures::future::join_all((0..4).map(|_| work(&app, &same))).await;
    // Whoever lost is handed it again.
    work(&app, &same).await;

    assert_eq!(app.team_mail().await.len(), 1);
    assert_eq!(only_email(&owner).await["status"], "sent");
    assert_eq!(first_task(&owner, &ann).await["status"], "completed");
}

#[tokio::test]
async fn what_a_person_did_meanwhile_stands() {
    let app = TestApp::start().await;
    let (mut owner, ann) = ann(&app).await;
    a_day_later(&app, &mut owner).await;
    let task = first_task(&owner, &ann).await;
    let path = format!("/api/tasks/{}", task["id"].as_str().unwrap());
    owner
        .patch(&path, json!({"dueAt": "2026-03-05T15:00:00Z"}))
        .await
        .expect(200);

    let failed = work(&app, &message(&owner, &task, 1)).await;

    assert!(failed.is_empty());
    assert!(app.team_mail().await.is_empty());
    assert_eq!(
        first_task(&owner, &ann).await["dueAt"],
        "2026-03-05T15:00:00Z"
    );
}

#[tokio::test]
async fn nobody_is_written_to_at_night() {
    let app = TestApp::start().await;
    // It is ten in the morning in New York; twelve hours later a client is made.
    app.advance(SignedDuration::from_hours(12));
    let (mut owner, ann) = ann(&app).await;

    a_day(&app, &mut owner).await;

    assert!(app.team_mail().await.is_empty());
    let task = first_task(&owner, &ann).await;
    assert_eq!(
        (&task["status"], &task["dueAt"]),
        (&json!("pending"), &json!("2026-03-04T13:00:00Z"))
    );
    minutes(&app, &mut owner, 10 * 60).await;
    assert_eq!(app.team_mail().await.len(), 1);
}

#[tokio::test]
async fn night_is_when_it_is_night_for_the_team() {
    let app = TestApp::start().await;
    let (mut owner, _) = ann(&app).await;
    let body = json!({"timeZone": "Asia/Tokyo"});
    owner
        .patch("/api/settings/business", body)
        .await
        .expect(200);

    // It is midnight in Tokyo.
    a_day(&app, &mut owner).await;

    assert!(app.team_mail().await.is_empty());
    minutes(&app, &mut owner, 8 * 60).await;
    assert_eq!(app.team_mail().await.len(), 1);
}

#[tokio::test]
async fn a_provider_that_stumbles_is_asked_again_a_minute_later() {
    let app = TestApp::start().await;
    let (mut owner, ann) = ann(&app).await;
    app.mail_faults.add(refuses(MailError::Unavailable));

    a_day(&app, &mut owner).await;

    let found = only_email(&owner).await;
    assert_eq!(
        (&found["status"], &found["failures"]),
        (&json!("queued"), &json!(1))
    );
    assert!(found["error"].as_str().unwrap().contains("it stumbled"));
    let task = first_task(&owner, &ann).await;
    assert_eq!(
        (&task["status"], &task["dueAt"]),
        (&json!("pending"), &json!("2026-03-03T15:01:00Z"))
    );
    minutes(&app, &mut owner, 1).await;
    let found = only_email(&owner).await;
    assert_eq!(
        (&found["status"], &found["error"]),
        (&json!("sent"), &Value::Null)
    );
    assert_eq!(app.team_mail().await.len(), 1);
    assert_eq!(first_task(&owner, &ann).await["statusNote"], Value::Null);
}

#[tokio::test]
async fn after_three_tries_an_email_failed_and_its_follow_up_is_left_to_people() {
    let app = TestApp::start().await;
    let (mut owner, ann) = ann(&app).await;
    app.mail_faults
        .add_times(4, refuses(MailError::Unavailable));

    a_day(&app, &mut owner).await;
    minutes(&app, &mut owner, 1).await;
    minutes(&app, &mut owner, 4).await;
    assert_eq!(
        app.mail_faults.left(),
        2,
        "the third try comes after five minutes"
    );
    minutes(&app, &mut owner, 1).await;
    minutes(&app, &mut owner, 60).await;

    assert_eq!(app.mail_faults.left(), 1, "there are three tries");
    let found = only_email(&owner).await;
    assert_eq!(
        (&found["status"], &found["failures"]),
        (&json!("failed"), &json!(3))
    );
    let task = first_task(&owner, &ann).await;
    assert_eq!(task["status"], "pending");
    assert!(
        task["statusNote"]
            .as_str()
            .unwrap()
            .contains("could not be sent")
    );
    assert_eq!(client(&owner, &ann).await["lastContacted"], Value::Null);
    let told = app.host.queues.published();
    let failed = told
        .iter()
        .filter(|event| event.fact.kind().to_string() == "email.failed");
    assert_eq!(failed.count(), 1);
}

#[tokio::test]
async fn a_follow_up_that_was_given_up_is_sent_once_somebody_plans_it_anew() {
    let app = TestApp::start().await;
    let (mut owner, ann) = ann(&app).await;
    app.mail_faults.add(refuses(MailError::Refused));
    a_day(&app, &mut owner).await;
    let task = first_task(&owner, &ann).await;
    let path = format!("/api/tasks/{}", task["id"].as_str().unwrap());

    owner
        .patch(&path, json!({"dueAt": "2026-03-03T16:00:00Z"}))
        .await
        .expect(200);
    minutes(&app, &mut owner, 60).await;

    assert_eq!(app.team_mail().await.len(), 1);
    let found = only_email(&owner).await;
    assert_eq!(
        (&found["status"], &found["failures"]),
        (&json!("sent"), &json!(0))
    );
    assert_eq!(first_task(&owner, &ann).await["status"], "completed");
}

#[tokio::test]
async fn what_a_provider_refuses_is_not_tried_again() {
    let app = TestApp::start().await;
    let (mut owner, ann) = ann(&app).await;
    app.mail_faults.add_times(2, refuses(MailError::Refused));

    a_day(&app, &mut owner).await;
    minutes(&app, &mut owner, 60).await;

    assert_eq!(app.mail_faults.left(), 1);
    assert_eq!(only_email(&owner).await["status"], "failed");
    assert_eq!(first_task(&owner, &ann).await["status"], "pending");
}

#[tokio::test]
async fn too_many_at_once_wait_for_a_minute_and_too_many_for_a_day_for_an_hour() {
    let app = TestApp::start().await;
    let (mut owner, ann) = ann(&app).await;
    app.mail_faults.add(refuses(MailError::Throttled));
    app.mail_faults.add(refuses(MailError::QuotaExceeded));

    a_day(&app, &mut owner).await;
    let task = first_task(&owner, &ann).await;
    assert_eq!(
        (&task["dueAt"], &task["statusNote"]),
        (&json!("2026-03-03T15:01:00Z"), &Value::Null)
    );
    minutes(&app, &mut owner, 1).await;
    let task = first_task(&owner, &ann).await;
    assert_eq!(task["dueAt"], "2026-03-03T16:01:00Z");
    assert!(task["statusNote"].as_str().unwrap().contains("every hour"));
    assert_eq!(only_email(&owner).await["failures"], 0);
    minutes(&app, &mut owner, 60).await;

    assert_eq!(app.team_mail().await.len(), 1);
    assert_eq!(first_task(&owner, &ann).await["status"], "completed");
}

#[tokio::test]
async fn what_may_have_been_sent_waits_for_its_provider_to_tell() {
    let app = TestApp::start().await;
    let (mut owner, ann) = ann(&app).await;
    let lost = MailError::Uncertain("no answer".to_owned());
    app.mail_faults.add(MailFault::TakenBut(lost));

    a_day(&app, &mut owner).await;

    let found = only_email(&owner).await;
    assert_eq!(
        (&found["status"], &found["uncertain"]),
        (&json!("queued"), &json!(true))
    );
    let task = first_task(&owner, &ann).await;
    assert_eq!(task["status"], "in_progress");
    assert!(
        task["statusNote"]
            .as_str()
            .unwrap()
            .contains("may have been sent")
    );
    minutes(&app, &mut owner, 2 * 60).await;
    let sent = app.team_mail().await;
    assert_eq!(sent.len(), 1, "it is not sent again by itself");

    app.mail_happens(&sent[0], HappeningKind::Delivery).await;

    let found = email(&owner, &found).await;
    assert_eq!(
        (&found["status"], &found["uncertain"]),
        (&json!("delivered"), &json!(false))
    );
    let task = first_task(&owner, &ann).await;
    assert_eq!(
        (&task["status"], &task["emailId"]),
        (&json!("completed"), &found["id"])
    );
    assert_eq!(client(&owner, &ann).await["lastContacted"], found["sentAt"]);
}

#[tokio::test]
async fn who_wants_no_more_gets_no_more() {
    let app = TestApp::start().await;
    let (mut owner, ann) = ann(&app).await;
    a_day(&app, &mut owner).await;
    let sent = app.team_mail().await.remove(0);
    app.mail_happens(&sent, HappeningKind::Complaint).await;

    minutes(&app, &mut owner, 48 * 60).await;

    assert_eq!(app.team_mail().await.len(), 1);
    assert_eq!(emails(&owner).await.len(), 1);
    let path = format!("/api/clients/{}/tasks", ann["id"].as_str().unwrap());
    let tasks = owner.get(&path).await.expect(200).json();
    let third = tasks["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|task| task["followUpType"] == "day_3")
        .unwrap()
        .clone();
    assert_eq!(third["status"], "cancelled");
    let path = format!("/api/tasks/{}", third["id"].as_str().unwrap());
    let third = owner.get(&path).await.expect(200).json();
    assert!(
        third["statusNote"].as_str().unwrap().contains("unwanted"),
        "{third}"
    );
}

#[tokio::test]
async fn an_address_is_the_same_however_it_is_written() {
    let app = TestApp::start().await;
    let (mut owner, ann) = ann(&app).await;
    a_day(&app, &mut owner).await;
    app.mail_happens(&app.team_mail().await[0], HappeningKind::Bounce)
        .await;
    let path = format!("/api/clients/{}", ann["id"].as_str().unwrap());
    owner
        .patch(&path, json!({"email": "Ann.Lee@CLIENTS.example"}))
        .await
        .expect(200);

    minutes(&app, &mut owner, 48 * 60).await;

    assert_eq!(app.team_mail().await.len(), 1);
}

#[tokio::test]
async fn follow_ups_of_whoever_is_lost_are_not_sent_but_those_that_are_planned_since() {
    let app = TestApp::start().await;
    let (mut owner, ann) = ann(&app).await;
    let path = format!("/api/clients/{}", ann["id"].as_str().unwrap());
    owner
        .patch(&path, json!({"stage": "lost"}))
        .await
        .expect(200);
    a_day(&app, &mut owner).await;
    assert!(app.team_mail().await.is_empty());

    let body = json!({"kind": "follow_up", "clientId": ann["id"], "dueAt": "2026-03-03T16:00:00Z", "title": "A year later"});
    owner.post("/api/tasks", body).await.expect(201);
    minutes(&app, &mut owner, 60).await;

    assert_eq!(app.team_mail().await.len(), 1);
    assert_eq!(only_email(&owner).await["followUpType"], "custom");
}

#[tokio::test]
async fn a_follow_up_whose_client_was_lost_a_moment_ago_is_not_sent() {
    let app = TestApp::start().await;
    let (mut owner, ann) = ann(&app).await;
    a_day_later(&app, &mut owner).await;
    let task = first_task(&owner, &ann).await;
    let path = format!("/api/clients/{}", ann["id"].as_str().unwrap());
    // Nobody has told yet that they are.
    owner
        .patch(&path, json!({"stage": "lost"}))
        .await
        .expect(200);

    let failed = work(&app, &message(&owner, &task, 1)).await;

    assert!(failed.is_empty(), "{failed:?}");
    assert!(app.team_mail().await.is_empty());
    assert_eq!(first_task(&owner, &ann).await["status"], "cancelled");
}

#[tokio::test]
async fn a_team_can_switch_follow_ups_off() {
    let app = TestApp::start().await;
    let (mut owner, ann) = ann(&app).await;
    owner
        .patch("/api/settings/email", json!({"followUps": false}))
        .await
        .expect(200);

    a_day(&app, &mut owner).await;

    assert!(app.team_mail().await.is_empty());
    let task = first_task(&owner, &ann).await;
    assert_eq!(task["status"], "pending");
    assert!(
        task["statusNote"]
            .as_str()
            .unwrap()
            .contains("switched off")
    );
}

#[tokio::test]
async fn answers_go_to_whoever_works_with_the_client_or_else_where_the_team_wants_them() {
    let app = TestApp::start().await;
    let mut owner = app.owner("Olive").await;
    owner.client("Ann Lee", json!({"assignedTo": null})).await;
    let agent = owner.invite("Max", "member").await;
    owner
        .client("Bob Ray", json!({"assignedTo": agent.id}))
        .await;
    a_day(&app, &mut owner).await;
    owner
        .patch(
            "/api/settings/email",
            json!({"replyTo": "hello@homes.example"}),
        )
        .await
        .expect(200);
    minutes(&app, &mut owner, 48 * 60).await;

    let mut told: Vec<String> = app
        .team_mail()
        .await
        .iter()
        .map(|sent| format!("{} {}", sent.mail.to, sent.reply_to.as_deref().unwrap()))
        .collect();
    told.sort();

    assert_eq!(
        told,
        [
            "ann.lee@clients.example hello@homes.example",
            "ann.lee@clients.example olive@example.com",
            "bob.ray@clients.example max@example.com",
            "bob.ray@clients.example max@example.com",
        ]
    );
}
