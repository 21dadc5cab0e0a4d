//! `PATCH /api/teams/{teamId}` and its alias `PUT`

use super::{one_of_each_role, switched};
use http::Method;
use plat_testing::proxy::{Fault, FaultKind};
use plat_testing::{Someone, Started, TestApp};
use serde_json::{Value, json};
use std::time::Duration;

async fn change(who: &Someone<'_>, body: Value) -> plat_testing::Answer {
    who.patch(&format!("/api/teams/{}", who.team), body).await
}

#[tokio::test]
async fn a_team_is_renamed_and_keeps_its_slug() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let path = format!("/api/teams/{}", ann.team);
    let before = ann.get(&path).await.expect(200).json();

    let answer = change(&ann, json!({"name": " Harbor Homes "})).await;

    let team = answer.expect(200);
    assert_eq!(team.json()["name"], "Harbor Homes");
    assert_eq!(team.json()["slug"], before["slug"]);
    assert_eq!(team.json()["visibility"], "team");
    assert_eq!(team.json()["role"], "owner");
    assert_eq!(team.header("etag"), "\"2\"");
    assert_eq!(ann.get(&path).await.expect(200).json(), team.json());
}

#[tokio::test]
async fn put_means_the_same() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;

    let call = ann
        .call(Method::PUT, &format!("/api/teams/{}", ann.team))
        .json(json!({"visibility": "own"}));

    let team = call.send().await.expect(200).json();
    assert_eq!(team["visibility"], "own");
    assert_eq!(team["name"], "Ann's team");
}

#[tokio::test]
async fn a_change_to_what_is_already_so_leaves_the_version() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;

    let body = json!({"name": "Ann's team", "visibility": "team"});
    let answer = change(&ann, body).await.expect(200);

    assert_eq!(answer.header("etag"), "\"1\"");
}

#[tokio::test]
async fn the_visibility_holds_for_the_very_next_request_of_each_member() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let people = one_of_each_role(&ann).await;
    let lead = ann.lead("Lena", json!({"assignedTo": ann.id})).await;
    let path = format!("/api/leads/{}", lead["id"].as_str().unwrap());

    for visibility in ["team", "own", "team"] {
        change(&ann, json!({"visibility": visibility}))
            .await
            .expect(200);

        for (role, person) in &people {
            let kept_out = visibility == "own" && ["member", "assistant"].contains(role);
            let expected = if kept_out { 404 } else { 200 };
            let seen = person.get(&path).await.status;
            assert_eq!(seen, expected, "{role} under {visibility}");
        }
    }
}

#[tokio::test]
async fn who_joins_later_is_bound_by_the_visibility_too() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let lead = ann.lead("Lena", json!({"assignedTo": ann.id})).await;
    let path = format!("/api/leads/{}", lead["id"].as_str().unwrap());
    change(&ann, json!({"visibility": "own"})).await.expect(200);

    let bob = ann.invite("Bob", "member").await;

    bob.get(&path).await.expect(404);
}

#[tokio::test]
async fn the_visibility_of_one_team_leaves_the_others_alone() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let bob = ann.invite("Bob", "member").await;
    let cat = app.owner("Cat").await;
    let token = super::invited(&app, &cat, &bob.email, "member").await;
    super::accept(&bob, &token).await.expect(200);
    let lead = ann.lead("Lena", json!({"assignedTo": ann.id})).await;
    let path = format!("/api/leads/{}", lead["id"].as_str().unwrap());

    change(&cat, json!({"visibility": "own"})).await.expect(200);

    bob.get(&path).await.expect(200);
    let there = switched(&app, &bob, &cat.team).await;
    let lead = cat.lead("Lou", json!({"assignedTo": cat.id})).await;
    let path = format!("/api/leads/{}", lead["id"].as_str().unwrap());
    there.get(&path).await.expect(404);
}

#[tokio::test]
async fn a_visibility_that_did_not_reach_everybody_is_completed_by_asking_again() {
    let app = Started::default().with_proxy().start().await;
    let ann = app.owner("Ann").await;
    let bob = ann.invite("Bob", "member").await;
    let lead = ann.lead("Lena", json!({"assignedTo": ann.id})).await;
    let path = format!("/api/leads/{}", lead["id"].as_str().unwrap());
    // The first update admits the request, those behind it are the members' gates.
    let failing = Fault {
        skip: 1,
        times: 6,
        ..Fault::once_on("UpdateItem", FaultKind::InternalError)
    };
    app.faults().inject(failing);
    change(&ann, json!({"visibility": "own"})).await.expect(503);
    app.faults().heal();
    bob.get(&path).await.expect(200);

    change(&ann, json!({"visibility": "own"})).await.expect(200);

    bob.get(&path).await.expect(404);
}

#[tokio::test]
async fn of_two_changes_at_once_the_later_holds_for_every_member() {
    let app = Started::default().with_proxy().start().await;
    let ann = app.owner("Ann").await;
    let bob = ann.invite("Bob", "member").await;
    let lead = ann.lead("Lena", json!({"assignedTo": ann.id})).await;
    let path = format!("/api/leads/{}", lead["id"].as_str().unwrap());
    // What the earlier change writes to the two gates is on its way for so long that the later one is done before.
    app.faults().inject(Fault {
        skip: 1,
        times: 2,
        ..Fault::once_on("UpdateItem", FaultKind::Slow(Duration::from_millis(400)))
    });

    let later = async {
        tokio::time::sleep(Duration::from_millis(150)).await;
        change(&ann, json!({"visibility": "team"})).await
    };
    let (earlier, later) = tokio::join!(change(&ann, json!({"visibility": "own"})), later);

    earlier.expect(200);
    assert_eq!(later.expect(200).json()["version"], 4);
    bob.get(&path).await.expect(200);
}

#[tokio::test]
async fn a_change_meant_for_an_older_version_is_refused() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let path = format!("/api/teams/{}", ann.team);
    let rename = |version, name: &str| {
        ann.call(Method::PATCH, &path)
            .if_match(version)
            .json(json!({"name": name}))
    };
    rename(1, "Harbor").send().await.expect(200);

    let stale = rename(1, "Birch").send().await.expect(412);

    assert_eq!(stale.problem(), "stale");
    assert_eq!(stale.json()["currentVersion"], 2);
    let team = ann.get(&path).await.expect(200).json();
    assert_eq!(team["name"], "Harbor");
}

#[tokio::test]
async fn changes_without_a_version_do_not_undo_one_another() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;

    let (name, visibility) = tokio::join!(
        change(&ann, json!({"name": "Harbor"})),
        change(&ann, json!({"visibility": "own"})),
    );

    name.expect(200);
    visibility.expect(200);
    let team = ann.get(&format!("/api/teams/{}", ann.team)).await.json();
    assert_eq!(team["name"], "Harbor");
    assert_eq!(team["visibility"], "own");
    assert_eq!(team["version"], 3);
}

#[tokio::test]
async fn every_wrong_field_is_named() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let cases: [(Value, &[&str]); 4] = [
        (json!({}), &[" empty_patch"]),
        (
            json!({"name": null, "visibility": "all"}),
            &["/name required", "/visibility invalid_choice"],
        ),
        (json!({"slug": "harbor"}), &["/slug unknown_field"]),
        (json!({"visibility": null}), &["/visibility required"]),
    ];

    for (body, expected) in cases {
        let answer = change(&ann, body.clone()).await.expect(422);

        assert_eq!(answer.field_errors(), expected, "{body}");
    }
}

#[tokio::test]
async fn only_who_manages_the_team_changes_it() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;

    for (role, person) in one_of_each_role(&ann).await {
        let answer = change(&person, json!({"name": role})).await;

        if role == "admin" {
            answer.expect(200);
        } else {
            let refused = answer.expect(403);
            assert_eq!(refused.problem(), "forbidden", "{role}");
            assert_eq!(refused.json()["permission"], "team:manage", "{role}");
        }
    }
}
