//! `POST /api/deals/{dealId}/documents`

use crate::documents::support::{
    PDF, announcement, attach, documents, path, pdf, put, read, sha256,
};
use crate::leads::support::{of_kind, table};
use plat_testing::{Started, TestApp};
use serde_json::{Value, json};

#[tokio::test]
async fn an_announced_file_is_put_with_exactly_what_the_reply_says_and_got_as_it_was() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;

    let reply = owner
        .post(&documents(&deal), pdf(" contract.pdf ", PDF))
        .await;
    let reply = reply.expect(201);

    let announced = reply.json();
    let upload = &announced["upload"];
    assert_eq!(
        announced,
        json!({
            "documentId": announced["documentId"], "fileVersion": 1, "version": 1,
            "upload": {
                "method": "PUT", "url": upload["url"], "headers": upload["headers"],
                "expiresAt": "2026-03-02T15:15:00Z",
            },
        })
    );
    assert_eq!(reply.header("location"), path(&announced));
    assert_eq!(reply.header("etag"), "\"1\"");
    let url = upload["url"].as_str().unwrap();
    assert!(
        !url.contains("contract"),
        "the name is no part of the key: {url}"
    );
    put(&app, &announced, PDF).await;
    let document = read(&owner, &announced).await;
    assert_eq!(document["fileName"], "contract.pdf");
    let got = app
        .download(document["download"]["url"].as_str().unwrap())
        .await;
    assert_eq!(got.bytes, PDF);
}

#[tokio::test]
async fn everything_that_is_wrong_is_told_at_once() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    let with = |field: &str, value: Value| {
        let mut body = pdf("contract.pdf", PDF);
        body[field] = value;
        body
    };
    let long = "x".repeat(300) + ".pdf";
    for (body, expected) in [
        (with("fileName", json!("")), "/fileName required"),
        (with("fileName", json!(long)), "/fileName too_long"),
        (with("fileName", json!("../../x.pdf")), "/fileName has_path"),
        (
            with("fileName", json!("a\r\nb: c.pdf")),
            "/fileName control_character",
        ),
        (
            with("fileName", json!("\u{202e}fdp.exe.pdf")),
            "/fileName control_character",
        ),
        (
            with("fileName", json!("contract.exe")),
            "/fileName wrong_extension",
        ),
        (
            with("contentType", json!("text/html")),
            "/contentType invalid_choice",
        ),
        (
            with("contentType", json!("image/png")),
            "/fileName wrong_extension",
        ),
        (with("size", json!(0)), "/size too_small"),
        (with("size", json!(52_428_801)), "/size too_large"),
        (with("size", json!("5")), "/size invalid_type"),
        (with("sha256", json!("abc")), "/sha256 invalid_sha256"),
        (with("documentId", json!("abc")), "/documentId invalid_id"),
        (with("key", json!("documents/x")), "/key unknown_field"),
    ] {
        let refused = owner.post(&documents(&deal), body).await.expect(422);
        assert_eq!(refused.field_errors(), [expected]);
    }
    let refused = owner
        .post(&documents(&deal), json!({"fileName": "", "size": 0}))
        .await
        .expect(422);
    assert_eq!(
        refused.field_errors(),
        [
            "/contentType required",
            "/fileName required",
            "/sha256 required",
            "/size too_small",
        ]
    );
    assert!(of_kind(&table(&app).await, "document").is_empty());
}

#[tokio::test]
async fn the_largest_file_that_is_taken_has_50_mib() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    let mut large = PDF.to_vec();
    large.resize(50 * 1024 * 1024, b'\n');
    let body = pdf("large.pdf", &large);

    let announced = owner.post(&documents(&deal), body).await.expect(201).json();
    put(&app, &announced, &large).await;

    let document = read(&owner, &announced).await;
    assert_eq!(
        (&document["status"], &document["size"]),
        (&json!("available"), &json!(52_428_800))
    );
    assert_eq!(document["sha256"], sha256(&large));
}

#[tokio::test]
async fn a_hash_may_be_written_in_capitals() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    let mut body = pdf("contract.pdf", PDF);
    body["sha256"] = json!(sha256(PDF).to_uppercase());

    let announced = owner.post(&documents(&deal), body).await.expect(201).json();
    put(&app, &announced, PDF).await;

    assert_eq!(read(&owner, &announced).await["status"], "available");
}

#[tokio::test]
async fn each_type_that_is_taken_can_be_attached() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    for (name, kind, bytes) in [
        (
            "a.png",
            "image/png",
            &b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01"[..],
        ),
        (
            "a.jpeg",
            "image/jpeg",
            b"\xff\xd8\xff\xe0\0\x10JFIF\0\xff\xd9",
        ),
        (
            "a.webp",
            "image/webp",
            b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\0",
        ),
        (
            "a.heic",
            "image/heic",
            b"\0\0\0\x18ftypheic\0\0\0\0mif1heic\0\0\0\x08mdat",
        ),
        ("a.csv", "text/csv", "Stra\u{df}e;Preis\n".as_bytes()),
        ("a.txt", "text/plain", b"Call Jos\xe9"),
    ] {
        let body = announcement(name, kind, bytes);
        let announced = owner.post(&documents(&deal), body).await.expect(201).json();

        put(&app, &announced, bytes).await;

        let document = read(&owner, &announced).await;
        assert_eq!(document["status"], "available", "{name}");
        let got = app
            .download(document["download"]["url"].as_str().unwrap())
            .await;
        assert_eq!((got.header("content-type"), &got.bytes[..]), (kind, bytes));
    }
}

#[tokio::test]
async fn a_file_is_announced_with_one_transaction_and_no_read() {
    let app = Started::default().with_proxy().start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    app.faults().clear_seen();

    owner
        .post(&documents(&deal), pdf("a.pdf", PDF))
        .await
        .expect(201);

    let asked: Vec<_> = app
        .faults()
        .seen()
        .into_iter()
        .map(|request| request.operation)
        .collect();
    assert_eq!(asked, ["UpdateItem", "TransactWriteItems"]);
}

#[tokio::test]
async fn a_deal_of_another_team_takes_no_document() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let deal = owner.deal("12 Elm St", json!({})).await;
    let announced = attach(&app, &owner, &deal, "contract.pdf").await;
    let unknown = json!({"id": "01ARZ3NDEKTSV4RRFFQ69G5FAV"});
    let body = pdf("contract.pdf", PDF);

    let foreign = other.post(&documents(&deal), body.clone()).await;

    let absent = other.post(&documents(&unknown), body.clone()).await;
    assert_eq!((foreign.status, foreign.text), (404, absent.text));
    let own = other.deal("14 Elm St", json!({})).await;
    let mut body = body;
    body["documentId"] = announced["documentId"].clone();
    let refused = other.post(&documents(&own), body).await.expect(422);
    assert_eq!(refused.field_errors(), ["/documentId reference_not_found"]);
}

#[tokio::test]
async fn an_assistant_attaches_nothing() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    let assistant = owner.invite("Ali", "assistant").await;

    let refused = assistant.post(&documents(&deal), pdf("a.pdf", PDF)).await;

    assert_eq!(refused.expect(403).problem(), "forbidden");
}
