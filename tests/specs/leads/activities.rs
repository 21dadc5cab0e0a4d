//! `GET /api/leads/{leadId}/activities`

use super::support::{attach, of_kind, table, text, texts, walk};
use jiff::SignedDuration;
use plat_registry::{Delivery, Payload, Source};
use plat_testing::TestApp;
use serde_json::{Value, json};

#[tokio::test]
async fn a_timeline_tells_what_happened_in_order() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", json!({})).await;
    let path = format!("/api/leads/{}", lead["id"].as_str().unwrap());
    // The clock stands, so everything happens in one millisecond and the order must come from elsewhere.
    owner
        .patch(&path, json!({"company": "Doe", "score": 3}))
        .await
        .expect(200);
    owner
        .patch(&format!("{path}/status"), json!({"status": "contacted"}))
        .await
        .expect(200);
    owner
        .patch(&format!("{path}/assign"), json!({"assignedTo": owner.id}))
        .await
        .expect(200);
    let tagged = owner
        .post(&format!("{path}/tags"), json!({"tags": ["hot"]}))
        .await
        .expect(200)
        .json();
    owner.delete(&path).await.expect(204);
    owner
        .post(&format!("{path}/restore"), Value::Null)
        .await
        .expect(200);
    app.settle().await;

    let rows = walk(&owner, &format!("{path}/activities"), 3).await;

    let kinds = [
        "lead_restored",
        "lead_deleted",
        "lead_tagged",
        "lead_assigned",
        "lead_status_changed",
        "lead_updated",
        "lead_created",
    ];
    assert_eq!(texts(&rows, "type"), kinds);
    assert_eq!(
        rows[2]["data"],
        json!({"tagIds": [tagged["tags"][0]["id"]]})
    );
    assert_eq!(rows[3]["data"], json!({"from": null, "to": owner.id}));
    assert_eq!(
        rows[4]["data"],
        json!({"oldStatus": "new", "newStatus": "contacted"})
    );
    assert_eq!(rows[5]["data"], json!({"fields": ["company", "score"]}));
    for row in &rows {
        assert_eq!(row["actor"], json!({"id": owner.id, "name": "Olive"}));
        assert_eq!(row["at"], "2026-03-02T15:00:00Z");
        assert!(!row["title"].as_str().unwrap().is_empty());
    }
}

#[tokio::test]
async fn notes_are_told_of_by_their_id_and_by_who_did_it() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let mia = owner.invite("Mia", "member").await;
    let lead = owner.lead("Ann", json!({})).await;
    let path = format!("/api/leads/{}", lead["id"].as_str().unwrap());
    app.advance(SignedDuration::from_millis(1));
    let note = mia
        .post(&format!("{path}/notes"), json!({"content": "A secret"}))
        .await
        .expect(201)
        .id();
    app.advance(SignedDuration::from_millis(1));
    owner
        .patch(
            &format!("/api/notes/{note}"),
            json!({"content": "Another secret"}),
        )
        .await
        .expect(200);
    app.advance(SignedDuration::from_millis(1));
    owner
        .delete(&format!("/api/notes/{note}"))
        .await
        .expect(204);
    app.settle().await;

    let rows = walk(&owner, &format!("{path}/activities"), 100).await;

    assert_eq!(
        texts(&rows, "type")[..3],
        ["note_deleted", "note_updated", "note_added"]
    );
    let names: Vec<_> = rows[..3]
        .iter()
        .map(|row| row["actor"]["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["Olive", "Olive", "Mia"]);
    assert!(
        rows[..3]
            .iter()
            .all(|row| row["data"] == json!({"noteId": note}))
    );
    assert!(!format!("{rows:?}").contains("secret"));
}

#[tokio::test]
async fn documents_are_told_of_to_who_may_see_documents() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let ada = owner.invite("Ada", "assistant").await;
    app.advance(SignedDuration::from_millis(1));
    let lead = owner.lead("Ann", json!({})).await;
    let path = format!("/api/leads/{}/activities", lead["id"].as_str().unwrap());
    let recent = "/api/dashboard/recent-activity";
    app.advance(SignedDuration::from_millis(1));
    let added = attach(&app, &owner, &lead, "Divorce decree.pdf").await;
    app.settle().await;

    let rows = walk(&owner, &path, 1).await;
    let of_ada = walk(&ada, &path, 1).await;

    assert_eq!(texts(&rows, "type"), ["document_available", "lead_created"]);
    assert_eq!(rows[0]["title"], "Divorce decree.pdf uploaded");
    assert_eq!(rows[0]["data"]["documentId"], added["documentId"]);
    assert_eq!(texts(&of_ada, "type"), ["lead_created"]);
    let all = walk(&owner, recent, 5).await;
    assert_eq!(all[0]["subject"]["name"], "Ann");
    assert_eq!(all[0]["title"], rows[0]["title"]);
    let of_ada = walk(&ada, recent, 5).await;
    assert_eq!(of_ada[0]["type"], "lead_created");
    assert!(!format!("{of_ada:?}").contains("Divorce"));
}

#[tokio::test]
async fn a_change_that_is_delivered_twice_is_told_once() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", json!({})).await;
    let path = format!("/api/leads/{}", lead["id"].as_str().unwrap());
    owner
        .post(&format!("{path}/notes"), json!({"content": "Hello"}))
        .await
        .expect(201);
    app.settle().await;
    let before = table(&app).await;
    let (_, jobs) = plat_registry::Router::new(plat_local::functions());

    for kind in ["lead", "note"] {
        let item = of_kind(&before, kind)[0];
        let json: Value = dynamo_json(item);
        let change = plat_store::Change {
            sequence: "1".to_owned(),
            old: None,
            new: Some(plat_store::Item::from_dynamo_json(json).unwrap()),
        };
        let delivery = Delivery {
            id: "1".to_owned(),
            payload: Payload::Change(Box::new(change)),
        };
        for job in &jobs {
            if matches!(job.source, Source::Changes { .. }) {
                let failed = job.run(&app.host.app, vec![delivery.clone()], None).await;
                assert_eq!(failed, []);
            }
        }
    }
    app.settle().await;

    let after = table(&app).await;
    let lines = |items| {
        of_kind(items, "activity")
            .into_iter()
            .map(|item| text(item, "SK").to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(lines(&after), lines(&before));
    assert_eq!(after.len(), before.len());
}

#[tokio::test]
async fn another_teams_timeline_is_absent() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let lead = owner.lead("Ann", json!({})).await;
    app.settle().await;

    let foreign = other
        .get(&format!(
            "/api/leads/{}/activities",
            lead["id"].as_str().unwrap()
        ))
        .await;
    let unknown = other
        .get("/api/leads/01ARZ3NDEKTSV4RRFFQ69G5FAV/activities")
        .await;

    assert_eq!((foreign.status, foreign.text), (404, unknown.text));
}

fn dynamo_json(item: &super::support::Item) -> Value {
    use aws_sdk_dynamodb::types::AttributeValue;
    fn one(value: &AttributeValue) -> Value {
        if let Ok(text) = value.as_s() {
            json!({"S": text})
        } else if let Ok(number) = value.as_n() {
            json!({"N": number})
        } else if let Ok(yes) = value.as_bool() {
            json!({"BOOL": yes})
        } else if let Ok(list) = value.as_l() {
            json!({"L": list.iter().map(one).collect::<Vec<_>>()})
        } else {
            json!({"M": object(value.as_m().unwrap())})
        }
    }
    fn object(map: &super::support::Item) -> Value {
        let pairs = map.iter().map(|(name, value)| (name.clone(), one(value)));
        pairs.collect::<serde_json::Map<_, _>>().into()
    }
    object(item)
}
