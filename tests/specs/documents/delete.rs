//! `DELETE /api/documents/{documentId}`

use super::support::{PDF, announce, attach, counted, documents, key, next, path, pdf, put, told};
use http::Method;
use jiff::SignedDuration;
use plat_testing::TestApp;
use serde_json::json;

#[tokio::test]
async fn a_deleted_document_is_in_no_list_and_counts_no_more() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    let announced = attach(&app, &owner, &deal, "contract.pdf").await;
    let kept = attach(&app, &owner, &deal, "deed.pdf").await;

    owner.delete(&path(&announced)).await.expect(204);
    app.settle().await;

    owner.get(&path(&announced)).await.expect(404);
    owner.delete(&path(&announced)).await.expect(404);
    let listed = owner.get(&documents(&deal)).await.expect(200).json();
    let ids: Vec<_> = listed["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["id"])
        .collect();
    assert_eq!(ids, [&kept["documentId"]]);
    assert_eq!(counted(&owner, &deal).await, 1);
    assert_eq!(told(&app).last().unwrap(), "document.deleted");
}

#[tokio::test]
async fn a_document_that_was_never_available_is_deleted_without_counting() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    let announced = announce(&owner, &deal, pdf("contract.pdf", PDF)).await;

    owner.delete(&path(&announced)).await.expect(204);

    assert_eq!(counted(&owner, &deal).await, 0);
}

#[tokio::test]
async fn a_file_that_comes_after_its_document_was_deleted_changes_nothing_and_is_not_kept() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    let announced = announce(&owner, &deal, pdf("contract.pdf", PDF)).await;
    owner.delete(&path(&announced)).await.expect(204);

    put(&app, &announced, PDF).await;

    owner.get(&path(&announced)).await.expect(404);
    assert_eq!(counted(&owner, &deal).await, 0);
    assert_eq!(told(&app), ["document.announced", "document.deleted"]);
    assert_eq!(app.host.files.list().unwrap(), []);
}

#[tokio::test]
async fn the_files_of_a_deleted_document_stay_until_it_is_removed_for_good() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    let announced = attach(&app, &owner, &deal, "contract.pdf").await;
    let size = PDF.len().try_into().unwrap();

    owner.delete(&path(&announced)).await.expect(204);
    app.settle().await;
    assert_eq!(app.host.files.list().unwrap(), [(key(&announced), size)]);

    app.pass(SignedDuration::from_hours(24 * 32)).await;
    assert_eq!(app.host.files.list().unwrap(), []);
}

#[tokio::test]
async fn a_deleted_document_takes_no_new_version() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    let announced = attach(&app, &owner, &deal, "contract.pdf").await;
    owner.delete(&path(&announced)).await.expect(204);

    let again = next(&announced, pdf("contract.pdf", PDF));
    let refused = owner.post(&documents(&deal), again).await.expect(422);

    assert_eq!(refused.field_errors(), ["/documentId reference_not_found"]);
}

#[tokio::test]
async fn a_document_is_deleted_only_at_the_version_that_is_named() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    let announced = attach(&app, &owner, &deal, "contract.pdf").await;
    let delete = |version| {
        owner
            .call(Method::DELETE, &path(&announced))
            .if_match(version)
            .send()
    };

    let refused = delete(1).await.expect(412);

    assert_eq!(refused.json()["currentVersion"], 2);
    delete(2).await.expect(204);
}

#[tokio::test]
async fn a_document_of_another_team_is_not_deleted() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let deal = owner.deal("12 Elm St", json!({})).await;
    let announced = attach(&app, &owner, &deal, "contract.pdf").await;

    let foreign = other.delete(&path(&announced)).await;

    let unknown = "/api/documents/01ARZ3NDEKTSV4RRFFQ69G5FAV";
    assert_eq!(
        (foreign.status, foreign.text),
        (404, other.delete(unknown).await.text)
    );
    owner.get(&path(&announced)).await.expect(200);
}

#[tokio::test]
async fn documents_that_come_and_go_at_once_are_all_counted() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    let mut attached = Vec::new();
    for n in 0..6 {
        let name = format!("{n}.pdf");
        attached.push(attach(&app, &owner, &deal, &name).await);
    }
    assert_eq!(counted(&owner, &deal).await, 6);

    let paths: Vec<String> = attached.iter().skip(2).map(path).collect();
    let deleted = futures::future::join_all(paths.iter().map(|path| owner.delete(path))).await;

    for answer in deleted {
        answer.expect(204);
    }
    assert_eq!(counted(&owner, &deal).await, 2);
}
