//! `PATCH /api/notes/{noteId}`

use super::{note_by, note_on_deal};
use futures::future::join_all;
use http::Method;
use jiff::SignedDuration;
use plat_testing::TestApp;
use serde_json::json;

#[tokio::test]
async fn an_author_changes_what_they_wrote() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let note = note_by(&owner, "Ann").await;
    app.advance(SignedDuration::from_secs(5));

    let changed = owner
        .patch(&note, json!({"content": "Second"}))
        .await
        .expect(200);
    let put = owner
        .call(Method::PUT, &note)
        .json(json!({"content": "Third"}))
        .send()
        .await
        .expect(200);
    let same = owner
        .patch(&note, json!({"content": "Third"}))
        .await
        .expect(200);

    assert_eq!(
        (
            changed.json()["content"].as_str(),
            changed.json()["version"].as_u64()
        ),
        (Some("Second"), Some(2))
    );
    assert_eq!(changed.json()["updatedAt"], "2026-03-02T15:00:05Z");
    assert_eq!(changed.json()["createdAt"], "2026-03-02T15:00:00Z");
    assert_eq!(
        (put.json()["content"].as_str(), put.header("etag")),
        (Some("Third"), "\"3\"")
    );
    assert_eq!(same.json(), put.json());
}

#[tokio::test]
async fn a_manager_changes_any_note_and_a_member_only_their_own() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let mia = owner.invite("Mia", "member").await;
    let assistant = owner.invite("Abe", "assistant").await;
    let manager = owner.invite("Max", "manager").await;
    let note = note_by(&mia, "Ann").await;
    let by_owner = note_by(&owner, "Bob").await;

    let refused = mia
        .patch(&by_owner, json!({"content": "Mine"}))
        .await
        .expect(403);
    assistant
        .patch(&note, json!({"content": "Mine"}))
        .await
        .expect(403);
    mia.patch(&note, json!({"content": "By Mia"}))
        .await
        .expect(200);
    let managed = manager
        .patch(&note, json!({"content": "By Max"}))
        .await
        .expect(200)
        .json();

    assert_eq!(refused.problem(), "forbidden");
    assert_eq!(managed["author"]["name"], "Mia");
}

#[tokio::test]
async fn wrong_fields_stale_versions_and_foreign_notes_are_refused() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let note = note_by(&owner, "Ann").await;
    owner
        .patch(&note, json!({"content": "Second"}))
        .await
        .expect(200);
    let change = |version: u64| {
        owner
            .call(Method::PATCH, &note)
            .if_match(version)
            .json(json!({"content": "X"}))
            .send()
    };

    assert_eq!(
        owner
            .patch(&note, json!({}))
            .await
            .expect(422)
            .field_errors(),
        [" empty_patch"]
    );
    let wrong = owner
        .patch(&note, json!({"content": "", "title": "x"}))
        .await;
    assert_eq!(
        wrong.expect(422).field_errors(),
        ["/content required", "/title unknown_field"]
    );
    assert_eq!(change(1).await.expect(412).json()["currentVersion"], 2);
    change(2).await.expect(200);
    let foreign = other.patch(&note, json!({"content": "X"})).await;
    let unknown = other
        .patch(
            "/api/notes/01ARZ3NDEKTSV4RRFFQ69G5FAV",
            json!({"content": "X"}),
        )
        .await;
    assert_eq!((foreign.status, foreign.text), (404, unknown.text));
    app.call(Method::PATCH, &note)
        .json(json!({"content": "X"}))
        .send()
        .await
        .expect(401);
}

#[tokio::test]
async fn a_note_of_a_deleted_lead_is_absent_until_it_is_restored() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let note = note_by(&owner, "Ann").await;
    let lead = format!(
        "/api/leads/{}",
        owner.get("/api/leads").await.json()["items"][0]["id"]
            .as_str()
            .unwrap()
    );
    owner.delete(&lead).await.expect(204);

    owner
        .patch(&note, json!({"content": "X"}))
        .await
        .expect(404);
    owner.delete(&note).await.expect(404);
    owner
        .post(&format!("{lead}/restore"), json!({}))
        .await
        .expect(200);
    owner
        .patch(&note, json!({"content": "X"}))
        .await
        .expect(200);
}

#[tokio::test]
async fn changes_at_once_come_one_after_the_other() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let note = note_by(&owner, "Ann").await;

    let answers =
        join_all((0..6).map(|n| owner.patch(&note, json!({"content": format!("{n}")})))).await;

    let mut versions: Vec<u64> = answers
        .into_iter()
        .map(|answer| answer.expect(200).json()["version"].as_u64().unwrap())
        .collect();
    versions.sort_unstable();
    assert_eq!(versions, [2, 3, 4, 5, 6, 7]);
}

#[tokio::test]
async fn who_may_write_a_note_may_not_change_one_on_what_they_do_not_see() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let mia = owner.invite("Mia", "member").await;
    let ada = owner.invite("Ada", "assistant").await;
    let on_lead = note_by(&ada, "Ann").await;
    let on_deal = note_on_deal(&mia, "12 Elm St").await;
    let body = json!({"content": "Second"});
    let unknown = ada
        .patch("/api/notes/01ARZ3NDEKTSV4RRFFQ69G5FAV", body.clone())
        .await;

    let refused = ada.patch(&on_deal, body.clone()).await;

    assert_eq!((refused.status, refused.text), (404, unknown.text));
    ada.delete(&on_deal).await.expect(404);
    ada.patch(&on_lead, body.clone()).await.expect(200);
    let changed = mia.patch(&on_deal, body.clone()).await.expect(200).json();
    assert_eq!(changed["content"], "Second");

    // Nor one on a deal that is somebody else's today.
    let team = format!("/api/teams/{}", owner.team);
    let own = json!({"visibility": "own"});
    owner.patch(&team, own).await.expect(200);
    let deal = format!("/api/deals/{}", changed["dealId"].as_str().unwrap());
    let to_owner = json!({"assignedTo": owner.id});
    let assign = format!("{deal}/assign");
    owner.patch(&assign, to_owner).await.expect(200);
    mia.patch(&on_deal, body.clone()).await.expect(404);
    mia.delete(&on_deal).await.expect(404);
    owner.delete(&deal).await.expect(204);
    owner.patch(&on_deal, body).await.expect(404);
}
