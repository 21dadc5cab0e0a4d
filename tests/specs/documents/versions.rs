//! `GET /api/documents/{documentId}/versions`

use super::support::{
    PDF, announce, announcement, attach, counted, documents, next, path, pdf, put, read, smuggle,
};
use crate::leads::support::walk;
use jiff::SignedDuration;
use plat_testing::TestApp;
use serde_json::{Value, json};

/// Another PDF.
fn second() -> Vec<u8> {
    [PDF, b"% signed\n"].concat()
}

#[tokio::test]
async fn each_version_is_listed_and_can_be_downloaded() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let mia = owner.invite("Mia", "member").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    let announced = attach(&app, &owner, &deal, "draft.pdf").await;
    app.advance(SignedDuration::from_mins(1));
    let again = announce(&mia, &deal, next(&announced, pdf("signed.pdf", &second()))).await;
    assert_eq!(
        (&again["fileVersion"], &again["version"]),
        (&json!(2), &json!(3))
    );
    app.advance(SignedDuration::from_mins(1));
    put(&app, &again, &second()).await;

    let versions = walk(&owner, &format!("{}/versions", path(&announced)), 1).await;

    let told = versions.iter().map(|version| {
        let mut version = version.clone();
        let url = version["download"]["url"].take();
        (version, url.as_str().unwrap().to_owned())
    });
    let told: Vec<(Value, String)> = told.collect();
    let (newest, url) = &told[0];
    assert_eq!(
        *newest,
        json!({
            "fileVersion": 2, "fileName": "signed.pdf", "contentType": "application/pdf", "size": second().len(),
            "sha256": super::support::sha256(&second()), "status": "available", "reason": null, "scan": null,
            "uploadedBy": {"id": mia.id, "name": "Mia"}, "announcedAt": "2026-03-02T15:01:00Z",
            "uploadedAt": "2026-03-02T15:02:00Z",
            "download": {"method": "GET", "url": null, "headers": {}, "expiresAt": "2026-03-02T15:07:00Z"},
        })
    );
    assert_eq!(app.download(url).await.bytes, second());
    let (oldest, url) = &told[1];
    assert_eq!(oldest["fileName"], "draft.pdf");
    assert_eq!(app.download(url).await.bytes, PDF);
    assert_eq!(told.len(), 2);
}

#[tokio::test]
async fn a_document_shows_the_version_before_until_the_new_one_is_there() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    let announced = attach(&app, &owner, &deal, "draft.pdf").await;

    let again = announce(
        &owner,
        &deal,
        next(&announced, pdf("signed.pdf", &second())),
    )
    .await;

    let meanwhile = read(&owner, &announced).await;
    assert_eq!(
        (
            &meanwhile["fileName"],
            &meanwhile["pendingVersion"],
            &meanwhile["status"]
        ),
        (&json!("draft.pdf"), &json!(2), &json!("available"))
    );
    put(&app, &again, &second()).await;
    let after = read(&owner, &announced).await;
    assert_eq!(
        (
            &after["fileName"],
            &after["fileVersion"],
            &after["pendingVersion"]
        ),
        (&json!("signed.pdf"), &json!(2), &Value::Null)
    );
    assert_eq!(counted(&owner, &deal).await, 1);
}

#[tokio::test]
async fn a_version_that_is_rejected_leaves_the_one_before() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    let announced = attach(&app, &owner, &deal, "draft.pdf").await;
    let again = announce(
        &owner,
        &deal,
        next(&announced, pdf("signed.pdf", &second())),
    )
    .await;

    smuggle(&app, &again, b"%PDF-1.4 something else").await;

    let after = read(&owner, &announced).await;
    assert_eq!(
        (&after["fileName"], &after["status"], &after["reason"]),
        (&json!("draft.pdf"), &json!("available"), &Value::Null)
    );
    assert_ne!(after["download"], Value::Null);
    let versions = owner.get(&format!("{}/versions", path(&announced))).await;
    let newest = &versions.expect(200).json()["items"][0];
    assert_eq!(newest["reason"]["code"], "wrong_size");
    assert_eq!(newest["download"], Value::Null);
    assert_eq!(counted(&owner, &deal).await, 1);
}

#[tokio::test]
async fn versions_may_come_in_another_order_than_they_were_announced() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    let one = announce(&owner, &deal, pdf("one.pdf", PDF)).await;
    let two = announce(&owner, &deal, next(&one, pdf("two.pdf", &second()))).await;

    put(&app, &two, &second()).await;
    put(&app, &one, PDF).await;

    let document = read(&owner, &one).await;
    assert_eq!(document["fileName"], "two.pdf");
    assert_eq!(counted(&owner, &deal).await, 1);
}

#[tokio::test]
async fn a_version_may_be_of_another_type() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    let announced = attach(&app, &owner, &deal, "list.pdf").await;
    let csv = b"street,price\n12 Elm St,185000\n";

    let again = next(&announced, announcement("list.csv", "text/csv", csv));
    let again = announce(&owner, &deal, again).await;
    put(&app, &again, csv).await;

    let document = read(&owner, &announced).await;
    assert_eq!(document["contentType"], "text/csv");
    let got = app
        .download(document["download"]["url"].as_str().unwrap())
        .await;
    assert_eq!(
        (got.header("content-type"), &got.bytes[..]),
        ("text/csv", &csv[..])
    );
}

#[tokio::test]
async fn a_document_has_at_most_100_versions() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    let announced = announce(&owner, &deal, pdf("contract.pdf", PDF)).await;
    for _ in 1..100 {
        announce(&owner, &deal, next(&announced, pdf("contract.pdf", PDF))).await;
    }

    let more = next(&announced, pdf("contract.pdf", PDF));
    let refused = owner.post(&documents(&deal), more).await.expect(409);

    assert_eq!(refused.problem(), "limit-reached");
    let versions = format!("{}/versions", path(&announced));
    assert_eq!(walk(&owner, &versions, 30).await.len(), 100);
}

#[tokio::test]
async fn the_versions_of_another_teams_document_are_absent() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let deal = owner.deal("12 Elm St", json!({})).await;
    let announced = attach(&app, &owner, &deal, "contract.pdf").await;

    let foreign = other.get(&format!("{}/versions", path(&announced))).await;

    let unknown = "/api/documents/01ARZ3NDEKTSV4RRFFQ69G5FAV/versions";
    assert_eq!(
        (foreign.status, foreign.text),
        (404, other.get(unknown).await.text)
    );
}
