//! `POST /api/leads/{leadId}/merge`, and the job `leads.move_around`

use super::support::{assert_whole, attach, of_kind, table, texts, walk};
use crate::analytics::support::assert_counted;
use futures::future::join_all;
use http::Method;
use jiff::SignedDuration;
use plat_testing::proxy::{Fault, FaultKind};
use plat_testing::{Answer, Someone, Started, TestApp};
use serde_json::{Value, json};

pub(super) fn id(record: &Value) -> &str {
    record["id"].as_str().unwrap()
}

pub(super) fn path(lead: &Value) -> String {
    format!("/api/leads/{}", id(lead))
}

/// Has `winner` take in `loser`.
pub(super) async fn merge(who: &Someone<'_>, winner: &Value, loser: &Value, more: Value) -> Answer {
    let mut body = json!({"leadId": loser["id"]});
    let fields = more.as_object().unwrap().clone();
    body.as_object_mut().unwrap().extend(fields);
    who.post(&format!("{}/merge", path(winner)), body).await
}

/// Two leads that are one person: the first with an address, the second with a number and a company.
pub(super) async fn pair(who: &Someone<'_>) -> (Value, Value) {
    let ann = who.lead("Ann Lee", json!({"source": "Zillow"})).await;
    let more = json!({
        "phone": "(512) 555-0142", "company": "Lee & Co", "score": 7, "customFields": {"beds": 3},
        "consent": {"email": true}, "email": "lee@example.com",
    });
    let other = who.lead("A. Lee", more).await;
    (ann, other)
}

/// One of each thing that can be around a lead; notes, then what each is and where it says whose it is.
pub(super) async fn surround(app: &TestApp, who: &Someone<'_>, lead: &Value) -> Vec<String> {
    for content in ["First", "Second", "Third"] {
        app.advance(SignedDuration::from_millis(1));
        let body = json!({"content": content});
        let at = format!("{}/notes", path(lead));
        who.post(&at, body).await.expect(201);
    }
    for status in ["contacted", "qualified"] {
        app.advance(SignedDuration::from_millis(1));
        let at = format!("{}/status", path(lead));
        who.patch(&at, json!({"status": status})).await.expect(200);
    }
    let about = json!({"title": "Call", "dueAt": "2026-05-01T10:00:00Z", "leadId": lead["id"]});
    let task = who.post("/api/tasks", about).await.expect(201).json();
    let of_lead = json!({"leadId": lead["id"]});
    let deal = who.deal("12 Elm St", of_lead.clone()).await;
    let client = who.client("Cleo", of_lead).await;
    let document = attach(app, who, lead, "offer.pdf").await;
    app.settle().await;
    vec![
        format!("/api/tasks/{}", id(&task)),
        format!("/api/deals/{}", id(&deal)),
        format!("/api/clients/{}", id(&client)),
        format!(
            "/api/documents/{}",
            document["documentId"].as_str().unwrap()
        ),
    ]
}

/// Whose each of these is.
pub(super) async fn whose(who: &Someone<'_>, around: &[String]) -> Vec<Value> {
    let mut leads = Vec::new();
    for at in around {
        let record = who.get(at).await.expect(200).json();
        let lead = record.get("leadId").unwrap_or(&record["record"]["id"]);
        leads.push(lead.clone());
    }
    leads
}

/// What the notes of a lead say, latest first.
pub(super) async fn notes(who: &Someone<'_>, lead: &Value) -> Vec<String> {
    texts(
        &walk(who, &format!("{}/notes", path(lead)), 2).await,
        "content",
    )
}

/// The kinds of the lines of a lead's timeline.
pub(super) async fn lines(who: &Someone<'_>, lead: &Value) -> Vec<String> {
    texts(
        &walk(who, &format!("{}/activities", path(lead)), 3).await,
        "type",
    )
}

/// How far the work is, as the table has it.
pub(super) async fn work(app: &TestApp, batch: &Value) -> (String, Value) {
    let items = table(app).await;
    let of_id = |item: &&&super::support::Item| super::support::text(item, "id") == id(batch);
    let batches = of_kind(&items, "batch");
    let item = batches.iter().find(of_id).unwrap();
    let counts = item["counts"].as_m().unwrap().iter();
    let counts = counts.map(|(what, count)| {
        let count: u64 = count.as_n().unwrap().parse().unwrap();
        (what.clone(), json!(count))
    });
    let counts = Value::Object(counts.collect());
    (super::support::text(item, "status").to_owned(), counts)
}

#[tokio::test]
async fn the_winner_is_filled_from_the_loser_which_leads_to_it_from_then_on() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let (ann, other) = pair(&owner).await;

    let merged = merge(&owner, &ann, &other, json!({})).await.expect(200);

    let lead = merged.json();
    for (field, expected) in [
        ("id", ann["id"].clone()),
        ("name", json!("Ann Lee")),
        ("email", json!("ann.lee@leads.example")),
        ("phone", json!("(512) 555-0142")),
        ("company", json!("Lee & Co")),
        ("source", json!("Zillow")),
        ("score", json!(7)),
        ("customFields", json!({"beds": 3})),
        (
            "consent",
            json!({"email": false, "sms": false, "call": false}),
        ),
        ("version", json!(2)),
    ] {
        assert_eq!(lead[field], expected, "{field}");
    }
    assert_eq!(
        lead["left"]["fields"],
        json!({"name": "A. Lee", "email": "lee@example.com"})
    );
    assert_eq!(lead["left"]["consent"]["email"], true);
    assert_eq!(merged.header("etag"), "\"2\"");
    for rest in [
        "",
        "/notes?limit=3",
        "/activities",
        "/history",
        "/duplicates",
    ] {
        let moved = owner.get(&format!("{}{rest}", path(&other))).await;
        let moved = moved.expect(308);
        assert_eq!(moved.header("location"), format!("{}{rest}", path(&ann)));
        owner.get(moved.header("location")).await.expect(200);
    }
    assert_whole(&app).await;
    app.settle().await;
    assert_counted(&app, &owner.team).await;
    let listed = walk(&owner, "/api/leads", 10).await;
    assert_eq!(texts(&listed, "id"), [id(&ann)]);
}

#[tokio::test]
async fn nobody_writes_to_the_loser_any_more() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let (ann, other) = pair(&owner).await;
    merge(&owner, &ann, &other, json!({})).await.expect(200);
    let third = owner.lead("Third", json!({})).await;

    let at = path(&other);
    let refused = [
        owner.patch(&at, json!({"score": 1})).await,
        owner
            .patch(&format!("{at}/status"), json!({"status": "contacted"}))
            .await,
        owner
            .patch(&format!("{at}/assign"), json!({"assignedTo": null}))
            .await,
        owner
            .post(&format!("{at}/notes"), json!({"content": "Hi"}))
            .await,
        owner.post(&format!("{at}/restore"), Value::Null).await,
        owner.post(&format!("{at}/convert"), json!({})).await,
        owner.delete(&at).await,
        merge(&owner, &other, &third, json!({})).await,
        merge(&owner, &third, &other, json!({})).await,
    ];

    for answer in refused {
        let answer = answer.expect(409);
        assert_eq!(answer.problem(), "merged");
        assert_eq!(answer.json()["leadId"], ann["id"]);
    }
    assert_whole(&app).await;
}

#[tokio::test]
async fn what_is_around_the_loser_goes_to_the_winner() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let (ann, other) = pair(&owner).await;
    let at = format!("{}/notes", path(&ann));
    owner.post(&at, json!({"content": "Own"})).await.expect(201);
    let around = surround(&app, &owner, &other).await;
    assert_eq!(whose(&owner, &around).await, vec![other["id"].clone(); 4]);

    let merged = merge(&owner, &ann, &other, json!({}))
        .await
        .expect(200)
        .json();
    app.settle().await;

    assert_eq!(whose(&owner, &around).await, vec![ann["id"].clone(); 4]);
    assert_eq!(
        notes(&owner, &ann).await,
        ["Third", "Second", "First", "Own"]
    );
    let history = walk(&owner, &format!("{}/history", path(&ann)), 1).await;
    assert_eq!(texts(&history, "newStatus"), ["qualified", "contacted"]);
    let told = lines(&owner, &ann).await;
    for kind in [
        "lead_merged",
        "task_created",
        "document_available",
        "lead_status_changed",
    ] {
        assert!(told.contains(&kind.to_owned()), "{kind} in {told:?}");
    }
    assert!(!told.contains(&"lead_deleted".to_owned()));
    assert_eq!(told.iter().filter(|kind| *kind == "note_added").count(), 4);
    let (status, counts) = work(&app, &merged["merge"]).await;
    assert_eq!(status, "completed");
    for (what, count) in [
        ("notes", 3),
        ("history", 2),
        ("tasks", 1),
        ("deals", 1),
        ("clients", 1),
        ("documents", 1),
    ] {
        assert_eq!(counts[what], count, "{what}");
    }
    let listed = owner.get(&format!("/api/deals?leadId={}", id(&ann))).await;
    assert_eq!(
        listed.expect(200).json()["items"].as_array().unwrap().len(),
        1
    );
    assert_whole(&app).await;
    assert_counted(&app, &owner.team).await;
}

#[tokio::test]
async fn more_than_one_transaction_holds_goes_along() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let (ann, other) = pair(&owner).await;
    for nth in 0..95 {
        let body = json!({"content": format!("{nth}")});
        let at = format!("{}/notes", path(&other));
        owner.post(&at, body).await.expect(201);
    }

    merge(&owner, &ann, &other, json!({})).await.expect(200);
    app.settle().await;

    let notes = walk(&owner, &format!("{}/notes", path(&ann)), 40).await;
    assert_eq!(notes.len(), 95);
}

#[tokio::test]
async fn fields_are_taken_that_somebody_chose() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let ann = owner
        .lead("Ann", json!({"customFields": {"beds": 2, "pool": true}}))
        .await;
    let more = json!({"status": "contacted", "customFields": {"beds": 3, "pool": false}});
    let other = owner.lead("Anna", more).await;
    for lead in [&ann, &other] {
        let tags = json!({"tags": ["both", lead["name"]]});
        owner
            .post(&format!("{}/tags", path(lead)), tags)
            .await
            .expect(200);
    }

    let chosen = json!({"take": ["name", "email", "status"], "takeCustomFields": ["beds"]});
    let lead = merge(&owner, &ann, &other, chosen).await.expect(200).json();

    assert_eq!(
        (&lead["name"], &lead["email"], &lead["status"]),
        (
            &json!("Anna"),
            &json!("anna@leads.example"),
            &json!("contacted")
        )
    );
    assert_eq!(lead["customFields"], json!({"beds": 3, "pool": true}));
    assert_eq!(lead["tags"].as_array().unwrap().len(), 3);
    assert_whole(&app).await;
    // The address that it gave up is free, and the one that it took is not.
    owner.lead("Ann", json!({})).await;
    let taken = json!({"name": "A", "email": "anna@leads.example"});
    owner.post("/api/leads", taken).await.expect(409);
    let history = walk(&owner, &format!("{}/history", path(&ann)), 1).await;
    assert_eq!(texts(&history, "newStatus"), ["contacted"]);
}

#[tokio::test]
async fn a_dry_run_tells_and_does_nothing() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let (ann, other) = pair(&owner).await;

    let told = merge(
        &owner,
        &ann,
        &other,
        json!({"dryRun": true, "take": ["name"]}),
    );
    let told = told.await.expect(200).json();

    assert_eq!(
        (&told["name"], &told["company"]),
        (&json!("A. Lee"), &json!("Lee & Co"))
    );
    assert_eq!(told["merge"], Value::Null);
    for lead in [&ann, &other] {
        let now = owner.get(&path(lead)).await.expect(200).json();
        assert_eq!(now, *lead);
    }
}

#[tokio::test]
async fn only_two_leads_of_the_team_are_merged() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let stranger = app.owner("Sam").await;
    let (ann, other) = pair(&owner).await;
    let foreign = stranger.lead("Ann", json!({})).await;

    let itself = merge(&owner, &ann, &ann, json!({})).await.expect(422);
    assert_eq!(itself.field_errors(), ["/leadId same_record"]);
    let unknown = merge(&owner, &ann, &foreign, json!({})).await.expect(422);
    assert_eq!(unknown.field_errors(), ["/leadId reference_not_found"]);
    merge(&owner, &foreign, &ann, json!({})).await.expect(404);
    merge(&stranger, &ann, &other, json!({})).await.expect(404);
    let wrong = json!({"take": ["id"], "leadId": 7});
    let wrong = owner.post(&format!("{}/merge", path(&ann)), wrong).await;
    assert_eq!(wrong.expect(422).field_errors().len(), 2);
    let stale = owner
        .call(Method::POST, &format!("{}/merge", path(&ann)))
        .json(json!({"leadId": other["id"]}))
        .if_match(9)
        .send()
        .await;
    assert_eq!(stale.expect(412).json()["currentVersion"], 1);
    app.post(
        &format!("{}/merge", path(&ann)),
        json!({"leadId": other["id"]}),
    )
    .await
    .expect(401);
}

#[tokio::test]
async fn who_does_not_see_one_of_the_two_does_not_merge_them() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let at = format!("/api/teams/{}", owner.team);
    owner
        .patch(&at, json!({"visibility": "own"}))
        .await
        .expect(200);
    let mia = owner.invite("Mia", "member").await;
    let hers = owner.lead("Ann", json!({"assignedTo": mia.id})).await;
    let his = owner.lead("Anna", json!({"assignedTo": owner.id})).await;

    merge(&mia, &hers, &his, json!({})).await.expect(422);
    merge(&mia, &his, &hers, json!({})).await.expect(404);
    merge(&owner, &hers, &his, json!({})).await.expect(200);
    // Nor does she learn where it went.
    mia.get(&path(&his)).await.expect(404);
    mia.delete(&path(&his)).await.expect(404);
}

#[tokio::test]
async fn two_clients_stay_two() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let (ann, other) = pair(&owner).await;
    let third = owner.lead("Third", json!({})).await;
    let place = json!({"propertyAddress": "12 Elm St", "propertyType": "land"});
    let mut clients = Vec::new();
    for lead in [&ann, &other] {
        let at = format!("{}/convert", path(lead));
        clients.push(owner.post(&at, place.clone()).await.expect(201).json());
    }

    let refused = merge(&owner, &ann, &other, json!({})).await.expect(409);
    assert_eq!(refused.problem(), "both-converted");
    assert_eq!(refused.json()["clientId"], clients[0]["id"]);

    let lead = merge(&owner, &third, &other, json!({}))
        .await
        .expect(200)
        .json();
    assert_eq!(lead["clientId"], clients[1]["id"]);
    app.settle().await;
    let at = format!("/api/clients/{}", id(&clients[1]));
    assert_eq!(
        owner.get(&at).await.expect(200).json()["leadId"],
        third["id"]
    );
    assert_whole(&app).await;
}

#[tokio::test]
async fn of_merges_at_the_same_time_one_wins() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    for _ in 0..4 {
        let (ann, other) = pair(&owner).await;
        let third = owner.lead("Third", json!({})).await;

        let answers = join_all([
            merge(&owner, &ann, &other, json!({})),
            merge(&owner, &other, &ann, json!({})),
            merge(&owner, &third, &other, json!({})),
        ])
        .await;

        // Whoever is beaten finds a lead that was merged, or a winner that is not there any more.
        let won = answers.iter().filter(|answer| answer.status == 200).count();
        assert!((1..=2).contains(&won), "{won}");
        for answer in &answers {
            assert!([200, 409].contains(&answer.status), "{answer:?}");
        }
        assert_whole(&app).await;
        for lead in walk(&owner, "/api/leads", 10).await {
            owner.delete(&path(&lead)).await.expect(204);
        }
    }
}

#[tokio::test]
async fn a_chain_leads_to_its_end() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let (ann, other) = pair(&owner).await;
    let third = owner.lead("Third", json!({})).await;
    let around = surround(&app, &owner, &ann).await;
    merge(&owner, &other, &ann, json!({})).await.expect(200);
    app.settle().await;
    merge(&owner, &third, &other, json!({})).await.expect(200);
    app.settle().await;

    let mut at = path(&ann);
    for _ in 0..2 {
        at = owner
            .get(&at)
            .await
            .expect(308)
            .header("location")
            .to_owned();
    }
    assert_eq!(at, path(&third));
    assert_eq!(whose(&owner, &around).await, vec![third["id"].clone(); 4]);
    assert_eq!(notes(&owner, &third).await.len(), 3);
    assert_whole(&app).await;
}

#[tokio::test]
async fn a_merge_is_in_the_audit_log_and_no_move_is() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let (ann, other) = pair(&owner).await;
    surround(&app, &owner, &other).await;
    let log = crate::audit::log_of(&owner.team);
    let before = crate::audit::rows(&app, &owner, &log).await.len();
    app.advance(SignedDuration::from_millis(1));

    merge(&owner, &ann, &other, json!({})).await.expect(200);

    let rows = crate::audit::rows(&app, &owner, &log).await;
    let mut told = crate::audit::texts(&rows, "/type");
    told.truncate(rows.len() - before);
    told.sort_unstable();
    told.retain(|kind| !kind.starts_with("batch."));
    assert_eq!(told, ["lead.deleted", "lead.merged", "lead.updated"]);
}

#[tokio::test]
async fn a_merge_whose_reply_was_lost_is_done_once() {
    let app = Started::default().with_proxy().start().await;
    let owner = app.owner("Olive").await;
    let (ann, other) = pair(&owner).await;
    app.faults()
        .inject(Fault::once_on("TransactWriteItems", FaultKind::LoseReply));

    let merged = merge(&owner, &ann, &other, json!({}))
        .await
        .expect(200)
        .json();

    assert_eq!(merged["version"], 2);
    let repeat = || {
        owner
            .call(Method::POST, &format!("{}/merge", path(&ann)))
            .json(json!({"leadId": other["id"]}))
            .idempotency_key("once")
            .send()
    };
    assert_eq!(repeat().await.expect(409).problem(), "merged");
    assert_whole(&app).await;
}

#[tokio::test]
async fn the_work_goes_on_where_it_stopped() {
    for skip in [0, 1, 2, 4, 6, 8] {
        for kind in [FaultKind::LoseReply, FaultKind::LoseRequest] {
            let app = Started::default().with_proxy().start().await;
            let owner = app.owner("Olive").await;
            let (ann, other) = pair(&owner).await;
            let around = surround(&app, &owner, &other).await;
            let merged = merge(&owner, &ann, &other, json!({}))
                .await
                .expect(200)
                .json();
            // Longer than the client of the table tries by itself.
            app.faults().inject(Fault {
                skip,
                times: 4,
                ..Fault::once_on("TransactWriteItems", kind.clone())
            });

            for _ in 0..6 {
                app.settle().await;
                app.pass(SignedDuration::from_mins(20)).await;
            }
            app.faults().heal();
            app.settle().await;

            let again = crate::analytics::support::again(&app, &owner).await;
            assert_eq!(whose(&again, &around).await, vec![ann["id"].clone(); 4]);
            assert_eq!(notes(&again, &ann).await, ["Third", "Second", "First"]);
            let (status, counts) = work(&app, &merged["merge"]).await;
            assert_eq!(status, "completed", "{skip} {kind:?}");
            assert_eq!(
                (&counts["notes"], &counts["history"]),
                (&json!(3), &json!(2))
            );
            assert_eq!(
                (&counts["deals"], &counts["documents"]),
                (&json!(1), &json!(1))
            );
        }
    }
}
