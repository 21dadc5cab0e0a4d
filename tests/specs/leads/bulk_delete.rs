//! `POST /api/leads/bulk/delete`

use super::support::assert_whole;
use plat_testing::TestApp;
use serde_json::json;

const PATH: &str = "/api/leads/bulk/delete";

#[tokio::test]
async fn each_lead_is_answered_for() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let mine = owner.lead("Ann", json!({})).await["id"].clone();
    let theirs = other.lead("Bob", json!({})).await["id"].clone();

    let answer = owner.post(PATH, json!({"ids": [mine, theirs]})).await;

    let results = answer.expect(200).json()["results"].clone();
    let of = |id| {
        let rows = results.as_array().unwrap();
        rows.iter().find(|row| row["id"] == id).unwrap()["outcome"].clone()
    };
    assert_eq!(
        (of(mine.clone()), of(theirs.clone())),
        (json!("deleted"), json!("not_found"))
    );
    owner
        .get(&format!("/api/leads/{}", mine.as_str().unwrap()))
        .await
        .expect(404);
    other
        .get(&format!("/api/leads/{}", theirs.as_str().unwrap()))
        .await
        .expect(200);
    assert_whole(&app).await;
}

#[tokio::test]
async fn a_dry_run_deletes_nothing() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", json!({})).await["id"].clone();

    let answer = owner
        .post(PATH, json!({"ids": [lead], "dryRun": true}))
        .await
        .expect(200)
        .json();

    assert_eq!(answer["dryRun"], true);
    assert_eq!(answer["results"][0]["outcome"], "deleted");
    owner
        .get(&format!("/api/leads/{}", lead.as_str().unwrap()))
        .await
        .expect(200);
}

#[tokio::test]
async fn one_to_a_thousand_ids_are_taken() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let ids: Vec<String> = (0..1_001)
        .map(|nth| format!("01ARZ3NDEKTSV4RRFFQ690{nth:04}"))
        .collect();

    assert_eq!(
        owner
            .post(PATH, json!({"ids": []}))
            .await
            .expect(422)
            .field_errors(),
        ["/ids invalid_length"]
    );
    assert_eq!(
        owner
            .post(PATH, json!({"ids": ids}))
            .await
            .expect(422)
            .field_errors(),
        ["/ids invalid_length"]
    );
    assert_eq!(
        owner.post(PATH, json!({})).await.expect(422).field_errors(),
        ["/ids required"]
    );
    assert_eq!(
        owner
            .post(PATH, json!({"ids": ["x"]}))
            .await
            .expect(422)
            .field_errors(),
        ["/ids/0 invalid_id"]
    );
}

#[tokio::test]
async fn only_managers_and_above_delete_many() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", json!({})).await["id"].clone();
    let body = json!({"ids": [lead]});

    for role in ["assistant", "member"] {
        let refused = owner
            .invite(&format!("{role} One"), role)
            .await
            .post(PATH, body.clone())
            .await;
        assert_eq!(refused.expect(403).problem(), "forbidden");
    }
    owner
        .invite("Manager One", "manager")
        .await
        .post(PATH, body)
        .await
        .expect(200);
}

#[tokio::test]
async fn a_repeated_request_gets_the_first_answer() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", json!({})).await["id"].clone();
    let send = || {
        let call = owner.call(http::Method::POST, PATH).idempotency_key("once");
        call.json(json!({"ids": [lead]})).send()
    };

    let (first, again) = (send().await, send().await);

    assert_eq!(first.text, again.text);
    assert_eq!(again.header("idempotency-replayed"), "true");
}
