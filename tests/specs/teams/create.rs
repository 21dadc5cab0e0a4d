//! `POST /api/teams`

use super::{count_of, counts, members, switched};
use http::Method;
use plat_testing::proxy::{Fault, FaultKind};
use plat_testing::{Someone, Started, TestApp};
use serde_json::json;

async fn how_many(who: &Someone<'_>) -> usize {
    let page = who.get("/api/teams?limit=100").await.expect(200).json();
    page["items"].as_array().map_or(0, Vec::len)
}

#[tokio::test]
async fn whoever_creates_a_team_owns_it_at_once() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;

    let created = ann
        .post("/api/teams", json!({"name": "  O'Neil's  Homes "}))
        .await
        .expect(201);

    let team = created.json();
    let id = created.id();
    let end = id[20..].to_lowercase();
    assert_eq!(team["role"], "owner");
    assert_eq!(team["slug"], format!("o-neil-s-homes-{end}"));
    assert_eq!(team["visibility"], "team");
    assert_eq!(team["memberCount"], 1);
    assert_eq!(team["version"], 1);
    assert_eq!(created.header("location"), format!("/api/teams/{id}"));
    assert_eq!(created.header("etag"), "\"1\"");
    let got = ann.get(created.header("location")).await.expect(200);
    assert_eq!(got.json(), team);
    assert_eq!(counts(&app, &id).await, count_of(1, 1));
    let there = switched(&app, &ann, &id).await;
    there.get("/api/leads").await.expect(200);
    assert_eq!(members(&there).await[0]["role"], "owner");
}

#[tokio::test]
async fn two_teams_may_have_one_name_but_not_one_slug() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let body = json!({"name": "Harbor Homes"});

    let first = ann.post("/api/teams", body.clone()).await.expect(201);
    let second = ann.post("/api/teams", body).await.expect(201);

    assert_ne!(first.id(), second.id());
    assert_ne!(first.json()["slug"], second.json()["slug"]);
}

#[tokio::test]
async fn a_team_needs_a_name_and_takes_nothing_else() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let cases = [
        (json!({}), "/name required"),
        (json!({"name": "  "}), "/name required"),
        (json!({"name": 5}), "/name invalid_type"),
        (
            json!({"name": "Harbor", "visibility": "own"}),
            "/visibility unknown_field",
        ),
    ];

    for (body, expected) in cases {
        let answer = ann.post("/api/teams", body.clone()).await.expect(422);

        assert_eq!(answer.field_errors(), [expected], "{body}");
    }
    assert_eq!(how_many(&ann).await, 1);
}

#[tokio::test]
async fn the_same_request_under_one_key_creates_one_team() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let create = |name: &str| {
        ann.call(Method::POST, "/api/teams")
            .idempotency_key("harbor")
            .json(json!({"name": name}))
    };

    let first = create("Harbor").send().await.expect(201);
    let again = create("Harbor").send().await.expect(201);
    let other = create("Birch").send().await.expect(422);

    assert_eq!(again.text, first.text);
    assert_eq!(again.header("location"), first.header("location"));
    assert_eq!(again.header("etag"), "\"1\"");
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(other.problem(), "idempotency-key-reused");
    assert_eq!(how_many(&ann).await, 2);
}

#[tokio::test]
async fn a_reply_that_is_lost_on_its_way_from_the_table_leaves_one_team() {
    let app = Started::default().with_proxy().start().await;
    let ann = app.owner("Ann").await;
    let create = || {
        ann.call(Method::POST, "/api/teams")
            .idempotency_key("harbor")
            .json(json!({"name": "Harbor"}))
    };
    let lost = Fault {
        times: 3,
        ..Fault::once_on("TransactWriteItems", FaultKind::LoseReply)
    };
    app.faults().inject(lost);

    create().send().await.expect(503);
    let again = create().send().await.expect(201);

    assert_eq!(how_many(&ann).await, 2);
    assert_eq!(counts(&app, &again.id()).await, count_of(1, 1));
}

#[tokio::test]
async fn a_person_belongs_to_fifty_teams_at_most() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let create = |key: &str| {
        ann.call(Method::POST, "/api/teams")
            .idempotency_key(key)
            .json(json!({"name": "Harbor"}))
    };
    for nth in 2..=50 {
        create(&nth.to_string()).send().await.expect(201);
    }

    let refused = create("51").send().await.expect(409);

    assert_eq!(refused.problem(), "limit-reached");
    assert_eq!(refused.json()["limit"], "teams");
    assert_eq!(how_many(&ann).await, 50);
    create("50").send().await.expect(201);
}

#[tokio::test]
async fn creating_needs_a_token() {
    let app = TestApp::start().await;

    app.post("/api/teams", json!({"name": "Harbor"}))
        .await
        .expect(401);
}
