//! `GET /api/deals/{dealId}/timeline`

use super::support::{move_to, path};
use crate::documents::support::{PDF, attach, path as document_at};
use crate::leads::support::{texts, walk};
use jiff::SignedDuration;
use plat_testing::{Someone, TestApp};
use serde_json::{Value, json};

fn timeline(deal: &Value) -> String {
    format!("{}/timeline", path(deal))
}

async fn note(who: &Someone<'_>, deal: &Value, content: &str) -> String {
    let notes = format!("{}/notes", path(deal));
    let body = json!({"content": content});
    who.post(&notes, body).await.expect(201).id()
}

#[tokio::test]
async fn a_timeline_tells_who_did_what_and_when_latest_first() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let mia = owner.invite("Mia", "member").await;
    let tick = || app.advance(SignedDuration::from_secs(60));
    let deal = owner.deal("12 Elm St", json!({})).await;
    tick();
    let price = json!({"targetPrice": {"amount": "250000.00", "currency": "USD"}});
    owner.patch(&path(&deal), price).await.expect(200);
    tick();
    move_to(&mia, &deal, "negotiating").await.expect(200);
    tick();
    let written = note(&mia, &deal, "The roof is new").await;
    tick();
    let to_mia = json!({"assignedTo": mia.id});
    let assign = format!("{}/assign", path(&deal));
    owner.patch(&assign, to_mia).await.expect(200);
    tick();
    move_to(&mia, &deal, "dead").await.expect(200);
    app.settle().await;

    let rows = walk(&owner, &timeline(&deal), 2).await;

    let told: Vec<_> = rows
        .iter()
        .map(|row| (&row["type"], &row["actor"]["name"], &row["at"]))
        .collect();
    assert_eq!(
        json!(told),
        json!([
            ["deal_status_changed", "Mia", "2026-03-02T15:05:00Z"],
            ["deal_assigned", "Olive", "2026-03-02T15:04:00Z"],
            ["note_added", "Mia", "2026-03-02T15:03:00Z"],
            ["deal_status_changed", "Mia", "2026-03-02T15:02:00Z"],
            ["deal_updated", "Olive", "2026-03-02T15:01:00Z"],
            ["deal_created", "Olive", "2026-03-02T15:00:00Z"],
        ])
    );
    assert_eq!(
        rows[0]["data"],
        json!({"oldStatus": "negotiating", "newStatus": "dead", "note": "So it is"})
    );
    assert_eq!(rows[0]["title"], "Status changed from negotiating to dead");
    assert_eq!(rows[1]["data"], json!({"from": null, "to": mia.id}));
    assert_eq!(
        rows[2]["data"],
        json!({
            "noteId": written, "content": "The roof is new",
            "version": 1, "updatedAt": "2026-03-02T15:03:00Z",
        })
    );
    assert_eq!(rows[4]["data"], json!({"fields": ["targetPrice"]}));
    assert_eq!(rows[5]["data"], json!({"status": "new"}));
    let all = owner.get(&timeline(&deal)).await.expect(200);
    assert_eq!(all.json()["items"], json!(rows));
    // The gate, and one query.
    assert_eq!(all.cost.requests, 2);
    let second = format!("{}?page=2&limit=4", timeline(&deal));
    let second = owner.get(&second).await.expect(200);
    assert_eq!(second.json()["items"], json!(rows[4..]));
}

#[tokio::test]
async fn a_note_is_shown_as_it_is_today_where_it_was_written() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let max = owner.invite("Max", "manager").await;
    let tick = || app.advance(SignedDuration::from_secs(60));
    let deal = owner.deal("12 Elm St", json!({})).await;
    tick();
    let first = note(&owner, &deal, "An old secret").await;
    // It is there before any job has run.
    let rows = owner.get(&timeline(&deal)).await.expect(200).json();
    assert_eq!(rows["items"][0]["data"]["content"], "An old secret");
    tick();
    let second = note(&owner, &deal, "Another secret").await;
    tick();
    let body = json!({"content": "What may be known"});
    let edited = max.patch(&format!("/api/notes/{first}"), body).await;
    edited.expect(200);
    tick();
    let gone = max.delete(&format!("/api/notes/{second}")).await;
    gone.expect(204);
    app.settle().await;

    let rows = walk(&owner, &timeline(&deal), 1).await;

    assert_eq!(
        texts(&rows, "type"),
        ["note_deleted", "note_updated", "note_added", "deal_created"]
    );
    assert_eq!(rows[0]["data"], json!({"noteId": second}));
    assert_eq!(rows[1]["data"], json!({"noteId": first}));
    assert_eq!(rows[1]["actor"]["name"], "Max");
    assert_eq!(rows[2]["actor"]["name"], "Olive");
    assert_eq!(rows[2]["at"], "2026-03-02T15:01:00Z");
    assert_eq!(
        rows[2]["data"],
        json!({
            "noteId": first, "content": "What may be known",
            "version": 2, "updatedAt": "2026-03-02T15:03:00Z",
        })
    );
    assert!(!format!("{rows:?}").contains("secret"));
}

#[tokio::test]
async fn a_document_is_told_of_when_it_is_there_and_when_it_is_gone() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let mia = owner.invite("Mia", "member").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    let minute = SignedDuration::from_mins(1);
    app.advance(minute);
    let added = attach(&app, &mia, &deal, "Offer.pdf").await;
    app.advance(minute);
    owner.delete(&document_at(&added)).await.expect(204);
    app.settle().await;

    let rows = walk(&owner, &timeline(&deal), 1).await;

    let told: Vec<_> = rows
        .iter()
        .map(|row| (&row["type"], &row["title"], &row["actor"]["name"]))
        .collect();
    // That the deal has one more or less is not told beside.
    assert_eq!(
        json!(told),
        json!([
            ["document_deleted", "Offer.pdf deleted", "Olive"],
            ["document_available", "Offer.pdf uploaded", "Mia"],
            ["deal_created", "Deal created", "Olive"],
        ])
    );
    assert_eq!(
        rows[1]["data"],
        json!({
            "documentId": added["documentId"], "fileName": "Offer.pdf",
            "version": 1, "size": PDF.len(),
        })
    );
}

#[tokio::test]
async fn changes_of_one_moment_are_in_the_order_in_which_they_were_made() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    // The clock stands.
    for kind in ["flip", "hold", "wholesale", "flip"] {
        let body = json!({"kind": kind});
        owner.patch(&path(&deal), body).await.expect(200);
    }
    let assign = format!("{}/assign", path(&deal));
    let body = json!({"assignedTo": owner.id});
    owner.patch(&assign, body).await.expect(200);
    app.settle().await;

    let rows = walk(&owner, &timeline(&deal), 3).await;

    let expected = [
        "deal_assigned",
        "deal_updated",
        "deal_updated",
        "deal_updated",
        "deal_updated",
        "deal_created",
    ];
    assert_eq!(texts(&rows, "type"), expected);
}

#[tokio::test]
async fn a_timeline_is_seen_by_who_sees_the_deal_today() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let mia = owner.invite("Mia", "member").await;
    let ada = owner.invite("Ada", "assistant").await;
    let team = format!("/api/teams/{}", owner.team);
    let own = json!({"visibility": "own"});
    owner.patch(&team, own).await.expect(200);
    let deal = owner.deal("12 Elm St", json!({"assignedTo": mia.id})).await;
    note(&mia, &deal, "Hello").await;
    note(&mia, &deal, "Hello again").await;
    app.settle().await;
    let path = timeline(&deal);
    let first = mia.get(&format!("{path}?limit=1")).await.expect(200).json();
    let next = format!(
        "{path}?limit=1&cursor={}",
        first["nextCursor"].as_str().unwrap()
    );
    mia.get(&next).await.expect(200);

    let assign = format!("{}/assign", super::support::path(&deal));
    let body = json!({"assignedTo": owner.id});
    owner.patch(&assign, body).await.expect(200);

    let unknown = "/api/deals/01ARZ3NDEKTSV4RRFFQ69G5FAV/timeline";
    let unknown = other.get(unknown).await;
    let answers = [
        other.get(&path).await,
        mia.get(&path).await,
        // Nor does a cursor that was given before lead on.
        mia.get(&next).await,
    ];
    for answer in answers {
        assert_eq!((answer.status, &answer.text), (404, &unknown.text));
    }
    let refused = ada.get(&path).await.expect(403);
    assert_eq!(refused.problem(), "forbidden");
    app.get(&path).await.expect(401);
    owner.get(&path).await.expect(200);
    let deal = super::support::path(&deal);
    owner.delete(&deal).await.expect(204);
    owner.get(&path).await.expect(404);
}
