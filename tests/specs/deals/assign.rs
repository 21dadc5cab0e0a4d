//! `PATCH /api/deals/{dealId}/assign`

use super::support::path;
use http::Method;
use plat_testing::TestApp;
use serde_json::{Value, json};

fn assign(deal: &Value) -> String {
    format!("{}/assign", path(deal))
}

#[tokio::test]
async fn a_deal_is_given_to_a_member_and_back_to_nobody() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let mia = owner.invite("Mia", "member").await;
    let deal = owner.deal("12 Elm St", json!({})).await;

    let given = owner
        .patch(&assign(&deal), json!({"assignedTo": mia.id}))
        .await
        .expect(200);
    let back = mia
        .patch(&assign(&deal), json!({"assignedTo": null}))
        .await
        .expect(200);

    assert_eq!(
        (given.json()["assignedTo"].as_str(), given.header("etag")),
        (Some(mia.id.as_str()), "\"2\"")
    );
    assert_eq!(back.json()["assignedTo"], Value::Null);
}

#[tokio::test]
async fn who_is_no_member_gets_no_deal() {
    let app = TestApp::start().await;
    let (owner, stranger) = (app.owner("Olive").await, app.owner("Sam").await);
    let deal = owner.deal("12 Elm St", json!({})).await;

    for (body, expected) in [
        (
            json!({"assignedTo": stranger.id}),
            "/assignedTo reference_not_found",
        ),
        (json!({"assignedTo": "me"}), "/assignedTo invalid_id"),
        (json!({"to": null}), "/assignedTo required"),
    ] {
        let refused = owner.patch(&assign(&deal), body).await.expect(422);
        assert_eq!(refused.field_errors()[0], expected);
    }
    assert_eq!(owner.get(&path(&deal)).await.json(), deal);
}

#[tokio::test]
async fn stale_and_foreign_assignments_are_refused() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let deal = owner.deal("12 Elm St", json!({})).await;

    let stale = owner
        .call(Method::PATCH, &assign(&deal))
        .if_match(7)
        .json(json!({"assignedTo": owner.id}))
        .send()
        .await;
    let foreign = other
        .patch(&assign(&deal), json!({"assignedTo": other.id}))
        .await;

    assert_eq!(stale.expect(412).json()["currentVersion"], 1);
    foreign.expect(404);
}
