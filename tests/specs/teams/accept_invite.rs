//! `POST /api/teams/invites/accept`

use super::{
    accept, count_of, counts, invite_behind_the_api, invited, last_token, members, set_members,
    switched,
};
use http::Method;
use jiff::SignedDuration;
use plat_testing::proxy::{Fault, FaultKind};
use plat_testing::{Call, PASSWORD, Someone, Started, TestApp};
use serde_json::json;

fn accepting<'a>(who: &Someone<'a>, token: &str, key: &str) -> Call<'a> {
    who.call(Method::POST, "/api/teams/invites/accept")
        .idempotency_key(key)
        .json(json!({"token": token}))
}

#[tokio::test]
async fn who_accepts_belongs_to_the_team_at_once() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let bob = app.owner("Bob").await;
    let token = invited(&app, &ann, &bob.email, "manager").await;

    let joined = accept(&bob, &token).await.expect(200);

    let team = joined.json();
    assert_eq!(team["id"], ann.team.as_str());
    assert_eq!(team["name"], "Ann's team");
    assert_eq!(team["role"], "manager");
    assert_eq!(team["memberCount"], 2);
    assert_eq!(joined.header("etag"), format!("\"{}\"", team["version"]));
    let path = format!("/api/teams/{}", ann.team);
    assert_eq!(bob.get(&path).await.expect(200).json(), team);
    let there = switched(&app, &bob, &ann.team).await;
    there.get("/api/leads").await.expect(200);
    let seen = members(&there).await;
    let bob_there = seen.iter().find(|one| one["user"]["id"] == bob.id.as_str());
    assert_eq!(bob_there.unwrap()["role"], "manager");
    assert_eq!(counts(&app, &ann.team).await, count_of(2, 1));
}

#[tokio::test]
async fn who_is_invited_as_an_owner_counts_as_one() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;

    let bob = ann.invite("Bob", "owner").await;

    assert_eq!(counts(&app, &ann.team).await, count_of(2, 2));
    super::set_role(&bob, &ann.id, "member").await.expect(200);
}

#[tokio::test]
async fn the_spelling_of_the_address_does_not_matter() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let bob = app.owner("Bob").await;
    let token = invited(&app, &ann, "BOB@Example.COM", "member").await;

    accept(&bob, &token).await.expect(200);
}

#[tokio::test]
async fn an_invitation_for_another_address_says_what_to_do_and_stays_good() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let bob = app.owner("Bob").await;
    let eve = app.owner("Eve").await;
    let token = invited(&app, &ann, &bob.email, "member").await;

    let refused = accept(&eve, &token).await.expect(403);

    assert_eq!(refused.problem(), "invitation-for-somebody-else");
    let detail = refused.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("b…@example.com"), "{detail}");
    assert!(!refused.text.contains("bob@"), "{}", refused.text);
    accept(&bob, &token).await.expect(200);
}

#[tokio::test]
async fn a_token_that_was_used_or_altered_or_is_for_something_else_is_refused() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let bob = app.owner("Bob").await;
    let verification = last_token(&app, &bob.email).await;
    let used = invited(&app, &ann, &bob.email, "member").await;
    accept(&bob, &used).await.expect(200);
    let altered = format!("A{}", &used[1..]);

    let mut bodies = Vec::new();
    for token in [used.as_str(), &altered, &verification, "", "💥"] {
        let refused = accept(&bob, token).await.expect(422);
        assert_eq!(refused.field_errors(), ["/token invalid_token"], "{token}");
        bodies.push(refused.text);
    }

    assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]));
    assert_eq!(counts(&app, &ann.team).await, count_of(2, 1));
}

#[tokio::test]
async fn an_invitation_is_good_for_seven_days() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let bob = app.owner("Bob").await;
    let cat = app.owner("Cat").await;
    let for_bob = invited(&app, &ann, &bob.email, "member").await;
    let for_cat = invited(&app, &ann, &cat.email, "member").await;
    let login = |email: String| {
        let app = &app;
        async move {
            let body = json!({"email": email, "password": PASSWORD});
            let reply = app.post("/api/auth/login", body).await.expect(200);
            Someone::signed_in(app, &reply.json())
        }
    };

    app.advance(SignedDuration::from_hours(7 * 24) - SignedDuration::from_secs(1));
    let bob = login(bob.email.clone()).await;
    accept(&bob, &for_bob).await.expect(200);
    app.advance(SignedDuration::from_secs(1));
    let cat = login(cat.email.clone()).await;
    let late = accept(&cat, &for_cat).await.expect(422);

    assert_eq!(late.field_errors(), ["/token invalid_token"]);
}

#[tokio::test]
async fn who_belongs_to_the_team_already_does_not_join_twice() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let bob = ann.invite("Bob", "member").await;
    // As when the invitation was written at the moment in which an earlier one was accepted.
    let token = invite_behind_the_api(&app, &ann, &bob.email).await;

    let refused = accept(&bob, &token).await.expect(409);

    assert_eq!(refused.problem(), "duplicate");
    assert_eq!(refused.field_errors(), ["/token already_member"]);
    assert_eq!(counts(&app, &ann.team).await, count_of(2, 1));
    let team = bob.get(&format!("/api/teams/{}", ann.team)).await.json();
    assert_eq!(team["role"], "member");
}

#[tokio::test]
async fn one_invitation_accepted_twice_at_once_makes_one_member() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let bob = app.owner("Bob").await;
    let token = invited(&app, &ann, &bob.email, "member").await;

    let (one, two) = tokio::join!(accept(&bob, &token), accept(&bob, &token));

    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 422]);
    assert_eq!(counts(&app, &ann.team).await, count_of(2, 1));
}

#[tokio::test]
async fn the_same_request_under_one_key_is_answered_the_same() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let bob = app.owner("Bob").await;
    let token = invited(&app, &ann, &bob.email, "member").await;

    let first = accepting(&bob, &token, "join").send().await.expect(200);
    let again = accepting(&bob, &token, "join").send().await.expect(200);

    assert_eq!(again.text, first.text);
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(counts(&app, &ann.team).await, count_of(2, 1));
}

#[tokio::test]
async fn a_reply_that_is_lost_on_its_way_from_the_table_makes_one_member() {
    let app = Started::default().with_proxy().start().await;
    let ann = app.owner("Ann").await;
    let bob = app.owner("Bob").await;
    let token = invited(&app, &ann, &bob.email, "member").await;
    app.faults()
        .inject(Fault::once_on("TransactWriteItems", FaultKind::LoseReply));

    let joined = accept(&bob, &token).await.expect(200);

    assert_eq!(joined.json()["memberCount"], 2);
    assert_eq!(counts(&app, &ann.team).await, count_of(2, 1));
    assert_eq!(members(&ann).await.len(), 2);
}

#[tokio::test]
async fn a_request_whose_outcome_was_lost_makes_one_member_when_it_is_repeated() {
    let app = Started::default().with_proxy().start().await;
    let ann = app.owner("Ann").await;
    let bob = app.owner("Bob").await;
    let token = invited(&app, &ann, &bob.email, "member").await;
    app.faults().inject(Fault {
        times: 3,
        ..Fault::once_on("TransactWriteItems", FaultKind::LoseReply)
    });

    accepting(&bob, &token, "join").send().await.expect(503);
    let again = accepting(&bob, &token, "join").send().await.expect(200);

    assert_eq!(again.json()["role"], "member");
    assert_eq!(again.json()["memberCount"], 2);
    assert_eq!(counts(&app, &ann.team).await, count_of(2, 1));
    assert_eq!(members(&ann).await.len(), 2);
    switched(&app, &bob, &ann.team).await;
}

#[tokio::test]
async fn who_joins_while_the_visibility_changes_is_bound_by_it() {
    let app = Started::default().with_proxy().start().await;
    let ann = app.owner("Ann").await;
    let bob = app.owner("Bob").await;
    let token = invited(&app, &ann, &bob.email, "member").await;
    let lead = ann.lead("Lena", json!({"assignedTo": ann.id})).await;
    // The visibility was read by the time that the transaction is on its way, and changes before it arrives.
    app.faults().inject(Fault::once_on(
        "TransactWriteItems",
        FaultKind::Slow(std::time::Duration::from_millis(300)),
    ));
    let team = format!("/api/teams/{}", ann.team);

    let hidden = async {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        ann.patch(&team, json!({"visibility": "own"})).await
    };
    let (joined, hidden) = tokio::join!(accept(&bob, &token), hidden);

    hidden.expect(200);
    assert_eq!(joined.expect(200).json()["visibility"], "own");
    let there = switched(&app, &bob, &ann.team).await;
    let path = format!("/api/leads/{}", lead["id"].as_str().unwrap());
    there.get(&path).await.expect(404);
}

#[tokio::test]
async fn somebody_in_fifty_teams_joins_no_other() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let bob = app.owner("Bob").await;
    let token = invited(&app, &ann, &bob.email, "member").await;
    for _ in 2..=50 {
        bob.post("/api/teams", json!({"name": "Harbor"}))
            .await
            .expect(201);
    }

    let refused = accept(&bob, &token).await.expect(409);

    assert_eq!(refused.problem(), "limit-reached");
    assert_eq!(refused.json()["limit"], "teams");
    assert_eq!(counts(&app, &ann.team).await, count_of(1, 1));
}

#[tokio::test]
async fn a_full_team_takes_nobody_in() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let bob = app.owner("Bob").await;
    let token = invited(&app, &ann, &bob.email, "member").await;
    set_members(&app, &ann.team, 500).await;

    let refused = accept(&bob, &token).await.expect(409);

    assert_eq!(refused.problem(), "limit-reached");
    assert_eq!(refused.json()["limit"], "members");
    set_members(&app, &ann.team, 499).await;
    accept(&bob, &token).await.expect(200);
}

#[tokio::test]
async fn accepting_takes_a_token_and_nothing_else_from_who_is_signed_in() {
    let app = TestApp::start().await;
    let bob = app.owner("Bob").await;
    let path = "/api/teams/invites/accept";

    let empty = bob.post(path, json!({})).await.expect(422);
    let more = bob
        .post(path, json!({"token": "x", "role": "owner"}))
        .await
        .expect(422);
    let anonymous = app.post(path, json!({"token": "x"})).await.expect(401);

    assert_eq!(empty.field_errors(), ["/token required"]);
    assert_eq!(more.field_errors(), ["/role unknown_field"]);
    assert_eq!(anonymous.problem(), "unauthenticated");
}
