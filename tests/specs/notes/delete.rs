//! `DELETE /api/notes/{noteId}`

use super::{note_by, note_on_deal};
use crate::leads::support::{of_kind, table};
use http::Method;
use plat_testing::TestApp;
use serde_json::json;

#[tokio::test]
async fn a_deleted_note_is_gone() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let note = note_by(&owner, "Ann").await;
    let lead = owner.get("/api/leads").await.json()["items"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();

    owner.delete(&note).await.expect(204);

    assert_eq!(
        owner.get(&format!("/api/leads/{lead}/notes")).await.json()["items"],
        json!([])
    );
    owner.delete(&note).await.expect(404);
    owner
        .patch(&note, json!({"content": "X"}))
        .await
        .expect(404);
}

#[tokio::test]
async fn a_member_deletes_their_own_notes_and_a_manager_any() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let mia = owner.invite("Mia", "member").await;
    let ned = owner.invite("Ned", "member").await;
    let manager = owner.invite("Max", "manager").await;
    let (first, second) = (note_by(&mia, "Ann").await, note_by(&mia, "Bob").await);

    assert_eq!(ned.delete(&first).await.expect(403).problem(), "forbidden");
    mia.delete(&first).await.expect(204);
    manager.delete(&second).await.expect(204);
}

#[tokio::test]
async fn stale_versions_and_foreign_notes_are_refused() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let note = note_by(&owner, "Ann").await;
    let delete = |version: u64| owner.call(Method::DELETE, &note).if_match(version).send();

    let foreign = other.delete(&note).await;
    let unknown = other.delete("/api/notes/01ARZ3NDEKTSV4RRFFQ69G5FAV").await;

    assert_eq!((foreign.status, foreign.text), (404, unknown.text));
    assert_eq!(delete(2).await.expect(412).json()["currentVersion"], 1);
    delete(1).await.expect(204);
}

#[tokio::test]
async fn a_deleted_note_on_a_deal_is_gone() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let mia = owner.invite("Mia", "member").await;
    let note = note_on_deal(&owner, "12 Elm St").await;

    mia.delete(&note).await.expect(403);
    owner.delete(&note).await.expect(204);

    owner.delete(&note).await.expect(404);
    assert!(of_kind(&table(&app).await, "note").is_empty());
}
