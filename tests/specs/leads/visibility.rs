//! Teams whose members see only their own leads and those of nobody.

use super::support::{texts, walk};
use plat_testing::{Someone, TestApp};
use serde_json::{Value, json};

fn path(lead: &Value) -> String {
    format!("/api/leads/{}", lead["id"].as_str().unwrap())
}

async fn team(app: &TestApp) -> (Someone<'_>, Someone<'_>, Someone<'_>) {
    let owner = app.owner("Olive").await;
    let mia = owner.invite("Mia", "member").await;
    let ned = owner.invite("Ned", "member").await;
    owner
        .patch(
            &format!("/api/teams/{}", owner.team),
            json!({"visibility": "own"}),
        )
        .await
        .expect(200);
    (owner, mia, ned)
}

#[tokio::test]
async fn a_member_sees_their_own_leads_and_those_of_nobody() {
    let app = TestApp::start().await;
    let (owner, mia, ned) = team(&app).await;
    let mut leads = Vec::new();
    for (name, who) in [
        ("Of Mia", json!(mia.id)),
        ("Of Ned", json!(ned.id)),
        ("Of nobody", Value::Null),
        ("Of Olive", json!(owner.id)),
    ] {
        leads.push(
            owner
                .lead(
                    name,
                    json!({"assignedTo": who, "source": "Zillow", "score": 50}),
                )
                .await,
        );
    }
    let tag = owner
        .post("/api/tags", json!({"name": "hot"}))
        .await
        .expect(201)
        .id();
    for lead in &leads {
        owner
            .post(&format!("{}/tags", path(lead)), json!({"tags": ["hot"]}))
            .await
            .expect(200);
    }
    app.settle().await;
    let tagged = format!("?tag={tag}");

    for list in [
        "",
        "?sort=oldest",
        "?sort=name",
        "?sort=-score",
        "?sort=lastContact",
        "?source=zillow",
        "?status=new",
        "?q=of",
        "?minScore=10",
        tagged.as_str(),
    ] {
        let mut seen = texts(&walk(&mia, &format!("/api/leads{list}"), 1).await, "name");
        seen.sort();
        assert_eq!(seen, ["Of Mia", "Of nobody"], "{list}");
        assert_eq!(
            walk(&owner, &format!("/api/leads{list}"), 3).await.len(),
            4,
            "{list}"
        );
    }
    let of_ned = mia
        .get(&format!("/api/leads?assignedTo={}", ned.id))
        .await
        .expect(200);
    assert_eq!(of_ned.json(), json!({"items": [], "nextCursor": null}));
}

#[tokio::test]
async fn what_a_member_may_not_see_is_absent_everywhere() {
    let app = TestApp::start().await;
    let (owner, mia, ned) = team(&app).await;
    let lead = owner.lead("Ann", json!({"assignedTo": ned.id})).await;
    let tagged = owner
        .post(&format!("{}/tags", path(&lead)), json!({"tags": ["hot"]}))
        .await
        .expect(200)
        .json();
    let tag = tagged["tags"][0]["id"].as_str().unwrap();
    let note = ned
        .post(
            &format!("{}/notes", path(&lead)),
            json!({"content": "Hello"}),
        )
        .await
        .expect(201)
        .id();
    app.settle().await;
    let unknown = mia.get("/api/leads/01ARZ3NDEKTSV4RRFFQ69G5FAV").await.text;

    let answers = [
        mia.get(&path(&lead)).await,
        mia.get(&format!("{}/history", path(&lead))).await,
        mia.get(&format!("{}/notes", path(&lead))).await,
        mia.get(&format!("{}/activities", path(&lead))).await,
        mia.patch(&path(&lead), json!({"name": "X"})).await,
        mia.patch(&format!("{}/status", path(&lead)), json!({"status": "won"}))
            .await,
        mia.patch(
            &format!("{}/assign", path(&lead)),
            json!({"assignedTo": mia.id}),
        )
        .await,
        mia.post(&format!("{}/notes", path(&lead)), json!({"content": "X"}))
            .await,
        mia.post(&format!("{}/tags", path(&lead)), json!({"tags": ["cold"]}))
            .await,
        mia.delete(&format!("{}/tags/{tag}", path(&lead))).await,
        mia.patch(&format!("/api/notes/{note}"), json!({"content": "X"}))
            .await,
        mia.delete(&format!("/api/notes/{note}")).await,
        mia.delete(&path(&lead)).await,
    ];

    for answer in answers {
        assert_eq!((answer.status, &answer.text), (404, &unknown));
    }
    owner.delete(&path(&lead)).await.expect(204);
    mia.post(&format!("{}/restore", path(&lead)), Value::Null)
        .await
        .expect(404);
    ned.post(&format!("{}/restore", path(&lead)), Value::Null)
        .await
        .expect(200);
}

#[tokio::test]
async fn who_gives_a_lead_away_sees_that_it_was_given() {
    let app = TestApp::start().await;
    let (_, mia, ned) = team(&app).await;
    let lead = mia.lead("Ann", json!({"assignedTo": mia.id})).await;

    let given = mia
        .patch(
            &format!("{}/assign", path(&lead)),
            json!({"assignedTo": ned.id}),
        )
        .await;

    assert_eq!(given.expect(200).json()["assignedTo"], json!(ned.id));
    mia.get(&path(&lead)).await.expect(404);
    ned.get(&path(&lead)).await.expect(200);
}

#[tokio::test]
async fn the_rule_holds_and_ends_at_once() {
    let app = TestApp::start().await;
    let (owner, mia, ned) = team(&app).await;
    let lead = owner.lead("Ann", json!({"assignedTo": ned.id})).await;
    mia.get(&path(&lead)).await.expect(404);

    owner
        .patch(
            &format!("/api/teams/{}", owner.team),
            json!({"visibility": "team"}),
        )
        .await
        .expect(200);

    mia.get(&path(&lead)).await.expect(200);
    assert_eq!(
        mia.get("/api/leads").await.json()["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}
