//! `GET /api/deals/{dealId}`

use super::support::path;
use http::Method;
use plat_testing::TestApp;
use serde_json::json;

#[tokio::test]
async fn a_deal_of_another_team_is_as_absent_as_one_that_never_was() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let deal = owner.deal("12 Elm St", json!({})).await;

    let foreign = other.get(&path(&deal)).await;
    let unknown = other.get("/api/deals/01ARZ3NDEKTSV4RRFFQ69G5FAV").await;
    let nonsense = other.get("/api/deals/elm").await;

    assert_eq!((foreign.status, &foreign.text), (404, &unknown.text));
    assert_eq!(nonsense.text, unknown.text);
    app.get(&path(&deal)).await.expect(401);
}

#[tokio::test]
async fn a_lead_is_no_deal() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", json!({})).await;

    let answer = owner.get(&path(&lead)).await;

    answer.expect(404);
}

#[tokio::test]
async fn a_deal_that_is_known_already_is_not_sent_again() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    let unless = |tag: &str| {
        owner
            .call(Method::GET, &path(&deal))
            .header("if-none-match", tag)
            .send()
    };

    let same = unless("\"1\"").await;
    owner
        .patch(&path(&deal), json!({"notes": "Roof leaks"}))
        .await
        .expect(200);
    let changed = unless("\"1\"").await;

    assert_eq!((same.status, same.text.as_str()), (304, ""));
    assert_eq!((changed.status, changed.header("etag")), (200, "\"2\""));
}
