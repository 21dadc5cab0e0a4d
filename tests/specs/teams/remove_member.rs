//! `DELETE /api/teams/{teamId}/members/{userId}`

use super::{
    UNKNOWN, accept, count_of, counts, invited, members, one_of_each_role, remove, switched,
};
use http::Method;
use plat_testing::proxy::{Fault, FaultKind};
use plat_testing::{Started, TestApp};
use std::time::Duration;

#[tokio::test]
async fn who_is_removed_is_out_at_once_and_keeps_their_other_teams() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let bob = ann.invite("Bob", "admin").await;
    bob.get("/api/leads").await.expect(200);

    let removed = remove(&ann, &bob.id).await.expect(204);

    assert_eq!(removed.text, "");
    let refused = bob.get("/api/leads").await.expect(403);
    assert_eq!(refused.problem(), "forbidden");
    bob.get(&format!("/api/teams/{}", ann.team))
        .await
        .expect(404);
    let teams = bob.get("/api/teams").await.expect(200).json();
    let own = teams["items"][0]["id"].as_str().unwrap();
    let home = switched(&app, &bob, own).await;
    home.get("/api/leads").await.expect(200);
    assert_eq!(members(&ann).await.len(), 1);
    assert_eq!(counts(&app, &ann.team).await, count_of(1, 1));
}

#[tokio::test]
async fn who_was_removed_can_be_invited_again() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let bob = ann.invite("Bob", "admin").await;
    remove(&ann, &bob.id).await.expect(204);

    let token = invited(&app, &ann, &bob.email, "assistant").await;
    let team = accept(&bob, &token).await.expect(200).json();

    assert_eq!(team["role"], "assistant");
    bob.get("/api/leads").await.expect(200);
    assert_eq!(counts(&app, &ann.team).await, count_of(2, 1));
}

#[tokio::test]
async fn an_admin_may_go_but_the_last_owner_may_not() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let bob = ann.invite("Bob", "admin").await;

    remove(&bob, &bob.id).await.expect(204);
    let refused = remove(&ann, &ann.id).await.expect(409);

    assert_eq!(refused.problem(), "last-owner");
    assert_eq!(counts(&app, &ann.team).await, count_of(1, 1));
    ann.get("/api/leads").await.expect(200);
}

#[tokio::test]
async fn an_owner_may_go_once_there_is_another() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let bob = ann.invite("Bob", "owner").await;

    remove(&ann, &ann.id).await.expect(204);

    assert_eq!(counts(&app, &ann.team).await, count_of(1, 1));
    ann.get("/api/leads").await.expect(403);
    bob.get("/api/leads").await.expect(200);
}

#[tokio::test]
async fn only_who_manages_the_team_removes_and_only_an_owner_removes_owners() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let zoe = ann.invite("Zoe", "member").await;
    let cat = ann.invite("Cat", "owner").await;

    for (role, person) in one_of_each_role(&ann).await {
        let member = remove(&person, &zoe.id).await;
        let owner = remove(&person, &cat.id).await;

        let manages = role == "admin";
        assert_eq!(member.status, if manages { 204 } else { 403 }, "{role}");
        assert_eq!(owner.status, 403, "{role}");
        let lacked = if manages { "team:own" } else { "team:manage" };
        assert_eq!(owner.json()["permission"], lacked, "{role}");
    }
    remove(&ann, &cat.id).await.expect(204);
    assert_eq!(counts(&app, &ann.team).await, count_of(5, 1));
}

#[tokio::test]
async fn somebody_who_does_not_belong_to_the_team_is_as_absent_as_nobody() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let eve = app.owner("Eve").await;
    let bob = ann.invite("Bob", "member").await;
    remove(&ann, &bob.id).await.expect(204);

    let foreign = remove(&ann, &eve.id).await.expect(404);
    let gone = remove(&ann, &bob.id).await.expect(404);
    let absent = remove(&ann, UNKNOWN).await.expect(404);

    assert_eq!(foreign.text, absent.text);
    assert_eq!(gone.text, absent.text);
    eve.get("/api/leads").await.expect(200);
    assert_eq!(counts(&app, &ann.team).await, count_of(1, 1));
}

#[tokio::test]
async fn a_removal_meant_for_an_older_version_is_refused() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let bob = ann.invite("Bob", "member").await;
    super::set_role(&ann, &bob.id, "admin").await.expect(200);
    let path = format!("/api/teams/{}/members/{}", ann.team, bob.id);
    let call = |version| ann.call(Method::DELETE, &path).if_match(version);

    let stale = call(1).send().await.expect(412);

    assert_eq!(stale.json()["currentVersion"], 2);
    bob.get("/api/leads").await.expect(200);
    call(2).send().await.expect(204);
}

#[tokio::test]
async fn of_two_owners_who_remove_each_other_at_once_one_stays() {
    let app = Started::default().with_proxy().start().await;
    let ann = app.owner("Ann").await;
    let bob = ann.invite("Bob", "owner").await;
    app.faults().inject(Fault {
        times: 2,
        ..Fault::once_on(
            "TransactWriteItems",
            FaultKind::Slow(Duration::from_millis(60)),
        )
    });

    let (by_ann, by_bob) = tokio::join!(remove(&ann, &bob.id), remove(&bob, &ann.id));

    let mut statuses = [by_ann.status, by_bob.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 409]);
    assert_eq!(counts(&app, &ann.team).await, count_of(1, 1));
}

#[tokio::test]
async fn a_reply_that_is_lost_on_its_way_from_the_table_removes_once() {
    let app = Started::default().with_proxy().start().await;
    let ann = app.owner("Ann").await;
    let bob = ann.invite("Bob", "owner").await;
    app.faults()
        .inject(Fault::once_on("TransactWriteItems", FaultKind::LoseReply));

    remove(&ann, &bob.id).await.expect(204);

    assert_eq!(counts(&app, &ann.team).await, count_of(1, 1));
}
