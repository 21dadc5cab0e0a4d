//! `GET /api/leads/imports/{importId}` and `GET /api/leads/imports`

use super::import_support::{import, send};
use plat_testing::TestApp;
use serde_json::json;

const FILE: &str = "Name,Email,Colour\nAnn,ann@example.com,red\n";

#[tokio::test]
async fn an_import_tells_how_far_it_is() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;

    let done = import(&app, &owner, FILE, json!({})).await;

    assert_eq!(done["status"], "completed");
    assert_eq!(done["fileName"], "leads.csv");
    assert_eq!(done["total"], 1);
    assert_eq!(
        (&done["encoding"], &done["delimiter"]),
        (&json!("UTF-8"), &json!(","))
    );
    assert_eq!(
        done["columns"],
        json!([
            {"name": "Name", "field": "name"},
            {"name": "Email", "field": "email"},
            {"name": "Colour", "field": "custom:Colour"},
        ])
    );
    assert!(done["result"]["url"].is_string() && done["failedRows"].is_null());
    assert!(done["undo"].is_null());
}

#[tokio::test]
async fn addresses_of_tables_are_made_anew_each_time() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let done = import(&app, &owner, FILE, json!({})).await;
    app.advance(jiff::SignedDuration::from_mins(10));

    let old = app.download(done["result"]["url"].as_str().unwrap()).await;
    let again = super::import_support::get(&owner, &done).await;
    let new = app.download(again["result"]["url"].as_str().unwrap()).await;

    assert_eq!((old.status, new.status), (403, 200));
    assert!(
        new.header("content-disposition")
            .contains("leads result.csv")
    );
}

#[tokio::test]
async fn nobody_sees_the_imports_of_another_team() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let done = import(&app, &owner, FILE, json!({})).await;

    let path = format!("/api/leads/imports/{}", done["id"].as_str().unwrap());
    other.get(&path).await.expect(404);
    let listed = other.get("/api/leads/imports").await.expect(200).json();
    assert_eq!(listed["items"], json!([]));
}

#[tokio::test]
async fn other_long_work_is_no_import() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let export = owner
        .post("/api/leads/export", json!({}))
        .await
        .expect(202)
        .json();

    let path = format!("/api/leads/imports/{}", export["id"].as_str().unwrap());

    owner.get(&path).await.expect(404);
    owner
        .post(&format!("{path}/undo"), json!({}))
        .await
        .expect(404);
}

#[tokio::test]
async fn imports_are_listed_latest_first() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    for name in ["a.csv", "b.csv", "c.csv"] {
        send(&app, &owner, FILE.as_bytes(), json!({"fileName": name})).await;
        app.advance(jiff::SignedDuration::from_secs(1));
    }
    app.settle().await;

    let rows = super::support::walk(&owner, "/api/leads/imports", 2).await;

    assert_eq!(
        super::support::texts(&rows, "fileName"),
        ["c.csv", "b.csv", "a.csv"]
    );
    assert!(rows.iter().all(|row| row["status"] == "completed"));
}
