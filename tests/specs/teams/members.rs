//! `GET /api/teams/{teamId}/members`

use super::{members, one_of_each_role};
use plat_testing::{START, TestApp};
use serde_json::{Value, json};

#[tokio::test]
async fn every_member_sees_who_belongs_to_the_team() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let people = one_of_each_role(&ann).await;

    let seen = members(&ann).await;

    let first = json!({
        "user": {"id": ann.id, "name": "Ann"}, "email": "ann@example.com",
        "role": "owner", "joinedAt": START, "version": 1,
    });
    assert!(seen.contains(&first), "{seen:?}");
    let mut roles: Vec<_> = seen.iter().map(|one| one["role"].to_string()).collect();
    roles.sort_unstable();
    let all = ["admin", "assistant", "manager", "member", "owner"];
    assert_eq!(roles, all.map(|role| format!("\"{role}\"")));
    for (role, person) in people {
        assert_eq!(members(&person).await, seen, "{role}");
    }
}

#[tokio::test]
async fn a_walk_by_cursor_shows_each_member_once() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    one_of_each_role(&ann).await;
    let first = format!("/api/teams/{}/members?limit=2", ann.team);

    let mut walked: Vec<Value> = Vec::new();
    let mut path = first.clone();
    loop {
        let page = ann.get(&path).await.expect(200).json();
        walked.extend(page["items"].as_array().unwrap().clone());
        match page["nextCursor"].as_str() {
            Some(cursor) => path = format!("{first}&cursor={cursor}"),
            None => break,
        }
    }
    let last = ann.get(&format!("{first}&page=3")).await.expect(200).json();

    assert_eq!(walked, members(&ann).await);
    assert_eq!(walked.len(), 5);
    assert_eq!(last["items"][0], walked[4]);
}

#[tokio::test]
async fn a_member_who_is_renamed_stands_under_the_new_name_with_a_new_version() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;

    ann.patch("/api/auth/me", json!({"name": "Anna"}))
        .await
        .expect(200);

    let seen = members(&ann).await;
    assert_eq!(seen[0]["user"]["name"], "Anna");
    assert_eq!(seen[0]["version"], 2);
}
