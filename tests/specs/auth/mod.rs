//! What `functions/auth` does, one file an endpoint.

mod at_rest;
mod forgot_password;
mod jwks;
mod limits;
mod login;
mod login_two_factor;
mod logout;
mod me;
mod refresh;
mod register;
mod reset_password;
mod revoke_session;
mod send_mail;
mod sessions;
mod switch_team;
mod update_me;
mod verify_email;

use aws_sdk_dynamodb::types::AttributeValue;
use http::Method;
use jiff::SignedDuration;
use plat_domain::{Actor, Name, Origin, TeamId, Visibility};
use plat_store::{Command, Team, User};
use plat_testing::{Answer, Call, PASSWORD, Someone, TestApp};
use serde_json::{Value, json};

/// Signing in from an address of its own.
fn login<'a>(app: &'a TestApp, email: &str, password: &str) -> Call<'a> {
    app.call(Method::POST, "/api/auth/login")
        .json(json!({"email": email, "password": password}))
}

/// The same person on one more device.
async fn signed_in<'a>(app: &'a TestApp, email: &str) -> Someone<'a> {
    let answer = login(app, email, PASSWORD).send().await.expect(200);
    Someone::signed_in(app, &answer.json())
}

async fn refresh(app: &TestApp, token: &str) -> Answer {
    app.post("/api/auth/refresh", json!({"refreshToken": token}))
        .await
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn seconds(count: i64) -> SignedDuration {
    SignedDuration::from_secs(count)
}

fn hours(count: i64) -> SignedDuration {
    SignedDuration::from_hours(count)
}

/// Changes one attribute of a person's item behind the back of the API.
async fn set_attribute(
    app: &TestApp,
    user: &str,
    sk: &str,
    attribute: &str,
    value: AttributeValue,
) {
    app.host
        .client
        .update_item()
        .table_name("plat")
        .key("PK", AttributeValue::S(format!("U#{user}")))
        .key("SK", AttributeValue::S(sk.to_owned()))
        .update_expression("SET #a = :v")
        .expression_attribute_names("#a", attribute)
        .expression_attribute_values(":v", value)
        .send()
        .await
        .unwrap();
}

/// A team that a person founds beside their own; returns its id.
async fn second_team(app: &TestApp, owner: &Someone<'_>, name: &str) -> String {
    let id: TeamId = app.host.app.new_id(app.now());
    let users = app.host.app.store.users();
    let found = users.get(owner.id.parse().unwrap()).await.unwrap();
    let user: User = found.value.user;
    let team = Team {
        id,
        name: Name::parse(name).unwrap(),
        slug: format!("team-{id}").to_lowercase(),
        visibility: Visibility::Team,
        owners: 1,
        members: 1,
    };
    let command = Command {
        id: app.host.app.new_id(app.now()),
        at: app.now(),
        by: Actor {
            id: user.id,
            name: user.name.as_str().to_owned(),
        },
        origin: Origin::default(),
        depth: 0,
    };
    let scope = app.host.app.store.team(id);
    scope.create(&command, &team, &user).await.unwrap();
    id.to_string()
}
