//! `GET /api/deals/{dealId}/documents`

use crate::documents::support::{PDF, announce, attach, documents, pdf, read};
use crate::leads::support::{texts, walk};
use jiff::SignedDuration;
use plat_testing::{Started, TestApp};
use serde_json::{Value, json};

#[tokio::test]
async fn documents_are_listed_newest_first() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    let other = owner.deal("14 Elm St", json!({})).await;
    attach(&app, &owner, &other, "other.pdf").await;
    for n in 0..7 {
        app.advance(SignedDuration::from_millis(1));
        announce(&owner, &deal, pdf(&format!("{n}.pdf"), PDF)).await;
    }

    for limit in [2, 3, 7, 100] {
        let listed = walk(&owner, &documents(&deal), limit).await;
        let names = [
            "6.pdf", "5.pdf", "4.pdf", "3.pdf", "2.pdf", "1.pdf", "0.pdf",
        ];
        assert_eq!(texts(&listed, "fileName"), names);
    }
    let page = owner
        .get(&format!("{}?page=2&limit=3", documents(&deal)))
        .await;
    let page = page.expect(200).json();
    let names = texts(page["items"].as_array().unwrap(), "fileName");
    assert_eq!(names, ["3.pdf", "2.pdf", "1.pdf"]);
}

#[tokio::test]
async fn a_row_is_the_document_without_its_download() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    let announced = attach(&app, &owner, &deal, "contract.pdf").await;
    let mut document = read(&owner, &announced).await;
    document.as_object_mut().unwrap().remove("download");

    let listed = owner.get(&documents(&deal)).await.expect(200).json();

    assert_eq!(
        listed,
        json!({"items": [document], "nextCursor": Value::Null})
    );
}

#[tokio::test]
async fn a_deal_without_documents_has_an_empty_list() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;

    let listed = owner.get(&documents(&deal)).await.expect(200).json();

    assert_eq!(listed, json!({"items": [], "nextCursor": Value::Null}));
}

#[tokio::test]
async fn a_page_is_one_query_and_one_look_at_the_deal() {
    let app = Started::default().with_proxy().start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    announce(&owner, &deal, pdf("a.pdf", PDF)).await;
    app.faults().clear_seen();

    owner.get(&documents(&deal)).await.expect(200);

    let seen = app.faults().seen().into_iter();
    let mut asked: Vec<_> = seen.map(|request| request.operation).collect();
    asked.sort_unstable();
    assert_eq!(asked, ["GetItem", "Query", "UpdateItem"]);
}

#[tokio::test]
async fn the_documents_of_another_teams_deal_are_absent() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let deal = owner.deal("12 Elm St", json!({})).await;
    attach(&app, &owner, &deal, "contract.pdf").await;

    let foreign = other.get(&documents(&deal)).await;

    let unknown = documents(&json!({"id": "01ARZ3NDEKTSV4RRFFQ69G5FAV"}));
    assert_eq!(
        (foreign.status, foreign.text),
        (404, other.get(&unknown).await.text)
    );
}
