//! The job `documents.expire_pending`.

use super::support::{
    PDF, again, announce, attach, counted, next, path, pdf, put, read, status, told,
};
use jiff::SignedDuration;
use plat_testing::proxy::{Fault, FaultKind};
use plat_testing::{Started, TestApp};
use serde_json::{Value, json};

const DAY: SignedDuration = SignedDuration::from_hours(24);

#[tokio::test]
async fn a_file_that_never_came_is_rejected_after_a_day() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    let announced = announce(&owner, &deal, pdf("contract.pdf", PDF)).await;

    // It was announced at 15:00; the job runs at 02:15.
    app.pass(DAY).await;
    let owner = again(&app, &owner).await;
    assert_eq!(status(&owner, &announced).await.0, "pending");
    app.pass(DAY).await;
    let owner = again(&app, &owner).await;

    let expired = ("rejected".to_owned(), Some("expired".to_owned()));
    assert_eq!(status(&owner, &announced).await, expired);
    assert_eq!(told(&app), ["document.announced", "document.rejected"]);
}

#[tokio::test]
async fn a_version_that_never_came_leaves_the_one_before() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    let announced = attach(&app, &owner, &deal, "contract.pdf").await;
    announce(&owner, &deal, next(&announced, pdf("signed.pdf", PDF))).await;

    app.pass(DAY).await;
    app.pass(DAY).await;

    let owner = again(&app, &owner).await;
    let document = read(&owner, &announced).await;
    assert_eq!(document["status"], "available");
    assert_eq!(document["pendingVersion"], Value::Null);
    let versions = owner.get(&format!("{}/versions", path(&announced))).await;
    assert_eq!(versions.json()["items"][0]["reason"]["code"], "expired");
}

#[tokio::test]
async fn days_on_which_the_job_did_not_run_are_made_up_for() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    app.pass(DAY).await;
    let mut announced = Vec::new();
    for _ in 0..5 {
        let owner = again(&app, &owner).await;
        announced.push(announce(&owner, &deal, pdf("contract.pdf", PDF)).await);
        app.advance(DAY);
    }

    app.pass(DAY).await;

    let owner = again(&app, &owner).await;
    for announced in &announced {
        assert_eq!(status(&owner, announced).await.0, "rejected");
    }
}

#[tokio::test]
async fn a_file_whose_notice_was_set_aside_is_received_instead() {
    let app = Started::default().with_proxy().start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    let announced = announce(&owner, &deal, pdf("contract.pdf", PDF)).await;
    app.settle().await;
    app.faults().inject(Fault {
        times: 1000,
        ..Fault::once_on("Query", FaultKind::InternalError)
    });
    assert_eq!(app.upload(&announced["upload"], PDF).await, 200);
    app.host.settle().await.unwrap();
    app.faults().heal();
    assert_eq!(app.host.queues.dead_letters().unwrap().len(), 1);
    assert_eq!(status(&owner, &announced).await.0, "pending");

    for _ in 0..2 {
        app.advance(DAY);
        app.host.tick().unwrap();
        app.host.settle().await.unwrap();
    }

    let owner = again(&app, &owner).await;
    assert_eq!(status(&owner, &announced).await.0, "available");
    app.host.queues.redrive("documents.record_upload").unwrap();
    app.settle().await;
    assert_eq!(counted(&owner, &deal).await, 1);
}

#[tokio::test]
async fn a_file_whose_document_was_deleted_is_left_alone() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    let announced = announce(&owner, &deal, pdf("contract.pdf", PDF)).await;
    owner.delete(&path(&announced)).await.expect(204);

    app.pass(DAY).await;
    app.pass(DAY).await;

    assert_eq!(told(&app), ["document.announced", "document.deleted"]);
}

#[tokio::test]
async fn what_came_in_time_stays() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    let announced = announce(&owner, &deal, pdf("contract.pdf", PDF)).await;
    app.advance(SignedDuration::from_mins(14));
    put(&app, &announced, PDF).await;

    app.pass(DAY).await;
    app.pass(DAY).await;

    let owner = again(&app, &owner).await;
    assert_eq!(status(&owner, &announced).await.0, "available");
}
