//! Teams whose members see only their own tasks and those of nobody.

use super::support::{DUE, path, task};
use crate::leads::support::{texts, walk};
use http::Method;
use plat_testing::TestApp;
use serde_json::{Value, json};

#[tokio::test]
async fn what_a_member_may_not_see_is_absent_everywhere() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let (mia, ned) = (
        owner.invite("Mia", "member").await,
        owner.invite("Ned", "member").await,
    );
    let own = json!({"visibility": "own"});
    let team = format!("/api/teams/{}", owner.team);
    owner.patch(&team, own).await.expect(200);
    let theirs = task(&owner, "Neds", json!({"assignedTo": ned.id})).await;
    task(&owner, "Nobodys", json!({"assignedTo": null})).await;
    task(&mia, "Mias", json!({})).await;
    let unknown = mia.get("/api/tasks/01ARZ3NDEKTSV4RRFFQ69G5FAV").await.text;

    let answers = [
        mia.get(&path(&theirs)).await,
        mia.patch(&path(&theirs), json!({"notes": "X"})).await,
        mia.call(Method::PATCH, &format!("{}/complete", path(&theirs)))
            .send()
            .await,
        mia.call(Method::PATCH, &format!("{}/uncomplete", path(&theirs)))
            .send()
            .await,
        mia.delete(&path(&theirs)).await,
    ];

    for answer in answers {
        assert_eq!((answer.status, &answer.text), (404, &unknown));
    }
    for (query, expected) in [
        ("", vec!["Mias", "Nobodys"]),
        ("?status=pending", vec!["Mias", "Nobodys"]),
        ("?assignedTo=me", vec!["Mias"]),
        ("?assignedTo=none", vec!["Nobodys"]),
        (&format!("?assignedTo={}", ned.id), vec![]),
    ] {
        let mut seen = texts(&walk(&mia, &format!("/api/tasks{query}"), 1).await, "title");
        seen.sort();
        assert_eq!(seen, expected, "{query}");
    }
    assert_eq!(walk(&owner, "/api/tasks", 2).await.len(), 3);
}

#[tokio::test]
async fn nobody_plans_about_what_they_may_not_see() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let mia = owner.invite("Mia", "member").await;
    let own = json!({"visibility": "own"});
    let team = format!("/api/teams/{}", owner.team);
    owner.patch(&team, own).await.expect(200);
    let client = owner.client("Ann", json!({"assignedTo": owner.id})).await["id"].clone();
    let body =
        |kind: &str| json!({"title": "Call", "dueAt": DUE, "kind": kind, "clientId": client});

    for kind in ["todo", "follow_up"] {
        let refused = mia.post("/api/tasks", body(kind)).await.expect(422);
        assert_eq!(refused.field_errors(), ["/clientId reference_not_found"]);
    }
    let about: Value = task(
        &owner,
        "Call",
        json!({"clientId": client, "assignedTo": mia.id}),
    )
    .await;
    // What is for them they see, whatever it is about.
    mia.get(&path(&about)).await.expect(200);
}
