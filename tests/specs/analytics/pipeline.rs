//! `GET /api/analytics/pipeline`

use super::support::again;
use crate::deals::support::{bring_to, dollars, move_to, path};
use jiff::SignedDuration;
use plat_testing::{Someone, TestApp};
use serde_json::{Value, json};

const LIFE: [&str; 6] = [
    "new",
    "negotiating",
    "under_contract",
    "assigned",
    "closed",
    "dead",
];

async fn ask(who: &Someone<'_>) -> Value {
    let reply = who.get("/api/analytics/pipeline").await;
    reply.expect(200).json()
}

#[tokio::test]
async fn a_team_without_deals_has_every_stage_empty() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;

    let told = ask(&owner).await;

    let stage = |status: &&str| {
        json!({
            "status": status,
            "count": 0,
            "targetTotals": [],
            "assignedTotals": [],
            "share": null,
            "meanDaysInStage": null,
        })
    };
    let open = json!({"count": 0, "targetTotals": [], "assignedTotals": []});
    let stages: Vec<_> = LIFE.iter().map(stage).collect();
    assert_eq!(told, json!({"stages": stages, "open": open}));
}

#[tokio::test]
async fn each_stage_tells_its_deals_what_they_are_worth_and_how_long_they_have_been_there() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let euros = json!({"amount": "70.50", "currency": "EUR"});
    owner
        .deal("1 Elm St", json!({"targetPrice": dollars(100)}))
        .await;
    let oak = owner
        .deal("2 Oak Ave", json!({"targetPrice": dollars(20)}))
        .await;
    let ash = owner
        .deal(
            "3 Ash Ln",
            json!({"targetPrice": euros, "assignedPrice": dollars(7)}),
        )
        .await;
    app.advance(SignedDuration::from_hours(24 * 2));
    let owner = again(&app, &owner).await;
    owner
        .deal("4 Fir Rd", json!({"targetPrice": dollars(3)}))
        .await;
    bring_to(&owner, &oak, "negotiating").await;
    bring_to(&owner, &ash, "closed").await;
    app.settle().await;
    app.advance(SignedDuration::from_hours(24 * 3));
    let owner = again(&app, &owner).await;

    let told = ask(&owner).await;

    let euros = json!([{"amount": "70.50", "currency": "EUR"}]);
    assert_eq!(
        told["stages"][0],
        json!({
            "status": "new",
            "count": 2,
            "targetTotals": [dollars(103)],
            "assignedTotals": [],
            "share": "0.5000",
            "meanDaysInStage": "4.0",
        })
    );
    assert_eq!(told["stages"][1]["meanDaysInStage"], "3.0");
    assert_eq!(
        told["stages"][4],
        json!({
            "status": "closed",
            "count": 1,
            "targetTotals": euros,
            "assignedTotals": [dollars(7)],
            "share": "0.2500",
            "meanDaysInStage": "3.0",
        })
    );
    assert_eq!(
        told["open"],
        json!({"count": 3, "targetTotals": [dollars(123)], "assignedTotals": []})
    );
}

#[tokio::test]
async fn changes_and_deletions_change_the_pipeline() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let elm = owner
        .deal("1 Elm St", json!({"targetPrice": dollars(100)}))
        .await;
    let oak = owner
        .deal("2 Oak Ave", json!({"targetPrice": dollars(50)}))
        .await;
    owner
        .patch(&path(&elm), json!({"targetPrice": dollars(80)}))
        .await
        .expect(200);
    move_to(&owner, &oak, "dead").await.expect(200);
    app.settle().await;

    let before = ask(&owner).await;
    owner.delete(&path(&elm)).await.expect(204);
    app.settle().await;
    let after = ask(&owner).await;

    assert_eq!(before["open"]["targetTotals"], json!([dollars(80)]));
    assert_eq!(before["stages"][5]["count"], 1);
    assert_eq!(
        after["open"],
        json!({"count": 0, "targetTotals": [], "assignedTotals": []})
    );
    assert_eq!(after["stages"][5]["share"], "1.0000");
}

#[tokio::test]
async fn who_sees_only_their_own_deals_is_told_of_those_and_of_nobodys() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let mia = owner.invite("Mia", "member").await;
    let team = format!("/api/teams/{}", owner.team);
    owner
        .patch(&team, json!({"visibility": "own"}))
        .await
        .expect(200);
    for (price, who) in [
        (1, json!(mia.id)),
        (10, json!(owner.id)),
        (100, Value::Null),
    ] {
        let fields = json!({"assignedTo": who, "targetPrice": dollars(price)});
        owner.deal(&format!("{price} Elm St"), fields).await;
    }
    app.settle().await;

    assert_eq!(
        ask(&mia).await["open"],
        json!({"count": 2, "targetTotals": [dollars(101)], "assignedTotals": []})
    );
    assert_eq!(ask(&owner).await["open"]["count"], 3);
}

#[tokio::test]
async fn another_teams_deals_are_not_counted_and_assistants_do_not_ask() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    other.deal("1 Elm St", json!({})).await;
    let adam = owner.invite("Adam", "assistant").await;
    app.settle().await;

    assert_eq!(ask(&owner).await["open"]["count"], 0);
    assert_eq!(ask(&other).await["open"]["count"], 1);
    adam.get("/api/analytics/pipeline").await.expect(403);
    app.get("/api/analytics/pipeline").await.expect(401);
}

#[tokio::test]
async fn it_costs_one_request_however_many_deals_there_are() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let none = owner.get("/api/analytics/pipeline").await.expect(200).cost;
    for n in 0..100 {
        owner.deal(&format!("{n} Elm St"), json!({})).await;
    }
    app.settle().await;

    let many = owner.get("/api/analytics/pipeline").await.expect(200).cost;

    assert_eq!((none.requests, many.requests), (2, 2));
    assert_eq!(many.read_tenths, none.read_tenths);
}
