//! `POST /api/activities`

use crate::leads::support::{of_kind, table, texts, walk};
use http::Method;
use jiff::SignedDuration;
use plat_testing::proxy::{Fault, FaultKind};
use plat_testing::{Started, TestApp};
use serde_json::{Value, json};

const ACTIVITIES: &str = "/api/activities";

fn lead_path(lead: &Value) -> String {
    format!("/api/leads/{}", lead["id"].as_str().unwrap())
}

#[tokio::test]
async fn a_call_is_logged_as_it_was_and_stands_in_the_timeline_at_its_time() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let ann = owner.lead("Ann", json!({})).await;
    app.advance(SignedDuration::from_mins(10));
    owner
        .patch(&lead_path(&ann), json!({"company": "Doe"}))
        .await
        .expect(200);
    app.settle().await;
    let body = json!({
        "type": "call", "leadId": ann["id"], "title": "Asked about the roof", "notes": "New in 2019",
        "at": "2026-03-02T15:05:00Z", "durationMinutes": 12, "outcome": "reached",
    });

    let reply = owner.post(ACTIVITIES, body).await.expect(201);
    app.settle().await;

    let logged = reply.json();
    assert_eq!(
        logged,
        json!({
            "id": logged["id"],
            "type": "call",
            "at": "2026-03-02T15:05:00Z",
            "actor": {"id": owner.id, "name": "Olive"},
            "title": "Asked about the roof",
            "data": {
                "notes": "New in 2019", "durationMinutes": 12, "outcome": "reached",
                "loggedAt": "2026-03-02T15:10:00Z",
            },
            "subject": {"kind": "lead", "id": ann["id"], "name": "Ann", "deleted": false},
        })
    );
    let location = format!("{ACTIVITIES}/{}", logged["id"].as_str().unwrap());
    assert_eq!(reply.header("location"), location);
    let timeline = walk(&owner, &format!("{}/activities", lead_path(&ann)), 2).await;
    assert_eq!(
        texts(&timeline, "type"),
        ["lead_updated", "call", "lead_created"]
    );
    assert_eq!(timeline[1]["at"], "2026-03-02T15:05:00Z");
}

#[tokio::test]
async fn a_lead_or_a_client_was_last_talked_to_then_unless_it_was_later() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let ann = owner.lead("Ann", json!({})).await;
    let bob = owner.client("Bob", json!({})).await;
    let client = format!("/api/clients/{}", bob["id"].as_str().unwrap());
    let log = async |about: (&str, &Value), more: Value| {
        let mut body = json!({"type": "call", about.0: about.1["id"]});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        owner.post(ACTIVITIES, body).await.expect(201);
    };
    let lead_at = async || {
        let lead = owner.get(&lead_path(&ann)).await.expect(200).json();
        lead["lastContactAt"].clone()
    };
    let client_at = async || owner.get(&client).await.expect(200).json()["lastContacted"].clone();

    log(("leadId", &ann), json!({"outcome": "no_answer"})).await;
    log(("leadId", &ann), json!({"type": "other"})).await;
    assert_eq!(lead_at().await, Value::Null);
    log(("leadId", &ann), json!({"at": "2026-03-01T09:00:00Z"})).await;
    assert_eq!(lead_at().await, "2026-03-01T09:00:00Z");
    log(("leadId", &ann), json!({"at": "2026-02-01T09:00:00Z"})).await;
    assert_eq!(lead_at().await, "2026-03-01T09:00:00Z");
    log(("clientId", &bob), json!({"type": "meeting"})).await;
    assert_eq!(client_at().await, "2026-03-02T15:00:00Z");
    log(("clientId", &bob), json!({"at": "2026-02-01T09:00:00Z"})).await;
    assert_eq!(client_at().await, "2026-03-02T15:00:00Z");
    app.settle().await;

    // The contact is told by the call; the lead that changed with it tells nothing more.
    let timeline = walk(&owner, &format!("{}/activities", lead_path(&ann)), 9).await;
    let mut told = texts(&timeline, "type");
    told.sort();
    assert_eq!(told, ["call", "call", "call", "lead_created", "other"]);
}

#[tokio::test]
async fn the_same_request_logs_once() {
    let app = Started::default().with_proxy().start().await;
    let owner = app.owner("Olive").await;
    let ann = owner.lead("Ann", json!({})).await;
    app.settle().await;
    let body = json!({"type": "meeting", "leadId": ann["id"]});
    let log = async || {
        owner
            .call(Method::POST, ACTIVITIES)
            .idempotency_key("meeting-1")
            .json(body.clone())
            .send()
            .await
    };

    app.faults()
        .inject(Fault::once_on("TransactWriteItems", FaultKind::LoseReply));
    let first = log().await.expect(201).json();
    let again = log().await.expect(201).json();
    app.settle().await;

    assert_eq!(first, again);
    let items = table(&app).await;
    assert_eq!(of_kind(&items, "logged").len(), 1);
}

#[tokio::test]
async fn what_is_logged_is_audited() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let ann = owner.lead("Ann", json!({})).await;
    let body = json!({"type": "text", "leadId": ann["id"], "notes": "Will call back"});
    let logged = owner.post(ACTIVITIES, body).await.expect(201).id();
    app.settle().await;

    let items = table(&app).await;
    let audited: Vec<String> = of_kind(&items, "audit")
        .into_iter()
        .map(|row| format!("{row:?}"))
        .filter(|row| row.contains("activity.logged"))
        .collect();

    assert_eq!(audited.len(), 1);
    assert!(audited[0].contains(&logged) && audited[0].contains("Will call back"));
}

#[tokio::test]
async fn whatever_is_wrong_is_named() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let ann = owner.lead("Ann", json!({})).await;
    let deal = owner.deal("1 Elm St", json!({})).await;
    let (lead, deal) = (&ann["id"], &deal["id"]);
    let errors = async |body: Value| {
        let reply = owner.post(ACTIVITIES, body).await.expect(422);
        reply.field_errors()
    };

    assert_eq!(errors(json!({"type": "call"})).await, ["/leadId required"]);
    assert_eq!(
        errors(json!({"type": "call", "leadId": lead, "dealId": deal})).await,
        ["/dealId not_together", "/leadId not_together"]
    );
    assert_eq!(
        errors(json!({"type": "call", "leadId": lead, "at": "2026-03-03"})).await,
        ["/at not_yet"]
    );
    assert_eq!(
        errors(json!({"type": "call", "leadId": lead, "at": "1969-03-03"})).await,
        ["/at too_early"]
    );
    let minutes = json!({"type": "call", "leadId": lead, "durationMinutes": 0});
    assert_eq!(errors(minutes).await, ["/durationMinutes out_of_range"]);
    let fax = json!({"type": "lead_created", "leadId": lead, "outcome": "fax"});
    assert_eq!(errors(fax).await.len(), 2);
}

#[tokio::test]
async fn only_what_somebody_sees_and_may_change_is_logged_about() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let (mia, ada) = (
        owner.invite("Mia", "member").await,
        owner.invite("Ada", "assistant").await,
    );
    let team = format!("/api/teams/{}", owner.team);
    owner
        .patch(&team, json!({"visibility": "own"}))
        .await
        .expect(200);
    let ann = owner.lead("Ann", json!({"assignedTo": owner.id})).await;
    let deal = owner.deal("1 Elm St", json!({})).await;
    let call = json!({"type": "call", "leadId": ann["id"]});

    other.post(ACTIVITIES, call.clone()).await.expect(404);
    mia.post(ACTIVITIES, call.clone()).await.expect(404);
    let about_deal = json!({"type": "call", "dealId": deal["id"]});
    ada.post(ACTIVITIES, about_deal.clone()).await.expect(403);
    mia.post(ACTIVITIES, about_deal).await.expect(201);
    owner.delete(&lead_path(&ann)).await.expect(204);
    owner.post(ACTIVITIES, call.clone()).await.expect(404);
    app.post(ACTIVITIES, call).await.expect(401);
}
