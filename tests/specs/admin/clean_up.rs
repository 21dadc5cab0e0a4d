//! The job `admin.clean_up`.

use crate::leads::support::{assert_whole, of_kind, table, text};
use futures::future::join;
use jiff::{SignedDuration, Timestamp};
use plat_domain::{Actor, Id, LeadId, Origin, TeamId};
use plat_store::{Command, Sight, StoreError};
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

/// The sort keys in the partition of a lead.
async fn parts(app: &TestApp, lead: &Value) -> Vec<String> {
    let end = format!("#LEAD#{}", lead["id"].as_str().unwrap());
    let items = table(app).await;
    let parts = items.iter().filter(|item| text(item, "PK").ends_with(&end));
    parts.map(|item| text(item, "SK").to_owned()).collect()
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
    let id = gone["id"].as_str().unwrap();
    let mentions = table(&app).await.into_iter().filter(|item| {
        let keys = ["PK", "SK", "GSK"].map(|key| text(item, key).to_owned());
        let kept_longer = ["audit", "removal"].contains(&text(item, "type"));
        !kept_longer && keys.iter().any(|key| key.contains(id))
    });
    assert_eq!(mentions.count(), 0);
    assert_whole(&app).await;
    crate::analytics::support::assert_counted(&app, &owner.team).await;
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

    let purge = app.host.app.store.purge();
    let failed = purge.purge(team, lead, late).await;

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
    assert_eq!(purge.purge(team, lead, late).await, Ok(left.len()));
    assert!(parts(&app, &ann).await.is_empty());
    assert_eq!(purge.purge(team, lead, late).await, Ok(0));
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
        let (leads, purge) = (scope.leads(), app.host.app.store.purge());
        if nth % 3 == 0 {
            let wait = std::time::Duration::from_millis(nth);
            app.faults()
                .inject(Fault::once_on("UpdateItem", FaultKind::Slow(wait)));
        }

        let (restore, purge) = join(
            leads.restore(&command, id, Sight::All, None),
            purge.purge(team, id, late),
        )
        .await;

        app.faults().heal();
        let left = parts(&app, &lead).await;
        match restore {
            Ok(_) => {
                assert_eq!((purge, left.len()), (Ok(0), before), "{left:?}");
                restored += 1;
            }
            Err(StoreError::NotFound) => {
                assert_eq!((purge, left), (Ok(before), Vec::new()));
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

    let purge = app.host.app.store.purge();
    let (gone, cost) = plat_store::metered(purge.purge(team, lead, late)).await;

    println!("{items} items: {cost}");
    assert_eq!(gone, Ok(items));
    assert_eq!(cost.requests, 4);
}
