//! The job `outbox.relay`

use async_trait::async_trait;
use plat_domain::{Event, EventType, Fact};
use plat_registry::{App, Delivery, Job, Payload, Router};
use plat_services::{Bus, BusError};
use plat_store::{Change, Item};
use plat_testing::TestApp;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

fn relay() -> Job {
    let (_, jobs) = Router::new(plat_local::functions());
    jobs.into_iter()
        .find(|job| job.operation == "outbox.relay")
        .unwrap()
}

/// What was published since `before` events were, by type.
fn told(app: &TestApp, before: usize) -> Vec<&'static str> {
    let published = app.host.queues.published();
    let mut events: Vec<&Event> = published[before..].iter().collect();
    events.sort_by_key(|event| event.id);
    events
        .iter()
        .map(|event| event.fact.kind().as_str())
        .collect()
}

/// Once `what` is told: how many events there are now.
async fn happened(app: &TestApp, seen: usize, what: &str, expected: &[&str]) -> usize {
    app.settle().await;
    assert_eq!(told(app, seen), expected, "{what}");
    app.host.queues.published().len()
}

#[tokio::test]
async fn each_change_is_told_as_what_it_means() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", json!({})).await;
    let lead = format!("/api/leads/{}", lead["id"].as_str().unwrap());
    app.settle().await;
    let mut seen = app.host.queues.published().len();

    owner
        .patch(&lead, json!({"company": "Lee & Co"}))
        .await
        .expect(200);
    seen = happened(&app, seen, "a field", &["lead.updated"]).await;
    let both = json!({"status": "contacted", "score": 7});
    owner.patch(&lead, both).await.expect(200);
    seen = happened(
        &app,
        seen,
        "a field and the status",
        &["lead.updated", "lead.status_changed"],
    )
    .await;
    owner
        .patch(&lead, json!({"company": "Lee & Co"}))
        .await
        .expect(200);
    seen = happened(&app, seen, "nothing", &[]).await;
    let tags = json!({"tags": ["hot"]});
    owner.post(&format!("{lead}/tags"), tags).await.expect(200);
    seen = happened(&app, seen, "a new tag", &["tag.created", "lead.tagged"]).await;
    let note = json!({"content": "Hello"});
    let note = owner
        .post(&format!("{lead}/notes"), note)
        .await
        .expect(201)
        .id();
    seen = happened(&app, seen, "a note", &["note.added"]).await;
    owner
        .delete(&format!("/api/notes/{note}"))
        .await
        .expect(204);
    seen = happened(&app, seen, "a note less", &["note.deleted"]).await;
    owner.delete(&lead).await.expect(204);
    seen = happened(&app, seen, "a lead less", &["lead.deleted"]).await;
    owner
        .post(&format!("{lead}/restore"), json!({}))
        .await
        .expect(200);
    seen = happened(&app, seen, "a lead again", &["lead.restored"]).await;
    let team = format!("/api/teams/{}", owner.team);
    owner
        .patch(&team, json!({"visibility": "own"}))
        .await
        .expect(200);
    seen = happened(&app, seen, "the team", &["team.updated"]).await;
    let invitation = json!({"email": "mia@example.com", "role": "member"});
    owner
        .post(&format!("{team}/invite"), invitation)
        .await
        .expect(202);
    app.settle().await;
    // They are two records of one command, so neither comes first.
    let mut both = told(&app, seen);
    both.sort_unstable();
    assert_eq!(both, ["invitation.sent", "token.issued"]);
    seen = app.host.queues.published().len();
    owner.post("/api/auth/logout", json!({})).await.expect(204);
    happened(&app, seen, "signing out", &["session.ended"]).await;
}

#[tokio::test]
async fn an_event_says_who_did_it_by_which_request_and_what_it_was_before() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", json!({})).await;
    let path = format!("/api/leads/{}", lead["id"].as_str().unwrap());

    let answer = owner
        .patch(&path, json!({"name": "Anna"}))
        .await
        .expect(200);

    app.settle().await;
    let events = app.host.queues.published();
    let event = events.last().unwrap();
    assert_eq!(event.fact.kind(), EventType::LeadUpdated);
    assert_eq!(event.actor.name, "Olive");
    assert_eq!(event.team_id.unwrap().to_string(), owner.team);
    let request = event.origin.request_id.as_deref();
    assert_eq!(request, Some(answer.header("x-request-id")));
    assert!(event.origin.ip.is_some());
    assert_eq!(
        serde_json::to_value(&event.changes).unwrap(),
        json!({"name": {"from": "Ann", "to": "Anna"}})
    );
    assert_eq!(event.subject.version, 2);
    assert_eq!(event.causation.depth, 0);
}

#[tokio::test]
async fn no_event_carries_a_secret() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    owner.invite("Mia", "member").await;
    let forgot = json!({"email": owner.email});
    app.post("/api/auth/forgot-password", forgot)
        .await
        .expect(202);
    let mails = app.mail_to(&owner.email).await;
    let token = plat_testing::mailed_token(&mails.last().unwrap().mail.text);
    let reset = json!({"token": token, "password": "Another-Secret-42"});
    app.post("/api/auth/reset-password", reset)
        .await
        .expect(204);
    app.settle().await;

    let events = serde_json::to_string(&app.host.queues.published()).unwrap();

    assert!(events.contains("user.password_changed"), "{events}");
    for secret in ["argon2", "passwordHash", "Another-Secret", token.as_str()] {
        assert!(!events.contains(secret), "{secret}");
    }
}

/// A bus that takes nothing until it was asked so often, and then keeps what it takes.
#[derive(Default)]
struct Refusing {
    refuses: Mutex<usize>,
    took: Mutex<Vec<Event>>,
}

#[async_trait]
impl Bus for Refusing {
    async fn publish(&self, events: &[Event]) -> Result<(), BusError> {
        let mut refuses = self.refuses.lock().unwrap();
        if *refuses > 0 {
            *refuses -= 1;
            return Err(BusError {
                left: events.len(),
                reason: "busy".to_owned(),
            });
        }
        self.took.lock().unwrap().extend_from_slice(events);
        Ok(())
    }
}

fn with_bus(app: &TestApp, bus: Arc<Refusing>) -> Arc<App> {
    Arc::new(App {
        bus,
        ..App::clone(&app.host.app)
    })
}

/// A note that was written, `depth` events after what a person did.
fn written(sequence: &str, depth: u8) -> Delivery {
    let id = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
    let image: Value = json!({
        "PK": {"S": format!("T#{id}#LEAD#{id}")}, "SK": {"S": "NOTE#1"}, "type": {"S": "note"},
        "teamId": {"S": id}, "id": {"S": id}, "content": {"S": "Hello"},
        "record": {"M": {"kind": {"S": "lead"}, "id": {"S": id}}},
        "version": {"N": "1"}, "createdAt": {"N": "1772463600000"}, "updatedAt": {"N": "1772463600000"},
        "createdBy": {"M": {"id": {"S": id}, "name": {"S": "Ann"}}}, "commandId": {"S": id},
        "depth": {"N": depth.to_string()},
    });
    let change = Change {
        sequence: sequence.to_owned(),
        old: None,
        new: Some(Item::from_dynamo_json(image).unwrap()),
    };
    Delivery {
        id: sequence.to_owned(),
        payload: Payload::Change(Box::new(change)),
    }
}

#[tokio::test]
async fn changes_that_the_bus_did_not_take_come_again_from_the_first() {
    let app = TestApp::start().await;
    let bus = Arc::new(Refusing::default());
    *bus.refuses.lock().unwrap() = 1;
    let broken = with_bus(&app, bus.clone());
    let batch = || vec![written("1", 0), written("2", 0)];

    let failed = relay().run(&broken, batch(), None).await;

    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0].id, "1");
    assert!(failed[0].failure.0.contains("busy"), "{failed:?}");
    assert_eq!(relay().run(&broken, batch(), None).await, []);
    assert_eq!(bus.took.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn a_change_that_is_told_twice_has_the_same_event() {
    let app = TestApp::start().await;
    let bus = Arc::new(Refusing::default());
    let app = with_bus(&app, bus.clone());

    for _ in 0..2 {
        assert_eq!(relay().run(&app, vec![written("1", 0)], None).await, []);
    }

    let took = bus.took.lock().unwrap();
    assert_eq!(took.len(), 2);
    assert_eq!(took[0], took[1]);
    assert!(matches!(took[0].fact, Fact::NoteAdded(_)));
}

#[tokio::test]
async fn events_that_cause_each_other_come_to_an_end() {
    let app = TestApp::start().await;
    let bus = Arc::new(Refusing::default());
    let app = with_bus(&app, bus.clone());

    for depth in [0, 8, 9] {
        assert_eq!(relay().run(&app, vec![written("1", depth)], None).await, []);
    }

    let depths: Vec<u8> = bus
        .took
        .lock()
        .unwrap()
        .iter()
        .map(|event| event.causation.depth)
        .collect();
    assert_eq!(depths, [0, 8]);
}
