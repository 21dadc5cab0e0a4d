//! `GET /api/documents/{documentId}`

use super::support::{PDF, announce, attach, path, pdf, read, sha256};
use jiff::SignedDuration;
use plat_testing::TestApp;
use serde_json::{Value, json};

#[tokio::test]
async fn a_document_tells_what_it_is_and_how_to_download_it() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    let announced = attach(&app, &owner, &deal, "Contract.PDF").await;

    let found = owner.get(&path(&announced)).await.expect(200);

    let at = "2026-03-02T15:00:00Z";
    let document = found.json();
    let download = &document["download"];
    assert_eq!(
        document,
        json!({
            "id": announced["documentId"], "record": {"kind": "deal", "id": deal["id"]},
            "fileName": "Contract.PDF", "contentType": "application/pdf", "size": PDF.len(), "sha256": sha256(PDF),
            "status": "available", "reason": null, "fileVersion": 1, "pendingVersion": null, "version": 2,
            "createdBy": {"id": owner.id, "name": "Olive"}, "createdAt": at, "updatedAt": at,
            "download": {
                "method": "GET", "url": download["url"], "headers": {}, "expiresAt": "2026-03-02T15:05:00Z",
            },
        })
    );
    assert_eq!(found.header("etag"), "\"2\"");
    let got = app.download(download["url"].as_str().unwrap()).await;
    assert_eq!((got.status, &got.bytes[..]), (200, PDF));
    assert_eq!(got.header("content-type"), "application/pdf");
}

#[tokio::test]
async fn a_document_is_kept_under_its_name_whatever_that_is() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    let long = format!("{}.pdf", "\u{1f3e1}".repeat(251));
    for (name, plain, encoded) in [
        ("a \"b\"; c.pdf", "a _b_; c.pdf", "a%20%22b%22%3B%20c.pdf"),
        ("50% off.pdf", "50_ off.pdf", "50%25%20off.pdf"),
        ("\u{1f3e1}.pdf", "_.pdf", "%F0%9F%8F%A1.pdf"),
        (
            long.as_str(),
            &format!("{}.pdf", "_".repeat(251)),
            &format!("{}.pdf", "%F0%9F%8F%A1".repeat(251)),
        ),
    ] {
        let announced = attach(&app, &owner, &deal, name).await;
        let document = read(&owner, &announced).await;

        let url = document["download"]["url"].as_str().unwrap();
        let got = app.download(url).await;

        assert_eq!((got.status, &got.bytes[..]), (200, PDF), "{name}");
        assert_eq!(
            got.header("content-disposition"),
            format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
        );
    }
}

#[tokio::test]
async fn an_address_to_download_from_is_good_for_five_minutes() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    let announced = attach(&app, &owner, &deal, "contract.pdf").await;
    let url = read(&owner, &announced).await["download"]["url"].clone();
    let url = url.as_str().unwrap();

    app.advance(SignedDuration::from_secs(299));
    assert_eq!(app.download(url).await.status, 200);
    app.advance(SignedDuration::from_secs(1));
    assert_eq!(app.download(url).await.status, 403);

    let url = read(&owner, &announced).await["download"]["url"].clone();
    assert_eq!(app.download(url.as_str().unwrap()).await.status, 200);
}

#[tokio::test]
async fn a_document_that_is_awaited_cannot_be_downloaded() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    let announced = announce(&owner, &deal, pdf("contract.pdf", PDF)).await;

    let document = read(&owner, &announced).await;

    assert_eq!(document["status"], "pending");
    assert_eq!(document["pendingVersion"], 1);
    assert_eq!(document["download"], Value::Null);
}

#[tokio::test]
async fn a_document_of_another_team_is_absent() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let deal = owner.deal("12 Elm St", json!({})).await;
    let announced = attach(&app, &owner, &deal, "contract.pdf").await;

    let foreign = other.get(&path(&announced)).await;

    let unknown = "/api/documents/01ARZ3NDEKTSV4RRFFQ69G5FAV";
    assert_eq!(
        (foreign.status, foreign.text),
        (404, other.get(unknown).await.text)
    );
}

#[tokio::test]
async fn documents_go_with_a_deal_that_is_deleted() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    let announced = attach(&app, &owner, &deal, "contract.pdf").await;
    let deal = format!("/api/deals/{}", deal["id"].as_str().unwrap());

    owner.delete(&deal).await.expect(204);

    owner.get(&path(&announced)).await.expect(404);
    let versions = format!("{}/versions", path(&announced));
    owner.get(&versions).await.expect(404);
    owner.delete(&path(&announced)).await.expect(404);
}
