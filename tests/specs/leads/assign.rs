//! `PATCH /api/leads/{leadId}/assign`

use http::Method;
use plat_testing::TestApp;
use serde_json::{Value, json};

fn path(lead: &Value) -> String {
    format!("/api/leads/{}/assign", lead["id"].as_str().unwrap())
}

#[tokio::test]
async fn a_lead_is_given_to_a_member_and_back_to_nobody() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let mia = owner.invite("Mia", "member").await;
    let lead = owner.lead("Ann", json!({})).await;

    let given = owner
        .patch(&path(&lead), json!({"assignedTo": mia.id}))
        .await
        .expect(200);
    let mine = mia.get("/api/leads?assignedTo=me").await.json();
    let back = mia
        .patch(&path(&lead), json!({"assignedTo": null}))
        .await
        .expect(200);

    assert_eq!(
        (given.json()["assignedTo"].as_str(), given.header("etag")),
        (Some(mia.id.as_str()), "\"2\"")
    );
    assert_eq!(mine["items"][0]["id"], lead["id"]);
    assert_eq!(back.json()["assignedTo"], Value::Null);
    assert_eq!(
        mia.get("/api/leads?assignedTo=me").await.json()["items"],
        json!([])
    );
}

#[tokio::test]
async fn who_is_no_member_gets_no_lead() {
    let app = TestApp::start().await;
    let (owner, stranger) = (app.owner("Olive").await, app.owner("Sam").await);
    let lead = owner.lead("Ann", json!({})).await;

    for nobody in [stranger.id.as_str(), "01ARZ3NDEKTSV4RRFFQ69G5FAV"] {
        let refused = owner
            .patch(&path(&lead), json!({"assignedTo": nobody}))
            .await;
        assert_eq!(
            refused.expect(422).field_errors(),
            ["/assignedTo reference_not_found"]
        );
    }
    let wrong = owner.patch(&path(&lead), json!({"assignedTo": "me"})).await;
    assert_eq!(wrong.expect(422).field_errors(), ["/assignedTo invalid_id"]);
    let absent = owner.patch(&path(&lead), json!({"to": null})).await;
    assert_eq!(
        absent.expect(422).field_errors(),
        ["/assignedTo required", "/to unknown_field"]
    );
}

#[tokio::test]
async fn stale_versions_and_foreign_leads_are_refused() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let lead = owner.lead("Ann", json!({})).await;

    let stale = owner
        .call(Method::PATCH, &path(&lead))
        .if_match(3)
        .json(json!({"assignedTo": owner.id}))
        .send()
        .await;
    let foreign = other
        .patch(&path(&lead), json!({"assignedTo": other.id}))
        .await;

    assert_eq!(stale.expect(412).json()["currentVersion"], 1);
    foreign.expect(404);
}
