//! `GET /api/analytics/leads`

use super::support::again;
use crate::deals::support::dollars;
use jiff::SignedDuration;
use plat_testing::TestApp;
use serde_json::{Value, json};

const LEADS: &str = "/api/analytics/leads";

#[tokio::test]
async fn leads_are_told_by_status_by_member_and_by_day() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let ann = owner.lead("Ann", json!({"value": dollars(5)})).await;
    app.settle().await;
    app.advance(SignedDuration::from_hours(24));
    let owner = again(&app, &owner).await;
    let fields = json!({"value": dollars(70), "assignedTo": owner.id});
    owner.lead("Bob", fields).await;
    let path = format!("/api/leads/{}", ann["id"].as_str().unwrap());
    owner
        .patch(&format!("{path}/status"), json!({"status": "won"}))
        .await
        .expect(200);
    let cid = owner.lead("Cid", json!({})).await;
    let path = format!("/api/leads/{}", cid["id"].as_str().unwrap());
    owner.delete(&path).await.expect(204);
    app.settle().await;

    let path = format!("{LEADS}?from=2026-03-02&to=2026-03-03");
    let told = owner.get(&path).await.expect(200).json();

    assert_eq!(told["total"], 2);
    assert_eq!(told["created"]["count"], 3);
    assert_eq!(told["deleted"]["count"], 1);
    assert_eq!(told["byStatus"].as_array().unwrap().len(), 7);
    assert_eq!(
        told["byStatus"][0],
        json!({"status": "new", "count": 1, "share": "0.5000", "value": [dollars(70)]})
    );
    assert_eq!(
        told["byAssignee"],
        json!([
            {
                "assignedTo": null, "total": 1, "open": 0, "openValue": [],
                "statuses": {"won": 1},
            },
            {
                "assignedTo": owner.id, "total": 1, "open": 1, "openValue": [dollars(70)],
                "statuses": {"new": 1},
            },
        ])
    );
    assert_eq!(
        told["days"],
        json!([
            {"day": "2026-03-02", "created": 1, "won": 0, "lost": 0},
            {"day": "2026-03-03", "created": 2, "won": 1, "lost": 0},
        ])
    );
}

#[tokio::test]
async fn who_sees_only_their_own_leads_is_told_of_those_and_of_nobodys() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let (mia, ada) = (
        owner.invite("Mia", "member").await,
        owner.invite("Ada", "assistant").await,
    );
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
    }
    app.settle().await;

    let told = mia.get(LEADS).await.expect(200).json();

    assert_eq!(told["total"], 2);
    assert_eq!(told["created"]["count"], 2);
    assert_eq!(told["days"].as_array().unwrap().len(), 30);
    let all = owner.get(LEADS).await.expect(200).json();
    assert_eq!(
        (&all["total"], &all["created"]["count"]),
        (&json!(3), &json!(3))
    );
    let others = other.get(LEADS).await.expect(200).json();
    assert_eq!(others["total"], 0);
    ada.get(LEADS).await.expect(403);
    app.get(LEADS).await.expect(401);
    owner.get(&format!("{LEADS}?to=x")).await.expect(422);
}

#[tokio::test]
async fn it_costs_two_requests_however_many_leads_there_are() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    owner.lead("Ann", json!({})).await;
    app.settle().await;
    let few = owner.get(LEADS).await.expect(200).cost;
    for n in 0..50 {
        owner.lead(&format!("Lead {n}"), json!({})).await;
    }
    app.settle().await;

    let many = owner.get(LEADS).await.expect(200).cost;

    assert_eq!((few.requests, many.requests), (3, 3));
    assert_eq!(many.read_tenths, few.read_tenths);
}
