//! `GET /api/leads/{leadId}/duplicates`

use super::support::{of_kind, table, walk};
use http::Method;
use plat_testing::{Someone, TestApp};
use serde_json::{Value, json};

fn id(lead: &Value) -> &str {
    lead["id"].as_str().unwrap()
}

fn path(lead: &Value) -> String {
    format!("/api/leads/{}", id(lead))
}

/// A lead that has a phone number and no e-mail address.
async fn caller(who: &Someone<'_>, name: &str, phone: &str) -> Value {
    let body = json!({"name": name, "phone": phone});
    who.post("/api/leads", body).await.expect(201).json()
}

/// The same, who lives at a street of Austin.
async fn neighbour(who: &Someone<'_>, name: &str, phone: &str, street: &str) -> Value {
    let address = json!({"street": street, "city": "Austin", "state": "TX", "zip": "78701"});
    let body = json!({"name": name, "phone": phone, "address": address});
    who.post("/api/leads", body).await.expect(201).json()
}

/// The names of the duplicates of a lead with their scores, once the jobs are done.
async fn found(app: &TestApp, who: &Someone<'_>, lead: &Value) -> Vec<(String, u64)> {
    app.settle().await;
    let rows = walk(who, &format!("{}/duplicates", path(lead)), 1).await;
    let row = |row: &Value| {
        let name = row["lead"]["name"].as_str().unwrap().to_owned();
        (name, row["score"].as_u64().unwrap())
    };
    rows.iter().map(row).collect()
}

#[tokio::test]
async fn the_most_alike_come_first_with_their_reasons() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let ann = neighbour(&owner, "Robert Smith", "(512) 555-0142", "12 Oak Street").await;
    neighbour(&owner, "Mary Jones", "512 555 0142", "9 Elm Rd").await;
    neighbour(&owner, "Smith, Robert", "+1 512 555 0142", "12 OAK ST.").await;
    neighbour(&owner, "Bob Smith", "(512) 555-0199", "12 Oak St").await;
    neighbour(&owner, "Robert Smith", "(512) 555-0177", "44 Pine Ave").await;

    assert_eq!(
        found(&app, &owner, &ann).await,
        [
            ("Smith, Robert".to_owned(), 100),
            ("Bob Smith".to_owned(), 85),
            ("Mary Jones".to_owned(), 40)
        ]
    );
    let first = owner
        .get(&format!("{}/duplicates?limit=1", path(&ann)))
        .await;
    let first = first.expect(200).json();
    assert_eq!(
        first["items"][0]["reasons"],
        json!(["same_phone", "same_place", "same_name"])
    );
    assert_eq!(first["items"][0]["lead"]["phone"], "+1 512 555 0142");
}

#[tokio::test]
async fn who_was_deleted_or_has_another_number_by_now_is_none() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let ann = caller(&owner, "Ann Lee", "(512) 555-0142").await;
    let gone = caller(&owner, "Ann Lee", "(512) 555-0142").await;
    let moved = caller(&owner, "Ann Lee", "(512) 555-0142").await;
    assert_eq!(found(&app, &owner, &ann).await.len(), 2);

    owner.delete(&path(&gone)).await.expect(204);
    let other = json!({"phone": "(512) 555-0199"});
    owner.patch(&path(&moved), other).await.expect(200);

    assert_eq!(found(&app, &owner, &ann).await, []);
    owner
        .post(&format!("{}/restore", path(&gone)), Value::Null)
        .await
        .expect(200);
    assert_eq!(found(&app, &owner, &ann).await.len(), 1);
}

#[tokio::test]
async fn nothing_is_kept_of_a_number_that_nobody_has() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let ann = neighbour(&owner, "Ann Lee", "(512) 555-0142", "12 Oak St").await;
    app.settle().await;
    assert!(!of_kind(&table(&app).await, "same").is_empty());

    owner.delete(&path(&ann)).await.expect(204);
    app.settle().await;

    assert!(of_kind(&table(&app).await, "same").is_empty());
}

#[tokio::test]
async fn a_number_that_very_many_have_is_answered_in_bounds() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let ann = caller(&owner, "Ann Lee", "(512) 555-0142").await;
    for _ in 0..104 {
        caller(&owner, "Ann Lee", "(512) 555-0142").await;
    }
    app.settle().await;

    let rows = walk(&owner, &format!("{}/duplicates", path(&ann)), 60).await;

    assert_eq!(rows.len(), 99);
}

#[tokio::test]
async fn who_sees_only_their_own_finds_only_those() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let team = json!({"visibility": "own"});
    let at = format!("/api/teams/{}", owner.team);
    owner.patch(&at, team).await.expect(200);
    let mia = owner.invite("Mia", "member").await;
    let hers = json!({"name": "Ann", "phone": "5125550142", "assignedTo": mia.id});
    let hers = owner.post("/api/leads", hers).await.expect(201).json();
    let his = json!({"name": "Ann", "phone": "5125550142", "assignedTo": owner.id});
    let his = owner.post("/api/leads", his).await.expect(201).json();

    assert_eq!(found(&app, &mia, &hers).await, []);
    assert_eq!(found(&app, &owner, &hers).await.len(), 1);
    mia.get(&format!("{}/duplicates", path(&his)))
        .await
        .expect(404);
}

#[tokio::test]
async fn duplicates_are_of_ones_own_team() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let stranger = app.owner("Sam").await;
    let ann = caller(&owner, "Ann", "5125550142").await;
    caller(&stranger, "Ann", "5125550142").await;

    assert_eq!(found(&app, &owner, &ann).await, []);
    let at = format!("{}/duplicates", path(&ann));
    stranger.get(&at).await.expect(404);
    app.get(&at).await.expect(401);
    owner.get(&format!("{at}?limit=0")).await.expect(422);
    owner
        .call(Method::GET, "/api/leads/ann/duplicates")
        .send()
        .await
        .expect(404);
}
