//! `GET /api/clients/{clientId}`

use super::support::path;
use plat_testing::TestApp;
use serde_json::json;

#[tokio::test]
async fn a_client_is_read_at_the_price_of_one_item() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let client = owner.client("Ann", json!({"notes": "Likes it"})).await;

    let got = owner.get(&path(&client)).await.expect(200);

    assert_eq!(got.json(), client);
    assert_eq!(got.header("etag"), "\"1\"");
    assert_eq!(got.cost.requests, 2);
}

#[tokio::test]
async fn what_is_not_there_and_what_is_anothers_answer_alike() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let client = owner.client("Ann", json!({})).await;
    let lead = owner.lead("Ann", json!({})).await["id"].clone();

    let unknown = owner.get("/api/clients/01ARZ3NDEKTSV4RRFFQ69G5FAV").await;
    let foreign = other.get(&path(&client)).await;
    let no_client = owner
        .get(&format!("/api/clients/{}", lead.as_str().unwrap()))
        .await;
    let nobody = app.get(&path(&client)).await;

    for answer in [&foreign, &no_client] {
        assert_eq!((answer.status, &answer.text), (404, &unknown.text));
    }
    assert_eq!(nobody.status, 401);
}
