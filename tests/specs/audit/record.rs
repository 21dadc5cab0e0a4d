//! The job `audit.record`

use super::{is_audit, log_of, made_up, partition, record, rows, texts, told_of, verified, walk};
use crate::deals::support::{move_to, path};
use crate::documents::support as documents;
use futures::future::join_all;
use plat_domain::TeamId;
use plat_registry::{Delivery, Payload, Router};
use plat_services::Bus;
use plat_testing::proxy::{Fault, FaultKind};
use plat_testing::{PASSWORD, Someone, Started, TestApp, mailed_token};
use serde_json::{Value, json};
use std::collections::BTreeSet;

async fn is_whole(app: &TestApp, who: &Someone<'_>) -> usize {
    let (first, rows) = walk(app, who, &log_of(&who.team), 100).await;
    let head = first.header("x-audit-head");
    let said = verified(&rows, Some(head));
    let count = rows.len();
    let hash = head.split(':').nth(1).unwrap();
    let expected = format!("{count} rows, 1 to {count}, head {hash}: intact");
    assert_eq!(said, Ok(expected));
    let ids: BTreeSet<&str> = texts(&rows, "/id").into_iter().collect();
    assert_eq!(ids.len(), count, "an event has two rows");
    count
}

#[tokio::test]
async fn every_event_of_a_team_has_a_row_in_one_unbroken_chain() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let mia = owner.invite("Mia", "member").await;
    let lead = mia.lead("Ann", json!({"score": 3})).await;
    let path = format!("/api/leads/{}", lead["id"].as_str().unwrap());
    mia.patch(
        &path,
        json!({"customFields": {"rate": 0.1234567890123456, "beds": 3}}),
    )
    .await
    .expect(200);
    owner.delete(&path).await.expect(204);
    app.settle().await;

    let count = is_whole(&app, &owner).await;

    let told = told_of(&app, &owner.team);
    let kept = told
        .iter()
        .filter(|event| event.fact.kind().as_str() != "token.issued");
    assert_eq!(count, kept.count());
}

#[tokio::test]
async fn what_was_done_to_a_deal_and_its_notes_is_told_with_before_and_after_and_who_did_it() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let mia = owner.invite("Mia", "member").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    let path = path(&deal);
    let at_14 = json!({"propertyAddress": "14 Elm St"});
    mia.patch(&path, at_14).await.expect(200);
    move_to(&mia, &deal, "dead").await.expect(200);
    let body = json!({"content": "The roof is new"});
    let note = mia.post(&format!("{path}/notes"), body).await;
    let note = format!("/api/notes/{}", note.expect(201).id());
    let old = json!({"content": "The roof is old"});
    mia.patch(&note, old).await.expect(200);
    mia.delete(&note).await.expect(204);
    owner.delete(&path).await.expect(204);
    is_whole(&app, &owner).await;

    let rows = rows(&app, &owner, &log_of(&owner.team)).await;

    let row = |kind: &str| {
        let row = rows.iter().find(|row| row["type"] == kind);
        row.unwrap_or_else(|| panic!("no {kind} in {rows:?}"))
    };
    let id = deal["id"].as_str().unwrap();
    let of_deal = json!({"kind": "deal", "id": id});
    let of_note = json!({"kind": "note", "id": note.rsplit('/').next()});
    let (new, old) = ("The roof is new", "The roof is old");
    for (kind, subject, who, field, change) in [
        (
            "deal.created",
            &of_deal,
            "Olive",
            "status",
            json!({"to": "new"}),
        ),
        (
            "deal.updated",
            &of_deal,
            "Mia",
            "propertyAddress",
            json!({"from": "12 Elm St", "to": "14 Elm St"}),
        ),
        (
            "deal.status_changed",
            &of_deal,
            "Mia",
            "status",
            json!({"from": "new", "to": "dead"}),
        ),
        ("note.added", &of_note, "Mia", "content", json!({"to": new})),
        (
            "note.updated",
            &of_note,
            "Mia",
            "content",
            json!({"from": new, "to": old}),
        ),
        (
            "note.deleted",
            &of_note,
            "Mia",
            "content",
            json!({"from": old}),
        ),
        (
            "deal.deleted",
            &of_deal,
            "Olive",
            "deletedAt",
            json!({"to": "2026-03-02T15:00:00Z"}),
        ),
    ] {
        let row = row(kind);
        assert_eq!(&row["subject"], subject, "{kind}");
        assert_eq!(row["actor"]["name"], who, "{kind}");
        assert_eq!(row["changes"][field], change, "{kind}");
    }
    let of_one = format!("{}?subject=deal:{id}", log_of(&owner.team));
    let of_one = self::rows(&app, &owner, &of_one).await;
    let mut kinds = texts(&of_one, "/type");
    kinds.sort_unstable();
    let expected = [
        "deal.created",
        "deal.deleted",
        "deal.status_changed",
        "deal.updated",
    ];
    assert_eq!(kinds, expected);
}

#[tokio::test]
async fn what_became_of_a_document_is_told_of_who_put_it_there_and_of_who_deleted_it() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let mia = owner.invite("Mia", "member").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    let added = documents::attach(&app, &mia, &deal, "Offer.pdf").await;
    let address = documents::path(&added);
    owner.delete(&address).await.expect(204);
    is_whole(&app, &owner).await;

    let rows = rows(&app, &owner, &log_of(&owner.team)).await;

    let of_document = json!({"kind": "document", "id": added["documentId"]});
    let of_document = rows.iter().filter(|row| row["subject"] == of_document);
    let mut told: Vec<_> = of_document
        .map(|row| {
            let (kind, who) = (&row["type"], &row["actor"]["name"]);
            json!([kind, who, row["changes"]["status"]])
        })
        .collect();
    told.sort_unstable_by_key(Value::to_string);
    assert_eq!(
        told,
        [
            json!(["document.announced", "Mia", {"to": "pending"}]),
            json!(["document.available", "Mia", {"from": "pending", "to": "available"}]),
            json!(["document.deleted", "Olive", {"from": "available", "to": "deleted"}]),
        ]
    );
}

#[tokio::test]
async fn what_concerns_no_team_is_in_a_chain_of_its_own() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    app.make_operator(&owner).await;
    owner
        .patch("/api/auth/me", json!({"name": "Olivia"}))
        .await
        .expect(200);

    let (first, rows) = walk(&app, &owner, "/api/admin/audit-logs?teamId=none", 100).await;

    assert!(
        texts(&rows, "/type").contains(&"user.registered"),
        "{rows:?}"
    );
    let renamed = rows
        .iter()
        .find(|row| row["type"] == "user.updated")
        .unwrap();
    assert_eq!(renamed["teamId"], Value::Null);
    assert_eq!(
        renamed["changes"],
        json!({"name": {"from": "Olive", "to": "Olivia"}})
    );
    assert!(verified(&rows, Some(first.header("x-audit-head"))).is_ok());
}

#[tokio::test]
async fn events_that_are_told_again_have_one_row() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    owner.lead("Ann", json!({})).await;
    app.settle().await;
    let before = is_whole(&app, &owner).await;
    let events = told_of(&app, &owner.team);

    for _ in 0..2 {
        app.host.queues.publish(&events).await.unwrap();
    }
    owner.lead("Bob", json!({})).await;
    app.settle().await;

    assert_eq!(is_whole(&app, &owner).await, before + 1);
}

#[tokio::test]
async fn an_event_that_comes_twice_in_a_batch_and_one_that_was_told_before_leave_the_rest_their_rows()
 {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    app.settle().await;
    let before = is_whole(&app, &owner).await;
    let events = made_up(&app, &owner.team, 5);
    assert_eq!(record(&app, &events[1..3]).await, 0);

    let batch = [&events[..], &events[..2]].concat();
    let failed = record(&app, &batch).await;

    assert_eq!(failed, 0);
    assert_eq!(is_whole(&app, &owner).await, before + 5);
}

#[tokio::test]
async fn a_late_event_is_listed_at_its_time_and_chained_where_it_came() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    app.settle().await;
    let events = made_up(&app, &owner.team, 2);
    record(&app, &events[1..]).await;

    record(&app, &events[..1]).await;

    let rows = rows(&app, &owner, &log_of(&owner.team)).await;
    let late = texts(&rows, "/id")
        .iter()
        .position(|id| *id == events[0].id.to_string());
    let late = late.unwrap();
    assert_eq!(rows[late - 1]["id"], events[1].id.to_string());
    assert_eq!(rows[late]["seq"], rows.len());
    is_whole(&app, &owner).await;
}

#[tokio::test]
async fn what_cannot_be_read_does_not_keep_others_of_its_batch_from_their_rows() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    app.settle().await;
    let before = is_whole(&app, &owner).await;
    let (_, jobs) = Router::new(plat_local::functions());
    let job = jobs.into_iter().find(is_audit).unwrap();
    let events = made_up(&app, &owner.team, 2);
    let mut batch: Vec<Delivery> = events
        .iter()
        .map(|event| Delivery {
            id: event.id.to_string(),
            payload: Payload::Message(plat_services::bus::detail(event).unwrap()),
        })
        .collect();
    let poison = Payload::Message("{}".to_owned());
    let id = "poison".to_owned();
    batch.insert(
        1,
        Delivery {
            id,
            payload: poison,
        },
    );

    let failed = job.run(&app.host.app, batch, None).await;

    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0].id, "poison");
    assert_eq!(is_whole(&app, &owner).await, before + 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_changes_at_once_make_one_chain() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    app.settle().await;
    let before = is_whole(&app, &owner).await;
    let changes = (0..200).map(|n| {
        let owner = &owner;
        async move { owner.lead(&format!("Lead {n}"), json!({})).await }
    });

    join_all(changes).await;

    assert_eq!(is_whole(&app, &owner).await, before + 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_of_one_chain_wait_for_each_other() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    app.settle().await;
    let before = is_whole(&app, &owner).await;
    let events = made_up(&app, &owner.team, 80);

    let failed = join_all(events.chunks(20).map(|events| record(&app, events))).await;

    assert_eq!(failed.iter().sum::<usize>(), 0);
    assert_eq!(is_whole(&app, &owner).await, before + 80);
}

#[tokio::test]
async fn whatever_is_lost_on_the_way_each_event_has_one_row() {
    let app = Started::default().with_proxy().start().await;
    let owner = app.owner("Olive").await;
    app.settle().await;
    let before = is_whole(&app, &owner).await;
    let events = made_up(&app, &owner.team, 30);
    let bad_days = [
        (FaultKind::LoseReply, 1),
        (FaultKind::LoseReply, 3),
        (FaultKind::LoseRequest, 3),
        (FaultKind::TransactionConflict, 4),
        (FaultKind::InternalError, 3),
        (FaultKind::Throttle, 3),
    ];

    for (events, (kind, times)) in events.chunks(5).zip(bad_days) {
        let told = kind.clone();
        let fault = Fault::once_on("TransactWriteItems", kind);
        app.faults().inject(Fault { times, ..fault });
        // What was not done is handed over again, as its queue would.
        let first = record(&app, events).await;
        app.faults().heal();
        let second = record(&app, events).await;
        assert_eq!(second, 0, "{told:?}, after {first} failed");
    }

    assert_eq!(is_whole(&app, &owner).await, before + 30);
}

#[tokio::test]
async fn a_batch_of_one_team_is_two_requests_and_few_units() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    app.settle().await;
    let team: TeamId = owner.team.parse().unwrap();
    let events = made_up(&app, &owner.team, 10);

    let chain = app.host.app.store.team(team).audit();
    let (written, cost) = plat_store::metered(Box::pin(chain.record(&events))).await;

    assert_eq!(written, Ok(()));
    // The head is read; each row costs two units and one in the index, and the head two once.
    assert_eq!(
        (cost.requests, cost.read_tenths, cost.write_tenths),
        (2, 10, 320)
    );
}

#[tokio::test]
async fn no_secret_is_in_the_log() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let mia = owner.invite("Mia", "member").await;
    let mut secrets: Vec<String> = [
        PASSWORD,
        "Another Moon 8",
        "argon2",
        "assword\"",
        "twoFactor",
    ]
    .map(str::to_owned)
    .into();
    for someone in [&owner, &mia] {
        secrets.extend([someone.token.clone(), someone.refresh.clone()]);
        let body = json!({"refreshToken": someone.refresh});
        let fresh = app.post("/api/auth/refresh", body).await.expect(200).json();
        secrets.push(fresh["refreshToken"].as_str().unwrap().to_owned());
    }
    let forgot = json!({"email": mia.email});
    app.post("/api/auth/forgot-password", forgot)
        .await
        .expect(202);
    for mail in app.mail_to(&mia.email).await {
        secrets.push(mailed_token(&mail.mail.text));
    }
    let reset = json!({"token": secrets.last(), "password": "Another Moon 8"});
    app.post("/api/auth/reset-password", reset)
        .await
        .expect(204);
    app.settle().await;

    let mut items = partition(&app, "AUDIT").await;
    items.extend(partition(&app, &format!("T#{}#AUDIT", owner.team)).await);
    items.extend(partition(&app, &format!("T#{}#AUDIT", mia.team)).await);

    let all = format!("{items:?}");
    for kind in [
        "user.registered",
        "user.password_changed",
        "session.started",
        "invitation.sent",
        "member.joined",
    ] {
        assert!(all.contains(kind), "nothing of {kind} was recorded");
    }
    for secret in secrets {
        assert!(!all.contains(&secret), "{secret}");
    }
    assert!(!all.contains("token.issued"));
}
