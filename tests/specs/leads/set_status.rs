//! `PATCH /api/leads/{leadId}/status`

use super::support::walk;
use futures::future::join_all;
use http::Method;
use plat_testing::TestApp;
use serde_json::{Value, json};

fn path(lead: &Value) -> String {
    format!("/api/leads/{}/status", lead["id"].as_str().unwrap())
}

#[tokio::test]
async fn a_lead_moves_and_remembers_who_moved_it_and_why() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", json!({})).await;

    let moved = owner
        .patch(
            &path(&lead),
            json!({"status": "qualified", "note": "Has a budget"}),
        )
        .await
        .expect(200);

    assert_eq!(
        (moved.json()["status"].as_str(), moved.header("etag")),
        (Some("qualified"), "\"2\"")
    );
    let history = owner
        .get(&format!(
            "/api/leads/{}/history",
            lead["id"].as_str().unwrap()
        ))
        .await
        .expect(200)
        .json();
    let mut row = history["items"][0].clone();
    assert!(row["id"].as_str().is_some_and(|id| id.len() == 26));
    row["id"] = Value::Null;
    assert_eq!(
        row,
        json!({
            "id": null, "oldStatus": "new", "newStatus": "qualified", "note": "Has a budget",
            "changedBy": {"id": owner.id, "name": "Olive"}, "changedAt": "2026-03-02T15:00:00Z",
        })
    );
}

#[tokio::test]
async fn a_closed_lead_is_reopened_only_with_a_reason() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    for closed in ["won", "lost"] {
        let lead = owner.lead(closed, json!({"status": closed})).await;

        let without = owner.patch(&path(&lead), json!({"status": "new"})).await;
        let blank = owner
            .patch(&path(&lead), json!({"status": "new", "note": "  "}))
            .await;
        let with = owner
            .patch(
                &path(&lead),
                json!({"status": "new", "note": "Called again"}),
            )
            .await;

        assert_eq!(without.expect(422).field_errors(), ["/note required"]);
        assert_eq!(blank.expect(422).field_errors(), ["/note required"]);
        assert_eq!(with.expect(200).json()["status"], "new");
    }
}

#[tokio::test]
async fn a_lead_does_not_move_to_where_it_is() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", json!({})).await;

    let refused = owner
        .patch(&path(&lead), json!({"status": "new"}))
        .await
        .expect(409);

    assert_eq!(refused.problem(), "illegal-transition");
    assert_eq!(
        refused.json()["legalMoves"],
        json!([
            "contacted",
            "qualified",
            "proposal",
            "negotiation",
            "won",
            "lost"
        ])
    );
    let history = owner
        .get(&path(&lead).replace("/status", "/history"))
        .await
        .json();
    assert_eq!(history["items"], json!([]));
}

#[tokio::test]
async fn wrong_fields_stale_versions_and_foreign_leads_are_refused() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let lead = owner.lead("Ann", json!({})).await;

    let wrong = owner
        .patch(&path(&lead), json!({"note": "x".repeat(1_001), "why": 1}))
        .await;
    let stale = owner
        .call(Method::PATCH, &path(&lead))
        .if_match(2)
        .json(json!({"status": "won"}))
        .send()
        .await;
    let foreign = other.patch(&path(&lead), json!({"status": "won"})).await;

    assert_eq!(
        wrong.expect(422).field_errors(),
        ["/note too_long", "/status required", "/why unknown_field"]
    );
    assert_eq!(stale.expect(412).json()["currentVersion"], 1);
    foreign.expect(404);
}

#[tokio::test]
async fn thirty_moves_at_once_leave_an_unbroken_history() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", json!({})).await;
    let open = ["contacted", "qualified", "proposal", "negotiation", "new"];

    let to = path(&lead);
    let answers = join_all((0..30).map(|n| {
        owner.patch(
            &to,
            json!({"status": open[n % open.len()], "note": format!("Move {n}")}),
        )
    }))
    .await;

    let moved = answers.iter().filter(|answer| answer.status == 200).count();
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        assert_eq!(answer.problem(), "illegal-transition", "{}", answer.text);
    }
    let mut rows = walk(&owner, &to.replace("/status", "/history"), 7).await;
    rows.reverse();
    assert_eq!(rows.len(), moved);
    let mut status = json!("new");
    for row in rows {
        assert_eq!(row["oldStatus"], status);
        status = row["newStatus"].clone();
    }
    let after = owner.get(&to.replace("/status", "")).await.json();
    assert_eq!(after["status"], status);
    assert_eq!(after["version"], moved + 1);
}
