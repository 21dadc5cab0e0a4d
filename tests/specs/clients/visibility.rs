//! Teams whose members see only their own clients and those of nobody.

use super::support::path;
use crate::leads::support::{texts, walk};
use plat_testing::{Someone, TestApp};
use serde_json::{Value, json};

async fn team(app: &TestApp) -> (Someone<'_>, Someone<'_>, Someone<'_>) {
    let owner = app.owner("Olive").await;
    let mia = owner.invite("Mia", "member").await;
    let ned = owner.invite("Ned", "member").await;
    let team = format!("/api/teams/{}", owner.team);
    let own = json!({"visibility": "own"});
    owner.patch(&team, own).await.expect(200);
    (owner, mia, ned)
}

#[tokio::test]
async fn what_a_member_may_not_see_is_absent_everywhere() {
    let app = TestApp::start().await;
    let (owner, mia, ned) = team(&app).await;
    let client = owner.client("Ann", json!({"assignedTo": ned.id})).await;
    app.settle().await;
    let at = path(&client);
    let unknown = mia.get("/api/clients/01ARZ3NDEKTSV4RRFFQ69G5FAV").await;
    owner.get(&format!("{at}/timeline")).await.expect(200);

    let answers = [
        mia.get(&at).await,
        mia.get(&format!("{at}/tasks")).await,
        mia.get(&format!("{at}/timeline")).await,
        mia.patch(&at, json!({"notes": "X"})).await,
        mia.patch(&at, json!({"assignedTo": mia.id})).await,
        mia.delete(&at).await,
    ];

    for answer in answers {
        assert_eq!((answer.status, &answer.text), (404, &unknown.text));
    }
    ned.delete(&at).await.expect(204);
    let restore = format!("{at}/restore");
    mia.post(&restore, Value::Null).await.expect(404);
    ned.post(&restore, Value::Null).await.expect(200);
}

#[tokio::test]
async fn a_list_shows_a_member_their_own_clients_and_those_of_nobody() {
    let app = TestApp::start().await;
    let (owner, mia, ned) = team(&app).await;
    for (name, who) in [
        ("Ann Mine", json!(mia.id)),
        ("Bob Neds", json!(ned.id)),
        ("Cid Nobodys", Value::Null),
    ] {
        owner.client(name, json!({"assignedTo": who})).await;
    }
    app.settle().await;

    let their_own = ["Ann Mine", "Cid Nobodys"];
    for (query, expected) in [
        ("", &their_own[..]),
        ("?sort=name", &their_own),
        ("?stage=lead", &their_own),
        ("?q=elm", &their_own),
        ("?assignedTo=me", &["Ann Mine"]),
        (&format!("?assignedTo={}", ned.id), &[]),
        ("?q=bob", &[]),
    ] {
        let mut seen = texts(
            &walk(&mia, &format!("/api/clients{query}"), 1).await,
            "name",
        );
        seen.sort();
        assert_eq!(seen, expected, "{query}");
    }
    assert_eq!(walk(&owner, "/api/clients", 1).await.len(), 3);
}

#[tokio::test]
async fn a_client_cannot_point_to_a_lead_that_its_maker_does_not_see() {
    let app = TestApp::start().await;
    let (owner, mia, ned) = team(&app).await;
    let lead = owner.lead("Ann", json!({"assignedTo": ned.id})).await;
    let mut body = super::support::body("Ann", "ann@example.com");
    body["leadId"] = lead["id"].clone();

    let refused = mia.post("/api/clients", body.clone()).await.expect(422);
    let made = ned.post("/api/clients", body).await;

    assert_eq!(refused.field_errors(), ["/leadId reference_not_found"]);
    made.expect(201);
}
