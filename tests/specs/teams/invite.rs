//! `POST /api/teams/{teamId}/invite`

use super::{accept, invited, last_token, one_of_each_role};
use http::Method;
use jiff::SignedDuration;
use plat_testing::proxy::{Fault, FaultKind};
use plat_testing::{Answer, Someone, Started, TestApp};
use serde_json::{Value, json};

async fn invite(who: &Someone<'_>, body: Value) -> Answer {
    who.post(&format!("/api/teams/{}/invite", who.team), body)
        .await
}

#[tokio::test]
async fn an_invitation_is_mailed_with_the_team_the_role_and_who_invites() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann Oakley").await;

    let body = json!({"email": "bob@example.com", "role": "manager"});
    let answer = invite(&ann, body).await.expect(202);

    assert_eq!(answer.text, "");
    let mails = app.mail_to("bob@example.com").await;
    assert_eq!(mails.len(), 1);
    let text = &mails[0].mail.text;
    for part in [
        "Ann Oakley",
        "Ann Oakley's team",
        "manager",
        "accept-invite?token=",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[tokio::test]
async fn the_reply_does_not_tell_whether_an_address_has_an_account() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let bob = app.owner("Bob").await;

    let known = invite(&ann, json!({"email": bob.email, "role": "member"})).await;
    let unknown = invite(&ann, json!({"email": "x@example.com", "role": "member"})).await;

    let (known, unknown) = (known.expect(202), unknown.expect(202));
    assert_eq!(known.text, unknown.text);
    assert_eq!(known.headers, unknown.headers);
    assert_eq!(known.cost.requests, unknown.cost.requests);
}

#[tokio::test]
async fn who_belongs_to_the_team_is_not_invited_again_however_the_address_is_spelled() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let bob = ann.invite("Bob", "member").await;
    let before = app.mail_to(&bob.email).await.len();

    for address in ["bob@example.com", "BOB@Example.com", "ann@example.com"] {
        let body = json!({"email": address, "role": "admin"});
        let refused = invite(&ann, body).await.expect(409);

        assert_eq!(refused.problem(), "duplicate");
        assert_eq!(refused.field_errors(), ["/email already_member"]);
    }
    assert_eq!(app.mail_to(&bob.email).await.len(), before);
}

#[tokio::test]
async fn inviting_again_replaces_the_invitation() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let bob = app.owner("Bob").await;
    let first = invited(&app, &ann, &bob.email, "member").await;

    let second = invited(&app, &ann, "BOB@example.com", "manager").await;

    let refused = accept(&bob, &first).await.expect(422);
    assert_eq!(refused.field_errors(), ["/token invalid_token"]);
    let joined = accept(&bob, &second).await.expect(200);
    assert_eq!(joined.json()["role"], "manager");
}

#[tokio::test]
async fn only_who_manages_the_team_invites_and_only_an_owner_invites_owners() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;

    for (role, person) in one_of_each_role(&ann).await {
        let address = format!("by.{role}@example.com");
        let member = invite(&person, json!({"email": address, "role": "member"})).await;
        let owner = invite(&person, json!({"email": address, "role": "owner"})).await;

        let manages = role == "admin";
        assert_eq!(member.status, if manages { 202 } else { 403 }, "{role}");
        assert_eq!(owner.status, 403, "{role}");
        let lacked = if manages { "team:own" } else { "team:manage" };
        assert_eq!(owner.json()["permission"], lacked, "{role}");
    }
    let body = json!({"email": "co.owner@example.com", "role": "owner"});
    invite(&ann, body).await.expect(202);
}

#[tokio::test]
async fn every_wrong_field_is_named() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let cases: [(Value, &[&str]); 3] = [
        (json!({}), &["/email required", "/role required"]),
        (
            json!({"email": "bob", "role": "boss"}),
            &["/email invalid_email", "/role invalid_choice"],
        ),
        (
            json!({"email": "bob@example.com", "role": "member", "note": "Hi"}),
            &["/note unknown_field"],
        ),
    ];

    for (body, expected) in cases {
        let answer = invite(&ann, body.clone()).await.expect(422);

        assert_eq!(answer.field_errors(), expected, "{body}");
    }
}

#[tokio::test]
async fn the_same_request_under_one_key_mails_once() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let call = || {
        ann.call(Method::POST, &format!("/api/teams/{}/invite", ann.team))
            .idempotency_key("bob")
            .json(json!({"email": "bob@example.com", "role": "member"}))
    };

    call().send().await.expect(202);
    let again = call().send().await.expect(202);

    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(app.mail_to("bob@example.com").await.len(), 1);
}

#[tokio::test]
async fn a_request_whose_outcome_was_lost_mails_once_when_it_is_repeated() {
    let app = Started::default().with_proxy().start().await;
    let ann = app.owner("Ann").await;
    let bob = app.owner("Bob").await;
    let call = || {
        ann.call(Method::POST, &format!("/api/teams/{}/invite", ann.team))
            .idempotency_key("bob")
            .json(json!({"email": bob.email, "role": "member"}))
    };
    app.faults().inject(Fault {
        times: 3,
        ..Fault::once_on("TransactWriteItems", FaultKind::LoseReply)
    });

    call().send().await.expect(503);
    let before = app.mail_to(&bob.email).await.len();
    call().send().await.expect(202);

    assert_eq!(app.mail_to(&bob.email).await.len(), before);
    let token = last_token(&app, &bob.email).await;
    accept(&bob, &token).await.expect(200);
}

#[tokio::test]
async fn a_request_that_is_repeated_after_its_invitation_was_used_invites_nobody_again() {
    let app = Started::default().with_proxy().start().await;
    let ann = app.owner("Ann").await;
    let bob = app.owner("Bob").await;
    let call = || {
        ann.call(Method::POST, &format!("/api/teams/{}/invite", ann.team))
            .idempotency_key("bob")
            .json(json!({"email": bob.email, "role": "member"}))
    };
    app.faults().inject(Fault {
        times: 3,
        ..Fault::once_on("TransactWriteItems", FaultKind::LoseReply)
    });
    call().send().await.expect(503);
    let token = last_token(&app, &bob.email).await;
    accept(&bob, &token).await.expect(200);
    super::remove(&ann, &bob.id).await.expect(204);
    let before = app.mail_to(&bob.email).await.len();

    call().send().await.expect(202);

    assert_eq!(app.mail_to(&bob.email).await.len(), before);
    accept(&bob, &token).await.expect(422);
}

#[tokio::test]
async fn a_team_sends_fifty_invitations_an_hour() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let bob = app.owner("Bob").await;
    let call = |nth: u32| json!({"email": format!("guest{nth}@example.com"), "role": "member"});
    for nth in 1..=50 {
        invite(&ann, call(nth)).await.expect(202);
    }

    let refused = invite(&ann, call(51)).await.expect(429);

    assert_eq!(refused.problem(), "too-many-requests");
    assert_eq!(refused.header("retry-after"), "3600");
    assert!(app.mail_to("guest51@example.com").await.is_empty());
    invite(&bob, call(51)).await.expect(202);
}

#[tokio::test]
async fn the_next_hour_brings_fifty_more() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    // A token is good for a quarter of an hour, so the hour is almost over when it is issued.
    app.advance(SignedDuration::from_mins(50));
    let login = json!({"email": ann.email, "password": plat_testing::PASSWORD});
    let reply = app.post("/api/auth/login", login).await.expect(200);
    let ann = Someone::signed_in(&app, &reply.json());
    let call = |nth: u32| json!({"email": format!("guest{nth}@example.com"), "role": "member"});
    for nth in 1..=50 {
        invite(&ann, call(nth)).await.expect(202);
    }
    let refused = invite(&ann, call(51)).await.expect(429);
    assert_eq!(refused.header("retry-after"), "600");

    app.advance(SignedDuration::from_mins(10));

    invite(&ann, call(51)).await.expect(202);
}
