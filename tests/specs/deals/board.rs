//! `GET /api/deals/board`, and the job `deals.keep_board` behind it

use super::support::{asked, bring_to, dollars, move_to, path};
use crate::leads::support::{Dice, table, text, texts, walk};
use http::Method;
use jiff::SignedDuration;
use plat_testing::{Someone, Started, TestApp};
use serde_json::{Value, json};

const LIFE: [&str; 6] = [
    "new",
    "negotiating",
    "under_contract",
    "assigned",
    "closed",
    "dead",
];

async fn board(who: &Someone<'_>, query: &str) -> Value {
    let board = who.get(&format!("/api/deals/board{query}")).await;
    board.expect(200).json()
}

async fn column(who: &Someone<'_>, status: &str) -> Value {
    let board = board(who, "").await;
    let mut columns = board["columns"].as_array().unwrap().iter();
    columns
        .find(|column| column["status"] == status)
        .unwrap()
        .clone()
}

fn addresses(column: &Value) -> Vec<String> {
    texts(column["items"].as_array().unwrap(), "propertyAddress")
}

/// Deals, each a millisecond later than the one before it.
async fn deals(app: &TestApp, who: &Someone<'_>, count: usize) -> Vec<Value> {
    let mut deals = Vec::with_capacity(count);
    for n in 0..count {
        deals.push(who.deal(&format!("{n} Elm St"), json!({})).await);
        app.advance(SignedDuration::from_millis(1));
    }
    app.settle().await;
    deals
}

/// How many deals are at hand.
async fn at_hand(app: &TestApp) -> usize {
    let rows = table(app).await;
    rows.iter()
        .filter(|row| text(row, "GSI4").ends_with("#BOARD"))
        .count()
}

#[tokio::test]
async fn an_empty_board_has_all_columns() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;

    let board = board(&owner, "").await;

    let none = json!({"amount": "0.00", "currency": "USD"});
    let columns: Vec<_> = LIFE
        .iter()
        .map(|status| {
            json!({"status": status, "count": 0, "targetTotal": none, "assignedTotal": none, "items": [], "nextCursor": null})
        })
        .collect();
    assert_eq!(board, json!({"columns": columns, "otherCurrencies": []}));
}

#[tokio::test]
async fn a_column_counts_and_adds_up_its_deals_and_shows_the_latest_change_first() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    for (n, status) in ["new", "negotiating", "assigned", "negotiating"]
        .into_iter()
        .enumerate()
    {
        let fields = json!({"targetPrice": dollars(100 + n), "assignedPrice": dollars(200 + n)});
        let deal = owner.deal(&format!("{n} Elm St"), fields).await;
        bring_to(&owner, &deal, status).await;
        app.advance(SignedDuration::from_secs(1));
    }
    app.settle().await;

    let board = board(&owner, "").await;

    for (column, (status, cards, target, assigned)) in
        board["columns"].as_array().unwrap().iter().zip([
            ("new", &["0 Elm St"][..], "100.00", "200.00"),
            ("negotiating", &["3 Elm St", "1 Elm St"], "204.00", "404.00"),
            ("under_contract", &[], "0.00", "0.00"),
            ("assigned", &["2 Elm St"], "102.00", "202.00"),
            ("closed", &[], "0.00", "0.00"),
            ("dead", &[], "0.00", "0.00"),
        ])
    {
        assert_eq!(column["status"], status);
        assert_eq!(column["count"], cards.len(), "{status}");
        assert_eq!(addresses(column), cards, "{status}");
        assert_eq!(
            column["targetTotal"],
            json!({"amount": target, "currency": "USD"})
        );
        assert_eq!(
            column["assignedTotal"],
            json!({"amount": assigned, "currency": "USD"})
        );
        assert_eq!(column["nextCursor"], Value::Null);
    }
}

#[tokio::test]
async fn a_card_moves_to_the_top_of_its_column_at_once() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let made = deals(&app, &owner, 3).await;

    move_to(&owner, &made[0], "negotiating").await.expect(200);
    owner
        .patch(&path(&made[1]), json!({"notes": "X"}))
        .await
        .expect(200);

    // No job has run since.
    assert_eq!(
        addresses(&column(&owner, "negotiating").await),
        ["0 Elm St"]
    );
    assert_eq!(
        addresses(&column(&owner, "new").await),
        ["1 Elm St", "2 Elm St"]
    );
}

#[tokio::test]
async fn totals_are_in_one_currency_and_the_others_are_named() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let euros = json!({"amount": "7.00", "currency": "EUR"});
    let yen = json!({"amount": "9", "currency": "JPY"});
    owner.deal("1 Elm St", json!({"targetPrice": euros})).await;
    owner.deal("2 Elm St", json!({"assignedPrice": yen})).await;
    app.settle().await;

    let without_dollars = board(&owner, "").await;
    let in_yen = board(&owner, "?currency=JPY").await;
    owner
        .deal("3 Elm St", json!({"targetPrice": dollars(5)}))
        .await;
    app.settle().await;
    let with_dollars = board(&owner, "").await;

    let first = |board: &Value, total: &str| board["columns"][0][total].clone();
    assert_eq!(first(&without_dollars, "targetTotal"), euros);
    assert_eq!(without_dollars["otherCurrencies"], json!(["JPY"]));
    assert_eq!(first(&in_yen, "assignedTotal"), yen);
    assert_eq!(
        first(&in_yen, "targetTotal"),
        json!({"amount": "0", "currency": "JPY"})
    );
    assert_eq!(in_yen["otherCurrencies"], json!(["EUR"]));
    assert_eq!(first(&with_dollars, "targetTotal"), dollars(5));
    assert_eq!(with_dollars["otherCurrencies"], json!(["EUR", "JPY"]));
    for wrong in ["currency=DOLLARS", "assignedTo=you", "status=new"] {
        let refused = owner.get(&format!("/api/deals/board?{wrong}")).await;
        refused.expect(422);
    }
}

#[tokio::test]
async fn a_column_goes_on_as_a_list() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let mia = owner.invite("Mia", "member").await;
    let made = deals(&app, &owner, 100).await;
    for deal in made.iter().step_by(2) {
        let to = format!("{}/assign", path(deal));
        owner
            .patch(&to, json!({"assignedTo": mia.id}))
            .await
            .expect(200);
        app.advance(SignedDuration::from_millis(1));
    }
    app.settle().await;

    for (query, count) in [
        ("", 100),
        ("&assignedTo=none", 50),
        (&format!("&assignedTo={}", mia.id), 50),
    ] {
        let board = board(&owner, &format!("?{}", query.trim_start_matches('&'))).await;
        let column = &board["columns"][0];
        let list = format!("/api/deals?status=new&sort=-lastChange{query}");
        let all = texts(&walk(&owner, &list, 30).await, "propertyAddress");
        assert_eq!(all.len(), count);
        let cursor = column["nextCursor"].as_str().unwrap();
        let rest = owner
            .get(&format!("{list}&limit=100&cursor={cursor}"))
            .await
            .expect(200)
            .json();

        let mut shown = addresses(column);
        assert!(shown.len() <= 20);
        shown.extend(texts(rest["items"].as_array().unwrap(), "propertyAddress"));
        assert_eq!(shown, all, "{query}");
        // It is good for nobody else and for no other list.
        let elsewhere = format!("/api/deals?status=dead&sort=-lastChange{query}&cursor={cursor}");
        assert_eq!(
            owner.get(&elsewhere).await.expect(400).problem(),
            "bad-cursor"
        );
        let mine = format!("{list}&cursor={cursor}");
        assert_eq!(mia.get(&mine).await.expect(400).problem(), "bad-cursor");
    }
}

#[tokio::test]
async fn a_board_is_two_requests_however_many_deals_there_are() {
    let app = Started::default().with_proxy().start().await;
    let owner = app.owner("Olive").await;
    for count in [1, 90] {
        deals(&app, &owner, count).await;

        app.faults().clear_seen();
        board(&owner, "").await;

        let mut asked = asked(&app);
        asked.sort();
        // The last is the session gate.
        assert_eq!(asked, ["GetItem", "Query", "UpdateItem"]);
    }
}

#[tokio::test]
async fn what_has_sunk_is_not_kept_at_hand_and_comes_back_when_it_rises() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let made = deals(&app, &owner, 100).await;
    let mut left: Vec<String> = (0..100).rev().map(|n| format!("{n} Elm St")).collect();
    let kept = at_hand(&app).await;
    assert!((20..=60).contains(&kept), "{kept}");
    assert_eq!(addresses(&column(&owner, "new").await), left[..20]);

    for deal in made.iter().rev().take(70) {
        move_to(&owner, deal, "dead").await.expect(200);
        left.remove(0);
        app.settle().await;

        let shown = addresses(&column(&owner, "new").await);
        let first = &left[..20.min(left.len())];
        assert_eq!(shown, first);
    }
    assert!(at_hand(&app).await <= 2 * 60);
    assert_eq!(column(&owner, "new").await["count"], 30);
}

#[tokio::test]
async fn keeping_the_board_is_no_change_of_a_deal() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let made = deals(&app, &owner, 70).await;
    assert!(at_hand(&app).await < 70);

    let sunk = owner
        .call(Method::PATCH, &path(&made[0]))
        .if_match(1)
        .json(json!({"notes": "X"}))
        .send()
        .await;

    assert_eq!(sunk.expect(200).json()["version"], 2);
    assert_eq!(addresses(&column(&owner, "new").await)[0], "0 Elm St");
}

#[tokio::test]
async fn whatever_happens_each_column_shows_its_true_first_cards() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let made = deals(&app, &owner, 90).await;
    let mut dice = Dice::new(5);

    for _ in 0..6 {
        for _ in 0..60 {
            let deal = dice.pick(&made);
            app.advance(SignedDuration::from_millis(1));
            match dice.below(12) {
                0 => drop(owner.delete(&path(deal)).await),
                1 => drop(
                    owner
                        .patch(&path(deal), json!({"notes": format!("{}", dice.below(9))}))
                        .await,
                ),
                _ => {
                    let status = *dice.pick(&["new", "negotiating", "dead"]);
                    drop(move_to(&owner, deal, status).await);
                }
            }
        }
        app.settle().await;

        let board = board(&owner, "").await;
        for column in board["columns"].as_array().unwrap() {
            let status = column["status"].as_str().unwrap();
            let list = format!("/api/deals?status={status}&sort=-lastChange");
            let all = texts(&walk(&owner, &list, 100).await, "id");
            assert_eq!(column["count"], all.len(), "{status}");
            let shown = texts(column["items"].as_array().unwrap(), "id");
            assert_eq!(shown, all[..all.len().min(20)], "{status}");
            let more = column["nextCursor"].is_string();
            assert_eq!(more, all.len() > 20, "{status}");
        }
    }
}

#[tokio::test]
async fn another_teams_deals_are_on_another_board() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let assistant = owner.invite("Abe", "assistant").await;
    deals(&app, &owner, 1).await;

    assert_eq!(column(&other, "new").await["count"], 0);
    assert_eq!(column(&other, "new").await["items"], json!([]));
    assistant.get("/api/deals/board").await.expect(403);
    app.get("/api/deals/board").await.expect(401);
}
