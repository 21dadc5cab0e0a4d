//! `GET /api/teams`

use super::{accept, invited, remove};
use plat_testing::{Someone, TestApp};
use serde_json::{Value, json};

async fn names(who: &Someone<'_>) -> Vec<String> {
    let page = who.get("/api/teams").await.expect(200).json();
    let teams = page["items"].as_array().cloned().unwrap_or_default();
    teams
        .iter()
        .map(|team| team["name"].as_str().unwrap_or_default().to_owned())
        .collect()
}

#[tokio::test]
async fn a_person_sees_their_teams_by_name_and_what_they_are_in_each() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let bob = app.owner("Bob").await;
    bob.post("/api/teams", json!({"name": "árbor Homes"}))
        .await
        .expect(201);
    let token = invited(&app, &ann, &bob.email, "manager").await;
    accept(&bob, &token).await.expect(200);

    let page = bob.get("/api/teams").await.expect(200).json();

    let teams = page["items"].as_array().unwrap();
    let seen: Vec<_> = teams
        .iter()
        .map(|team| {
            let text = |name: &str| team[name].as_str().unwrap();
            (text("name"), text("role"), team["memberCount"].as_u64())
        })
        .collect();
    let expected = [
        ("Ann's team", "manager", Some(2)),
        ("árbor Homes", "owner", Some(1)),
        ("Bob's team", "owner", Some(1)),
    ];
    assert_eq!(seen, expected);
    assert_eq!(page["nextCursor"], Value::Null);
    assert_eq!(teams[0]["id"], ann.team.as_str());
    assert_eq!(teams[0]["visibility"], "team");
    assert_eq!(teams[1]["version"], 1);
    assert_eq!(teams[1]["createdAt"], plat_testing::START);
}

#[tokio::test]
async fn teams_of_others_and_teams_that_one_left_are_not_listed() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let bob = ann.invite("Bob", "member").await;
    remove(&ann, &bob.id).await.expect(204);

    assert_eq!(names(&bob).await, ["Bob's team"]);
    assert_eq!(names(&ann).await, ["Ann's team"]);
}

#[tokio::test]
async fn a_walk_by_cursor_or_by_page_shows_each_team_once() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    for name in ["Twin", "Twin", "Cedar", "Birch"] {
        ann.post("/api/teams", json!({"name": name}))
            .await
            .expect(201);
    }
    let all = names(&ann).await;

    let mut walked = Vec::new();
    let mut ids = std::collections::BTreeSet::new();
    let mut path = "/api/teams?limit=2".to_owned();
    loop {
        let page = ann.get(&path).await.expect(200).json();
        for team in page["items"].as_array().unwrap() {
            walked.push(team["name"].as_str().unwrap().to_owned());
            ids.insert(team["id"].to_string());
        }
        match page["nextCursor"].as_str() {
            Some(cursor) => path = format!("/api/teams?limit=2&cursor={cursor}"),
            None => break,
        }
    }
    let third = ann
        .get("/api/teams?limit=2&page=3")
        .await
        .expect(200)
        .json();

    assert_eq!(all, ["Ann's team", "Birch", "Cedar", "Twin", "Twin"]);
    assert_eq!(walked, all);
    assert_eq!(ids.len(), 5);
    assert_eq!(third["items"].as_array().unwrap().len(), 1);
    assert_eq!(third["items"][0]["name"], "Twin");
    assert_eq!(third["nextCursor"], Value::Null);
}

#[tokio::test]
async fn what_is_no_parameter_of_the_list_is_refused() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let bob = app.owner("Bob").await;
    ann.post("/api/teams", json!({"name": "Birch"}))
        .await
        .expect(201);
    let page = ann.get("/api/teams?limit=1").await.expect(200).json();
    let cursor = page["nextCursor"].as_str().unwrap();

    let unknown = ann.get("/api/teams?name=x").await.expect(422);
    let limit = ann.get("/api/teams?limit=0").await.expect(422);
    let foreign = bob
        .get(&format!("/api/teams?limit=1&cursor={cursor}"))
        .await
        .expect(400);

    assert_eq!(unknown.field_errors().len(), 1);
    assert_eq!(limit.field_errors(), ["/limit out_of_range"]);
    assert_eq!(foreign.problem(), "bad-cursor");
}

#[tokio::test]
async fn listing_needs_a_token() {
    let app = TestApp::start().await;

    let answer = app.get("/api/teams").await.expect(401);

    assert_eq!(answer.problem(), "unauthenticated");
}
