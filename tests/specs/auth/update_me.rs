//! `PATCH /api/auth/me` and its alias `PUT`

use futures::future::join_all;
use http::Method;
use plat_testing::TestApp;
use serde_json::json;

#[tokio::test]
async fn a_field_that_is_given_changes_and_the_others_stay() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;

    let body = json!({"timezone": "america/new_york", "language": "ES-mx"});
    let answer = ann.patch("/api/auth/me", body).await.expect(200);

    let user = answer.json();
    assert_eq!(user["name"], "Ann");
    assert_eq!(user["timezone"], "America/New_York");
    assert_eq!(user["language"], "es-MX");
    assert_eq!(answer.header("etag"), "\"2\"");
    let me = ann.get("/api/auth/me").await.expect(200);
    assert_eq!(me.json()["user"], user);
    assert_eq!(me.header("etag"), "\"2\"");
}

#[tokio::test]
async fn put_means_the_same() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;

    let call = ann
        .call(Method::PUT, "/api/auth/me")
        .json(json!({"name": "  Anna "}));

    assert_eq!(call.send().await.expect(200).json()["name"], "Anna");
}

#[tokio::test]
async fn a_new_name_stands_under_what_they_do_next() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;

    ann.patch("/api/auth/me", json!({"name": "Anna"}))
        .await
        .expect(200);

    let lead = ann.lead("Lena", json!({})).await;
    assert_eq!(lead["createdBy"]["name"], "Anna");
}

#[tokio::test]
async fn a_change_meant_for_an_older_version_is_refused() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let change = |version, name: &str| {
        ann.call(Method::PATCH, "/api/auth/me")
            .if_match(version)
            .json(json!({"name": name}))
    };
    change(1, "Anna").send().await.expect(200);

    let late = change(1, "Annie").send().await.expect(412);

    assert_eq!(late.problem(), "stale");
    assert_eq!(late.json()["currentVersion"], 2);
    change(2, "Annie").send().await.expect(200);
}

#[tokio::test]
async fn changes_made_at_once_to_different_fields_all_stay() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let bodies = [
        json!({"name": "Anna"}),
        json!({"timezone": "UTC"}),
        json!({"language": "de"}),
    ];

    let answers = join_all(bodies.map(|body| ann.patch("/api/auth/me", body))).await;

    for answer in answers {
        answer.expect(200);
    }
    let me = ann.get("/api/auth/me").await.expect(200).json();
    assert_eq!(me["user"]["name"], "Anna");
    assert_eq!(me["user"]["language"], "de");
    assert_eq!(me["user"]["version"], 4);
}

#[tokio::test]
async fn every_wrong_field_is_named_at_once() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let body = json!({"name": null, "timezone": "Mars", "language": "x", "email": "b@example.com"});

    let answer = ann.patch("/api/auth/me", body).await.expect(422);

    assert_eq!(
        answer.field_errors(),
        [
            "/email unknown_field",
            "/language invalid_language",
            "/name required",
            "/timezone unknown_time_zone",
        ]
    );
}

#[tokio::test]
async fn a_change_of_nothing_is_refused() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;

    ann.patch("/api/auth/me", json!({})).await.expect(422);
    app.call(Method::PATCH, "/api/auth/me")
        .json(json!({"name": "X"}))
        .send()
        .await
        .expect(401);
}

#[tokio::test]
async fn a_weekly_summary_comes_until_it_is_turned_off() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let before = ann.get("/api/auth/me").await.json();

    let off = ann.patch("/api/auth/me", json!({"weeklySummary": false}));
    let off = off.await.expect(200).json();
    let null = ann.patch("/api/auth/me", json!({"weeklySummary": null}));

    assert_eq!(before["user"]["weeklySummary"], true);
    assert_eq!(off["weeklySummary"], false);
    assert_eq!(
        null.await.expect(422).field_errors(),
        ["/weeklySummary required"]
    );
    assert_eq!(ann.get("/api/auth/me").await.json()["user"], off);
}
