//! `PATCH /api/teams/{teamId}/members/{userId}/role`

use super::{UNKNOWN, count_of, counts, members, one_of_each_role, set_role};
use http::Method;
use plat_testing::proxy::{Fault, FaultKind};
use plat_testing::{Started, TestApp};
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test]
async fn a_new_role_holds_on_the_persons_very_next_request() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let bob = ann.invite("Bob", "member").await;
    let path = format!("/api/teams/{}", ann.team);
    let rename = || bob.patch(&path, json!({"name": "Bob was here"}));
    rename().await.expect(403);

    let raised = set_role(&ann, &bob.id, "admin").await.expect(200);
    rename().await.expect(200);
    set_role(&ann, &bob.id, "assistant").await.expect(200);

    rename().await.expect(403);
    let member = raised.json();
    assert_eq!(member["user"], json!({"id": bob.id, "name": "Bob"}));
    assert_eq!(member["email"], bob.email.as_str());
    assert_eq!(member["role"], "admin");
    assert_eq!(member["version"], 2);
    assert_eq!(raised.header("etag"), "\"2\"");
    assert_eq!(counts(&app, &ann.team).await, count_of(2, 1));
}

#[tokio::test]
async fn owners_are_counted_as_they_are_made_and_unmade() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let bob = ann.invite("Bob", "member").await;

    set_role(&ann, &bob.id, "owner").await.expect(200);
    assert_eq!(counts(&app, &ann.team).await, count_of(2, 2));
    set_role(&bob, &ann.id, "manager").await.expect(200);

    assert_eq!(counts(&app, &ann.team).await, count_of(2, 1));
    set_role(&ann, &bob.id, "member").await.expect(403);
}

#[tokio::test]
async fn the_role_that_somebody_has_already_changes_nothing() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;

    let answer = set_role(&ann, &ann.id, "owner").await.expect(200);

    assert_eq!(answer.json()["version"], 1);
    assert_eq!(answer.header("etag"), "\"1\"");
    assert_eq!(counts(&app, &ann.team).await, count_of(1, 1));
}

#[tokio::test]
async fn the_last_owner_stays_one() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    ann.invite("Bob", "admin").await;

    let refused = set_role(&ann, &ann.id, "admin").await.expect(409);

    assert_eq!(refused.problem(), "last-owner");
    assert_eq!(members(&ann).await.len(), 2);
    assert_eq!(counts(&app, &ann.team).await, count_of(2, 1));
    ann.patch(&format!("/api/teams/{}", ann.team), json!({"name": "Mine"}))
        .await
        .expect(200);
}

#[tokio::test]
async fn only_who_manages_the_team_sets_roles() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let zoe = ann.invite("Zoe", "member").await;

    for (role, person) in one_of_each_role(&ann).await {
        let answer = set_role(&person, &zoe.id, "manager").await;

        if role == "admin" {
            answer.expect(200);
        } else {
            let refused = answer.expect(403);
            assert_eq!(refused.json()["permission"], "team:manage", "{role}");
        }
    }
}

#[tokio::test]
async fn only_an_owner_makes_owners_and_changes_them() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let bob = ann.invite("Bob", "admin").await;
    let cat = ann.invite("Cat", "owner").await;

    let promoting = set_role(&bob, &bob.id, "owner").await.expect(403);
    let demoting = set_role(&bob, &cat.id, "member").await.expect(403);

    assert_eq!(promoting.json()["permission"], "team:own");
    assert_eq!(demoting.text, promoting.text);
    assert_eq!(counts(&app, &ann.team).await, count_of(3, 2));
    set_role(&cat, &bob.id, "owner").await.expect(200);
}

#[tokio::test]
async fn a_change_meant_for_an_older_version_is_refused() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let bob = ann.invite("Bob", "member").await;
    let path = format!("/api/teams/{}/members/{}/role", ann.team, bob.id);
    let change = |role: &str| {
        ann.call(Method::PATCH, &path)
            .if_match(1)
            .json(json!({"role": role}))
    };
    change("manager").send().await.expect(200);

    let stale = change("assistant").send().await.expect(412);

    assert_eq!(stale.problem(), "stale");
    assert_eq!(stale.json()["currentVersion"], 2);
    let team = bob.get(&format!("/api/teams/{}", ann.team)).await;
    assert_eq!(team.json()["role"], "manager");
}

#[tokio::test]
async fn somebody_who_does_not_belong_to_the_team_is_as_absent_as_nobody() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let eve = app.owner("Eve").await;

    let foreign = set_role(&ann, &eve.id, "admin").await.expect(404);
    let absent = set_role(&ann, UNKNOWN, "admin").await.expect(404);
    let malformed = set_role(&ann, "eve", "admin").await.expect(404);

    assert_eq!(foreign.text, absent.text);
    assert_eq!(malformed.text, absent.text);
    eve.get(&format!("/api/teams/{}", ann.team))
        .await
        .expect(404);
}

#[tokio::test]
async fn a_role_is_one_of_the_five() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let path = format!("/api/teams/{}/members/{}/role", ann.team, ann.id);
    let cases: [(Value, &str); 4] = [
        (json!({}), " empty_patch"),
        (json!({"role": "platform"}), "/role invalid_choice"),
        (json!({"role": null}), "/role required"),
        (json!({"role": "owner", "team": "x"}), "/team unknown_field"),
    ];

    for (body, expected) in cases {
        let answer = ann.patch(&path, body.clone()).await.expect(422);

        assert_eq!(answer.field_errors(), [expected], "{body}");
    }
}

#[tokio::test]
async fn of_two_owners_who_demote_each_other_at_once_one_stays() {
    let app = Started::default().with_proxy().start().await;
    let ann = app.owner("Ann").await;
    let bob = ann.invite("Bob", "owner").await;

    for round in 0..20 {
        // Both requests are admitted before either is written.
        app.faults().inject(Fault {
            times: 2,
            ..Fault::once_on(
                "TransactWriteItems",
                FaultKind::Slow(Duration::from_millis(60)),
            )
        });
        let (by_ann, by_bob) = tokio::join!(
            set_role(&ann, &bob.id, "admin"),
            set_role(&bob, &ann.id, "admin"),
        );

        let (done, refused) = match (by_ann.status, by_bob.status) {
            (200, 409) => (&ann, by_bob),
            (409, 200) => (&bob, by_ann),
            other => panic!("round {round}: {other:?}"),
        };
        assert_eq!(refused.problem(), "last-owner", "round {round}");
        assert_eq!(counts(&app, &ann.team).await, count_of(2, 1));
        let seen = members(done).await;
        let owners: Vec<_> = seen.iter().filter(|one| one["role"] == "owner").collect();
        assert_eq!(owners.len(), 1, "round {round}");
        assert_eq!(owners[0]["user"]["id"], done.id.as_str(), "round {round}");
        let other = if done.id == ann.id { &bob } else { &ann };
        set_role(done, &other.id, "owner").await.expect(200);
    }
}

#[tokio::test]
async fn a_conflict_with_another_transaction_is_tried_again() {
    let app = Started::default().with_proxy().start().await;
    let ann = app.owner("Ann").await;
    let bob = ann.invite("Bob", "member").await;
    app.faults().inject(Fault {
        times: 3,
        ..Fault::once_on("TransactWriteItems", FaultKind::TransactionConflict)
    });

    let answer = set_role(&ann, &bob.id, "owner").await.expect(200);

    assert_eq!(answer.json()["version"], 2);
    assert_eq!(counts(&app, &ann.team).await, count_of(2, 2));
}

#[tokio::test]
async fn a_reply_that_is_lost_on_its_way_from_the_table_changes_the_role_once() {
    let app = Started::default().with_proxy().start().await;
    let ann = app.owner("Ann").await;
    let bob = ann.invite("Bob", "member").await;
    app.faults()
        .inject(Fault::once_on("TransactWriteItems", FaultKind::LoseReply));

    let answer = set_role(&ann, &bob.id, "owner").await.expect(200);

    assert_eq!(answer.json()["version"], 2);
    assert_eq!(counts(&app, &ann.team).await, count_of(2, 2));
}

#[tokio::test]
async fn changes_without_a_version_are_all_done_however_they_fall() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let bob = ann.invite("Bob", "member").await;

    let (one, two) = tokio::join!(
        set_role(&ann, &bob.id, "owner"),
        set_role(&ann, &bob.id, "manager"),
    );

    one.expect(200);
    two.expect(200);
    let seen = members(&ann).await;
    let owners = seen.iter().filter(|one| one["role"] == "owner").count();
    let owners = u32::try_from(owners).unwrap();
    assert_eq!(counts(&app, &ann.team).await, count_of(2, owners));
}
