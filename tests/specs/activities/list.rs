//! `GET /api/activities`

use crate::leads::support::{texts, walk};
use jiff::SignedDuration;
use plat_testing::TestApp;
use serde_json::{Value, json};

fn id(record: &Value) -> &str {
    record["id"].as_str().unwrap()
}

#[tokio::test]
async fn lines_are_found_by_type_record_person_and_time() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let mia = owner.invite("Mia", "member").await;
    let tick = || app.advance(SignedDuration::from_mins(1));
    tick();
    let ann = owner.lead("Ann", json!({})).await;
    tick();
    let deal = owner.deal("1 Elm St", json!({})).await;
    tick();
    let call = json!({"type": "call", "leadId": ann["id"]});
    mia.post("/api/activities", call).await.expect(201);
    tick();
    let note = json!({"content": "The roof leaks"});
    mia.post(&format!("/api/deals/{}/notes", id(&deal)), note)
        .await
        .expect(201);
    tick();
    let meeting = json!({"type": "meeting", "dealId": deal["id"], "at": "2026-03-02T15:01:30Z"});
    owner.post("/api/activities", meeting).await.expect(201);
    app.settle().await;
    let types = async |query: &str| {
        let rows = walk(&owner, &format!("/api/activities{query}"), 1).await;
        texts(&rows, "type")
    };

    assert_eq!(types("?type=call&type=meeting").await, ["call", "meeting"]);
    assert_eq!(
        types(&format!("?leadId={}", id(&ann))).await,
        ["call", "lead_created"]
    );
    let of_deal = format!("?dealId={}", id(&deal));
    assert_eq!(
        types(&of_deal).await,
        ["note_added", "deal_created", "meeting"]
    );
    assert_eq!(
        types(&format!("{of_deal}&type=note_added")).await,
        ["note_added"]
    );
    assert_eq!(
        types(&format!("?userId={}", mia.id)).await,
        ["note_added", "call", "member_joined"]
    );
    let minutes = "after=2026-03-02T15:01:30Z&before=2026-03-02T15:03:00Z";
    assert_eq!(
        types(&format!("?{minutes}")).await,
        ["deal_created", "meeting"]
    );
    assert_eq!(
        types(&format!("{of_deal}&{minutes}&userId={}", owner.id)).await,
        ["deal_created", "meeting"]
    );
    let nothing = "?after=2026-03-02T16:00:00Z&before=2026-03-02T15:00:00Z";
    assert_eq!(types(nothing).await, [""; 0]);
}

#[tokio::test]
async fn what_a_record_tells_is_the_same_as_what_the_team_tells_of_it() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("1 Elm St", json!({})).await;
    let path = format!("/api/deals/{}", id(&deal));
    for n in 0..7 {
        app.advance(SignedDuration::from_millis(3));
        let body = json!({"content": format!("Note {n}")});
        owner.post(&format!("{path}/notes"), body).await.expect(201);
        let call = json!({"type": "call", "dealId": deal["id"]});
        owner.post("/api/activities", call).await.expect(201);
    }
    app.settle().await;

    let team = walk(&owner, "/api/activities", 50).await;
    let of_team: Vec<&Value> = team
        .iter()
        .filter(|line| line["subject"]["id"] == deal["id"])
        .collect();
    for limit in [1, 2, 5, 100] {
        let path = format!("/api/activities?dealId={}", id(&deal));
        let of_deal = walk(&owner, &path, limit).await;
        assert_eq!(of_deal.iter().collect::<Vec<_>>(), of_team, "{limit}");
    }
}

#[tokio::test]
async fn everybody_is_told_of_what_they_see() {
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
    let tick = || app.advance(SignedDuration::from_millis(1));
    let ann = owner.lead("Ann", json!({"assignedTo": owner.id})).await;
    tick();
    owner.lead("Bob", json!({"assignedTo": mia.id})).await;
    tick();
    let deal = owner.deal("1 Elm St", json!({})).await;
    app.settle().await;

    let created = "/api/activities?type=lead_created&type=deal_created";
    let names = |rows: Vec<Value>| {
        let names = rows.iter().map(|row| row["subject"]["name"].clone());
        names.collect::<Vec<_>>()
    };
    assert_eq!(names(walk(&mia, created, 1).await), ["1 Elm St", "Bob"]);
    assert_eq!(names(walk(&ada, created, 9).await), ["Bob"; 0]);
    assert_eq!(
        names(walk(&owner, created, 2).await),
        ["1 Elm St", "Bob", "Ann"]
    );
    let of_ann = format!("/api/activities?leadId={}", id(&ann));
    mia.get(&of_ann).await.expect(404);
    other.get(&of_ann).await.expect(404);
    let of_deal = format!("/api/activities?dealId={}", id(&deal));
    ada.get(&of_deal).await.expect(403);
    app.get("/api/activities").await.expect(401);
}

#[tokio::test]
async fn wrong_parameters_are_named() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;

    for query in ["type=fax", "after=soon", "userId=x", "leadId=1"] {
        let path = format!("/api/activities?{query}");
        assert_eq!(owner.get(&path).await.expect(422).field_errors().len(), 1);
    }
    let id = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
    let both = format!("/api/activities?leadId={id}&dealId={id}");
    owner.get(&both).await.expect(422);
}

#[tokio::test]
async fn a_page_costs_the_same_however_many_lines_there_are() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let ann = owner.lead("Ann", json!({})).await;
    let log = async |times: usize| {
        for _ in 0..times {
            app.advance(SignedDuration::from_millis(1));
            let call = json!({"type": "call", "leadId": ann["id"]});
            owner.post("/api/activities", call).await.expect(201);
        }
        app.settle().await;
    };
    let cost = async |path: &str| owner.get(path).await.expect(200).cost;
    let of_ann = format!("/api/activities?leadId={}&limit=5", id(&ann));
    log(10).await;
    let (few, few_of_ann) = (cost("/api/activities?limit=5").await, cost(&of_ann).await);

    log(60).await;

    let (many, many_of_ann) = (cost("/api/activities?limit=5").await, cost(&of_ann).await);
    assert_eq!((few.requests, many.requests), (3, 3));
    assert_eq!(few.read_tenths, many.read_tenths);
    assert_eq!(few_of_ann.requests, many_of_ann.requests);
}
