//! `/api/settings/api-keys`

use super::told;
use http::Method;
use jiff::{SignedDuration, Timestamp};
use plat_testing::{PASSWORD, Someone, TestApp};
use serde_json::{Value, json};

const KEYS: &str = "/api/settings/api-keys";
const UNKNOWN: &str = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

async fn keys(by: &Someone<'_>) -> Vec<Value> {
    let list = by.get(KEYS).await.expect(200).json();
    list["items"].as_array().unwrap().clone()
}

async fn send_in(app: &TestApp, key: &Value, email: &str) -> u16 {
    let url = key["url"].as_str().unwrap();
    let path = &url[url.find("/intake/").unwrap()..];
    let body = json!({"email": email});
    app.call(Method::POST, path).json(body).send().await.status
}

#[tokio::test]
async fn a_key_is_shown_once_works_and_is_revoked() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let tag = owner.post("/api/tags", json!({"name": "web"})).await.id();
    let body = json!({"name": "Contact form", "source": "Website", "assignedTo": [owner.id], "tags": [tag]});

    let made = owner.post(KEYS, body).await.expect(201);
    let key = made.json();
    let listed = keys(&owner).await;

    assert_eq!(
        (&key["kind"], &key["trap"], &key["tags"], &key["assignedTo"]),
        (
            &json!("intake"),
            &json!("website_url"),
            &json!([tag]),
            &json!([owner.id])
        )
    );
    assert_eq!((&listed[0]["id"], listed[0].get("url")), (&key["id"], None));
    assert!(listed[0].get("hash").is_none());
    assert_eq!(send_in(&app, &key, "ann@example.com").await, 201);

    let at = made.header("location").to_owned();
    owner.call(Method::DELETE, &at).send().await.expect(204);

    assert_eq!(send_in(&app, &key, "bob@example.com").await, 404);
    assert!(keys(&owner).await.is_empty());
    owner.call(Method::DELETE, &at).send().await.expect(404);
}

#[tokio::test]
async fn when_a_key_was_used_is_known_to_the_hour() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let key = owner
        .post(KEYS, json!({"name": "Form"}))
        .await
        .expect(201)
        .json();
    // An access token does not last that long.
    let used = async || {
        let body = json!({"email": owner.email, "password": PASSWORD});
        let reply = app.post("/api/auth/login", body).await.expect(200);
        let again = Someone::signed_in(&app, &reply.json());
        let at = keys(&again).await[0]["lastUsedAt"].clone();
        at.as_str().map(|at| at.parse::<Timestamp>().unwrap())
    };

    let never = used().await;
    send_in(&app, &key, "ann@example.com").await;
    let first = used().await.unwrap();
    app.advance(SignedDuration::from_mins(59));
    send_in(&app, &key, "bob@example.com").await;
    let within = used().await;
    app.advance(SignedDuration::from_mins(2));
    send_in(&app, &key, "cid@example.com").await;

    assert_eq!((never, within), (None, Some(first)));
    let later = first + SignedDuration::from_mins(61);
    assert_eq!(used().await, Some(later));
}

#[tokio::test]
async fn the_same_request_makes_one_key_with_one_secret() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let make = async || {
        let call = owner.call(Method::POST, KEYS).idempotency_key("once");
        call.json(json!({"name": "Form"}))
            .send()
            .await
            .expect(201)
            .json()
    };

    let (first, again) = (make().await, make().await);

    assert_eq!(first["url"], again["url"]);
    assert_eq!(keys(&owner).await.len(), 1);
}

#[tokio::test]
async fn what_a_key_gives_its_leads_is_there() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);

    let cases = [
        (json!({}), "/name required"),
        (json!({"name": "F", "kind": "else"}), "/kind invalid_choice"),
        (
            json!({"name": "F", "tags": [UNKNOWN]}),
            "/tags reference_not_found",
        ),
        (
            json!({"name": "F", "assignedTo": [other.id]}),
            "/assignedTo reference_not_found",
        ),
        (
            json!({"name": "F", "assignedTo": [owner.id, owner.id]}),
            "/assignedTo invalid_length",
        ),
        (
            json!({"name": "F", "trap": "a b"}),
            "/trap invalid_custom_field_name",
        ),
    ];
    for (body, expected) in cases {
        let refused = owner.post(KEYS, body.clone()).await.expect(422);
        assert_eq!(refused.field_errors(), [expected], "{body}");
    }
    assert!(keys(&owner).await.is_empty());
}

#[tokio::test]
async fn a_team_has_fifty_keys() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    for n in 0..50 {
        let body = json!({"name": format!("F{n}")});
        owner.post(KEYS, body).await.expect(201);
    }

    let more = owner.post(KEYS, json!({"name": "More"})).await;

    assert_eq!(more.expect(409).json()["limit"], "api_keys");
}

#[tokio::test]
async fn keys_are_their_teams_and_their_coming_and_going_is_in_the_audit_log() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let member = owner.invite("Mia", "member").await;
    let key = owner
        .post(KEYS, json!({"name": "Form"}))
        .await
        .expect(201)
        .json();
    let at = format!("{KEYS}/{}", key["id"].as_str().unwrap());

    let foreign = other.call(Method::DELETE, &at).send().await;
    let unknown = other
        .call(Method::DELETE, &format!("{KEYS}/{UNKNOWN}"))
        .send()
        .await;
    member.get(KEYS).await.expect(403);
    owner.call(Method::DELETE, &at).send().await.expect(204);

    assert_eq!((foreign.status, foreign.text), (404, unknown.text));
    let told = told(&app, &owner).await;
    let id = key["id"].as_str().unwrap();
    assert_eq!(told[0][0], "Olive");
    assert_eq!(told[0][2][id]["from"]["name"], "Form");
    assert_eq!(told[1][2][id]["to"]["name"], "Form");
    assert!(!told[1].to_string().contains("hash"));
}
