//! The job `analytics.aggregate`.

use super::support::{again, assert_counted, counters, scratch};
use crate::deals::support::{bring_to, dollars, move_to, path as deal_path};
use crate::leads::support::{Dice, of_kind, table, text};
use http::Method;
use jiff::SignedDuration;
use plat_domain::event::LeadFacts;
use plat_domain::{
    Actor, Causation, Event, EventId, Fact, Id, LeadChange, LeadStatus, Origin, Subject,
    SubjectKind,
};
use plat_services::Bus;
use plat_store::Place;
use plat_testing::proxy::{Fault, FaultKind};
use plat_testing::{Someone, Started, TestApp};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn path(lead: &Value) -> String {
    format!("/api/leads/{}", lead["id"].as_str().unwrap())
}

fn lines(counts: &std::collections::BTreeMap<String, i64>) -> Vec<String> {
    counts
        .iter()
        .map(|(name, count)| format!("{name} {count}"))
        .collect()
}

/// The event of a lead that was made, and that there need not be.
fn created(app: &TestApp, owner: &Someone<'_>, nth: u128, source: &str) -> Event {
    let facts = LeadFacts {
        status: LeadStatus::New,
        source: Some(source.parse().unwrap()),
        assigned_to: None,
        value: None,
        created_at: app.now(),
        deleted: false,
    };
    Event {
        id: EventId::from_parts(app.now(), nth),
        fact: Fact::LeadCreated(LeadChange {
            before: None,
            after: facts,
        }),
        at: app.now(),
        team_id: Some(owner.team.parse().unwrap()),
        actor: Actor {
            id: owner.id.parse().unwrap(),
            name: "Olive".to_owned(),
        },
        subject: Subject {
            kind: SubjectKind::Lead,
            id: "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            version: 1,
        },
        changes: std::collections::BTreeMap::new(),
        origin: Origin::default(),
        causation: Causation {
            command_id: Id::from_bits(nth),
            depth: 0,
        },
    }
}

#[tokio::test]
async fn leads_are_counted_by_status_source_and_assignee_with_what_they_are_worth() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let worth = |amount: &str| json!({"amount": amount, "currency": "USD"});
    let fields = json!({"source": "Zillow", "value": worth("1500.50")});
    let ann = owner.lead("Ann", fields).await;
    owner
        .lead("Bob", json!({"source": "ZILLOW", "assignedTo": owner.id}))
        .await;
    let change = json!({"status": "won"});
    owner
        .patch(&format!("{}/status", path(&ann)), change)
        .await
        .expect(200);
    app.settle().await;

    let counted = counters(&app, &owner.team, false).await;

    let expected = [
        "LEADS new 1".to_owned(),
        "LEADS won 1".to_owned(),
        "LEADS won:USD 150050".to_owned(),
        format!("LEADS#FROM@{}$zillow new 1", owner.id),
        "LEADS#FROM@none$zillow won 1".to_owned(),
        "LEADS#FROM@none$zillow won:USD 150050".to_owned(),
        "LEADS$zillow new 1".to_owned(),
        "LEADS$zillow won 1".to_owned(),
        "LEADS$zillow won:USD 150050".to_owned(),
        format!("LEADS@{} new 1", owner.id),
        "LEADS@none won 1".to_owned(),
        "LEADS@none won:USD 150050".to_owned(),
    ];
    assert_eq!(lines(&counted), expected);
    assert_counted(&app, &owner.team).await;
}

#[tokio::test]
async fn a_deleted_lead_counts_nowhere_until_it_is_restored() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let ann = owner.lead("Ann", json!({"source": "Zillow"})).await;
    app.settle().await;
    let before = counters(&app, &owner.team, false).await;

    owner.delete(&path(&ann)).await.expect(204);
    app.settle().await;

    assert_eq!(counters(&app, &owner.team, false).await.len(), 0);
    owner
        .post(&format!("{}/restore", path(&ann)), Value::Null)
        .await
        .expect(200);
    app.settle().await;
    assert_eq!(counters(&app, &owner.team, false).await, before);
}

#[tokio::test]
async fn a_day_counts_what_happened_on_it_whatever_becomes_of_the_lead() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let ann = owner.lead("Ann", json!({})).await;
    owner
        .patch(
            &format!("{}/status", path(&ann)),
            json!({"status": "contacted"}),
        )
        .await
        .expect(200);
    // Nine hours later it is the next day in UTC.
    app.advance(SignedDuration::from_hours(9));
    let owner = again(&app, &owner).await;
    owner.delete(&path(&ann)).await.expect(204);
    app.settle().await;

    let days = counters(&app, &owner.team, true).await;

    assert_eq!(
        lines(&days),
        [
            "DAY#2026-03-02 contacted 1",
            "DAY#2026-03-02 created 1",
            "DAY#2026-03-02 new 1",
            "DAY#2026-03-03 deleted 1",
            "DAY@none#2026-03-02 contacted 1",
            "DAY@none#2026-03-02 created 1",
            "DAY@none#2026-03-02 new 1",
            "DAY@none#2026-03-03 deleted 1",
        ]
    );
}

#[tokio::test]
async fn each_team_has_counters_of_its_own() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    owner.lead("Ann", json!({})).await;
    other.lead("Bob", json!({})).await;
    other.lead("Cid", json!({})).await;
    app.settle().await;

    let of = async |team: &str| counters(&app, team, false).await["LEADS new"];

    assert_eq!(of(&owner.team).await, 1);
    assert_eq!(of(&other.team).await, 2);
}

#[tokio::test]
async fn an_event_counts_once_however_often_and_in_which_order_it_is_told() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let mut dice = Dice::new(3);
    let events: Vec<Event> = (0..60)
        .map(|nth| created(&app, &owner, nth, &format!("source {}", nth % 7)))
        .collect();

    for _ in 0..20 {
        let some: Vec<Event> = (0..30).map(|_| dice.pick(&events).clone()).collect();
        app.host.queues.publish(&some).await.unwrap();
        if dice.chance(50) {
            app.settle().await;
        }
    }
    app.host.queues.publish(&events).await.unwrap();
    app.settle().await;

    let counted = counters(&app, &owner.team, false).await;
    assert_eq!(counted["LEADS new"], 60);
    assert_eq!(counted["LEADS$source 0 new"], 9);
    assert_eq!(counted["LEADS$source 6 new"], 8);
}

#[tokio::test]
async fn a_change_of_the_table_that_is_told_again_is_not_counted_again() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    owner.lead("Ann", json!({})).await;
    app.settle().await;
    let items = table(&app).await;
    let lead = of_kind(&items, "lead")[0];
    let image = super::support::dynamo_json(lead);
    let change = plat_store::Change {
        sequence: "1".to_owned(),
        old: None,
        new: Some(plat_store::Item::from_dynamo_json(image).unwrap()),
    };
    let events = plat_store::events(&change).unwrap();
    assert_eq!(events.len(), 1);

    for _ in 0..3 {
        app.host.queues.publish(&events).await.unwrap();
        app.settle().await;
    }

    assert_counted(&app, &owner.team).await;
    assert_eq!(table(&app).await.len(), items.len());
}

#[tokio::test]
async fn an_addition_whose_reply_was_lost_is_not_added_again() {
    let app = Started::default().with_proxy().start().await;
    let owner = app.owner("Olive").await;
    app.settle().await;
    let events: Vec<Event> = (0..5)
        .map(|nth| created(&app, &owner, nth, "Zillow"))
        .collect();

    // Once the client itself asks again, once the whole batch is handed over again.
    for times in [1, 3] {
        app.faults().inject(Fault {
            times,
            ..Fault::once_on("TransactWriteItems", FaultKind::LoseReply)
        });
        app.host.queues.publish(&events).await.unwrap();
        app.settle().await;
        app.faults().heal();
    }

    assert_eq!(counters(&app, &owner.team, false).await["LEADS new"], 5);
}

#[tokio::test]
async fn a_hundred_events_share_their_counters() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    app.settle().await;
    let events: Vec<Event> = (0..100)
        .map(|nth| created(&app, &owner, nth, "Zillow"))
        .collect();
    let figures = app
        .host
        .app
        .store
        .team(owner.team.parse().unwrap())
        .figures();

    let one = figures.follow(&events[..1], app.now());
    let (counted, cost_of_one) = plat_store::metered(one).await;
    assert_eq!(counted, Ok(1));
    let rest = figures.follow(&events[1..], app.now());
    let (counted, cost_of_rest) = plat_store::metered(rest).await;
    assert_eq!(counted, Ok(99));
    let again = figures.follow(&events, app.now());
    let (counted, cost_of_again) = plat_store::metered(again).await;
    assert_eq!(counted, Ok(0));

    println!("one: {cost_of_one}; 99: {cost_of_rest}; 100 again: {cost_of_again}");
    // Two units for the mark of each event, and two for each of six counters in each of two transactions.
    assert_eq!(cost_of_rest.requests, 2);
    assert!(cost_of_rest.write_tenths <= 2_300, "{cost_of_rest}");
}

#[tokio::test]
async fn however_many_sources_there_are_no_item_grows_with_them() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let events: Vec<Event> = (0..300)
        .map(|nth| created(&app, &owner, nth, &format!("a source of its own {nth}")))
        .collect();

    app.host.queues.publish(&events).await.unwrap();
    app.settle().await;

    let items = table(&app).await;
    let figures = of_kind(&items, "figures");
    assert_eq!(figures.len(), 604);
    assert!(figures.iter().all(|item| item.len() <= 10));
}

#[tokio::test]
async fn what_changes_no_figure_leaves_no_mark() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let ann = owner.lead("Ann", json!({})).await;
    app.settle().await;
    let marks = async || {
        let items = table(&app).await;
        let works = of_kind(&items, "work");
        works
            .iter()
            .filter(|item| text(item, "PK").starts_with("WORK#analytics.aggregate#"))
            .count()
    };
    assert_eq!(marks().await, 1);

    owner
        .patch(&path(&ann), json!({"company": "Doe"}))
        .await
        .expect(200);
    app.settle().await;

    assert_eq!(marks().await, 1);
}

/// One change of something, whatever it may be.
async fn change_something(owner: &Someone<'_>, dice: &mut Dice, ids: &mut Vec<String>, n: usize) {
    let statuses = ["new", "contacted", "qualified", "won", "lost"];
    let sources = ["Zillow", "zillow", "Fair", "A friend"];
    let value =
        json!({"amount": dice.below(1_000).to_string(), "currency": dice.pick(&["USD", "EUR"])});
    let path = ids
        .get(dice.below(ids.len().max(1)))
        .map(|id| format!("/api/leads/{id}"));
    let answer = match (dice.below(8), path) {
        (1 | 2, Some(path)) => {
            let body = json!({"status": dice.pick(&statuses), "note": "So"});
            owner.patch(&format!("{path}/status"), body).await
        }
        (3, Some(path)) => {
            let body = json!({"source": dice.pick(&sources), "value": value});
            owner.patch(&path, body).await
        }
        (4, Some(path)) => {
            let who = if dice.chance(50) {
                json!(owner.id)
            } else {
                Value::Null
            };
            let body = json!({"assignedTo": who});
            owner.patch(&format!("{path}/assign"), body).await
        }
        (5, Some(path)) => owner.delete(&path).await,
        (6, Some(path)) => owner.post(&format!("{path}/restore"), Value::Null).await,
        (_, _) => {
            let body = json!({
                "name": format!("Lead {n}"),
                "phone": "5125550142",
                "source": dice.pick(&sources),
                "value": value,
            });
            owner
                .call(Method::POST, "/api/leads")
                .json(body)
                .idempotency_key(&format!("k{n}"))
                .send()
                .await
        }
    };
    let expected = [200, 201, 204, 404, 409, 503];
    assert!(expected.contains(&answer.status), "{}", answer.text);
    if answer.status == 201 {
        ids.push(answer.id());
    }
}

#[tokio::test]
async fn after_many_changes_on_bad_days_the_counters_equal_a_count_from_scratch() {
    let app = Started::default().with_proxy().start().await;
    let owner = app.owner("Olive").await;
    let mut dice = Dice::new(11);
    let kinds = [
        FaultKind::LoseReply,
        FaultKind::LoseRequest,
        FaultKind::Throttle,
        FaultKind::InternalError,
        FaultKind::TransactionConflict,
    ];
    let operations = [
        "TransactWriteItems",
        "PutItem",
        "UpdateItem",
        "GetItem",
        "BatchGetItem",
    ];
    let mut ids = Vec::new();

    for n in 0..500 {
        app.faults().heal();
        if dice.chance(40) {
            app.faults().inject(Fault {
                operation: Some(operations[dice.below(5)]),
                kind: kinds[dice.below(5)].clone(),
                skip: dice.below(3),
                times: 1 + dice.below(3),
            });
        }
        change_something(&owner, &mut dice, &mut ids, n).await;
        if dice.chance(10) {
            app.settle().await;
        }
    }
    app.faults().heal();
    app.settle().await;

    let counted = counters(&app, &owner.team, false).await;
    assert_eq!(counted, scratch(&app, &owner.team).await);
    let statuses: BTreeSet<&str> = counted
        .keys()
        .filter_map(|name| name.strip_prefix("LEADS "))
        .collect();
    assert!(statuses.len() > 8, "{statuses:?}");
    let team = app.host.app.store.team(owner.team.parse().unwrap());
    let place = Place::first();
    let walked = team.figures().walk(place, usize::MAX).await.unwrap();
    let standing = team.figures().standing().await.unwrap();
    assert_eq!(standing.figures, walked.figures);
}

#[tokio::test]
async fn deals_are_counted_by_status_and_assignee_with_prices_times_and_how_far_they_came() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let began = app.now().as_second();
    let fields = json!({"targetPrice": dollars(900), "assignedPrice": dollars(1_000)});
    let elm = owner.deal("1 Elm St", fields).await;
    let fields = json!({"targetPrice": dollars(50), "assignedTo": owner.id});
    let oak = owner.deal("2 Oak Ave", fields).await;
    bring_to(&owner, &oak, "under_contract").await;
    app.advance(SignedDuration::from_hours(30));
    let owner = again(&app, &owner).await;
    let now = app.now().as_second();
    move_to(&owner, &oak, "dead").await.expect(200);
    for status in ["negotiating", "under_contract", "assigned", "closed"] {
        app.advance(SignedDuration::from_millis(1));
        move_to(&owner, &elm, status).await.expect(200);
    }
    app.settle().await;

    let counted = counters(&app, &owner.team, false).await;

    let took = now - began;
    let of = |whose: &str, lines: &[String]| -> Vec<String> {
        let lines = lines.iter();
        lines.map(|line| line.replace('*', whose)).collect()
    };
    let closed = [
        "DEALS* deal_closed 1".to_owned(),
        "DEALS* deal_closed:assigned:USD 100000".to_owned(),
        format!("DEALS* deal_closed:since {now}"),
        "DEALS* deal_closed:target:USD 90000".to_owned(),
        "DEALS* furthest_closed 1".to_owned(),
        "DEALS#CLOSED* days_1 1".to_owned(),
        format!("DEALS#CLOSED* deal_closed:seconds {took}"),
    ];
    let dead = [
        "DEALS* deal_dead 1".to_owned(),
        format!("DEALS* deal_dead:since {now}"),
        "DEALS* deal_dead:target:USD 5000".to_owned(),
        "DEALS* furthest_under_contract 1".to_owned(),
        "DEALS* lost_under_contract 1".to_owned(),
    ];
    let mut expected = [
        of("", &closed),
        of("@none", &closed),
        of("", &dead),
        of(&format!("@{}", owner.id), &dead),
    ]
    .concat();
    expected.sort();
    let mut told = lines(&counted);
    told.sort();
    assert_eq!(told, expected);
    assert_counted(&app, &owner.team).await;
}

#[tokio::test]
async fn a_deleted_deal_counts_nowhere_but_on_its_days() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let elm = owner
        .deal("1 Elm St", json!({"assignedPrice": dollars(10)}))
        .await;
    bring_to(&owner, &elm, "closed").await;
    app.settle().await;

    let path = deal_path(&elm);
    owner.delete(&path).await.expect(204);
    app.settle().await;

    assert_eq!(lines(&counters(&app, &owner.team, false).await).len(), 0);
    let days = counters(&app, &owner.team, true).await;
    for field in ["deal_created", "deal_new", "deal_closed", "deal_deleted"] {
        assert_eq!(days[&format!("DAY#2026-03-02 {field}")], 1, "{field}");
    }
}

/// One change of some deal, whatever it may be.
async fn change_some_deal(owner: &Someone<'_>, dice: &mut Dice, deals: &mut Vec<Value>, n: usize) {
    // More often forward, so that some come to their end.
    let forward = ["negotiating", "under_contract", "assigned", "closed"];
    let aside = ["dead", "negotiating", "under_contract", "dead"];
    let price = |dice: &mut Dice| json!({"amount": dice.below(1_000).to_string(), "currency": dice.pick(&["USD", "EUR"])});
    let new = deals.len() < 30 && dice.chance(25);
    let old = deals.get(dice.below(deals.len().max(1))).cloned();
    let answer = match (dice.below(100), old.filter(|_| !new)) {
        (0..=64, Some(deal)) => move_to(owner, &deal, forward[dice.below(4)]).await,
        (65..=76, Some(deal)) => move_to(owner, &deal, aside[dice.below(4)]).await,
        (77..=87, Some(deal)) => {
            let body = json!({"targetPrice": price(dice), "assignedPrice": price(dice)});
            owner.patch(&deal_path(&deal), body).await
        }
        (88..=97, Some(deal)) => {
            let who = if dice.chance(50) {
                json!(owner.id)
            } else {
                Value::Null
            };
            let path = format!("{}/assign", deal_path(&deal));
            owner.patch(&path, json!({"assignedTo": who})).await
        }
        (_, Some(deal)) => owner.delete(&deal_path(&deal)).await,
        (_, None) => {
            let body = json!({
                "propertyAddress": format!("{n} Elm St"),
                "targetPrice": price(dice),
                "assignedPrice": price(dice),
            });
            owner
                .call(Method::POST, "/api/deals")
                .json(body)
                .idempotency_key(&format!("k{n}"))
                .send()
                .await
        }
    };
    let expected = [200, 201, 204, 404, 409, 422, 503];
    assert!(expected.contains(&answer.status), "{}", answer.text);
    if answer.status == 201 {
        deals.push(answer.json());
    }
}

#[tokio::test]
async fn after_many_changes_of_deals_on_bad_days_the_counters_equal_a_count_from_scratch() {
    let app = Started::default().with_proxy().start().await;
    let mut owner = app.owner("Olive").await;
    let mut dice = Dice::new(17);
    let kinds = [
        FaultKind::LoseReply,
        FaultKind::LoseRequest,
        FaultKind::Throttle,
        FaultKind::InternalError,
        FaultKind::TransactionConflict,
    ];
    let operations = [
        "TransactWriteItems",
        "UpdateItem",
        "GetItem",
        "BatchGetItem",
    ];
    let mut deals = Vec::new();

    for n in 0..500 {
        app.faults().heal();
        if n % 50 == 0 {
            // Some take longer than others.
            app.advance(SignedDuration::from_hours(20));
            owner = again(&app, &owner).await;
        }
        if dice.chance(40) {
            app.faults().inject(Fault {
                operation: Some(operations[dice.below(4)]),
                kind: kinds[dice.below(5)].clone(),
                skip: dice.below(3),
                times: 1 + dice.below(3),
            });
        }
        change_some_deal(&owner, &mut dice, &mut deals, n).await;
        if dice.chance(10) {
            app.settle().await;
        }
    }
    app.faults().heal();
    app.settle().await;

    let counted = counters(&app, &owner.team, false).await;
    assert_eq!(counted, scratch(&app, &owner.team).await);
    for what in ["deal_closed", "deal_dead", "lost_"] {
        let name = format!("DEALS {what}");
        assert!(counted.keys().any(|key| key.starts_with(&name)), "{what}");
    }
    let team = app.host.app.store.team(owner.team.parse().unwrap());
    let place = Place::first();
    let walked = team.figures().walk(place, usize::MAX).await.unwrap();
    let standing = team.figures().standing().await.unwrap();
    assert_eq!(standing.figures, walked.figures);
}

#[tokio::test]
async fn who_was_active_is_one_write_for_all_events_of_a_day() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    app.settle().await;
    let team = app.host.app.store.team(owner.team.parse().unwrap());
    let figures = team.figures();
    let events: Vec<Event> = (0..100)
        .map(|nth| created(&app, &owner, nth, "Zillow"))
        .collect();

    let (kept, cost) = plat_store::metered(figures.keep_active(&events)).await;

    assert_eq!(kept, Ok(()));
    assert_eq!((cost.requests, cost.write_tenths), (1, 10), "{cost}");
    let today = plat_domain::figures::day_of(app.now());
    let active = figures.active(today, today).await.unwrap();
    let people = BTreeSet::from([owner.id.parse().unwrap()]);
    assert_eq!(active[&today], people);
}

#[tokio::test]
async fn a_move_of_a_deal_is_counted_in_one_transaction_of_small_items() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let fields = json!({"targetPrice": dollars(900), "assignedPrice": dollars(800)});
    let deal = owner.deal("1 Elm St", fields).await;
    bring_to(&owner, &deal, "closed").await;
    app.settle().await;
    let last = app.host.queues.published().into_iter().rev();
    let mut moves = last.filter(|event| event.fact.deal_change().is_some());
    let mut closed = moves.next().unwrap();
    // As if it were another deal's, since it is counted already.
    closed.id = EventId::from_parts(app.now(), 7);
    let team = app.host.app.store.team(owner.team.parse().unwrap());

    let figures = team.figures();
    let (counted, cost) =
        plat_store::metered(figures.follow(std::slice::from_ref(&closed), app.now())).await;

    assert_eq!(counted, Ok(1));
    assert_eq!(cost.requests, 1);
    // Its mark, the team's revision with its place in an index, deals and closings of all and of nobody, and the day.
    assert!(cost.write_tenths <= 160, "{cost}");
    println!("closing: {cost}");
}
