//! `GET /api/analytics/conversion`

use super::support::again;
use jiff::SignedDuration;
use plat_testing::{Someone, TestApp};
use serde_json::{Value, json};

const CONVERSION: &str = "/api/analytics/conversion";

async fn lead(who: &Someone<'_>, name: &str, statuses: &[&str], to: Value) {
    let lead = who.lead(name, json!({"assignedTo": to})).await;
    let path = format!("/api/leads/{}/status", lead["id"].as_str().unwrap());
    for status in statuses {
        who.patch(&path, json!({"status": status}))
            .await
            .expect(200);
    }
}

#[tokio::test]
async fn the_funnel_tells_how_far_leads_have_come() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    lead(&owner, "Ann", &["lost"], json!(owner.id)).await;
    app.settle().await;
    app.advance(SignedDuration::from_hours(24 * 5));
    let owner = again(&app, &owner).await;
    lead(&owner, "Bob", &[], Value::Null).await;
    lead(&owner, "Cid", &["contacted"], Value::Null).await;
    lead(&owner, "Dan", &["contacted", "qualified"], json!(owner.id)).await;
    lead(&owner, "Eve", &["contacted", "won"], json!(owner.id)).await;
    app.settle().await;

    let path = format!("{CONVERSION}?from=2026-03-05&to=2026-03-07");
    let told = owner.get(&path).await.expect(200).json();

    let step = |status: &str| {
        let steps = told["funnel"].as_array().unwrap().iter();
        let step = steps.clone().find(|step| step["status"] == status);
        let step = step.unwrap();
        (
            step["reached"].as_u64().unwrap(),
            step["rate"].as_str().map(str::to_owned),
            step["came"]["count"].as_u64().unwrap(),
        )
    };
    let rate = |rate: &str| Some(rate.to_owned());
    assert_eq!(step("new"), (4, None, 4));
    assert_eq!(step("contacted"), (3, rate("0.7500"), 3));
    assert_eq!(step("qualified"), (2, rate("0.6667"), 1));
    assert_eq!(step("proposal"), (1, rate("0.5000"), 0));
    assert_eq!(step("won"), (1, rate("1.0000"), 1));
    assert_eq!(told["funnel"].as_array().unwrap().len(), 6);
    assert_eq!(
        told["created"],
        json!({"count": 4, "before": 1, "change": "3.0000"})
    );
    assert_eq!(told["winRate"], "1.0000");
    assert_eq!(told["winRateBefore"], "0.0000");
    assert_eq!(
        told["byAssignee"],
        json!([
            {
                "assignedTo": null, "leads": 2, "won": 0, "lost": 0,
                "conversionRate": "0.0000", "winRate": null,
            },
            {
                "assignedTo": owner.id, "leads": 3, "won": 1, "lost": 1,
                "conversionRate": "0.3333", "winRate": "0.5000",
            },
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
    lead(&owner, "Ann", &["won"], json!(mia.id)).await;
    lead(&owner, "Bob", &["won"], json!(owner.id)).await;
    lead(&owner, "Cid", &[], Value::Null).await;
    app.settle().await;

    let told = mia.get(CONVERSION).await.expect(200).json();

    assert_eq!(told["won"]["count"], 1);
    assert_eq!(told["funnel"][0]["reached"], 2);
    let whose = told["byAssignee"].as_array().unwrap().iter();
    let whose: Vec<_> = whose.map(|row| row["assignedTo"].clone()).collect();
    assert_eq!(whose, [Value::Null, json!(mia.id)]);
    let others = other.get(CONVERSION).await.expect(200).json();
    assert_eq!(others["byAssignee"], json!([]));
    ada.get(CONVERSION).await.expect(403);
    app.get(CONVERSION).await.expect(401);
    let wrong = format!("{CONVERSION}?from=2026-03-03&to=2026-03-02");
    owner.get(&wrong).await.expect(422);
}
