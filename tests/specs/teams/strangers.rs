//! Every endpoint below `/api/teams/{teamId}`, asked by somebody who does not belong to the team.

use super::UNKNOWN;
use http::Method;
use plat_testing::TestApp;
use serde_json::{Value, json};

#[tokio::test]
async fn a_team_of_others_is_as_absent_as_one_that_does_not_exist() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let bob = ann.invite("Bob", "member").await;
    let eve = app.owner("Eve").await;
    let cases: [(Method, String, Value); 8] = [
        (Method::GET, String::new(), Value::Null),
        (Method::PATCH, String::new(), json!({"name": "Mine"})),
        (Method::PUT, String::new(), json!({"name": "Mine"})),
        (Method::GET, "/members".to_owned(), Value::Null),
        (
            Method::POST,
            "/invite".to_owned(),
            json!({"email": "eve@example.com", "role": "owner"}),
        ),
        (Method::DELETE, format!("/members/{}", bob.id), Value::Null),
        (
            Method::PATCH,
            format!("/members/{}/role", bob.id),
            json!({"role": "admin"}),
        ),
        (
            Method::PATCH,
            format!("/members/{}/role", eve.id),
            json!({"role": "owner"}),
        ),
    ];

    for (method, rest, body) in cases {
        let ask = |team: &str| {
            let call = eve.call(method.clone(), &format!("/api/teams/{team}{rest}"));
            let call = if body.is_null() {
                call
            } else {
                call.json(body.clone())
            };
            call.send()
        };
        let foreign = ask(&ann.team).await.expect(404);
        let absent = ask(UNKNOWN).await.expect(404);
        let malformed = ask("mine").await.expect(404);

        assert_eq!(foreign.text, absent.text, "{method} {rest}");
        assert_eq!(foreign.headers, absent.headers, "{method} {rest}");
        assert_eq!(malformed.text, absent.text, "{method} {rest}");
    }
    let team = ann.get(&format!("/api/teams/{}", ann.team)).await;
    assert_eq!(team.json()["name"], "Ann's team");
    assert_eq!(team.json()["memberCount"], 2);
}
