//! What documents are like after the network and DynamoDB had a bad day.

use super::support::{
    PDF, attach, counted, documents, key, next, path, pdf, put, read, status, told,
};
use crate::leads::support::{Dice, of_kind, table, walk};
use http::Method;
use jiff::SignedDuration;
use plat_testing::proxy::{Fault, FaultKind};
use plat_testing::{Answer, Someone, Started, TestApp};
use serde_json::{Value, json};

const WRITE: &str = "TransactWriteItems";

async fn start() -> TestApp {
    Started::default().with_proxy().start().await
}

fn times(operation: &'static str, kind: FaultKind, times: usize) -> Fault {
    Fault {
        times,
        ..Fault::once_on(operation, kind)
    }
}

async fn announce(owner: &Someone<'_>, deal: &Value, body: Value) -> Answer {
    owner
        .call(Method::POST, &documents(deal))
        .json(body)
        .idempotency_key("k1")
        .send()
        .await
}

#[tokio::test]
async fn an_announcement_that_is_repeated_is_answered_again_and_its_address_is_good() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    let first = announce(&owner, &deal, pdf("a.pdf", PDF)).await.expect(201);
    app.advance(SignedDuration::from_mins(14));

    let again = announce(&owner, &deal, pdf("a.pdf", PDF)).await.expect(201);

    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!((&again.text, again.header("etag")), (&first.text, "\"1\""));
    put(&app, &again.json(), PDF).await;
    assert_eq!(status(&owner, &again.json()).await.0, "available");
    assert_eq!(of_kind(&table(&app).await, "document").len(), 1);
}

#[tokio::test]
async fn an_announcement_whose_reply_was_lost_made_one_document() {
    let app = start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    app.faults().inject(times(WRITE, FaultKind::LoseReply, 3));
    announce(&owner, &deal, pdf("a.pdf", PDF)).await.expect(503);
    app.faults().heal();

    let announced = announce(&owner, &deal, pdf("a.pdf", PDF)).await;

    let announced = announced.expect(201).json();
    assert_eq!(of_kind(&table(&app).await, "file").len(), 1);
    put(&app, &announced, PDF).await;
    assert_eq!(counted(&owner, &deal).await, 1);
}

#[tokio::test]
async fn a_new_version_whose_reply_was_lost_is_one() {
    let app = start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    let first = attach(&app, &owner, &deal, "a.pdf").await;
    let second = next(&first, pdf("b.pdf", PDF));
    app.faults().inject(times(WRITE, FaultKind::LoseReply, 3));
    announce(&owner, &deal, second.clone()).await.expect(503);
    app.faults().heal();

    let announced = announce(&owner, &deal, second).await.expect(201).json();

    assert_eq!(announced["fileVersion"], 2);
    assert_eq!(of_kind(&table(&app).await, "file").len(), 2);
}

#[tokio::test]
async fn a_file_is_received_and_counted_once_whatever_goes_wrong() {
    for kind in [
        FaultKind::LoseReply,
        FaultKind::LoseRequest,
        FaultKind::Throttle,
        FaultKind::InternalError,
        FaultKind::TransactionConflict,
    ] {
        for times_wrong in [1, 4] {
            let app = start().await;
            let owner = app.owner("Olive").await;
            let deal = owner.deal("12 Elm St", json!({})).await;
            let announced = announce(&owner, &deal, pdf("a.pdf", PDF)).await;
            let announced = announced.expect(201).json();
            app.settle().await;
            app.faults().inject(times(WRITE, kind.clone(), times_wrong));

            put(&app, &announced, PDF).await;

            app.faults().heal();
            app.settle().await;
            assert_eq!(status(&owner, &announced).await.0, "available", "{kind:?}");
            assert_eq!(counted(&owner, &deal).await, 1, "{kind:?}");
            assert_eq!(told(&app), ["document.announced", "document.available"]);
        }
    }
}

#[tokio::test]
async fn a_deletion_whose_reply_was_lost_is_counted_once() {
    let app = start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    let announced = attach(&app, &owner, &deal, "a.pdf").await;
    attach(&app, &owner, &deal, "b.pdf").await;
    app.faults()
        .inject(Fault::once_on(WRITE, FaultKind::LoseReply));

    owner.delete(&path(&announced)).await.expect(204);

    assert_eq!(counted(&owner, &deal).await, 1);
}

#[tokio::test]
async fn whatever_goes_wrong_a_deal_counts_the_documents_that_are_available() {
    let app = start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    let mut dice = Dice::new(11);
    let kinds = [
        FaultKind::LoseReply,
        FaultKind::LoseRequest,
        FaultKind::Throttle,
        FaultKind::InternalError,
        FaultKind::TransactionConflict,
    ];
    let operations = [WRITE, "PutItem", "UpdateItem", "GetItem", "Query"];
    let mut announced: Vec<Value> = Vec::new();

    for n in 0..200 {
        app.faults().heal();
        app.faults().inject(Fault {
            skip: dice.below(3),
            ..times(
                operations[dice.below(5)],
                kinds[dice.below(5)].clone(),
                1 + dice.below(6),
            )
        });
        app.advance(SignedDuration::from_millis(1));
        let known = announced.get(dice.below(announced.len().max(1))).cloned();
        match (dice.below(7), known) {
            (0 | 1, Some(known)) => {
                app.upload(&known["upload"], PDF).await;
            }
            (2, Some(known)) => {
                owner.delete(&path(&known)).await;
            }
            (3, Some(known)) => {
                let threat = dice.chance(50).then_some("Worm");
                app.host.files.tell_scanned(&key(&known), threat).unwrap();
            }
            (4, Some(known)) => {
                app.host.files.tell_created(&key(&known), 5).unwrap();
            }
            (5, Some(known)) => {
                let body = next(&known, pdf("a.pdf", PDF));
                let answer = owner.post(&documents(&deal), body).await;
                if answer.status == 201 {
                    announced.push(answer.json());
                }
            }
            (_, _) => {
                let body = pdf(&format!("{n}.pdf"), PDF);
                let answer = owner.post(&documents(&deal), body).await;
                if answer.status == 201 {
                    announced.push(answer.json());
                }
            }
        }
        if dice.chance(40) {
            app.host.settle().await.unwrap();
        }
    }

    app.faults().heal();
    app.host.settle().await.unwrap();
    for job in ["documents.record_upload", "documents.record_scan"] {
        app.host.queues.redrive(job).unwrap();
    }
    app.host.settle().await.unwrap();
    let listed = walk(&owner, &documents(&deal), 20).await;
    let of = |status: &str| listed.iter().filter(|row| row["status"] == status).count();
    let (available, rejected) = (of("available"), of("rejected"));
    assert!(
        available > 0 && rejected > 0,
        "{available} {rejected} of {}",
        listed.len()
    );
    assert_eq!(
        counted(&owner, &deal).await,
        u64::try_from(available).unwrap()
    );
    for row in &listed {
        let document = read(&owner, &json!({"documentId": row["id"]})).await;
        let can_be_got = document["download"].is_object();
        assert_eq!(can_be_got, row["status"] == "available");
    }
}
