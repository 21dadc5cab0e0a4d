//! `GET /api/analytics/overview`

use super::support::again;
use crate::deals::support::{bring_to, dollars};
use jiff::SignedDuration;
use plat_testing::{Someone, TestApp};
use serde_json::{Value, json};

async fn ask(who: &Someone<'_>, query: &str) -> Value {
    let path = format!("/api/analytics/overview{query}");
    who.get(&path).await.expect(200).json()
}

async fn status(who: &Someone<'_>, lead: &Value, status: &str) {
    let path = format!("/api/leads/{}/status", lead["id"].as_str().unwrap());
    who.patch(&path, json!({"status": status}))
        .await
        .expect(200);
}

#[tokio::test]
async fn a_team_that_has_nothing_is_told_so() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;

    let told = ask(&owner, "").await;

    let none = json!({"count": 0, "before": 0, "change": null});
    let expected = json!({
        "period": {"from": "2026-02-01", "to": "2026-03-02"},
        "before": {"from": "2026-01-02", "to": "2026-01-31"},
        "leads": {
            "total": 0, "open": 0, "openValue": [], "winRate": null, "created": none, "won": none,
            "wonValue": [], "lost": none, "converted": none,
        },
        "deals": {"total": 0, "open": 0, "created": none, "closed": none},
        "clients": {"total": 0, "active": 0, "created": none, "closed": none},
        "emailsSent": none,
    });
    assert_eq!(told, expected);
}

#[tokio::test]
async fn what_happened_is_compared_with_as_many_days_before() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    owner.lead("Ann", json!({"value": dollars(100)})).await;
    let bob = owner.lead("Bob", json!({"value": dollars(7)})).await;
    status(&owner, &bob, "lost").await;
    app.settle().await;
    app.advance(SignedDuration::from_hours(24 * 10));
    let owner = again(&app, &owner).await;
    for name in ["Cid", "Dan", "Eve"] {
        let lead = owner.lead(name, json!({"value": dollars(20)})).await;
        if name != "Eve" {
            status(&owner, &lead, "won").await;
        }
    }
    let deal = owner
        .deal("1 Elm St", json!({"assignedPrice": dollars(9)}))
        .await;
    bring_to(&owner, &deal, "closed").await;
    let client = owner.client("Fay", json!({})).await;
    let email = json!({"clientId": client["id"]});
    owner.post("/api/emails/send", email).await.expect(201);
    app.settle().await;

    let told = ask(&owner, "?from=2026-03-06&to=2026-03-12").await;

    assert_eq!(
        told["before"],
        json!({"from": "2026-02-27", "to": "2026-03-05"})
    );
    let leads = &told["leads"];
    assert_eq!((&leads["total"], &leads["open"]), (&json!(5), &json!(2)));
    assert_eq!(leads["openValue"], json!([dollars(120)]));
    assert_eq!(leads["winRate"], "0.6667");
    assert_eq!(
        leads["created"],
        json!({"count": 3, "before": 2, "change": "0.5000"})
    );
    assert_eq!(
        leads["won"],
        json!({"count": 2, "before": 0, "change": null})
    );
    assert_eq!(leads["wonValue"], json!([dollars(40)]));
    assert_eq!(
        leads["lost"],
        json!({"count": 0, "before": 1, "change": "-1.0000"})
    );
    assert_eq!(told["deals"]["closed"]["count"], 1);
    assert_eq!(told["clients"]["created"]["count"], 1);
    assert_eq!(told["emailsSent"]["count"], 1);
    let earlier = ask(&owner, "?from=2026-02-20&to=2026-03-05").await;
    assert_eq!(earlier["leads"]["created"]["count"], 2);
}

#[tokio::test]
async fn a_converted_lead_counts_as_such() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let ann = owner.lead("Ann", json!({})).await;
    let path = format!("/api/leads/{}/convert", ann["id"].as_str().unwrap());
    let body = json!({"propertyAddress": "1 Elm St", "propertyType": "land"});
    owner.post(&path, body).await.expect(201);
    app.settle().await;

    let told = ask(&owner, "").await;

    assert_eq!(told["leads"]["converted"]["count"], 1);
}

#[tokio::test]
async fn who_sees_only_their_own_is_told_of_that_and_of_nobodys() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let mia = owner.invite("Mia", "member").await;
    let team = format!("/api/teams/{}", owner.team);
    owner
        .patch(&team, json!({"visibility": "own"}))
        .await
        .expect(200);
    for (name, who) in [
        ("Ann", json!(mia.id)),
        ("Bob", json!(owner.id)),
        ("Cid", Value::Null),
    ] {
        owner.lead(name, json!({"assignedTo": who})).await;
        owner.deal(name, json!({"assignedTo": who})).await;
    }
    app.settle().await;

    let (hers, all) = (ask(&mia, "").await, ask(&owner, "").await);

    for kind in ["leads", "deals"] {
        let counts = |told: &Value| {
            let told = &told[kind];
            (told["total"].clone(), told["created"]["count"].clone())
        };
        assert_eq!(counts(&hers), (json!(2), json!(2)), "{kind}");
        assert_eq!(counts(&all), (json!(3), json!(3)), "{kind}");
    }
}

#[tokio::test]
async fn a_year_at_most_is_told_to_who_may_ask() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let ada = owner.invite("Ada", "assistant").await;
    owner.lead("Ann", json!({})).await;
    app.settle().await;
    let path = "/api/analytics/overview";

    assert_eq!(ask(&other, "").await["leads"]["total"], 0);
    ada.get(path).await.expect(403);
    app.get(path).await.expect(401);
    ask(&owner, "?from=2025-03-02").await;
    for query in ["from=2025-02-28", "from=2026-03-03", "to=soon", "days=7"] {
        owner.get(&format!("{path}?{query}")).await.expect(422);
    }
}

#[tokio::test]
async fn it_costs_two_requests_however_much_there_is() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    owner.lead("Ann", json!({})).await;
    app.settle().await;
    let path = "/api/analytics/overview";
    let few = owner.get(path).await.expect(200).cost;
    for n in 0..50 {
        owner.lead(&format!("Lead {n}"), json!({})).await;
    }
    app.settle().await;

    let many = owner.get(path).await.expect(200).cost;

    assert_eq!((few.requests, many.requests), (3, 3));
    assert_eq!(many.read_tenths, few.read_tenths);
}
