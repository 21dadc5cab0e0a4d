//! What leads are like after the network and DynamoDB had a bad day.

use super::support::{Dice, assert_whole, of_kind, table, text, texts, walk};
use http::Method;
use jiff::SignedDuration;
use plat_testing::proxy::{Fault, FaultKind};
use plat_testing::{Answer, Someone, Started, TestApp};
use serde_json::{Value, json};

const WRITE: &str = "TransactWriteItems";

async fn start() -> TestApp {
    Started::default().with_proxy().start().await
}

fn times(operation: &'static str, kind: FaultKind, times: usize) -> Fault {
    Fault {
        times,
        ..Fault::once_on(operation, kind)
    }
}

async fn create(owner: &Someone<'_>, key: &str) -> Answer {
    owner
        .call(Method::POST, "/api/leads")
        .json(json!({"name": "Ann", "email": "ann@example.com"}))
        .idempotency_key(key)
        .send()
        .await
}

async fn leads(app: &TestApp) -> usize {
    app.faults().heal();
    assert_whole(app).await;
    of_kind(&table(app).await, "lead").len()
}

#[tokio::test]
async fn a_create_whose_reply_was_lost_made_one_lead() {
    let app = start().await;
    let owner = app.owner("Olive").await;
    app.faults()
        .inject(Fault::once_on(WRITE, FaultKind::LoseReply));

    let created = create(&owner, "k1").await;

    created.expect(201);
    assert_eq!(leads(&app).await, 1);
}

#[tokio::test]
async fn a_client_that_got_no_answer_and_asks_again_gets_the_lead_it_made() {
    let app = start().await;
    let owner = app.owner("Olive").await;
    app.faults().inject(times(WRITE, FaultKind::LoseReply, 3));

    let failed = create(&owner, "k1").await.expect(503);
    app.faults().heal();
    let repeated = create(&owner, "k1").await.expect(201);

    assert_eq!(failed.problem(), "unavailable");
    assert!(failed.header("retry-after").parse::<u32>().unwrap() >= 1);
    assert_eq!(
        owner
            .get(repeated.header("location"))
            .await
            .expect(200)
            .json(),
        repeated.json()
    );
    assert_eq!(leads(&app).await, 1);
}

#[tokio::test]
async fn a_lead_that_somebody_changed_before_its_create_was_repeated_is_returned_as_it_is() {
    let app = start().await;
    let owner = app.owner("Olive").await;
    app.faults().inject(times(WRITE, FaultKind::LoseReply, 3));
    create(&owner, "k1").await.expect(503);
    app.faults().heal();
    let id = owner.get("/api/leads").await.json()["items"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    owner
        .patch(
            &format!("/api/leads/{id}"),
            json!({"email": "anna@example.com"}),
        )
        .await
        .expect(200);

    let repeated = create(&owner, "k1").await.expect(201).json();

    assert_eq!(
        (repeated["id"].as_str(), repeated["email"].as_str()),
        (Some(id.as_str()), Some("anna@example.com"))
    );
    assert_eq!(leads(&app).await, 1);
}

#[tokio::test]
async fn a_single_write_whose_reply_was_lost_is_known_again() {
    let app = start().await;
    let owner = app.owner("Olive").await;
    app.faults().inject(Fault {
        skip: 0,
        ..Fault::once_on("PutItem", FaultKind::LoseReply)
    });

    let created = owner
        .post("/api/leads", json!({"name": "Ann", "phone": "5125550142"}))
        .await;
    let id = created.expect(201).id();
    app.faults()
        .inject(Fault::once_on("PutItem", FaultKind::LoseReply));
    let changed = owner
        .patch(&format!("/api/leads/{id}"), json!({"score": 5}))
        .await;

    assert_eq!(changed.expect(200).json()["version"], 2);
    assert_eq!(leads(&app).await, 1);
}

#[tokio::test]
async fn what_passes_is_tried_again_until_it_has_passed() {
    for kind in [
        FaultKind::Throttle,
        FaultKind::ThrottleAccount,
        FaultKind::InternalError,
        FaultKind::LoseRequest,
        FaultKind::TransactionConflict,
    ] {
        let app = start().await;
        let owner = app.owner("Olive").await;
        app.faults().inject(times(WRITE, kind.clone(), 2));

        let created = create(&owner, "k1").await;

        assert_eq!(created.status, 201, "{kind:?}: {}", created.text);
        assert_eq!(leads(&app).await, 1);
    }
}

#[tokio::test]
async fn what_does_not_pass_is_said_and_leaves_nothing_half_written() {
    for kind in [
        FaultKind::Throttle,
        FaultKind::InternalError,
        FaultKind::LoseRequest,
    ] {
        let app = start().await;
        let owner = app.owner("Olive").await;
        app.faults().inject(times(WRITE, kind.clone(), 3));

        let refused = create(&owner, "k1").await;

        assert_eq!(refused.status, 503, "{kind:?}: {}", refused.text);
        assert!(refused.header("retry-after").parse::<u32>().unwrap() >= 1);
        assert!(!refused.text.contains("Injected"), "{}", refused.text);
        assert_eq!(leads(&app).await, 0);
        create(&owner, "k1").await.expect(201);
        assert_eq!(leads(&app).await, 1);
    }
}

#[tokio::test]
async fn a_conflict_that_does_not_end_is_told_as_one() {
    let app = start().await;
    let owner = app.owner("Olive").await;
    app.faults()
        .inject(times(WRITE, FaultKind::TransactionConflict, 100));

    let refused = create(&owner, "k1").await;

    let refused = refused.expect(409);
    assert_eq!(refused.problem(), "conflict");
    assert!(refused.header("retry-after").parse::<u32>().unwrap() >= 1);
    assert_eq!(leads(&app).await, 0);
}

#[tokio::test]
async fn entries_that_were_left_undone_are_sent_again() {
    let app = start().await;
    let owner = app.owner("Olive").await;
    for n in 0..6 {
        app.advance(SignedDuration::from_millis(1));
        owner
            .lead(
                &format!("Ann Lee {n}"),
                json!({"score": n, "source": "Zillow", "company": "Doe and Sons"}),
            )
            .await;
    }
    app.faults()
        .inject(times("BatchWriteItem", FaultKind::Unprocessed, 4));
    app.faults()
        .inject(times("BatchWriteItem", FaultKind::Throttle, 2));

    app.settle().await;
    app.faults().heal();

    let names: Vec<String> = (0..6).map(|n| format!("Ann Lee {n}")).collect();
    for list in [
        "?sort=name",
        "?sort=score",
        "?q=doe",
        "?q=lee",
        "?q=sons",
        "?q=@leads.ex",
        "?source=zillow&sort=oldest",
    ] {
        assert_eq!(
            texts(&walk(&owner, &format!("/api/leads{list}"), 4).await, "name"),
            names,
            "{list}"
        );
    }
    let rows = table(&app).await;
    let of_leads = |item: &&super::support::Item| text(item, "PK").contains("#LEAD#");
    let timeline = of_kind(&rows, "activity").into_iter().filter(of_leads);
    assert_eq!(timeline.count(), 6);
}

#[tokio::test]
async fn rows_that_were_left_unread_are_asked_for_again() {
    let app = start().await;
    let owner = app.owner("Olive").await;
    for n in 0..9 {
        owner.lead(&format!("Ann {n}"), json!({})).await;
    }
    app.settle().await;
    app.faults()
        .inject(times("BatchGetItem", FaultKind::Unprocessed, 2));

    let listed = owner.get("/api/leads?sort=name").await.expect(200).json();

    assert_eq!(listed["items"].as_array().unwrap().len(), 9);
}

#[tokio::test]
async fn a_note_that_was_deleted_without_an_answer_is_deleted_and_told_of_once() {
    let app = start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", json!({})).await;
    let notes = format!("/api/leads/{}/notes", lead["id"].as_str().unwrap());
    let note = owner
        .post(&notes, json!({"content": "Hello"}))
        .await
        .expect(201)
        .id();
    app.faults()
        .inject(Fault::once_on(WRITE, FaultKind::LoseReply));

    let deleted = owner.delete(&format!("/api/notes/{note}")).await;

    deleted.expect(204);
    app.faults().heal();
    app.settle().await;
    assert_eq!(owner.get(&notes).await.json()["items"], json!([]));
    let lines = owner
        .get(&notes.replace("/notes", "/activities"))
        .await
        .json();
    let kinds = texts(lines["items"].as_array().unwrap(), "type");
    assert_eq!(
        kinds.iter().filter(|kind| *kind == "note_deleted").count(),
        1
    );
}

#[tokio::test]
async fn whatever_goes_wrong_the_table_holds_together() {
    let app = start().await;
    let owner = app.owner("Olive").await;
    let mut dice = Dice::new(7);
    let kinds = [
        FaultKind::LoseReply,
        FaultKind::LoseRequest,
        FaultKind::Throttle,
        FaultKind::InternalError,
        FaultKind::TransactionConflict,
    ];
    let operations = [WRITE, "PutItem", "UpdateItem", "GetItem", "BatchGetItem"];
    let statuses = ["contacted", "qualified", "won", "lost"];
    let mut ids: Vec<String> = Vec::new();

    for n in 0..120 {
        app.faults().heal();
        app.faults().inject(Fault {
            skip: dice.below(3),
            ..times(
                operations[dice.below(5)],
                kinds[dice.below(5)].clone(),
                1 + dice.below(4),
            )
        });
        let path = ids
            .get(dice.below(ids.len().max(1)))
            .map(|id| format!("/api/leads/{id}"));
        let answer = match (dice.below(7), path) {
            (1, Some(path)) => {
                owner
                    .patch(
                        &path,
                        json!({"email": format!("l{}@example.com", dice.below(8))}),
                    )
                    .await
            }
            (2, Some(path)) => {
                owner
                    .patch(
                        &format!("{path}/status"),
                        json!({"status": dice.pick(&statuses), "note": "So"}),
                    )
                    .await
            }
            (3, Some(path)) => owner.delete(&path).await,
            (4, Some(path)) => owner.post(&format!("{path}/restore"), Value::Null).await,
            (5, Some(path)) => {
                owner
                    .post(
                        &format!("{path}/tags"),
                        json!({"tags": [format!("tag {}", dice.below(3))]}),
                    )
                    .await
            }
            (6, Some(path)) => {
                owner
                    .post(&format!("{path}/notes"), json!({"content": "Hello"}))
                    .await
            }
            (_, _) => {
                let body = json!({"name": format!("Lead {n}"), "email": format!("l{}@example.com", dice.below(8))});
                owner
                    .call(Method::POST, "/api/leads")
                    .json(body)
                    .idempotency_key(&format!("k{n}"))
                    .send()
                    .await
            }
        };
        assert!(
            [200, 201, 204, 404, 409, 503].contains(&answer.status),
            "{}",
            answer.text
        );
        if answer.status == 201 && answer.header("location").starts_with("/api/leads/") {
            ids.push(answer.id());
        }
    }

    app.faults().heal();
    assert_whole(&app).await;
    for id in &ids {
        let mut rows = match owner
            .get(&format!("/api/leads/{id}/history?limit=100"))
            .await
        {
            found if found.status == 200 => found.json()["items"].as_array().unwrap().clone(),
            _ => continue,
        };
        rows.reverse();
        let mut status = json!("new");
        for row in rows {
            assert_eq!(row["oldStatus"], status);
            status = row["newStatus"].clone();
        }
        assert_eq!(
            owner.get(&format!("/api/leads/{id}")).await.json()["status"],
            status
        );
    }
}
