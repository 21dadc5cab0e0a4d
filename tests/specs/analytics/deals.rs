//! `GET /api/analytics/deals`

use super::support::again;
use crate::deals::support::{bring_to, dollars, move_to, path};
use crate::documents::support::{PDF, announce, attach, pdf};
use jiff::SignedDuration;
use plat_testing::{Someone, TestApp};
use serde_json::{Value, json};

async fn ask(who: &Someone<'_>, query: &str) -> Value {
    let reply = who.get(&format!("/api/analytics/deals{query}")).await;
    reply.expect(200).json()
}

/// A deal that is closed so many hours after it was made, and its owner by then.
async fn close_after<'a>(app: &'a TestApp, who: &Someone<'_>, hours: i64) -> Someone<'a> {
    let deal = who
        .deal(
            &format!("{hours} Elm St"),
            json!({"assignedPrice": dollars(1)}),
        )
        .await;
    bring_to(who, &deal, "assigned").await;
    app.advance(SignedDuration::from_hours(hours));
    let who = again(app, who).await;
    move_to(&who, &deal, "closed").await.expect(200);
    who
}

#[tokio::test]
async fn a_team_without_deals_is_told_zeros_and_nulls() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;

    let told = ask(&owner, "?weeks=1").await;

    let step = |from: &str, to: &str| json!({"from": from, "to": to, "entered": 0, "wentOn": 0, "lost": 0, "rate": null});
    assert_eq!(
        told,
        json!({
            "deals": 0,
            "timeToClose": {"deals": 0, "medianDays": null, "meanDays": null},
            "conversion": [
                step("new", "negotiating"),
                step("negotiating", "under_contract"),
                step("under_contract", "assigned"),
                step("assigned", "closed"),
            ],
            "outcome": {"open": 0, "won": 0, "lost": 0, "winRate": null},
            "documents": {"total": 0, "perDeal": null},
            "activeUsers": {
                "last7Days": 0,
                "weeks": [{"from": "2026-02-24", "to": "2026-03-02", "users": 0}],
            },
        })
    );
}

#[tokio::test]
async fn the_time_to_close_is_the_median_and_the_mean_of_closed_deals() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let owner = close_after(&app, &owner, 24 * 10).await;
    let owner = close_after(&app, &owner, 24 * 20).await;
    owner.deal("Still open", json!({})).await;
    app.settle().await;

    let two = ask(&owner, "").await["timeToClose"].clone();
    let owner = close_after(&app, &owner, 24 * 100 + 12).await;
    app.settle().await;
    let three = ask(&owner, "").await["timeToClose"].clone();

    assert_eq!(
        two,
        json!({"deals": 2, "medianDays": "15.0", "meanDays": "15.0"})
    );
    assert_eq!(
        three,
        json!({"deals": 3, "medianDays": "20.0", "meanDays": "43.5"})
    );
}

#[tokio::test]
async fn conversion_tells_of_each_step_how_many_went_on_and_how_many_died() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    for (n, (status, dies)) in [
        ("new", false),
        ("new", true),
        ("negotiating", false),
        ("under_contract", true),
        ("under_contract", false),
        ("closed", false),
        ("closed", false),
        ("closed", false),
    ]
    .into_iter()
    .enumerate()
    {
        let fields = json!({"assignedPrice": dollars(1)});
        let deal = owner.deal(&format!("{n} Elm St"), fields).await;
        bring_to(&owner, &deal, status).await;
        if dies {
            move_to(&owner, &deal, "dead").await.expect(200);
        }
        if n == 4 {
            // Where it stands now does not undo how far it came.
            move_to(&owner, &deal, "negotiating").await.expect(200);
        }
    }
    app.settle().await;

    let told = ask(&owner, "").await;

    let step = |from: &str, to: &str, entered: u8, went_on: u8, lost: u8, rate: &str| json!({"from": from, "to": to, "entered": entered, "wentOn": went_on, "lost": lost, "rate": rate});
    assert_eq!(
        told["conversion"],
        json!([
            step("new", "negotiating", 8, 6, 1, "0.7500"),
            step("negotiating", "under_contract", 6, 5, 0, "0.8333"),
            step("under_contract", "assigned", 5, 3, 1, "0.6000"),
            step("assigned", "closed", 3, 3, 0, "1.0000"),
        ])
    );
    assert_eq!(
        told["outcome"],
        json!({"open": 3, "won": 3, "lost": 2, "winRate": "0.6000"})
    );
    assert_eq!(told["deals"], 8);
}

#[tokio::test]
async fn documents_are_counted_for_each_deal_that_stands() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let elm = owner.deal("1 Elm St", json!({})).await;
    let oak = owner.deal("2 Oak Ave", json!({})).await;
    owner.deal("3 Ash Ln", json!({})).await;
    for (deal, name) in [
        (&elm, "1.pdf"),
        (&elm, "2.pdf"),
        (&elm, "3.pdf"),
        (&oak, "4.pdf"),
    ] {
        attach(&app, &owner, deal, name).await;
    }
    // One that has not come is not available.
    announce(&owner, &oak, pdf("5.pdf", PDF)).await;
    app.settle().await;

    let before = ask(&owner, "").await["documents"].clone();
    owner.delete(&path(&elm)).await.expect(204);
    app.settle().await;
    let after = ask(&owner, "").await["documents"].clone();

    assert_eq!(before, json!({"total": 4, "perDeal": "1.33"}));
    assert_eq!(after, json!({"total": 1, "perDeal": "0.50"}));
}

#[tokio::test]
async fn a_person_is_active_in_the_weeks_in_which_they_changed_something() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let mia = owner.invite("Mia", "member").await;
    // Joining was work too; this is about later.
    app.advance(SignedDuration::from_hours(24 * 30));
    let (owner, mia) = (again(&app, &owner).await, again(&app, &mia).await);
    let elm = mia.deal("1 Elm St", json!({})).await;
    mia.deal("2 Elm St", json!({})).await;
    app.advance(SignedDuration::from_hours(24 * 6));
    let owner = again(&app, &owner).await;
    owner.get(&path(&elm)).await.expect(200);
    app.settle().await;

    // Whoever only looks does nothing.
    let looked = ask(&owner, "?weeks=3").await["activeUsers"].clone();
    owner.lead("Ann", json!({})).await;
    app.settle().await;
    let worked = ask(&owner, "?weeks=3").await["activeUsers"].clone();
    app.advance(SignedDuration::from_hours(24));
    let owner = again(&app, &owner).await;
    let next_day = ask(&owner, "?weeks=3").await["activeUsers"].clone();

    let users = |told: &Value| -> Vec<u64> {
        let weeks = told["weeks"].as_array().unwrap().iter();
        weeks.map(|week| week["users"].as_u64().unwrap()).collect()
    };
    assert_eq!(users(&looked), [0, 0, 1]);
    assert_eq!(users(&worked), [0, 0, 2]);
    assert_eq!(users(&next_day), [0, 1, 1]);
    assert_eq!(worked["last7Days"], 2);
    assert_eq!(
        worked["weeks"][2],
        json!({"from": "2026-04-01", "to": "2026-04-07", "users": 2})
    );
    let weeks = ask(&owner, "").await["activeUsers"]["weeks"].clone();
    assert_eq!(weeks.as_array().unwrap().len(), 12);
}

#[tokio::test]
async fn from_1_to_52_weeks_are_told() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;

    let year = ask(&owner, "?weeks=52").await;

    assert_eq!(year["activeUsers"]["weeks"].as_array().unwrap().len(), 52);
    for wrong in ["0", "53", "-1", "1000", "many", "1.5", ""] {
        let refused = owner
            .get(&format!("/api/analytics/deals?weeks={wrong}"))
            .await
            .expect(422)
            .json();
        assert_eq!(refused["errors"][0]["pointer"], "/weeks", "{wrong}");
    }
    owner.get("/api/analytics/deals?days=7").await.expect(422);
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
    for (n, who) in [json!(mia.id), json!(owner.id), Value::Null, json!(owner.id)]
        .iter()
        .enumerate()
    {
        let fields = json!({"assignedTo": who, "assignedPrice": dollars(1)});
        let deal = owner.deal(&format!("{n} Elm St"), fields).await;
        bring_to(&owner, &deal, "closed").await;
    }
    app.settle().await;

    let hers = ask(&mia, "").await;
    let all = ask(&owner, "").await;

    assert_eq!(
        (hers["deals"].clone(), all["deals"].clone()),
        (json!(2), json!(4))
    );
    assert_eq!(hers["timeToClose"]["deals"], 2);
    assert_eq!(hers["outcome"]["won"], 2);
    assert_eq!(hers["conversion"][0]["entered"], 2);
    assert_eq!(hers["activeUsers"], all["activeUsers"]);
}

#[tokio::test]
async fn another_teams_deals_are_not_counted_and_assistants_do_not_ask() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    other.deal("1 Elm St", json!({})).await;
    let adam = owner.invite("Adam", "assistant").await;
    app.settle().await;

    assert_eq!(ask(&owner, "").await["deals"], 0);
    assert_eq!(ask(&other, "").await["deals"], 1);
    adam.get("/api/analytics/deals").await.expect(403);
    app.get("/api/analytics/deals").await.expect(401);
}

#[tokio::test]
async fn it_costs_two_requests_however_many_deals_there_are() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    app.settle().await;
    let none = owner.get("/api/analytics/deals").await.expect(200).cost;
    for n in 0..100 {
        owner.deal(&format!("{n} Elm St"), json!({})).await;
    }
    app.settle().await;

    let many = owner.get("/api/analytics/deals").await.expect(200).cost;

    assert_eq!((none.requests, many.requests), (3, 3));
    assert_eq!(many.read_tenths, none.read_tenths);
    println!("{many}");
}
