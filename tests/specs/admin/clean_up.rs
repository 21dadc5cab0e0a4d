//! The job `admin.clean_up`.

use crate::deals::support::{move_to, path as path_of_deal};
use crate::documents::support as documents;
use crate::leads::support::{assert_whole, attach, of_kind, table, text};
use futures::future::join;
use jiff::{SignedDuration, Timestamp};
use plat_domain::{Actor, Id, LeadId, Origin, RecordRef, TeamId};
use plat_services::files::FileVersion;
use plat_store::{Command, Deleted, Purge, Sight, StoreError, StoredFile};
use plat_testing::proxy::{Fault, FaultKind};
use plat_testing::{Someone, Started, TestApp};
use serde_json::{Value, json};

fn path(lead: &Value) -> String {
    format!("/api/leads/{}", lead["id"].as_str().unwrap())
}

fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

/// A lead with everything that may lie beside it.
async fn full_lead(owner: &Someone<'_>, name: &str) -> Value {
    let lead = owner.lead(name, json!({"source": "Zillow"})).await;
    let path = path(&lead);
    let tags = json!({"tags": ["hot", "cold"]});
    owner.post(&format!("{path}/tags"), tags).await.expect(200);
    for n in 0..3 {
        let note = json!({"content": format!("Note {n}")});
        owner.post(&format!("{path}/notes"), note).await.expect(201);
    }
    for status in ["contacted", "won"] {
        let body = json!({"status": status});
        owner
            .patch(&format!("{path}/status"), body)
            .await
            .expect(200);
    }
    lead
}

/// A deal with everything that may lie beside it.
async fn full_deal(owner: &Someone<'_>, address: &str) -> Value {
    let deal = owner.deal(address, json!({})).await;
    for n in 0..3 {
        let note = json!({"content": format!("Note {n}")});
        let notes = format!("{}/notes", path_of_deal(&deal));
        owner.post(&notes, note).await.expect(201);
    }
    for status in ["negotiating", "under_contract"] {
        move_to(owner, &deal, status).await.expect(200);
    }
    deal
}

/// The sort keys in the partition of a lead or a deal.
async fn parts(app: &TestApp, record: &Value) -> Vec<String> {
    let end = format!("#{}", record["id"].as_str().unwrap());
    let items = table(app).await;
    let parts = items.iter().filter(|item| text(item, "PK").ends_with(&end));
    parts.map(|item| text(item, "SK").to_owned()).collect()
}

/// How many items there are under keys that name this; the audit log, and who removed what, are kept longer.
async fn mentions(app: &TestApp, id: &str) -> usize {
    let items = table(app).await;
    let mentions = items.iter().filter(|item| {
        let keys = ["PK", "SK", "GSK"].map(|key| text(item, key));
        let kept_longer = ["audit", "removal"].contains(&text(item, "type"));
        !kept_longer && keys.iter().any(|key| key.contains(id))
    });
    mentions.count()
}

/// Removes a lead for good, as the job does; it has no files.
async fn purge(
    purge: &Purge,
    team: TeamId,
    lead: LeadId,
    now: Timestamp,
) -> Result<usize, StoreError> {
    let what = Deleted::Record(RecordRef::Lead(lead));
    let no_files = async |files: Vec<StoredFile>| panic!("{files:?}");
    purge.purge(team, what, now, no_files).await
}

/// As if the person came back after a while.
async fn back<'a>(app: &'a TestApp, who: &Someone<'_>) -> Someone<'a> {
    let body = json!({"email": who.email, "password": plat_testing::PASSWORD});
    let reply = app.post("/api/auth/login", body).await.expect(200).json();
    Someone::signed_in(app, &reply)
}

#[tokio::test]
async fn of_a_lead_that_was_deleted_30_days_ago_nothing_is_left() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let gone = full_lead(&owner, "Ann").await;
    let kept = full_lead(&owner, "Bob").await;
    owner.delete(&path(&gone)).await.expect(204);
    app.settle().await;
    assert!(parts(&app, &gone).await.len() > 10);
    let kept_parts = parts(&app, &kept).await;

    app.pass(days(31)).await;

    assert_eq!(parts(&app, &gone).await, Vec::<String>::new());
    assert_eq!(parts(&app, &kept).await, kept_parts);
    assert_eq!(mentions(&app, gone["id"].as_str().unwrap()).await, 0);
    assert_whole(&app).await;
    crate::analytics::support::assert_counted(&app, &owner.team).await;
}

#[tokio::test]
async fn of_a_deal_that_was_deleted_30_days_ago_nothing_is_left() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let gone = full_deal(&owner, "12 Elm St").await;
    let kept = full_deal(&owner, "9 Oak Rd").await;
    owner.delete(&path_of_deal(&gone)).await.expect(204);
    app.settle().await;
    // The deal, two moves, three notes; lines on four changes; three lines for the team's latest.
    assert_eq!(parts(&app, &gone).await.len(), 13);
    let kept_parts = parts(&app, &kept).await;

    app.pass(days(30)).await;
    assert_eq!(parts(&app, &gone).await.len(), 13);
    app.pass(days(1)).await;

    assert_eq!(parts(&app, &gone).await, Vec::<String>::new());
    assert_eq!(parts(&app, &kept).await, kept_parts);
    assert_eq!(mentions(&app, gone["id"].as_str().unwrap()).await, 0);
    assert_whole(&app).await;
    crate::analytics::support::assert_counted(&app, &owner.team).await;
}

/// Where the files were put.
fn keys_of(announced: &[Value]) -> Vec<FileVersion> {
    let keys = announced.iter().map(documents::key);
    let last = |key| FileVersion { key, version: None };
    keys.map(last).collect()
}

/// How many of these files are there.
async fn files(app: &TestApp, keys: &[FileVersion]) -> usize {
    let mut there = 0;
    for key in keys {
        let found = app.host.app.files.find(key).await.unwrap();
        there += usize::from(found.is_some());
    }
    there
}

#[tokio::test]
async fn the_documents_of_what_is_removed_go_with_it_and_their_files_first() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = full_deal(&owner, "12 Elm St").await;
    let lead = full_lead(&owner, "Ann").await;
    let kept = owner.lead("Bob", json!({})).await;
    let (deal_path, lead_path) = (path_of_deal(&deal), path(&lead));
    let announced = [
        documents::attach(&app, &owner, &deal, "Offer.pdf").await,
        documents::attach(&app, &owner, &deal, "Contract.pdf").await,
        attach(&app, &owner, &lead, "Offer.pdf").await,
        attach(&app, &owner, &kept, "Offer.pdf").await,
    ];
    owner.delete(&deal_path).await.expect(204);
    owner.delete(&lead_path).await.expect(204);
    app.settle().await;
    let all = keys_of(&announced);
    assert_eq!(files(&app, &all).await, 4);

    app.pass(days(31)).await;

    assert_eq!(files(&app, &all[..3]).await, 0);
    assert_eq!(files(&app, &all[3..]).await, 1);
    for gone in &announced[..3] {
        let document = gone["documentId"].as_str().unwrap();
        assert_eq!(mentions(&app, document).await, 0);
    }
    let owner = back(&app, &owner).await;
    let kept = documents::read(&owner, &announced[3]).await;
    assert_eq!(kept["status"], "available");
}

#[tokio::test]
async fn a_document_that_was_deleted_alone_is_removed_30_days_later_and_its_record_stays() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = full_deal(&owner, "12 Elm St").await;
    let added = documents::attach(&app, &owner, &deal, "Offer.pdf").await;
    let document = added["documentId"].as_str().unwrap().to_owned();
    let address = documents::path(&added);
    owner.delete(&address).await.expect(204);
    app.settle().await;
    let all = keys_of(&[added]);

    app.pass(days(30)).await;
    assert_eq!(files(&app, &all).await, 1);
    app.pass(days(1)).await;

    assert_eq!(files(&app, &all).await, 0);
    assert_eq!(mentions(&app, &document).await, 0);
    assert!(!parts(&app, &deal).await.is_empty());
}

#[tokio::test]
async fn while_files_are_out_of_reach_what_leads_to_them_stays() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = full_deal(&owner, "12 Elm St").await;
    let added = documents::attach(&app, &owner, &deal, "Offer.pdf").await;
    let document = added["documentId"].as_str().unwrap();
    owner.delete(&path_of_deal(&deal)).await.expect(204);
    app.settle().await;
    let before = (
        parts(&app, &deal).await.len(),
        parts(&app, &json!({"id": document})).await.len(),
    );
    let team: TeamId = owner.team.parse().unwrap();
    let what = Deleted::Record(RecordRef::Deal(
        deal["id"].as_str().unwrap().parse().unwrap(),
    ));
    let late = app.now().checked_add(days(31)).unwrap();
    let door = app.host.app.store.purge();
    let out_of_reach = async |_| Err(StoreError::Unavailable("files".to_owned()));

    let failed = door.purge(team, what, late, out_of_reach).await;

    assert!(
        matches!(failed, Err(StoreError::Unavailable(_))),
        "{failed:?}"
    );
    assert_eq!(parts(&app, &deal).await.len(), before.0);
    let of_document = json!({"id": document});
    assert_eq!(parts(&app, &of_document).await.len(), before.1);
    let removed = std::sync::Mutex::new(Vec::new());
    let take = |files: Vec<StoredFile>| {
        removed.lock().unwrap().extend(files);
        std::future::ready(Ok::<(), StoreError>(()))
    };
    let gone = door.purge(team, what, late, take).await;
    assert_eq!(gone, Ok(before.0 + before.1));
    assert_eq!(removed.into_inner().unwrap().len(), 1);
}

#[tokio::test]
async fn what_can_still_be_restored_stays() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let ann = full_lead(&owner, "Ann").await;
    let bob = full_lead(&owner, "Bob").await;
    owner.delete(&path(&ann)).await.expect(204);
    owner.delete(&path(&bob)).await.expect(204);
    app.settle().await;
    let before = parts(&app, &ann).await;

    app.pass(days(30)).await;

    assert_eq!(parts(&app, &ann).await, before);
    let owner = back(&app, &owner).await;
    owner
        .post(&format!("{}/restore", path(&ann)), Value::Null)
        .await
        .expect(200);
    app.pass(days(40)).await;
    let owner = back(&app, &owner).await;
    owner.get(&path(&ann)).await.expect(200);
    let notes = owner.get(&format!("{}/notes", path(&ann))).await.json();
    assert_eq!(notes["items"].as_array().unwrap().len(), 3);
    assert!(parts(&app, &bob).await.is_empty());
}

#[tokio::test]
async fn a_lead_that_was_restored_and_deleted_again_has_30_days_more() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let ann = full_lead(&owner, "Ann").await;
    owner.delete(&path(&ann)).await.expect(204);
    app.pass(days(20)).await;
    let owner = back(&app, &owner).await;
    owner
        .post(&format!("{}/restore", path(&ann)), Value::Null)
        .await
        .expect(200);
    owner.delete(&path(&ann)).await.expect(204);

    app.pass(days(20)).await;
    assert!(!parts(&app, &ann).await.is_empty());

    app.pass(days(11)).await;
    assert!(parts(&app, &ann).await.is_empty());
}

#[tokio::test]
async fn days_on_which_nothing_ran_are_made_up_for() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    app.pass(days(1)).await;
    let mut owner = back(&app, &owner).await;
    let mut leads = Vec::new();
    for n in 0..4 {
        let lead = owner.lead(&format!("Lead {n}"), json!({})).await;
        owner.delete(&path(&lead)).await.expect(204);
        leads.push(lead);
        app.pass(days(1)).await;
        owner = back(&app, &owner).await;
    }

    // For five weeks nothing runs at all.
    app.pass(days(35)).await;

    for lead in &leads {
        assert!(parts(&app, lead).await.is_empty());
    }
}

#[tokio::test]
async fn a_purge_that_was_interrupted_is_taken_up_and_nobody_restores_what_is_left() {
    let app = Started::default().with_proxy().start().await;
    let owner = app.owner("Olive").await;
    let ann = full_lead(&owner, "Ann").await;
    owner.delete(&path(&ann)).await.expect(204);
    app.settle().await;
    let (team, lead): (TeamId, LeadId) = ids(&owner, &ann);
    let late = app.now().checked_add(days(31)).unwrap();
    // Half of the notes and lines go, then the table is out of reach.
    for (skip, kind) in [(0, FaultKind::Unprocessed), (0, FaultKind::Throttle)] {
        app.faults().inject(Fault {
            skip,
            times: if kind == FaultKind::Throttle { 100 } else { 1 },
            ..Fault::once_on("BatchWriteItem", kind)
        });
    }
    let before = parts(&app, &ann).await.len();

    let door = app.host.app.store.purge();
    let failed = purge(&door, team, lead, late).await;

    assert!(
        matches!(failed, Err(StoreError::Unavailable(_))),
        "{failed:?}"
    );
    app.faults().heal();
    let left = parts(&app, &ann).await;
    assert!(left.len() < before && left.contains(&"LEAD".to_owned()));
    // Within the 30 days by the request's own time, and still too late.
    owner
        .post(&format!("{}/restore", path(&ann)), Value::Null)
        .await
        .expect(404);
    assert_eq!(purge(&door, team, lead, late).await, Ok(left.len()));
    assert!(parts(&app, &ann).await.is_empty());
    assert_eq!(purge(&door, team, lead, late).await, Ok(0));
}

#[tokio::test]
async fn a_removal_whose_reply_was_lost_is_done_once() {
    let app = Started::default().with_proxy().start().await;
    let owner = app.owner("Olive").await;
    let ann = full_lead(&owner, "Ann").await;
    owner.delete(&path(&ann)).await.expect(204);
    app.settle().await;
    for operation in ["UpdateItem", "BatchWriteItem", "DeleteItem"] {
        app.faults()
            .inject(Fault::once_on(operation, FaultKind::LoseReply));
    }

    app.pass(days(31)).await;

    app.faults().heal();
    assert!(parts(&app, &ann).await.is_empty());
    assert_whole(&app).await;
}

fn ids(owner: &Someone<'_>, lead: &Value) -> (TeamId, LeadId) {
    let id = lead["id"].as_str().unwrap();
    (owner.team.parse().unwrap(), id.parse().unwrap())
}

#[tokio::test]
async fn of_a_restore_and_a_purge_that_meet_one_is_whole_and_the_other_nothing() {
    let app = Started::default().with_proxy().start().await;
    let owner = app.owner("Olive").await;
    let (mut restored, mut purged) = (0, 0);
    for nth in 0..24_u64 {
        let lead = full_lead(&owner, &format!("Lead {nth}")).await;
        owner.delete(&path(&lead)).await.expect(204);
        app.settle().await;
        let before = parts(&app, &lead).await.len();
        let (team, id) = ids(&owner, &lead);
        let scope = app.host.app.store.team(team);
        // The request began in time and is only carried out now.
        let command = command(&owner, app.now(), u128::from(nth));
        let late = app.now().checked_add(days(31)).unwrap();
        let (leads, door) = (scope.leads(), app.host.app.store.purge());
        if nth % 3 == 0 {
            let wait = std::time::Duration::from_millis(nth);
            app.faults()
                .inject(Fault::once_on("UpdateItem", FaultKind::Slow(wait)));
        }

        let (restore, purged_items) = join(
            leads.restore(&command, id, Sight::All, None),
            purge(&door, team, id, late),
        )
        .await;

        app.faults().heal();
        let left = parts(&app, &lead).await;
        match restore {
            Ok(_) => {
                assert_eq!((purged_items, left.len()), (Ok(0), before), "{left:?}");
                restored += 1;
            }
            Err(StoreError::NotFound) => {
                assert_eq!((purged_items, left), (Ok(before), Vec::new()));
                purged += 1;
            }
            Err(other) => panic!("{other:?}"),
        }
    }
    println!("{restored} were restored, {purged} purged");
    app.settle().await;
    assert_whole(&app).await;
    let items = table(&app).await;
    assert_eq!(of_kind(&items, "lead").len(), restored);
}

fn command(owner: &Someone<'_>, at: Timestamp, nth: u128) -> Command {
    Command {
        id: Id::from_parts(at, nth),
        at,
        by: Actor {
            id: owner.id.parse().unwrap(),
            name: "Olive".to_owned(),
        },
        origin: Origin::default(),
        depth: 0,
    }
}

#[tokio::test]
async fn removing_a_lead_costs_a_write_for_each_item_and_its_places() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let ann = full_lead(&owner, "Ann").await;
    owner.delete(&path(&ann)).await.expect(204);
    app.settle().await;
    let (team, lead) = ids(&owner, &ann);
    let late = app.now().checked_add(days(31)).unwrap();
    let items = parts(&app, &ann).await.len();

    let door = app.host.app.store.purge();
    let (gone, cost) = plat_store::metered(purge(&door, team, lead, late)).await;

    println!("{items} items: {cost}");
    assert_eq!(gone, Ok(items));
    // Claim, documents, tasks, items, their removal, the lead.
    assert_eq!(cost.requests, 6);
}
