//! `PUT /api/deals/{dealId}/status`

use super::support::{asked, bring_to, chain, dollars, move_to, path};
use crate::leads::support::Dice;
use futures::future::join_all;
use http::Method;
use jiff::{SignedDuration, Timestamp};
use plat_testing::{Answer, Someone, Started, TestApp};
use serde_json::{Value, json};

const STATUSES: [&str; 6] = [
    "new",
    "negotiating",
    "under_contract",
    "assigned",
    "closed",
    "dead",
];

async fn put(who: &Someone<'_>, deal: &Value, body: Value) -> Answer {
    who.call(Method::PUT, &format!("{}/status", path(deal)))
        .json(body)
        .send()
        .await
}

#[tokio::test]
async fn a_deal_is_walked_through_its_life() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    app.advance(SignedDuration::from_mins(5));
    put(&owner, &deal, json!({"status": "negotiating"}))
        .await
        .expect(200);
    put(&owner, &deal, json!({"status": "under_contract"}))
        .await
        .expect(200);

    let unpriced = put(&owner, &deal, json!({"status": "assigned"})).await;
    owner
        .patch(&path(&deal), json!({"assignedPrice": dollars(190_000)}))
        .await
        .expect(200);
    let assigned = put(
        &owner,
        &deal,
        json!({"status": "assigned", "note": "To Bo"}),
    )
    .await;
    app.advance(SignedDuration::from_mins(5));
    let closed = put(&owner, &deal, json!({"status": "closed"})).await;

    let unpriced = unpriced.expect(422);
    assert_eq!(unpriced.field_errors(), ["/status assigned_price_required"]);
    assert_eq!(assigned.expect(200).json()["statusNote"], "To Bo");
    let closed = closed.expect(200);
    assert_eq!(closed.header("etag"), "\"6\"");
    let closed = closed.json();
    assert_eq!(closed, owner.get(&path(&deal)).await.json());
    assert_eq!(
        (&closed["status"], &closed["statusNote"]),
        (&json!("closed"), &Value::Null)
    );
    assert_eq!(closed["closedAt"], "2026-03-02T15:10:00Z");
    assert_eq!(closed["inStatusSince"], closed["closedAt"]);
    let stages = closed["stages"].as_array().unwrap().iter();
    let entered: Vec<_> = stages.map(|stage| stage["status"].clone()).collect();
    assert_eq!(
        entered,
        ["new", "negotiating", "under_contract", "assigned", "closed"]
    );
    assert_eq!(chain(&owner, &deal).await.len(), 4);
}

#[tokio::test]
async fn nothing_leads_out_of_closed() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner
        .deal("12 Elm St", json!({"assignedPrice": dollars(1)}))
        .await;
    bring_to(&owner, &deal, "closed").await;

    for status in STATUSES {
        let refused = move_to(&owner, &deal, status).await.expect(409);

        assert_eq!(refused.problem(), "illegal-transition");
        let refused = refused.json();
        assert_eq!(refused["legalMoves"], json!([]));
        let said = if status == "closed" {
            "The deal is closed already."
        } else {
            "The deal is closed, and nothing leads out of that."
        };
        assert_eq!(refused["detail"], said);
    }
    assert_eq!(chain(&owner, &deal).await.len(), 4);
}

#[tokio::test]
async fn an_illegal_move_is_told_which_moves_are_legal() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    move_to(&owner, &deal, "negotiating").await.expect(200);

    let skipped = move_to(&owner, &deal, "closed").await.expect(409);

    let problem = skipped.json();
    assert_eq!(
        problem["legalMoves"],
        json!(["new", "under_contract", "dead"])
    );
    assert_eq!(
        problem["detail"],
        "The deal is negotiating and cannot become closed from there, only new or under_contract or dead."
    );
    assert_eq!(owner.get(&path(&deal)).await.json()["version"], 2);
    assert_eq!(chain(&owner, &deal).await.len(), 1);
}

#[tokio::test]
async fn a_step_back_and_a_return_from_the_dead_need_a_note() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    for (from, to) in [("negotiating", "new"), ("dead", "under_contract")] {
        let deal = owner.deal("12 Elm St", json!({})).await;
        move_to(&owner, &deal, from).await.expect(200);

        let without = put(&owner, &deal, json!({"status": to})).await;
        let null = put(&owner, &deal, json!({"status": to, "note": null})).await;
        let blank = put(&owner, &deal, json!({"status": to, "note": "  "})).await;
        let with = put(&owner, &deal, json!({"status": to, "note": "They called"})).await;

        for refused in [without, null, blank] {
            assert_eq!(refused.expect(422).field_errors(), ["/note required"]);
        }
        assert_eq!(with.expect(200).json()["statusNote"], "They called");
        assert_eq!(chain(&owner, &deal).await.len(), 2);
    }
}

#[tokio::test]
async fn a_deal_comes_back_from_the_dead_as_assigned_only_with_a_price() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    move_to(&owner, &deal, "dead").await.expect(200);

    let refused = move_to(&owner, &deal, "assigned").await;

    assert_eq!(
        refused.expect(422).field_errors(),
        ["/status assigned_price_required"]
    );
}

#[tokio::test]
async fn a_move_is_one_transaction_and_no_read_for_who_prefers_to_be_told_little() {
    let app = Started::default().with_proxy().start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    app.settle().await;
    app.advance(SignedDuration::from_secs(1));
    let quietly = |status: &str| {
        owner
            .call(Method::PUT, &format!("{}/status", path(&deal)))
            .header("prefer", "return=minimal")
            .json(json!({"status": status}))
    };

    app.faults().clear_seen();
    let moved = quietly("negotiating").send().await.expect(204);

    // The first is the session gate.
    assert_eq!(asked(&app), ["UpdateItem", "TransactWriteItems"]);
    assert_eq!((moved.text.as_str(), moved.header("etag")), ("", ""));
    assert_eq!(moved.header("preference-applied"), "return=minimal");
    app.advance(SignedDuration::from_secs(1));
    let named = quietly("under_contract").if_match(2).send().await;
    assert_eq!(named.expect(204).header("etag"), "\"3\"");
    quietly("closed").send().await.expect(409);
    assert_eq!(owner.get(&path(&deal)).await.json()["version"], 3);
}

#[tokio::test]
async fn wrong_fields_stale_versions_and_foreign_deals_are_refused() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let deal = owner.deal("12 Elm St", json!({})).await;

    let wrong = put(
        &owner,
        &deal,
        json!({"note": "x".repeat(1_001), "why": 1, "status": "won"}),
    )
    .await;
    let stale = owner
        .call(Method::PUT, &format!("{}/status", path(&deal)))
        .if_match(2)
        .json(json!({"status": "dead"}))
        .send()
        .await;
    let foreign = move_to(&other, &deal, "dead").await;
    let unknown = json!({"id": "01ARZ3NDEKTSV4RRFFQ69G5FAV"});
    let unknown = move_to(&other, &unknown, "dead").await;

    assert_eq!(
        wrong.expect(422).field_errors(),
        [
            "/note too_long",
            "/status invalid_choice",
            "/why unknown_field"
        ]
    );
    assert_eq!(stale.expect(412).json()["currentVersion"], 1);
    assert_eq!((foreign.status, foreign.text), (404, unknown.text));
    assert_eq!(owner.get(&path(&deal)).await.json(), deal);
}

#[tokio::test]
async fn a_move_meant_for_a_version_happens_at_that_version() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;

    // The clock stands, so the move must wait for its turn and still be meant for the same version.
    let moved = owner
        .call(Method::PUT, &format!("{}/status", path(&deal)))
        .if_match(1)
        .json(json!({"status": "dead"}))
        .send()
        .await;

    assert_eq!(moved.expect(200).header("etag"), "\"2\"");
}

/// Many who move one deal to and fro at the same time; each asks for so many moves, one after the other.
async fn contest(people: usize, moves: usize) -> usize {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let priced = json!({"assignedPrice": dollars(1)});
    let deal = owner.deal("12 Elm St", priced).await;
    let (owner, deal) = (&owner, &deal);
    let person = |n: usize| async move {
        let mut dice = Dice::new(u64::try_from(n).unwrap() * 77 + 5);
        let mut moved = 0;
        for _ in 0..moves {
            let to = *dice.pick(&["new", "negotiating", "under_contract", "assigned", "dead"]);
            let answer = move_to(owner, deal, to).await;
            let refused = ["illegal-transition", "conflict"].contains(&answer.problem().as_str());
            assert!(answer.status == 200 || refused, "{}", answer.text);
            moved += usize::from(answer.status == 200);
        }
        moved
    };

    let moved = join_all((0..people).map(person)).await.into_iter().sum();

    let rows = chain(owner, deal).await;
    assert_eq!(rows.len(), moved);
    for row in &rows {
        let step = (row["oldStatus"].as_str(), row["newStatus"].as_str());
        assert!(is_legal(step.0.unwrap(), step.1.unwrap()), "{step:?}");
    }
    let times = rows.iter().map(|row| row["changedAt"].as_str().unwrap());
    let times: Vec<Timestamp> = times.map(|at| at.parse().unwrap()).collect();
    assert!(times.is_sorted_by(|a, b| a < b), "{times:?}");
    let after = owner.get(&path(deal)).await.json();
    assert_eq!(after["version"], moved + 1);
    moved
}

#[tokio::test]
async fn a_hundred_moves_at_once_leave_an_unbroken_history() {
    // Most of them are no longer legal once the first were made.
    assert!(contest(100, 1).await >= 1);
    assert!(contest(20, 5).await >= 10);
}

/// The rule, said a second time: one step on or back, to the dead from what is open, and back from there.
fn is_legal(from: &str, to: &str) -> bool {
    let place = |status: &str| STATUSES.iter().position(|each| *each == status).unwrap();
    let open = |status: &str| place(status) < 4;
    match (from, to) {
        ("closed", _) => false,
        ("dead", to) => open(to),
        (from, "dead") => open(from),
        (from, to) => place(from).abs_diff(place(to)) == 1,
    }
}
