//! `GET /api/emails`

use super::support::a_day;
use crate::leads::support::walk;
use plat_services::MailError;
use plat_testing::{MailFault, Someone, TestApp};
use serde_json::{Value, json};

async fn send(who: &Someone<'_>, client: &Value) -> Value {
    let body = json!({"clientId": client["id"]});
    who.post("/api/emails/send", body).await.expect(201).json()
}

async fn ids(who: &Someone<'_>, query: &str) -> Vec<Value> {
    let page = who
        .get(&format!("/api/emails{query}"))
        .await
        .expect(200)
        .json();
    let rows = page["items"].as_array().unwrap().iter();
    rows.map(|row| row["id"].clone()).collect()
}

#[tokio::test]
async fn emails_are_listed_by_when_they_were_made_by_client_status_and_task() {
    let app = TestApp::start().await;
    let mut owner = app.owner("Olive").await;
    let ann = owner.client("Ann Lee", json!({})).await;
    app.settle().await;
    a_day(&app, &mut owner).await;
    let first = ids(&owner, "").await.remove(0);
    // A client who came later than the e-mail was planned.
    let bob = owner.client("Bob Ray", json!({})).await;
    let second = send(&owner, &bob).await["id"].clone();
    app.mail_faults
        .add(MailFault::NotTaken(MailError::Refused("no".to_owned())));
    app.advance(jiff::SignedDuration::from_secs(1));
    let third = send(&owner, &ann).await["id"].clone();
    let task = owner
        .get(&format!("/api/emails/{}", first.as_str().unwrap()))
        .await
        .json()["taskId"]
        .clone();
    let with = |name: &str, value: &Value| format!("?{name}={}", value.as_str().unwrap());

    assert_eq!(
        ids(&owner, "").await,
        [third.clone(), second.clone(), first.clone()]
    );
    assert_eq!(
        ids(&owner, "?sort=oldest").await,
        [first.clone(), second.clone(), third.clone()]
    );
    assert_eq!(
        ids(&owner, &with("clientId", &ann["id"])).await,
        [third.clone(), first.clone()]
    );
    assert_eq!(
        ids(&owner, "?status=failed&status=bounced").await,
        std::slice::from_ref(&third)
    );
    assert_eq!(
        ids(&owner, "?status=sent").await,
        [second.clone(), first.clone()]
    );
    let of_task = ids(&owner, &with("taskId", &task)).await;
    assert_eq!(of_task, std::slice::from_ref(&first));
    assert_eq!(
        ids(&owner, &format!("{}&status=failed", with("taskId", &task))).await,
        [] as [Value; 0]
    );
    let both = format!("{}&status=failed", with("clientId", &bob["id"]));
    assert_eq!(ids(&owner, &both).await, [] as [Value; 0]);
    assert_eq!(walk(&owner, "/api/emails", 1).await.len(), 3);
    assert_eq!(ids(&app.owner("Otto").await, "").await, [] as [Value; 0]);
}

#[tokio::test]
async fn a_list_says_what_is_wrong_with_its_query() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;

    let answer = owner
        .get("/api/emails?status=lost&sort=best")
        .await
        .expect(422);

    assert_eq!(answer.field_errors().len(), 2, "{}", answer.text);
}

#[tokio::test]
async fn a_list_shows_no_more_of_an_email_than_how_it_begins() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let ann = owner.client("Ann Lee", json!({})).await;
    send(&owner, &ann).await;

    let page = owner.get("/api/emails").await.expect(200).json();

    let row = &page["items"][0];
    assert!(row["snippet"].as_str().unwrap().starts_with("Hi Ann,"));
    assert_eq!((row.get("html"), row.get("text")), (None, None));
}
