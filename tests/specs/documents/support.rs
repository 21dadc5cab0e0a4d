//! What the specs of documents share: files, and the way from an announcement to a document.

use plat_testing::{PASSWORD, Someone, TestApp};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// A small file that every reader of PDF opens.
pub(crate) const PDF: &[u8] = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n\
    2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n";

/// The SHA-256 of some bytes in hexadecimal digits.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What is said of a file before it is put.
pub(crate) fn announcement(name: &str, content_type: &str, bytes: &[u8]) -> Value {
    json!({
        "fileName": name,
        "contentType": content_type,
        "size": bytes.len(),
        "sha256": sha256(bytes),
    })
}

/// The same of a PDF.
pub(crate) fn pdf(name: &str, bytes: &[u8]) -> Value {
    announcement(name, "application/pdf", bytes)
}

/// The same of a new version.
pub(crate) fn next(announced: &Value, mut announcement: Value) -> Value {
    announcement["documentId"] = announced["documentId"].clone();
    announcement
}

/// The documents of a deal.
pub(crate) fn documents(deal: &Value) -> String {
    format!("/api/deals/{}/documents", deal["id"].as_str().unwrap())
}

/// Announces a file of a deal.
pub(crate) async fn announce(who: &Someone<'_>, deal: &Value, announcement: Value) -> Value {
    who.post(&documents(deal), announcement)
        .await
        .expect(201)
        .json()
}

/// Puts a file as the reply to its announcement said, and lets the jobs follow.
pub(crate) async fn put(app: &TestApp, announced: &Value, bytes: &[u8]) {
    assert_eq!(app.upload(&announced["upload"], bytes.to_vec()).await, 200);
    app.settle().await;
}

/// Attaches a PDF to a deal; what its announcement was answered.
pub(crate) async fn attach(app: &TestApp, who: &Someone<'_>, deal: &Value, name: &str) -> Value {
    let announced = announce(who, deal, pdf(name, PDF)).await;
    put(app, &announced, PDF).await;
    announced
}

/// Where the document of an announcement is.
pub(crate) fn path(announced: &Value) -> String {
    let id = announced["documentId"].as_str().unwrap();
    format!("/api/documents/{id}")
}

/// The document of an announcement.
pub(crate) async fn read(who: &Someone<'_>, announced: &Value) -> Value {
    who.get(&path(announced)).await.expect(200).json()
}

/// Its status, and why it was rejected.
pub(crate) async fn status(who: &Someone<'_>, announced: &Value) -> (String, Option<String>) {
    let document = read(who, announced).await;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    (
        text(&document["status"]).unwrap(),
        text(&document["reason"]["code"]),
    )
}

/// The same person with a new token, after a quarter of an hour or more.
pub(crate) async fn again<'a>(app: &'a TestApp, who: &Someone<'_>) -> Someone<'a> {
    let login = json!({"email": who.email, "password": PASSWORD});
    let reply = app.post("/api/auth/login", login).await.expect(200);
    Someone::signed_in(app, &reply.json())
}

/// How many documents a deal says that it has.
pub(crate) async fn counted(who: &Someone<'_>, deal: &Value) -> u64 {
    let path = format!("/api/deals/{}", deal["id"].as_str().unwrap());
    let deal = who.get(&path).await.expect(200).json();
    deal["documents"].as_u64().unwrap()
}

/// Under which key a file is put.
pub(crate) fn key(announced: &Value) -> String {
    let url = announced["upload"]["url"].as_str().unwrap();
    let (_, key) = url
        .split('?')
        .next()
        .unwrap()
        .split_once("/documents/")
        .unwrap();
    format!("documents/{key}")
}

/// Puts bytes under the key of an announcement that are not what was announced, as nobody can through its address.
pub(crate) async fn smuggle(app: &TestApp, announced: &Value, bytes: &[u8]) {
    use plat_services::Files;
    let other = plat_services::files::Announced {
        key: key(announced),
        content_type: "application/pdf".to_owned(),
        size: bytes.len().try_into().unwrap(),
        sha256: Some(sha256(bytes)),
    };
    let signed = app.host.files.presign_upload(&other, app.now()).await;
    let signed = signed.unwrap();
    let headers = json!(signed.headers);
    let upload = json!({"method": signed.method, "url": signed.url, "headers": headers});
    assert_eq!(app.upload(&upload, bytes.to_vec()).await, 200);
    app.settle().await;
}

/// The types of the events that were told of documents, oldest first.
pub(crate) fn told(app: &TestApp) -> Vec<String> {
    let events = app.host.queues.published();
    let of_documents = events
        .iter()
        .filter(|event| event.fact.document().is_some());
    of_documents
        .map(|event| event.fact.kind().to_string())
        .collect()
}
