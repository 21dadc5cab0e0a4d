//! `POST /api/tags`

use crate::leads::support::assert_whole;
use futures::future::join_all;
use http::Method;
use plat_testing::TestApp;
use serde_json::json;

#[tokio::test]
async fn a_new_tag_has_a_color_even_if_none_was_chosen() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;

    let chosen = owner
        .post("/api/tags", json!({"name": " Hot ", "color": "#b91c1c"}))
        .await
        .expect(201);
    let plain = owner
        .post("/api/tags", json!({"name": "Cold"}))
        .await
        .expect(201);

    assert_eq!(
        chosen.json(),
        json!({"id": chosen.id(), "name": "Hot", "color": "#B91C1C", "uses": 0, "version": 1})
    );
    assert_eq!(
        chosen.header("location"),
        format!("/api/tags/{}", chosen.id())
    );
    assert_eq!(chosen.header("etag"), "\"1\"");
    assert!(plain.json()["color"].as_str().unwrap().starts_with('#'));
    assert_whole(&app).await;
}

#[tokio::test]
async fn a_name_is_given_once_in_any_letter_case() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    owner
        .post("/api/tags", json!({"name": "Hot"}))
        .await
        .expect(201);

    let refused = owner
        .post("/api/tags", json!({"name": "HOT"}))
        .await
        .expect(409);

    assert_eq!(
        (refused.problem().as_str(), refused.field_errors()),
        ("duplicate", vec!["/name taken".to_owned()])
    );
    other
        .post("/api/tags", json!({"name": "hot"}))
        .await
        .expect(201);
}

#[tokio::test]
async fn all_wrong_fields_are_named() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;

    let wrong = owner
        .post(
            "/api/tags",
            json!({"name": "x".repeat(51), "color": "red", "icon": 1}),
        )
        .await;

    assert_eq!(
        wrong.expect(422).field_errors(),
        [
            "/color invalid_color",
            "/icon unknown_field",
            "/name too_long"
        ]
    );
    app.post("/api/tags", json!({"name": "Hot"}))
        .await
        .expect(401);
}

#[tokio::test]
async fn a_repeated_request_makes_one_tag_and_so_do_several_at_once() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let send = || {
        owner
            .call(Method::POST, "/api/tags")
            .json(json!({"name": "Hot"}))
            .idempotency_key("k")
            .send()
    };

    let (first, again) = (send().await.expect(201), send().await.expect(201));
    let same = join_all((0..6).map(|_| owner.post("/api/tags", json!({"name": "Cold"})))).await;
    let others =
        join_all((0..6).map(|n| owner.post("/api/tags", json!({"name": format!("T{n}")})))).await;

    assert_eq!(first.text, again.text);
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(same.iter().filter(|answer| answer.status == 201).count(), 1);
    assert!(others.iter().all(|answer| answer.status == 201));
    let tags = owner.get("/api/tags").await.json();
    assert_eq!(tags["items"].as_array().unwrap().len(), 8);
}

#[tokio::test]
async fn a_team_has_at_most_300_tags() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    for first in 0..15 {
        let lead = owner.lead(&format!("Lead {first}"), json!({})).await;
        let names: Vec<String> = (0..20).map(|n| format!("tag {first} {n}")).collect();
        owner
            .post(
                &format!("/api/leads/{}/tags", lead["id"].as_str().unwrap()),
                json!({"tags": names}),
            )
            .await
            .expect(200);
    }

    let refused = owner.post("/api/tags", json!({"name": "one more"})).await;

    assert_eq!(refused.expect(409).problem(), "limit-reached");
    assert_whole(&app).await;
}
