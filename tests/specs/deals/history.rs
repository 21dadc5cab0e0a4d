//! `GET /api/deals/{dealId}/history`

use super::support::{asked, move_to, path};
use crate::leads::support::{texts, walk};
use http::Method;
use jiff::SignedDuration;
use plat_testing::{Started, TestApp};
use serde_json::{Value, json};

#[tokio::test]
async fn a_history_is_walked_from_the_latest_move_to_the_first() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    // The clock stands: moves of one millisecond keep their order too.
    for n in 0..23 {
        let status = if n % 2 == 0 { "negotiating" } else { "new" };
        owner
            .call(Method::PUT, &format!("{}/status", path(&deal)))
            .json(json!({"status": status, "note": format!("{n:02}")}))
            .send()
            .await
            .expect(200);
    }
    let history = format!("{}/history", path(&deal));
    let notes: Vec<String> = (0..23).rev().map(|n| format!("{n:02}")).collect();

    for limit in [1, 7, 22, 23, 24] {
        let rows = walk(&owner, &history, limit).await;
        assert_eq!(texts(&rows, "note"), notes, "{limit}");
        for (n, row) in rows.iter().rev().enumerate() {
            let (old, new) = if n % 2 == 0 {
                ("new", "negotiating")
            } else {
                ("negotiating", "new")
            };
            assert_eq!(
                (&row["oldStatus"], &row["newStatus"]),
                (&json!(old), &json!(new))
            );
        }
    }
    let third = owner.get(&format!("{history}?page=3&limit=5")).await;
    let third = third.expect(200).json();
    assert_eq!(
        texts(third["items"].as_array().unwrap(), "note"),
        notes[10..15]
    );
}

#[tokio::test]
async fn a_row_says_who_moved_the_deal_and_when() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let mia = owner.invite("Mia", "member").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    app.advance(SignedDuration::from_mins(5));
    move_to(&mia, &deal, "dead").await.expect(200);

    let history = owner.get(&format!("{}/history", path(&deal))).await;

    let mut row = history.expect(200).json()["items"][0].clone();
    assert!(row["id"].as_str().is_some_and(|id| id.len() == 26));
    row["id"] = Value::Null;
    assert_eq!(
        row,
        json!({
            "id": null, "oldStatus": "new", "newStatus": "dead", "note": "So it is",
            "changedBy": {"id": mia.id, "name": "Mia"}, "changedAt": "2026-03-02T15:05:00Z",
        })
    );
}

#[tokio::test]
async fn the_first_page_is_one_query_that_brings_the_deal_along() {
    let app = Started::default().with_proxy().start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    move_to(&owner, &deal, "dead").await.expect(200);
    app.settle().await;

    app.faults().clear_seen();
    let history = owner.get(&format!("{}/history", path(&deal))).await;

    history.expect(200);
    // The first is the session gate.
    assert_eq!(asked(&app), ["UpdateItem", "Query"]);
}

#[tokio::test]
async fn a_new_deal_has_no_history_and_anothers_is_absent() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let deal = owner.deal("12 Elm St", json!({})).await;
    let path = |id: &str| format!("/api/deals/{id}/history");
    let id = deal["id"].as_str().unwrap();

    let history = owner.get(&path(id)).await.expect(200);
    let foreign = other.get(&path(id)).await;
    let unknown = other.get(&path("01ARZ3NDEKTSV4RRFFQ69G5FAV")).await;

    assert_eq!(history.json(), json!({"items": [], "nextCursor": null}));
    assert_eq!((foreign.status, foreign.text), (404, unknown.text));
}
