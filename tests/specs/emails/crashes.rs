//! What is true of a follow-up after the process ended, or the table did not answer, between any two steps of sending it.

use super::support::{a_day, a_day_later, client, email, first_task, message, only_email, work};
use plat_testing::proxy::{Fault, FaultKind};
use plat_testing::{HappeningKind, MailFault, Someone, Started, TestApp};
use serde_json::{Value, json};

/// As often as the SDK tries a request; after that it has failed.
const TRIES: usize = 3;

/// More requests than sending a follow-up makes.
const REQUESTS: usize = 12;

async fn ann<'a>(app: &'a TestApp) -> (Someone<'a>, Value) {
    let owner = app.owner("Olive").await;
    let ann = owner
        .client("Ann Lee", json!({"assignedTo": owner.id}))
        .await;
    app.settle().await;
    (owner, ann)
}

#[tokio::test]
async fn a_crash_after_the_provider_took_it_sends_nothing_twice() {
    let app = TestApp::start().await;
    let (mut owner, ann) = ann(&app).await;
    app.mail_faults.add(MailFault::KilledAfter);

    a_day(&app, &mut owner).await;

    let sent = app.team_mail().await;
    assert_eq!(sent.len(), 1);
    let found = only_email(&owner).await;
    assert_eq!(
        (&found["status"], &found["uncertain"]),
        (&json!("queued"), &json!(true))
    );
    assert_eq!(first_task(&owner, &ann).await["status"], "in_progress");

    app.mail_happens(&sent[0], HappeningKind::Send).await;

    let found = email(&owner, &found).await;
    assert_eq!(
        (&found["status"], &found["uncertain"]),
        (&json!("sent"), &json!(false))
    );
    assert_eq!(found["messageId"], sent[0].message_id);
    assert_eq!(first_task(&owner, &ann).await["status"], "completed");
    assert_eq!(client(&owner, &ann).await["lastContacted"], found["sentAt"]);
}

#[tokio::test]
async fn a_crash_before_the_provider_took_it_leaves_it_to_people() {
    let app = TestApp::start().await;
    let (mut owner, ann) = ann(&app).await;
    app.mail_faults.add(MailFault::KilledBefore);

    a_day(&app, &mut owner).await;

    // Nobody can know that it was not sent.
    assert!(app.team_mail().await.is_empty());
    let found = only_email(&owner).await;
    assert_eq!(found["uncertain"], true);
    assert_eq!(first_task(&owner, &ann).await["status"], "in_progress");

    let path = format!("/api/emails/{}/retry", found["id"].as_str().unwrap());
    let retried = owner.post(&path, json!({})).await.expect(200).json();

    assert_eq!(
        (&retried["status"], &retried["uncertain"]),
        (&json!("sent"), &json!(false))
    );
    assert_eq!(app.team_mail().await.len(), 1);
    assert_eq!(first_task(&owner, &ann).await["status"], "completed");
}

#[tokio::test]
async fn a_table_that_fails_between_any_two_steps_sends_nothing_twice_and_loses_nothing() {
    let kinds = [
        FaultKind::LoseReply,
        FaultKind::LoseRequest,
        FaultKind::InternalError,
    ];
    for kind in kinds {
        for step in 0..REQUESTS {
            let app = Started::default().with_proxy().start().await;
            let (mut owner, ann) = ann(&app).await;
            a_day_later(&app, &mut owner).await;
            let task = first_task(&owner, &ann).await;
            let message = message(&owner, &task, 1);
            app.faults().inject(Fault {
                skip: step,
                times: TRIES,
                ..Fault::once(kind.clone())
            });

            let first = work(&app, &message).await;
            app.faults().heal();
            let again = work(&app, &message).await;

            let context = format!("{kind:?} at {step}: {first:?}");
            assert!(again.is_empty(), "{context}: {again:?}");
            let sent = app.team_mail().await;
            let found = only_email(&owner).await;
            let task = first_task(&owner, &ann).await;
            if found["status"] == "sent" {
                assert_eq!(sent.len(), 1, "{context}");
                assert_eq!(task["status"], "completed", "{context}");
                assert_eq!(client(&owner, &ann).await["lastContacted"], found["sentAt"]);
                continue;
            }
            // It was begun, and nobody knows what came of it until its provider tells.
            assert!(!first.is_empty(), "{context}");
            assert_eq!(found["uncertain"], true, "{context}");
            assert_eq!(task["status"], "in_progress", "{context}");
            assert!(sent.len() < 2, "{context}");
            if let Some(sent) = sent.first() {
                app.mail_happens(sent, HappeningKind::Send).await;
                assert_eq!(email(&owner, &found).await["status"], "sent", "{context}");
                assert_eq!(first_task(&owner, &ann).await["status"], "completed");
            }
        }
    }
}
