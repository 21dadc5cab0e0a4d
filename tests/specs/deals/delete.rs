//! `DELETE /api/deals/{dealId}`

use super::support::{move_to, path};
use http::Method;
use plat_testing::TestApp;
use serde_json::json;

#[tokio::test]
async fn a_deleted_deal_is_absent_everywhere() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    move_to(&owner, &deal, "negotiating").await.expect(200);

    owner.delete(&path(&deal)).await.expect(204);
    app.settle().await;

    for under in ["", "/history"] {
        owner
            .get(&format!("{}{under}", path(&deal)))
            .await
            .expect(404);
    }
    owner
        .patch(&path(&deal), json!({"notes": "X"}))
        .await
        .expect(404);
    owner
        .patch(
            &format!("{}/assign", path(&deal)),
            json!({"assignedTo": null}),
        )
        .await
        .expect(404);
    move_to(&owner, &deal, "dead").await.expect(404);
    owner.delete(&path(&deal)).await.expect(404);
    let board = owner.get("/api/deals/board").await.expect(200).json();
    for column in board["columns"].as_array().unwrap() {
        assert_eq!(
            (&column["count"], &column["items"]),
            (&json!(0), &json!([]))
        );
    }
}

#[tokio::test]
async fn a_deal_that_changed_meanwhile_or_is_anothers_is_not_deleted() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let deal = owner.deal("12 Elm St", json!({})).await;
    owner
        .patch(&path(&deal), json!({"notes": "X"}))
        .await
        .expect(200);

    let stale = owner
        .call(Method::DELETE, &path(&deal))
        .if_match(1)
        .send()
        .await;
    let foreign = other.delete(&path(&deal)).await;

    assert_eq!(stale.expect(412).json()["currentVersion"], 2);
    foreign.expect(404);
    owner.get(&path(&deal)).await.expect(200);
}
