//! What deals are like after the network and DynamoDB had a bad day.

use super::support::{chain, dollars, move_to, path};
use crate::leads::support::Dice;
use jiff::{SignedDuration, Timestamp};
use plat_domain::{Actor, DealStatus, Id, Origin};
use plat_store::{Command, DealMove, Sight};
use plat_testing::proxy::{Fault, FaultKind};
use plat_testing::{Someone, Started, TestApp};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const WRITE: &str = "TransactWriteItems";

async fn start() -> TestApp {
    Started::default().with_proxy().start().await
}

/// The same command whenever it is asked for.
fn command(who: &Someone<'_>, at: Timestamp) -> Command {
    Command {
        id: Id::first_at(at),
        at,
        by: Actor {
            id: who.id.parse().unwrap(),
            name: "Olive".to_owned(),
        },
        origin: Origin::default(),
        depth: 0,
    }
}

#[tokio::test]
async fn a_move_whose_reply_was_lost_is_made_once() {
    let app = start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    app.advance(SignedDuration::from_secs(1));
    app.faults()
        .inject(Fault::once_on(WRITE, FaultKind::LoseReply));

    let moved = move_to(&owner, &deal, "dead").await;

    assert_eq!(moved.expect(200).json()["version"], 2);
    app.faults().heal();
    assert_eq!(chain(&owner, &deal).await.len(), 1);
}

#[tokio::test]
async fn a_repeated_move_is_made_once_even_if_others_moved_the_deal_on() {
    for later in [&[][..], &["new"], &["new", "negotiating", "dead"]] {
        let app = TestApp::start().await;
        let owner = app.owner("Olive").await;
        let deal = owner.deal("12 Elm St", json!({})).await;
        let deals = app.host.app.store.team(owner.team.parse().unwrap()).deals();
        let id = deal["id"].as_str().unwrap().parse().unwrap();
        let command = command(&owner, app.now());
        let kill = || deals.move_to(&command, id, Sight::All, None, DealStatus::Dead, None);
        assert_eq!(kill().await, Ok(DealMove::Made));
        // The clock stands, so these come in the milliseconds behind it.
        for status in later {
            move_to(&owner, &deal, status).await.expect(200);
        }
        let change = json!({"notes": "X"});
        owner.patch(&path(&deal), change).await.expect(200);

        assert_eq!(kill().await, Ok(DealMove::Made));

        let rows = chain(&owner, &deal).await;
        assert_eq!(rows.len(), 1 + later.len(), "{rows:?}");
    }
}

#[tokio::test]
async fn a_move_that_never_reached_the_table_is_made_when_it_is_repeated() {
    let app = start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    app.advance(SignedDuration::from_secs(1));
    app.faults().inject(Fault {
        times: 3,
        ..Fault::once_on(WRITE, FaultKind::LoseRequest)
    });

    move_to(&owner, &deal, "dead").await.expect(503);
    app.faults().heal();
    move_to(&owner, &deal, "dead").await.expect(200);

    assert_eq!(chain(&owner, &deal).await.len(), 1);
}

/// What a recount would find of one column: how many, the sum of target prices, that of assigned ones.
type Sums = BTreeMap<String, (u64, String, String)>;

async fn recounted(who: &Someone<'_>, deals: &[Value]) -> Sums {
    let mut cents: BTreeMap<String, (u64, u64, u64)> = BTreeMap::new();
    for deal in deals {
        let now = who.get(&path(deal)).await;
        if now.status == 404 {
            continue;
        }
        let now = now.expect(200).json();
        let amount = |field: &str| {
            let amount = now[field]["amount"].as_str().unwrap_or("0");
            amount.replace('.', "").parse::<u64>().unwrap()
        };
        let status = now["status"].as_str().unwrap().to_owned();
        let column = cents.entry(status).or_default();
        column.0 += 1;
        column.1 += amount("targetPrice");
        column.2 += amount("assignedPrice");
    }
    let text = |cents: u64| format!("{}.{:02}", cents / 100, cents % 100);
    let columns = cents.into_iter();
    columns
        .map(|(status, (count, target, assigned))| (status, (count, text(target), text(assigned))))
        .collect()
}

fn on_the_board(board: &Value) -> Sums {
    let columns = board["columns"].as_array().unwrap().iter();
    columns
        .filter(|column| column["count"] != 0)
        .map(|column| {
            let total = |name: &str| column[name]["amount"].as_str().unwrap().to_owned();
            let status = column["status"].as_str().unwrap().to_owned();
            let count = column["count"].as_u64().unwrap();
            (
                status,
                (count, total("targetTotal"), total("assignedTotal")),
            )
        })
        .collect()
}

#[tokio::test]
async fn after_a_thousand_moves_and_faults_the_board_is_what_a_recount_finds() {
    let app = start().await;
    let owner = app.owner("Olive").await;
    let mut dice = Dice::new(11);
    let kinds = [
        FaultKind::LoseReply,
        FaultKind::LoseRequest,
        FaultKind::Throttle,
        FaultKind::InternalError,
        FaultKind::TransactionConflict,
    ];
    let operations = [
        WRITE,
        "PutItem",
        "UpdateItem",
        "GetItem",
        "Query",
        "BatchGetItem",
    ];
    let statuses = [
        "new",
        "negotiating",
        "under_contract",
        "assigned",
        "closed",
        "dead",
    ];
    let mut deals = Vec::new();
    for n in 0..60 {
        let mut fields = json!({"targetPrice": dollars(1_000 + n)});
        if n % 3 == 0 {
            fields["assignedPrice"] = dollars(1_100 + n);
        }
        deals.push(owner.deal(&format!("{n} Elm St"), fields).await);
    }

    let mut moved = 0;
    for n in 0..1_000 {
        app.advance(SignedDuration::from_millis(1));
        if n % 10 == 0 {
            app.faults().heal();
            app.faults().inject(Fault {
                operation: Some(*dice.pick(&operations)),
                kind: dice.pick(&kinds).clone(),
                skip: dice.below(6),
                times: 1 + dice.below(4),
            });
        }
        let deal = dice.pick(&deals);
        let answer = match dice.below(25) {
            0 => {
                let body = json!({"assignedPrice": dollars(dice.below(5_000))});
                owner.patch(&path(deal), body).await
            }
            1 if n % 4 == 0 => owner.delete(&path(deal)).await,
            _ => {
                let status = *dice.pick(&statuses);
                move_to(&owner, deal, status).await
            }
        };
        assert!(
            [200, 204, 404, 409, 422, 503].contains(&answer.status),
            "{}",
            answer.text
        );
        moved += usize::from(answer.status == 200);
        // Jobs work while faults are about, and are tried again.
        if n % 100 == 99 {
            app.host.settle().await.unwrap();
        }
    }

    app.faults().heal();
    app.settle().await;
    assert!(moved > 200, "{moved}");
    let board = owner.get("/api/deals/board").await.expect(200).json();
    assert_eq!(on_the_board(&board), recounted(&owner, &deals).await);
    for deal in &deals {
        if owner.get(&path(deal)).await.status == 200 {
            chain(&owner, deal).await;
        }
    }
}
