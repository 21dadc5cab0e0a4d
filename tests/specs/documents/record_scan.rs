//! The job `documents.record_scan`.

use super::support::{
    PDF, announce, attach, counted, key, next, path, pdf, put, read, status, told,
};
use plat_testing::{Someone, TestApp};
use serde_json::{Value, json};

async fn find(app: &TestApp, announced: &Value, threat: Option<&str>) {
    let told = app
        .host
        .files
        .tell_scanned(&key(announced), threat)
        .unwrap();
    assert_eq!(told, 1);
    app.settle().await;
}

async fn newest(who: &Someone<'_>, announced: &Value) -> Value {
    let versions = who.get(&format!("{}/versions", path(announced))).await;
    versions.expect(200).json()["items"][0].clone()
}

fn harmful() -> (String, Option<String>) {
    ("rejected".to_owned(), Some("harmful".to_owned()))
}

#[tokio::test]
async fn a_document_with_malware_is_withdrawn() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    let announced = attach(&app, &owner, &deal, "contract.pdf").await;

    find(&app, &announced, Some("EICAR-Test-File")).await;

    assert_eq!(status(&owner, &announced).await, harmful());
    assert_eq!(read(&owner, &announced).await["download"], Value::Null);
    assert_eq!(newest(&owner, &announced).await["download"], Value::Null);
    assert_eq!(newest(&owner, &announced).await["scan"], "threat");
    assert_eq!(counted(&owner, &deal).await, 0);
    assert_eq!(told(&app).last().unwrap(), "document.rejected");
}

#[tokio::test]
async fn a_document_with_malware_falls_back_to_the_version_before() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    let announced = attach(&app, &owner, &deal, "clean.pdf").await;
    let bad = [PDF, b"% bad\n"].concat();
    let again = announce(&owner, &deal, next(&announced, pdf("bad.pdf", &bad))).await;
    put(&app, &again, &bad).await;
    assert_eq!(read(&owner, &announced).await["fileName"], "bad.pdf");

    find(&app, &again, Some("Worm")).await;

    let document = read(&owner, &announced).await;
    assert_eq!(
        (
            &document["fileName"],
            &document["status"],
            &document["fileVersion"]
        ),
        (&json!("clean.pdf"), &json!("available"), &json!(1))
    );
    let got = app
        .download(document["download"]["url"].as_str().unwrap())
        .await;
    assert_eq!(got.bytes, PDF);
    assert_eq!(
        newest(&owner, &announced).await["reason"]["code"],
        "harmful"
    );
    assert_eq!(counted(&owner, &deal).await, 1);
}

#[tokio::test]
async fn malware_in_an_old_version_withdraws_that_alone() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    let announced = attach(&app, &owner, &deal, "old.pdf").await;
    let again = announce(&owner, &deal, next(&announced, pdf("new.pdf", PDF))).await;
    put(&app, &again, PDF).await;

    find(&app, &announced, Some("Worm")).await;

    assert_eq!(read(&owner, &announced).await["fileName"], "new.pdf");
    assert_eq!(counted(&owner, &deal).await, 1);
    let versions = owner.get(&format!("{}/versions", path(&announced))).await;
    assert_eq!(versions.json()["items"][1]["reason"]["code"], "harmful");
}

#[tokio::test]
async fn a_verdict_that_comes_before_the_file_is_known_of_holds() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    let announced = announce(&owner, &deal, pdf("contract.pdf", PDF)).await;

    find(&app, &announced, Some("Worm")).await;
    assert_eq!(status(&owner, &announced).await.0, "pending");
    put(&app, &announced, PDF).await;

    assert_eq!(status(&owner, &announced).await, harmful());
    assert_eq!(counted(&owner, &deal).await, 0);
}

#[tokio::test]
async fn a_clean_verdict_is_noted_and_changes_nothing_else() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    let announced = attach(&app, &owner, &deal, "contract.pdf").await;
    let before = read(&owner, &announced).await;

    find(&app, &announced, None).await;

    let after = read(&owner, &announced).await;
    assert_eq!(after["version"], before["version"]);
    assert_eq!(after["status"], "available");
    assert_eq!(newest(&owner, &announced).await["scan"], "clean");
    assert_eq!(told(&app).len(), 2);
}

#[tokio::test]
async fn a_verdict_that_comes_again_changes_nothing() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    let announced = attach(&app, &owner, &deal, "contract.pdf").await;

    for threat in [Some("Worm"), Some("Worm"), None] {
        find(&app, &announced, threat).await;
    }

    assert_eq!(status(&owner, &announced).await, harmful());
    assert_eq!(read(&owner, &announced).await["version"], 3);
    assert_eq!(counted(&owner, &deal).await, 0);
    assert_eq!(told(&app).len(), 3);
}

#[tokio::test]
async fn a_verdict_on_a_file_of_no_document_is_passed_over() {
    let app = TestApp::start().await;

    app.host
        .files
        .tell_scanned("documents/readme.txt", Some("Worm"))
        .unwrap();

    app.settle().await;
}

#[tokio::test]
async fn a_verdict_on_a_deleted_document_changes_nothing() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    let announced = attach(&app, &owner, &deal, "contract.pdf").await;
    owner.delete(&path(&announced)).await.expect(204);

    find(&app, &announced, Some("Worm")).await;

    assert_eq!(told(&app).last().unwrap(), "document.deleted");
    assert_eq!(counted(&owner, &deal).await, 0);
}
