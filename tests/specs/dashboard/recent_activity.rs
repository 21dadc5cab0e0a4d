//! `GET /api/dashboard/recent-activity`

use super::support::{tell, told as email};
use crate::leads::support::{texts, walk};
use jiff::SignedDuration;
use plat_domain::Fact;
use plat_testing::{Someone, TestApp};
use serde_json::{Value, json};

const RECENT: &str = "/api/dashboard/recent-activity";

fn path(lead: &Value) -> String {
    format!("/api/leads/{}", lead["id"].as_str().unwrap())
}

/// `type subject` of each line.
fn told(rows: &[Value]) -> Vec<String> {
    rows.iter()
        .map(|row| {
            let name = row["subject"]["name"].as_str().unwrap_or("-");
            format!("{} {name}", row["type"].as_str().unwrap())
        })
        .collect()
}

async fn latest(who: &Someone<'_>) -> Vec<Value> {
    let page = who.get(RECENT).await.expect(200).json();
    page["items"].as_array().unwrap().clone()
}

async fn visible_to_own(owner: &Someone<'_>) {
    owner
        .patch(
            &format!("/api/teams/{}", owner.team),
            json!({"visibility": "own"}),
        )
        .await
        .expect(200);
}

#[tokio::test]
async fn what_happened_in_the_team_is_told_latest_first_with_names_of_today() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let tick = || app.advance(SignedDuration::from_millis(5));
    tick();
    let ann = owner.lead("Ann", json!({})).await;
    tick();
    let bob = owner.lead("Bob", json!({})).await;
    tick();
    owner
        .post(
            &format!("{}/notes", path(&ann)),
            json!({"content": "A secret"}),
        )
        .await
        .expect(201);
    tick();
    owner
        .patch(&path(&ann), json!({"name": "Anna"}))
        .await
        .expect(200);
    tick();
    owner
        .patch(
            &format!("/api/teams/{}", owner.team),
            json!({"name": "Harvest Homes"}),
        )
        .await
        .expect(200);
    app.settle().await;

    let rows = walk(&owner, RECENT, 2).await;

    assert_eq!(
        told(&rows),
        [
            "team_updated Harvest Homes",
            "lead_updated Anna",
            "note_added Anna",
            "lead_created Bob",
            "lead_created Anna",
            "member_joined Olive",
        ]
    );
    assert_eq!(rows, latest(&owner).await);
    assert_eq!(
        rows[3]["subject"],
        json!({"kind": "lead", "id": bob["id"], "name": "Bob", "deleted": false})
    );
    assert_eq!(rows[3]["at"], "2026-03-02T15:00:00.01Z");
    assert_eq!(rows[3]["actor"], json!({"id": owner.id, "name": "Olive"}));
    assert_eq!(rows[3]["data"], json!({"status": "new"}));
    assert_eq!(rows[5]["subject"]["id"], json!(owner.id));
    assert!(!format!("{rows:?}").contains("secret"));
}

#[tokio::test]
async fn a_line_is_the_same_as_in_the_timeline_of_its_lead() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    app.advance(SignedDuration::from_millis(1));
    let ann = owner.lead("Ann", json!({})).await;
    app.settle().await;

    let mut line = latest(&owner).await.remove(0);

    line.as_object_mut().unwrap().remove("subject");
    let timeline = owner.get(&format!("{}/activities", path(&ann))).await;
    assert_eq!(timeline.expect(200).json()["items"], json!([line]));
}

#[tokio::test]
async fn a_member_of_a_team_in_which_each_sees_their_own_sees_lines_of_their_leads() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let mia = owner.invite("Mia", "member").await;
    let ned = owner.invite("Ned", "member").await;
    visible_to_own(&owner).await;
    app.settle().await;
    let before = latest(&mia).await.len();
    for (name, who) in [
        ("Of Mia", json!(mia.id)),
        ("Of Ned", json!(ned.id)),
        ("Of nobody", Value::Null),
    ] {
        app.advance(SignedDuration::from_millis(1));
        owner.lead(name, json!({"assignedTo": who})).await;
    }
    app.settle().await;

    let rows = latest(&mia).await;

    assert_eq!(rows.len(), before + 2);
    assert_eq!(
        told(&rows[..2]),
        ["lead_created Of nobody", "lead_created Of Mia"]
    );
    let all = latest(&owner).await;
    assert_eq!(texts(&all[..3], "type"), ["lead_created"; 3]);

    // Whoever has the lead today sees what happened to it before.
    let of_ned = all
        .iter()
        .find(|row| row["subject"]["name"] == "Of Ned")
        .unwrap();
    let assign = format!(
        "/api/leads/{}/assign",
        of_ned["subject"]["id"].as_str().unwrap()
    );
    let body = json!({"assignedTo": mia.id});
    owner.patch(&assign, body).await.expect(200);
    app.settle().await;
    assert_eq!(latest(&mia).await.len(), before + 4);
}

#[tokio::test]
async fn deals_are_told_of_under_the_address_that_they_have_today() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let tick = || app.advance(SignedDuration::from_millis(5));
    tick();
    let deal = owner.deal("12 Elm St", json!({})).await;
    let path = format!("/api/deals/{}", deal["id"].as_str().unwrap());
    tick();
    let note = json!({"content": "A secret"});
    let note = owner.post(&format!("{path}/notes"), note).await;
    let note = note.expect(201).id();
    tick();
    let moved = json!({"propertyAddress": "14 Elm St"});
    owner.patch(&path, moved).await.expect(200);
    tick();
    owner.delete(&path).await.expect(204);
    app.settle().await;

    let rows = latest(&owner).await;

    assert_eq!(
        told(&rows),
        [
            "deal_deleted 14 Elm St",
            "deal_updated 14 Elm St",
            "note_added 14 Elm St",
            "deal_created 14 Elm St",
            "member_joined Olive",
        ]
    );
    // What a note says is for who reads it there.
    assert_eq!(rows[2]["data"], json!({"noteId": note}));
    assert_eq!(
        rows[2]["subject"],
        json!({"kind": "deal", "id": deal["id"], "name": "14 Elm St", "deleted": true})
    );
}

#[tokio::test]
async fn lines_about_deals_are_for_who_may_see_deals_and_sees_this_one() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let mia = owner.invite("Mia", "member").await;
    let ada = owner.invite("Ada", "assistant").await;
    visible_to_own(&owner).await;
    for n in 0..30 {
        app.advance(SignedDuration::from_millis(1));
        let address = format!("{n} Elm St");
        let of_owner = json!({"assignedTo": owner.id});
        owner.deal(&address, of_owner).await;
    }
    app.advance(SignedDuration::from_millis(1));
    let mine = json!({"assignedTo": mia.id});
    let mine = owner.deal("9 Oak Rd", mine).await;
    let path = format!("/api/deals/{}", mine["id"].as_str().unwrap());
    app.settle().await;

    let about_deals = async |who: &Someone<'_>| {
        let rows = walk(who, RECENT, 10).await;
        let deals = rows.iter().filter(|row| row["subject"]["kind"] == "deal");
        deals.count()
    };

    assert_eq!(about_deals(&owner).await, 31);
    assert_eq!(about_deals(&mia).await, 1);
    assert_eq!(about_deals(&ada).await, 0);
    assert_eq!(told(&latest(&mia).await)[0], "deal_created 9 Oak Rd");
    let to_owner = json!({"assignedTo": owner.id});
    let assign = format!("{path}/assign");
    owner.patch(&assign, to_owner).await.expect(200);
    app.settle().await;
    assert_eq!(about_deals(&mia).await, 0);
}

#[tokio::test]
async fn what_happens_to_a_client_their_tasks_and_emails_is_told_under_their_name() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let tick = || app.advance(SignedDuration::from_millis(5));
    tick();
    let ann = owner.client("Ann", json!({})).await;
    let path = format!("/api/clients/{}", ann["id"].as_str().unwrap());
    tick();
    let todo = json!({"title": "Call", "dueAt": "2026-03-05T15:00:00Z", "clientId": ann["id"]});
    let todo = owner.post("/api/tasks", todo).await.expect(201).id();
    tick();
    let done = format!("/api/tasks/{todo}/complete");
    owner.patch(&done, json!({})).await.expect(200);
    tick();
    let mut sent = email(app.now(), None);
    sent.client_id = ann["id"].as_str().unwrap().parse().unwrap();
    let facts = vec![
        Fact::EmailSent(sent.clone()),
        Fact::EmailDelivered(sent.clone()),
    ];
    tell(&app, &owner, facts).await;
    tick();
    tell(&app, &owner, vec![Fact::EmailOpened(sent)]).await;
    tick();
    let moved = json!({"name": "Anna", "stage": "negotiating"});
    owner.patch(&path, moved).await.expect(200);
    app.settle().await;

    let rows = latest(&owner).await;

    let mut lines = told(&rows);
    lines[..2].sort();
    assert_eq!(
        lines,
        [
            "client_stage_changed Anna",
            "client_updated Anna",
            "email_opened Anna",
            "email_sent Anna",
            "task_completed Anna",
            "task_created Anna",
            "client_created Anna",
            "member_joined Olive",
        ]
    );
    let about = json!({"kind": "client", "id": ann["id"], "name": "Anna", "deleted": false});
    assert!(rows[..7].iter().all(|row| row["subject"] == about));
    assert_eq!(rows[4]["data"]["taskId"], json!(todo));
}

#[tokio::test]
async fn lines_about_clients_are_for_who_sees_them_and_those_about_emails_for_who_may_see_emails() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let mia = owner.invite("Mia", "member").await;
    let ada = owner.invite("Ada", "assistant").await;
    visible_to_own(&owner).await;
    for who in [&owner, &mia, &ada] {
        app.advance(SignedDuration::from_millis(5));
        let name = format!("Of {}", who.id);
        let client = owner.client(&name, json!({"assignedTo": who.id})).await;
        app.advance(SignedDuration::from_millis(5));
        let mut sent = email(app.now(), Some(who));
        sent.client_id = client["id"].as_str().unwrap().parse().unwrap();
        tell(&app, &owner, vec![Fact::EmailSent(sent)]).await;
    }

    let about_clients = async |who: &Someone<'_>| {
        let mut rows = latest(who).await;
        rows.retain(|row| row["subject"]["kind"] == "client");
        texts(&rows, "type")
    };

    assert_eq!(about_clients(&owner).await.len(), 6);
    assert_eq!(about_clients(&mia).await, ["email_sent", "client_created"]);
    assert_eq!(about_clients(&ada).await, ["client_created"]);
}

#[tokio::test]
async fn a_page_is_filled_past_what_is_not_for_these_eyes() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let mia = owner.invite("Mia", "member").await;
    visible_to_own(&owner).await;
    let first = owner.lead("Of Mia", json!({"assignedTo": mia.id})).await;
    let other = owner
        .lead("Of Olive", json!({"assignedTo": owner.id}))
        .await;
    for n in 0..150 {
        app.advance(SignedDuration::from_millis(1));
        owner
            .patch(&path(&other), json!({"score": n % 100}))
            .await
            .expect(200);
    }
    app.settle().await;

    let answer = mia.get(&format!("{RECENT}?limit=5")).await.expect(200);

    let rows = answer.json()["items"].as_array().unwrap().clone();
    let mut kinds = texts(&rows, "type");
    kinds.sort();
    let expected = [
        "lead_created",
        "member_joined",
        "member_joined",
        "team_updated",
    ];
    assert_eq!(kinds, expected);
    assert!(rows.iter().any(|row| row["subject"]["id"] == first["id"]));
    assert!(rows.iter().all(|row| row["subject"]["id"] != other["id"]));
    println!("past 150 lines: {}", answer.cost);
}

#[tokio::test]
async fn who_was_invited_is_told_to_managers_and_above_and_who_joined_to_all() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let max = owner.invite("Max", "manager").await;
    let mia = owner.invite("Mia", "member").await;
    let ada = owner.invite("Ada", "assistant").await;
    app.settle().await;

    let kinds = async |who: &Someone<'_>| {
        let rows = walk(who, RECENT, 3).await;
        let count = |kind: &str| rows.iter().filter(|row| row["type"] == kind).count();
        (count("invitation_sent"), count("member_joined"))
    };

    assert_eq!(kinds(&owner).await, (3, 4));
    assert_eq!(kinds(&max).await, (3, 4));
    assert_eq!(kinds(&mia).await, (0, 4));
    assert_eq!(kinds(&ada).await, (0, 4));
    let rows = latest(&owner).await;
    let sent = rows
        .iter()
        .find(|row| row["type"] == "invitation_sent")
        .unwrap();
    assert_eq!(
        sent["subject"],
        json!({"kind": "invitation", "id": null, "name": null, "deleted": false})
    );
    assert!(!format!("{rows:?}").contains('@'));
}

#[tokio::test]
async fn a_deleted_lead_has_its_lines_until_it_is_removed_for_good() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    app.advance(SignedDuration::from_millis(1));
    let ann = owner.lead("Ann", json!({})).await;
    app.advance(SignedDuration::from_millis(1));
    owner.delete(&path(&ann)).await.expect(204);
    app.settle().await;

    let rows = latest(&owner).await;

    assert_eq!(told(&rows[..2]), ["lead_deleted Ann", "lead_created Ann"]);
    assert_eq!(rows[0]["subject"]["deleted"], true);
    app.pass(SignedDuration::from_hours(24 * 32)).await;
    let body = json!({"email": owner.email, "password": plat_testing::PASSWORD});
    let reply = app.post("/api/auth/login", body).await.expect(200).json();
    let owner = Someone::signed_in(&app, &reply);
    assert_eq!(told(&latest(&owner).await), ["member_joined Olive"]);
}

#[tokio::test]
async fn another_teams_lines_are_not_seen_and_wrong_questions_are_refused() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    owner.lead("Ann", json!({})).await;
    app.settle().await;

    let rows = latest(&other).await;

    assert_eq!(told(&rows), ["member_joined Oscar"]);
    app.get(RECENT).await.expect(401);
    let wrong = owner.get(&format!("{RECENT}?limit=0")).await.expect(422);
    assert_eq!(wrong.problem(), "validation");
    owner.get(&format!("{RECENT}?since=2026")).await.expect(422);
    owner.get(&format!("{RECENT}?cursor=x")).await.expect(400);
    let page = owner
        .get(&format!("{RECENT}?limit=1"))
        .await
        .expect(200)
        .json();
    let cursor = page["nextCursor"].as_str().unwrap();
    other
        .get(&format!("{RECENT}?cursor={cursor}"))
        .await
        .expect(400);
}
