//! `POST /api/leads/bulk/assign`

use super::bulk_support::{ended, leads, outcome};
use plat_testing::{Someone, TestApp};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const PATH: &str = "/api/leads/bulk/assign";

/// How many of these leads each has.
async fn shares(who: &Someone<'_>, ids: &[String]) -> BTreeMap<String, usize> {
    let mut shares = BTreeMap::new();
    for id in ids {
        let lead = who.get(&format!("/api/leads/{id}")).await.json();
        let name = lead["assignedTo"].as_str().unwrap_or("nobody").to_owned();
        *shares.entry(name).or_default() += 1;
    }
    shares
}

#[tokio::test]
async fn all_are_given_to_one_or_to_nobody() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let ids = leads(&app, &owner, 3).await;

    let body = json!({"ids": ids, "assignedTo": owner.id});
    let given = owner.post(PATH, body.clone()).await.expect(200).json();
    let again = owner.post(PATH, body).await.expect(200).json();
    let all = shares(&owner, &ids).await;
    let body = json!({"ids": ids, "assignedTo": null});
    owner.post(PATH, body).await.expect(200);

    assert_eq!(given["counts"], json!({"assigned": 3}));
    assert_eq!(again["counts"], json!({"unchanged": 3}));
    assert_eq!(all[&owner.id], 3);
    assert_eq!(shares(&owner, &ids).await["nobody"], 3);
}

#[tokio::test]
async fn several_take_turns_with_those_of_a_filter() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let (ann, bob) = (
        owner.invite("Ann One", "member").await,
        owner.invite("Bob Two", "member").await,
    );
    let ids = leads(&app, &owner, 7).await;

    let body = json!({"filter": {"assignedTo": "none"}, "roundRobin": [ann.id, bob.id]});
    let begun = owner.post(PATH, body).await.expect(202);
    let ended = ended(&app, &owner, &begun).await;

    assert_eq!(ended["counts"], json!({"assigned": 7}));
    let shares = shares(&owner, &ids).await;
    assert_eq!((shares[&ann.id], shares[&bob.id]), (4, 3));
}

#[tokio::test]
async fn a_member_sees_what_was_assigned_to_them() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let ann = owner.invite("Ann One", "member").await;
    let ids = leads(&app, &owner, 2).await;

    let body = json!({"ids": [ids[0]], "assignedTo": ann.id});
    owner.post(PATH, body).await.expect(200);
    app.settle().await;

    let mine = ann.get("/api/leads?assignedTo=me").await.json();
    assert_eq!(mine["items"].as_array().unwrap().len(), 1);
    assert_eq!(mine["items"][0]["id"], json!(ids[0]));
}

#[tokio::test]
async fn only_members_can_be_given_leads() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let ids = leads(&app, &owner, 1).await;

    for (body, error) in [
        (json!({"ids": ids}), "/assignedTo required"),
        (
            json!({"ids": ids, "assignedTo": other.id}),
            "/assignedTo reference_not_found",
        ),
        (
            json!({"ids": ids, "roundRobin": [owner.id, other.id]}),
            "/roundRobin/1 reference_not_found",
        ),
        (
            json!({"ids": ids, "roundRobin": []}),
            "/roundRobin invalid_length",
        ),
        (
            json!({"ids": ids, "roundRobin": [owner.id], "assignedTo": owner.id}),
            "/roundRobin not_applicable",
        ),
    ] {
        let refused = owner.post(PATH, body).await.expect(422);
        assert_eq!(refused.field_errors(), [error]);
    }
}

#[tokio::test]
async fn leads_of_another_team_stay_with_it() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let theirs = leads(&app, &other, 1).await;

    let body = json!({"ids": theirs, "assignedTo": owner.id});
    let answer = owner.post(PATH, body).await.expect(200).json();

    assert_eq!(outcome(&answer, &theirs[0])["outcome"], "not_found");
    let lead = other.get(&format!("/api/leads/{}", theirs[0])).await;
    assert_eq!(lead.json()["assignedTo"], Value::Null);
}

#[tokio::test]
async fn only_managers_and_above_assign_many() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let ids = leads(&app, &owner, 1).await;
    let body = json!({"ids": ids, "assignedTo": null});

    for role in ["assistant", "member"] {
        let person = owner.invite(&format!("{role} One"), role).await;
        person.post(PATH, body.clone()).await.expect(403);
    }
    let manager = owner.invite("Manager One", "manager").await;
    manager.post(PATH, body).await.expect(200);
}
