//! `GET /api/activities/{activityId}`

use plat_testing::{Someone, TestApp};
use serde_json::{Value, json};

async fn latest(who: &Someone<'_>) -> Value {
    let page = who
        .get("/api/activities?type=lead_created")
        .await
        .expect(200)
        .json();
    page["items"][0].clone()
}

fn path(line: &Value) -> String {
    format!("/api/activities/{}", line["id"].as_str().unwrap())
}

#[tokio::test]
async fn a_line_is_what_the_list_shows_with_the_name_of_today() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let ann = owner.lead("Ann", json!({})).await;
    let call = json!({"type": "call", "leadId": ann["id"], "notes": "Again on Monday"});
    let logged = owner.post("/api/activities", call).await.expect(201).json();
    app.settle().await;

    let line = owner.get(&path(&logged)).await.expect(200).json();
    let created = owner.get("/api/activities?type=lead_created").await;
    let created = created.expect(200).json()["items"][0].clone();

    assert_eq!(line, logged);
    assert_eq!(owner.get(&path(&created)).await.expect(200).json(), created);
    let renamed = json!({"name": "Anna"});
    owner
        .patch(
            &format!("/api/leads/{}", ann["id"].as_str().unwrap()),
            renamed,
        )
        .await
        .expect(200);
    let line = owner.get(&path(&logged)).await.expect(200).json();
    assert_eq!(line["subject"]["name"], "Anna");
}

#[tokio::test]
async fn a_line_that_is_not_seen_is_not_there() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let (mia, ada) = (
        owner.invite("Mia", "member").await,
        owner.invite("Ada", "assistant").await,
    );
    let team = format!("/api/teams/{}", owner.team);
    owner
        .patch(&team, json!({"visibility": "own"}))
        .await
        .expect(200);
    owner.lead("Ann", json!({"assignedTo": owner.id})).await;
    app.settle().await;
    let line = latest(&owner).await;
    let deal = owner.deal("1 Elm St", json!({})).await;
    app.settle().await;
    let of_deal = owner
        .get(&format!(
            "/api/activities?dealId={}",
            deal["id"].as_str().unwrap()
        ))
        .await
        .expect(200)
        .json()["items"][0]
        .clone();

    owner.get(&path(&line)).await.expect(200);
    mia.get(&path(&line)).await.expect(404);
    other.get(&path(&line)).await.expect(404);
    mia.get(&path(&of_deal)).await.expect(200);
    ada.get(&path(&of_deal)).await.expect(404);
    owner
        .get("/api/activities/01ARZ3NDEKTSV4RRFFQ69G5FAV")
        .await
        .expect(404);
}
