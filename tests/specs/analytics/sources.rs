//! `GET /api/analytics/sources`

use crate::deals::support::dollars;
use crate::leads::support::walk;
use plat_testing::{Someone, TestApp};
use serde_json::{Value, json};

const SOURCES: &str = "/api/analytics/sources";

async fn status(who: &Someone<'_>, lead: &Value, status: &str) {
    let path = format!("/api/leads/{}/status", lead["id"].as_str().unwrap());
    who.patch(&path, json!({"status": status}))
        .await
        .expect(200);
}

/// `source leads` of each.
fn counted(rows: &[Value]) -> Vec<String> {
    let counted = rows.iter().map(|row| {
        let source = row["source"].as_str().unwrap_or("-");
        format!("{source} {}", row["leads"])
    });
    counted.collect()
}

#[tokio::test]
async fn each_source_tells_what_becomes_of_its_leads() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let from = async |name: &str, source: &str, value: usize, to: &str| {
        let fields = json!({"source": source, "value": dollars(value)});
        let lead = owner.lead(name, fields).await;
        if to != "new" {
            status(&owner, &lead, to).await;
        }
    };
    from("Ann", "Zillow", 100, "won").await;
    from("Bob", "ZILLOW", 20, "new").await;
    from("Cid", "zillow", 3, "lost").await;
    from("Dan", "Zillow", 9, "won").await;
    owner.lead("Eve", json!({})).await;
    app.settle().await;

    let rows = walk(&owner, SOURCES, 1).await;

    assert_eq!(counted(&rows), ["- 1", "zillow 4"]);
    assert_eq!(
        rows[1],
        json!({
            "source": "zillow", "leads": 4, "open": 1, "won": 2, "lost": 1,
            "conversionRate": "0.5000", "winRate": "0.6667",
            "openValue": [dollars(20)], "wonValue": [dollars(109)],
        })
    );
    assert_eq!(rows[0]["winRate"], Value::Null);
}

#[tokio::test]
async fn a_walk_passes_every_source_once_whatever_it_is_called() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let names = [
        "a",
        "a b",
        "a!",
        "a-b",
        "ab",
        "b c",
        "b c d",
        "$",
        "@none",
        "~",
        "\u{1f3e0}",
    ];
    for (n, source) in names.iter().enumerate() {
        owner
            .lead(&format!("Lead {n}"), json!({"source": source}))
            .await;
    }
    app.settle().await;

    let all = counted(&walk(&owner, SOURCES, 100).await);

    assert_eq!(all.len(), names.len());
    for limit in [1, 2, 3] {
        assert_eq!(counted(&walk(&owner, SOURCES, limit).await), all, "{limit}");
    }
    let second = owner.get(&format!("{SOURCES}?page=2&limit=4")).await;
    let second = second.expect(200).json();
    assert_eq!(counted(second["items"].as_array().unwrap()), all[4..8]);
}

#[tokio::test]
async fn a_source_that_every_lead_has_left_is_not_told() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let ann = owner.lead("Ann", json!({"source": "Fair"})).await;
    app.settle().await;
    let path = format!("/api/leads/{}", ann["id"].as_str().unwrap());
    owner
        .patch(&path, json!({"source": "Zillow"}))
        .await
        .expect(200);
    app.settle().await;

    assert_eq!(counted(&walk(&owner, SOURCES, 9).await), ["zillow 1"]);
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
    for (name, source, who) in [
        ("Ann", "Zillow", json!(mia.id)),
        ("Bob", "Zillow", json!(owner.id)),
        ("Cid", "Zillow", Value::Null),
        ("Dan", "Fair", json!(owner.id)),
        ("Eve", "Yard sign", Value::Null),
        ("Fay", "Ad", json!(mia.id)),
    ] {
        let fields = json!({"source": source, "assignedTo": who});
        owner.lead(name, fields).await;
    }
    app.settle().await;

    for limit in [1, 2, 9] {
        assert_eq!(
            counted(&walk(&mia, SOURCES, limit).await),
            ["ad 1", "yard sign 1", "zillow 2"]
        );
    }
    assert_eq!(
        counted(&walk(&owner, SOURCES, 9).await),
        ["ad 1", "fair 1", "yard sign 1", "zillow 3"]
    );
    assert_eq!(counted(&walk(&other, SOURCES, 9).await), [""; 0]);
    ada.get(SOURCES).await.expect(403);
    app.get(SOURCES).await.expect(401);
    owner.get(&format!("{SOURCES}?limit=0")).await.expect(422);
}

#[tokio::test]
async fn it_costs_one_request_however_many_leads_there_are() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    owner.lead("Ann", json!({"source": "Fair"})).await;
    app.settle().await;
    let few = owner.get(SOURCES).await.expect(200).cost;
    for n in 0..50 {
        owner
            .lead(&format!("Lead {n}"), json!({"source": "Fair"}))
            .await;
    }
    app.settle().await;

    let many = owner.get(SOURCES).await.expect(200).cost;

    assert_eq!((few.requests, many.requests), (2, 2));
    assert_eq!(many.read_tenths, few.read_tenths);
}
