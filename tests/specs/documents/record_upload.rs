//! The job `documents.record_upload`.

use super::support::{
    PDF, again, announce, announcement, attach, counted, key, path, pdf, put, read, smuggle,
    status, told,
};
use crate::leads::support::{of_kind, table, text};
use jiff::SignedDuration;
use plat_testing::TestApp;
use serde_json::{Value, json};

const PDF_NAME: &str = "contract.pdf";

/// The jobs that set work aside, after they worked what there is.
async fn set_aside(app: &TestApp) -> Vec<String> {
    app.host.settle().await.unwrap();
    let dead = app.host.queues.dead_letters().unwrap().into_iter();
    dead.map(|letter| letter.job).collect()
}

#[tokio::test]
async fn a_file_that_is_what_was_announced_becomes_available_and_counts() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;

    attach(&app, &owner, &deal, PDF_NAME).await;

    assert_eq!(counted(&owner, &deal).await, 1);
    assert_eq!(told(&app), ["document.announced", "document.available"]);
    let events = app.host.queues.published();
    let available = events
        .iter()
        .find(|event| event.fact.kind().as_str() == "document.available");
    let event = serde_json::to_value(available.unwrap()).unwrap();
    assert_eq!(event["actor"], json!({"id": owner.id, "name": "Olive"}));
    assert_eq!(event["subject"]["version"], 2);
    assert_eq!(
        event["data"],
        json!({
            "record": {"kind": "deal", "id": deal["id"]}, "fileName": PDF_NAME, "version": 1, "size": PDF.len(),
        })
    );
    assert_eq!(
        event["changes"],
        json!({"status": {"from": "pending", "to": "available"}})
    );
}

#[tokio::test]
async fn a_file_that_is_not_what_was_announced_is_rejected_with_the_reason() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    let mut other = PDF.to_vec();
    other[20] ^= 1;
    for (bytes, reason) in [
        (&other[..], "wrong_hash"),
        (&[PDF, b"\n"].concat(), "wrong_size"),
        (&PDF[1..], "wrong_size"),
    ] {
        let announced = announce(&owner, &deal, pdf(PDF_NAME, PDF)).await;

        smuggle(&app, &announced, bytes).await;

        let expected = ("rejected".to_owned(), Some(reason.to_owned()));
        assert_eq!(status(&owner, &announced).await, expected);
        let document = read(&owner, &announced).await;
        assert_eq!(document["download"], Value::Null);
        assert!(
            document["reason"]["detail"]
                .as_str()
                .unwrap()
                .ends_with('.')
        );
    }
    assert_eq!(counted(&owner, &deal).await, 0);
    assert_eq!(told(&app).last().unwrap(), "document.rejected");
}

#[tokio::test]
async fn a_file_that_only_pretends_to_be_of_its_type_is_rejected() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
    for (name, kind, bytes) in [
        (
            "a.pdf",
            "application/pdf",
            &b"<!DOCTYPE html><script>alert(1)</script>"[..],
        ),
        (
            "a.pdf",
            "application/pdf",
            b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0",
        ),
        (
            "a.png",
            "image/png",
            b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>",
        ),
        ("a.docx", DOCX, b"PK\x03\x04\x14\0\0\0\0\0"),
        ("a.jpg", "image/jpeg", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
        ("a.txt", "text/plain", b"<html><body onload=alert(1)>"),
        ("a.csv", "text/csv", b"a,b\0c"),
    ] {
        let announced = announce(&owner, &deal, announcement(name, kind, bytes)).await;

        put(&app, &announced, bytes).await;

        let expected = ("rejected".to_owned(), Some("wrong_type".to_owned()));
        assert_eq!(status(&owner, &announced).await, expected, "{name}");
    }
    assert_eq!(counted(&owner, &deal).await, 0);
}

#[tokio::test]
async fn what_an_address_was_not_signed_for_changes_nothing() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    let announced = announce(&owner, &deal, pdf(PDF_NAME, PDF)).await;
    let upload = &announced["upload"];
    let mut other = PDF.to_vec();
    other[20] ^= 1;
    let mut html = upload.clone();
    html["headers"]["content-type"] = json!("text/html");
    let mut elsewhere = upload.clone();
    let id = announced["documentId"].as_str().unwrap();
    let url = upload["url"].as_str().unwrap();
    elsewhere["url"] = json!(url.replace(id, "01ARZ3NDEKTSV4RRFFQ69G5FAV"));

    for (upload, bytes) in [
        (upload, other),
        (upload, [PDF, b"\n"].concat()),
        (&html, PDF.to_vec()),
        (&elsewhere, PDF.to_vec()),
    ] {
        let refused = app.upload(upload, bytes).await;
        assert!((400..500).contains(&refused), "{refused}");
    }
    app.advance(SignedDuration::from_mins(15));
    assert_eq!(app.upload(upload, PDF).await, 403);
    app.settle().await;

    let owner = again(&app, &owner).await;
    assert_eq!(status(&owner, &announced).await.0, "pending");
    assert_eq!(app.host.files.list().unwrap(), []);
}

#[tokio::test]
async fn a_notice_that_comes_again_changes_nothing() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    let announced = attach(&app, &owner, &deal, PDF_NAME).await;
    let before = read(&owner, &announced).await;

    for _ in 0..3 {
        app.advance(SignedDuration::from_secs(10));
        let told = app.host.files.tell_created(&key(&announced), 5).unwrap();
        assert_eq!(told, 1);
    }
    app.settle().await;

    let after = read(&owner, &announced).await;
    assert_eq!(after["version"], before["version"]);
    assert_eq!(counted(&owner, &deal).await, 1);
    assert_eq!(told(&app).len(), 2);
}

#[tokio::test]
async fn a_file_that_is_put_again_changes_nothing() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    let announced = attach(&app, &owner, &deal, PDF_NAME).await;

    put(&app, &announced, PDF).await;

    assert_eq!(read(&owner, &announced).await["version"], 2);
    assert_eq!(counted(&owner, &deal).await, 1);
}

#[tokio::test]
async fn a_file_of_no_document_is_passed_over() {
    let app = TestApp::start().await;
    let id = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
    for key in [
        "documents/readme.txt".to_owned(),
        format!("documents/{id}/{id}"),
        format!("documents/{id}/{id}/{id}/{id}"),
        format!("documents/{id}/../{id}"),
    ] {
        assert_eq!(app.host.files.tell_created(&key, 5).unwrap(), 1, "{key}");
    }

    assert!(set_aside(&app).await.is_empty());
}

#[tokio::test]
async fn a_notice_that_comes_before_its_record_is_tried_again_and_then_set_aside() {
    let app = TestApp::start().await;
    let id = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
    let key = format!("documents/{id}/{id}/{id}");
    app.host.files.tell_created(&key, 5).unwrap();

    assert_eq!(set_aside(&app).await, ["documents.record_upload"]);
}

#[tokio::test]
async fn a_notice_of_a_file_that_is_not_there_changes_nothing() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    let announced = announce(&owner, &deal, pdf(PDF_NAME, PDF)).await;

    app.host.files.tell_created(&key(&announced), 5).unwrap();
    app.settle().await;

    assert_eq!(status(&owner, &announced).await.0, "pending");
}

#[tokio::test]
async fn a_document_of_a_lead_is_available_without_a_count() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", json!({})).await;
    let mut body = pdf(PDF_NAME, PDF);
    body["leadId"] = lead["id"].clone();
    let announced = owner.post("/api/documents/presigned-url", body).await;
    let announced = announced.expect(201).json();

    put(&app, &announced, PDF).await;

    assert_eq!(status(&owner, &announced).await.0, "available");
}

#[tokio::test]
async fn a_file_of_a_deal_that_was_deleted_meanwhile_does_no_harm() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    let announced = announce(&owner, &deal, pdf(PDF_NAME, PDF)).await;
    let deal = format!("/api/deals/{}", deal["id"].as_str().unwrap());
    owner.delete(&deal).await.expect(204);

    put(&app, &announced, PDF).await;

    owner.get(&path(&announced)).await.expect(404);
    let items = table(&app).await;
    let deals = of_kind(&items, "deal");
    assert_eq!(deals[0]["version"].as_n().unwrap(), "2");
    assert_eq!(text(of_kind(&items, "document")[0], "status"), "available");
}
