//! What `functions/teams` does, one file an endpoint.

mod accept_invite;
mod audit;
mod create;
mod get;
mod invite;
mod list;
mod members;
mod remove_member;
mod set_role;
mod strangers;
mod update;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::SignedDuration;
use plat_domain::{Actor, Email, Id, InviteDetails, Language, Origin, Role, TeamId};
use plat_store::{Command, Invite};
use plat_testing::{Answer, Someone, TestApp, mailed_token};
use serde_json::{Value, json};

/// An id that nothing has.
const UNKNOWN: &str = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

/// Somebody of each role but the owner's, in the team of `owner`.
async fn one_of_each_role<'a>(owner: &Someone<'a>) -> Vec<(&'static str, Someone<'a>)> {
    let mut people = Vec::new();
    for role in ["assistant", "member", "manager", "admin"] {
        let name = format!("The {role}");
        people.push((role, owner.invite(&name, role).await));
    }
    people
}

/// Invites an address to the team of `who` and reads the token that is mailed.
async fn invited(app: &TestApp, who: &Someone<'_>, address: &str, role: &str) -> String {
    let path = format!("/api/teams/{}/invite", who.team);
    who.post(&path, json!({"email": address, "role": role}))
        .await
        .expect(202);
    last_token(app, address).await
}

/// The token in the last mail to an address.
async fn last_token(app: &TestApp, address: &str) -> String {
    let mails = app.mail_to(address).await;
    mails
        .last()
        .map(|sent| mailed_token(&sent.mail.text))
        .unwrap_or_default()
}

async fn accept(who: &Someone<'_>, token: &str) -> Answer {
    who.post("/api/teams/invites/accept", json!({"token": token}))
        .await
}

/// The same person with tokens for another of their teams.
async fn switched<'a>(app: &'a TestApp, who: &Someone<'_>, team: &str) -> Someone<'a> {
    let reply = who
        .post("/api/auth/switch-team", json!({"teamId": team}))
        .await
        .expect(200);
    Someone::signed_in(app, &reply.json())
}

async fn set_role(who: &Someone<'_>, whom: &str, role: &str) -> Answer {
    let path = format!("/api/teams/{}/members/{whom}/role", who.team);
    who.patch(&path, json!({"role": role})).await
}

async fn remove(who: &Someone<'_>, whom: &str) -> Answer {
    who.delete(&format!("/api/teams/{}/members/{whom}", who.team))
        .await
}

/// Every member of the team of `who`.
async fn members(who: &Someone<'_>) -> Vec<Value> {
    let path = format!("/api/teams/{}/members?limit=100", who.team);
    let page = who.get(&path).await.expect(200).json();
    page["items"].as_array().cloned().unwrap_or_default()
}

/// The counts that the table keeps of a team: members and owners.
async fn counts(app: &TestApp, team: &str) -> (String, String) {
    let found = app
        .host
        .client
        .get_item()
        .table_name("plat")
        .key("PK", AttributeValue::S(format!("T#{team}")))
        .key("SK", AttributeValue::S("TEAM".to_owned()))
        .consistent_read(true)
        .send()
        .await;
    let item = found.ok().and_then(|found| found.item).unwrap_or_default();
    let count = |name: &str| {
        item.get(name)
            .and_then(|value| value.as_n().ok())
            .cloned()
            .unwrap_or_default()
    };
    (count("members"), count("owners"))
}

/// Makes the table say that a team has so many members.
async fn set_members(app: &TestApp, team: &str, members: u32) {
    let written = app
        .host
        .client
        .update_item()
        .table_name("plat")
        .key("PK", AttributeValue::S(format!("T#{team}")))
        .key("SK", AttributeValue::S("TEAM".to_owned()))
        .update_expression("SET members = :members")
        .expression_attribute_values(":members", AttributeValue::N(members.to_string()))
        .send()
        .await;
    assert!(written.is_ok(), "{written:?}");
}

/// What [`counts`] says of so many members and owners.
fn count_of(members: u32, owners: u32) -> (String, String) {
    (members.to_string(), owners.to_string())
}

/// An invitation as the store writes it, whatever the API would say of it; the token that is mailed.
async fn invite_behind_the_api(app: &TestApp, who: &Someone<'_>, address: &str) -> String {
    let (Ok(team), Ok(id), Ok(email), Ok(language)) = (
        who.team.parse::<TeamId>(),
        who.id.parse(),
        Email::parse(address),
        Language::parse("en"),
    ) else {
        return String::new();
    };
    let at = app.now();
    let command = Command {
        id: Id::from_parts(at, 7),
        at,
        by: Actor {
            id,
            name: "Ann".to_owned(),
        },
        origin: Origin::default(),
        depth: 0,
    };
    let invite = Invite {
        email,
        role: Role::Admin,
        token: command.new_id(0),
        ends_at: at + SignedDuration::from_hours(1),
    };
    let details = InviteDetails {
        team,
        team_name: "Ann's team".to_owned(),
        role: Role::Admin,
        invited_by: "Ann".to_owned(),
    };
    let members = app.host.app.store.team(team).members();
    let written = members.invite(&command, &invite, details, language).await;
    assert_eq!(written, Ok(()));
    last_token(app, address).await
}
