//! `POST /api/leads/imports/{importId}/undo` and `leads.undo_rows`

use super::import_support::{get, import, lead, leads, send};
use super::support::{assert_whole, texts};
use plat_testing::TestApp;
use serde_json::{Value, json};

const FILE: &str = "Name,Email,Tags\n\
    Ann,ann@example.com,warm\nBob,bob@example.com,\nCy,,\nDi,di@example.com,warm\n";

fn undo(import: &Value) -> String {
    format!("/api/leads/imports/{}/undo", import["id"].as_str().unwrap())
}

#[tokio::test]
async fn what_it_made_goes_and_what_somebody_changed_stays() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    owner.lead("Eve", json!({"email": "eve@example.com"})).await;
    let done = import(&app, &owner, FILE, json!({"tags": ["march"]})).await;
    let bob = lead(&owner, "Bob").await;
    let path = format!("/api/leads/{}", bob["id"].as_str().unwrap());
    owner
        .patch(&path, json!({"company": "Ray Co"}))
        .await
        .expect(200);

    let begun = owner.post(&undo(&done), json!({})).await.expect(202);
    app.settle().await;

    assert_eq!(begun.json()["undo"]["status"], "running");
    let told = get(&owner, &done).await["undo"].clone();
    assert_eq!(
        told,
        json!({"status": "completed", "removed": 2, "left": 1})
    );
    assert_eq!(texts(&leads(&owner).await, "name"), ["Bob", "Eve"]);
    assert_whole(&app).await;
}

#[tokio::test]
async fn an_import_is_undone_once() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let done = import(&app, &owner, FILE, json!({})).await;

    for _ in 0..2 {
        owner.post(&undo(&done), json!({})).await.expect(202);
        app.settle().await;
    }

    let told = get(&owner, &done).await["undo"].clone();
    assert_eq!(
        told,
        json!({"status": "completed", "removed": 3, "left": 0})
    );
    assert_whole(&app).await;
}

#[tokio::test]
async fn what_was_undone_can_be_imported_again_and_restored() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let done = import(&app, &owner, FILE, json!({})).await;
    let ann = lead(&owner, "Ann").await;
    owner.post(&undo(&done), json!({})).await.expect(202);
    app.settle().await;

    let path = format!("/api/leads/{}/restore", ann["id"].as_str().unwrap());
    owner.post(&path, json!({})).await.expect(200);
    let again = import(&app, &owner, FILE, json!({})).await;

    assert_eq!(super::import_support::counts(&again), [2, 0, 1, 1]);
    assert_whole(&app).await;
}

#[tokio::test]
async fn an_import_that_is_not_over_is_not_undone() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let begun = send(&app, &owner, FILE.as_bytes(), json!({})).await;

    let answer = owner.post(&undo(&begun), json!({})).await.expect(409);

    assert!(answer.problem().contains("conflict"));
}

#[tokio::test]
async fn many_are_undone_slice_by_slice() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let mut file = "Name,Email\n".to_owned();
    for nth in 0..1_200 {
        file.push_str(&format!("Ann {nth},ann{nth}@example.com\n"));
    }
    let done = import(&app, &owner, &file, json!({})).await;

    owner.post(&undo(&done), json!({})).await.expect(202);
    app.settle().await;

    let told = get(&owner, &done).await["undo"].clone();
    assert_eq!(
        told,
        json!({"status": "completed", "removed": 1_200, "left": 0})
    );
    assert!(leads(&owner).await.is_empty());
    assert_whole(&app).await;
}
