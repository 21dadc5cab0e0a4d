//! The jobs `admin.recount` and `admin.recount_team`.

use crate::analytics::support::{assert_counted, counters};
use crate::deals::support::{bring_to, dollars, move_to};
use crate::leads::support::{of_kind, table, text};
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::SignedDuration;
use plat_services::Queues;
use plat_store::{Recount, RecountOutcome};
use plat_testing::proxy::{Fault, FaultKind};
use plat_testing::{Someone, Started, TestApp};
use serde_json::{Value, json};

const JOB: &str = "admin.recount_team";

async fn team_of_ten(app: &TestApp) -> Someone<'_> {
    let owner = app.owner("Olive").await;
    for n in 0..10 {
        let source = ["Zillow", "Fair"][n % 2];
        owner
            .lead(&format!("Lead {n}"), json!({"source": source}))
            .await;
    }
    app.settle().await;
    owner
}

/// Makes a counter wrong.
async fn spoil(app: &TestApp, team: &str, figure: &str, field: &str, by: i64) {
    app.host
        .client
        .update_item()
        .table_name("plat")
        .key("PK", AttributeValue::S(format!("T#{team}#FIGURES")))
        .key("SK", AttributeValue::S(figure.to_owned()))
        .update_expression("ADD #field :by SET #type = :type, teamId = :team")
        .expression_attribute_names("#field", field)
        .expression_attribute_names("#type", "type")
        .expression_attribute_values(":by", AttributeValue::N(by.to_string()))
        .expression_attribute_values(":type", AttributeValue::S("figures".to_owned()))
        .expression_attribute_values(":team", AttributeValue::S(team.to_owned()))
        .send()
        .await
        .unwrap();
}

async fn send(app: &TestApp, message: Value) {
    app.host.queues.send(JOB, &[message]).await.unwrap();
    app.settle().await;
}

async fn report(app: &TestApp, owner: &Someone<'_>) -> Option<Recount> {
    let team = app.host.app.store.team(owner.team.parse().unwrap());
    team.figures().last_recount().await.unwrap()
}

#[tokio::test]
async fn a_counter_that_went_wrong_is_found_the_next_day_and_put_right() {
    let app = TestApp::start().await;
    let owner = team_of_ten(&app).await;
    spoil(&app, &owner.team, "LEADS", "new", 3).await;
    spoil(&app, &owner.team, "LEADS$zillow", "new", -1).await;
    spoil(&app, &owner.team, "LEADS$gone", "won:USD", 500).await;

    app.pass(SignedDuration::from_hours(24)).await;

    assert_counted(&app, &owner.team).await;
    let report = report(&app, &owner).await.unwrap();
    assert_eq!(report.outcome, RecountOutcome::Repaired);
    assert_eq!((report.counted.leads, report.drift), (10, 3));
    let health = operator_sees(&app).await;
    assert_eq!(health["recounts"][0]["teamId"], json!(owner.team));
    assert_eq!(health["recounts"][0]["drift"], 3);
    assert_eq!(health["recounts"][0]["repaired"], true);
}

async fn operator_sees(app: &TestApp) -> Value {
    let ada = app.owner("Ada Operator").await;
    app.make_operator(&ada).await;
    ada.get("/api/admin/health").await.expect(200).json()
}

#[tokio::test]
async fn a_team_that_is_right_is_left_as_it_is_and_not_recounted_until_something_changes() {
    let app = TestApp::start().await;
    let owner = team_of_ten(&app).await;
    app.pass(SignedDuration::from_hours(24)).await;
    let first = report(&app, &owner).await.unwrap();
    assert_eq!(first.outcome, RecountOutcome::Right);
    let before = counters(&app, &owner.team, false).await;

    app.pass(SignedDuration::from_hours(24)).await;
    app.pass(SignedDuration::from_hours(24)).await;

    assert_eq!(report(&app, &owner).await.unwrap().at, first.at);
    assert_eq!(counters(&app, &owner.team, false).await, before);
    assert_eq!(operator_sees(&app).await["recounts"], json!([]));
}

#[tokio::test]
async fn a_team_that_changed_while_nothing_ran_is_recounted_once_it_does() {
    let app = TestApp::start().await;
    let owner = team_of_ten(&app).await;
    app.pass(SignedDuration::from_hours(24 * 9)).await;

    let report = report(&app, &owner).await.unwrap();

    assert_eq!(report.outcome, RecountOutcome::Right);
}

#[tokio::test]
async fn a_busy_team_is_left_alone() {
    let app = TestApp::start().await;
    let owner = team_of_ten(&app).await;
    spoil(&app, &owner.team, "LEADS", "new", 3).await;
    let spoiled = counters(&app, &owner.team, false).await;

    // A lead was changed, or counted, less than a quarter of an hour ago.
    app.advance(SignedDuration::from_mins(14));
    send(&app, json!({"team": owner.team})).await;

    let found = report(&app, &owner).await.unwrap();
    assert_eq!(found.outcome, RecountOutcome::Unsettled);
    assert_eq!(counters(&app, &owner.team, false).await, spoiled);
    app.advance(SignedDuration::from_mins(2));
    send(&app, json!({"team": owner.team})).await;
    assert_counted(&app, &owner.team).await;
}

#[tokio::test]
async fn a_change_that_is_not_counted_yet_is_no_drift() {
    let app = TestApp::start().await;
    let owner = team_of_ten(&app).await;
    let page = owner.get("/api/leads").await.expect(200).json();
    let path = |n: usize| format!("/api/leads/{}", page["items"][n]["id"].as_str().unwrap());
    app.advance(SignedDuration::from_mins(14));
    // The event is under way: the message before it is worked first.
    let message = json!({"team": owner.team});
    for change in 0..3 {
        app.host
            .queues
            .send(JOB, std::slice::from_ref(&message))
            .await
            .unwrap();
        match change {
            0 => owner.delete(&path(0)).await.expect(204),
            1 => owner
                .patch(&path(1), json!({"source": "New"}))
                .await
                .expect(200),
            _ => {
                let body = json!({"name": "Zoe", "phone": "5125550142"});
                owner.post("/api/leads", body).await.expect(201)
            }
        };
        let jobs = plat_registry::Router::new(plat_local::functions()).1;
        let job = jobs.iter().find(|job| job.operation == JOB).unwrap();
        let delivery = plat_registry::Delivery {
            id: "1".to_owned(),
            payload: plat_registry::Payload::Message(message.to_string()),
        };
        let failed = job.run(&app.host.app, vec![delivery], None).await;
        assert_eq!(failed, []);
        let found = report(&app, &owner).await.unwrap();
        assert_eq!(found.outcome, RecountOutcome::Unsettled);
        app.settle().await;
        assert_counted(&app, &owner.team).await;
    }
}

#[tokio::test]
async fn a_recount_that_takes_several_messages_counts_every_lead_once() {
    let app = TestApp::start().await;
    let owner = team_of_ten(&app).await;
    spoil(&app, &owner.team, "LEADS@none", "new", -4).await;
    app.advance(SignedDuration::from_mins(16));

    for at_once in [1, 3, 10] {
        send(&app, json!({"team": owner.team, "atOnce": at_once})).await;
        let found = report(&app, &owner).await.unwrap();
        assert_eq!(found.counted.leads, 10);
    }

    assert_counted(&app, &owner.team).await;
}

#[tokio::test]
async fn a_repair_whose_reply_was_lost_is_made_once() {
    let app = Started::default().with_proxy().start().await;
    let owner = team_of_ten(&app).await;
    spoil(&app, &owner.team, "LEADS", "new", 3).await;
    spoil(&app, &owner.team, "LEADS$fair", "new", 3).await;
    app.advance(SignedDuration::from_mins(16));
    app.faults()
        .inject(Fault::once_on("TransactWriteItems", FaultKind::LoseReply));

    send(&app, json!({"team": owner.team})).await;

    app.faults().heal();
    assert_counted(&app, &owner.team).await;
    let found = report(&app, &owner).await.unwrap();
    assert_eq!(found.outcome, RecountOutcome::Repaired);
}

#[tokio::test]
async fn more_wrong_counters_than_a_transaction_holds_are_all_put_right() {
    let app = TestApp::start().await;
    let owner = team_of_ten(&app).await;
    for n in 0..250 {
        spoil(&app, &owner.team, &format!("LEADS$made up {n}"), "won", 1).await;
    }
    app.advance(SignedDuration::from_mins(16));

    send(&app, json!({"team": owner.team})).await;

    assert_counted(&app, &owner.team).await;
    assert_eq!(report(&app, &owner).await.unwrap().drift, 250);
}

#[tokio::test]
async fn counters_that_were_never_there_are_made() {
    let app = TestApp::start().await;
    let owner = team_of_ten(&app).await;
    for item in of_kind(&table(&app).await, "figures") {
        let key = |name: &str| AttributeValue::S(text(item, name).to_owned());
        app.host
            .client
            .delete_item()
            .table_name("plat")
            .key("PK", key("PK"))
            .key("SK", key("SK"))
            .send()
            .await
            .unwrap();
    }
    app.advance(SignedDuration::from_mins(16));

    send(&app, json!({"team": owner.team})).await;

    assert_counted(&app, &owner.team).await;
    assert_eq!(counters(&app, &owner.team, false).await["LEADS new"], 10);
}

#[tokio::test]
async fn an_event_that_was_set_aside_is_not_counted_by_a_repair_and_then_again() {
    let app = Started::default().with_proxy().start().await;
    let owner = team_of_ten(&app).await;
    owner.lead("Late", json!({})).await;
    app.faults().inject(Fault {
        times: 1_000,
        ..Fault::once_on("TransactWriteItems", FaultKind::Throttle)
    });
    app.host.settle().await.unwrap();
    app.faults().heal();
    let counted = async || counters(&app, &owner.team, false).await["LEADS new"];
    assert_eq!(counted().await, 10);
    app.advance(SignedDuration::from_hours(1));

    let message = json!({"team": owner.team});
    app.host.queues.send(JOB, &[message]).await.unwrap();
    app.host.settle().await.unwrap();

    let found = report(&app, &owner).await.unwrap();
    assert_eq!(found.outcome, RecountOutcome::Unsettled);
    assert_eq!(counted().await, 10);
    app.host.queues.redrive("analytics.aggregate").unwrap();
    app.host.queues.redrive("audit.record").unwrap();
    app.settle().await;
    assert_counted(&app, &owner.team).await;
}

/// Deals that stand in every status, one of them after a step back.
async fn add_deals(app: &TestApp, owner: &Someone<'_>) {
    for status in ["new", "negotiating", "under_contract", "assigned", "closed"] {
        let fields = json!({"targetPrice": dollars(70), "assignedPrice": dollars(80)});
        let deal = owner.deal(&format!("{status} St"), fields).await;
        bring_to(owner, &deal, status).await;
    }
    for last in ["dead", "negotiating"] {
        let deal = owner.deal(&format!("Later {last} St"), json!({})).await;
        bring_to(owner, &deal, "under_contract").await;
        app.advance(SignedDuration::from_millis(5));
        move_to(owner, &deal, last).await.expect(200);
    }
    app.settle().await;
}

#[tokio::test]
async fn deals_are_recounted_after_leads() {
    let app = TestApp::start().await;
    let owner = team_of_ten(&app).await;
    add_deals(&app, &owner).await;
    assert_counted(&app, &owner.team).await;
    spoil(&app, &owner.team, "DEALS", "deal_new", 3).await;
    spoil(&app, &owner.team, "DEALS", "lost_under_contract", -1).await;
    spoil(&app, &owner.team, "DEALS@none", "deal_new:target:EUR", 7).await;
    spoil(&app, &owner.team, "DEALS#CLOSED", "days_40", 1).await;
    spoil(
        &app,
        &owner.team,
        "DEALS#CLOSED@none",
        "deal_closed:seconds",
        9,
    )
    .await;
    spoil(&app, &owner.team, "LEADS", "new", 1).await;

    app.pass(SignedDuration::from_hours(24)).await;

    assert_counted(&app, &owner.team).await;
    let report = report(&app, &owner).await.unwrap();
    assert_eq!(report.outcome, RecountOutcome::Repaired);
    assert_eq!(
        (report.counted.leads, report.counted.deals, report.drift),
        (10, 7, 6)
    );
    let health = operator_sees(&app).await;
    assert_eq!(health["recounts"][0]["deals"], 7);
}

#[tokio::test]
async fn a_recount_in_several_messages_goes_from_leads_to_deals_and_counts_each_once() {
    let app = TestApp::start().await;
    let owner = team_of_ten(&app).await;
    add_deals(&app, &owner).await;
    app.advance(SignedDuration::from_mins(16));

    for at_once in [1, 3, 10, 11, 17, 100] {
        send(&app, json!({"team": owner.team, "atOnce": at_once})).await;
        let found = report(&app, &owner).await.unwrap();
        assert_eq!(found.outcome, RecountOutcome::Right, "{at_once}");
        assert_eq!(
            (found.counted.leads, found.counted.deals),
            (10, 7),
            "{at_once}"
        );
    }
}

#[tokio::test]
async fn a_team_whose_deals_changed_or_were_deleted_lately_is_left_alone() {
    let app = TestApp::start().await;
    let owner = team_of_ten(&app).await;
    add_deals(&app, &owner).await;
    let deal = owner.deal("Gone St", json!({})).await;
    app.settle().await;
    app.advance(SignedDuration::from_mins(14));
    spoil(&app, &owner.team, "DEALS", "deal_new", 3).await;

    send(&app, json!({"team": owner.team})).await;
    let found = report(&app, &owner).await.unwrap();
    assert_eq!(found.outcome, RecountOutcome::Unsettled);

    let path = format!("/api/deals/{}", deal["id"].as_str().unwrap());
    owner.delete(&path).await.expect(204);
    app.settle().await;
    app.advance(SignedDuration::from_mins(16));
    send(&app, json!({"team": owner.team})).await;
    let found = report(&app, &owner).await.unwrap();
    assert_eq!(found.outcome, RecountOutcome::Repaired);
    assert_counted(&app, &owner.team).await;
}

#[tokio::test]
async fn a_recount_costs_a_request_for_each_thousand_leads() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    for n in 0..200 {
        let fields = json!({"source": "Zillow", "assignedTo": owner.id, "phone": "5125550142"});
        owner.lead(&format!("Lead {n:03}"), fields).await;
    }
    app.settle().await;
    app.advance(SignedDuration::from_hours(1));
    let jobs = plat_registry::Router::new(plat_local::functions()).1;
    let cost_of = async |operation: &str, payload| {
        let job = jobs.iter().find(|job| job.operation == operation).unwrap();
        let id = "1".to_owned();
        let work = vec![plat_registry::Delivery { id, payload }];
        let (failed, cost) = plat_store::metered(job.run(&app.host.app, work, None)).await;
        assert_eq!(failed, []);
        println!("{operation}: {cost}");
        cost
    };

    let message = json!({"team": owner.team}).to_string();
    let recount = cost_of(JOB, plat_registry::Payload::Message(message)).await;
    let tick = plat_registry::Payload::Tick(app.now());
    let check = cost_of("admin.check_health", tick).await;

    assert_eq!(report(&app, &owner).await.unwrap().counted.leads, 200);
    // Its revision, one for each kind of record and status of tasks, the deletions of today and of yesterday if need be and
    // those of tasks, its counters, the report.
    assert!(recount.requests <= 20, "{recount}");
    assert!(recount.read_tenths <= 200, "{recount}");
    // A first check notes each job that runs by the clock.
    assert!(check.requests <= 14, "{check}");
}

/// Clients at two stages, with their follow-ups, and three to-dos.
async fn add_clients(app: &TestApp, owner: &Someone<'_>) -> Vec<String> {
    owner.client("Ann", json!({"assignedTo": owner.id})).await;
    owner.client("Bob", json!({"stage": "closed"})).await;
    let mut todos = Vec::new();
    for _ in 0..3 {
        let todo = json!({"title": "Call", "dueAt": "2026-03-09T15:00:00Z"});
        todos.push(owner.post("/api/tasks", todo).await.expect(201).id());
    }
    app.settle().await;
    todos
}

#[tokio::test]
async fn clients_and_tasks_are_recounted_and_what_became_of_emails_is_left_as_it_is() {
    let app = TestApp::start().await;
    let owner = team_of_ten(&app).await;
    add_clients(&app, &owner).await;
    let team = &owner.team;
    spoil(&app, team, "FOLLOWUP", "client_lead", 3).await;
    spoil(&app, team, "FOLLOWUP@none", "client_closed", -1).await;
    spoil(&app, team, "FOLLOWUP", "followup_pending", -2).await;
    spoil(&app, team, "FOLLOWUP@none", "todo_skipped", 4).await;
    spoil(&app, team, "FOLLOWUP", "email_sent", 7).await;
    app.advance(SignedDuration::from_mins(16));

    send(&app, json!({"team": team})).await;

    assert_counted(&app, team).await;
    let found = report(&app, &owner).await.unwrap();
    assert_eq!(found.outcome, RecountOutcome::Repaired);
    let counted = found.counted;
    assert_eq!((counted.clients, counted.tasks, found.drift), (2, 8, 4));
    let health = operator_sees(&app).await;
    let recount = &health["recounts"][0];
    assert_eq!(
        (&recount["clients"], &recount["tasks"]),
        (&json!(2), &json!(8))
    );
    let items = table(&app).await;
    let all = items.iter().find(|item| text(item, "SK") == "FOLLOWUP");
    assert_eq!(
        all.unwrap()["email_sent"],
        AttributeValue::N("7".to_owned())
    );
}

#[tokio::test]
async fn a_recount_in_several_messages_counts_each_client_and_task_once() {
    let app = TestApp::start().await;
    let owner = team_of_ten(&app).await;
    add_clients(&app, &owner).await;
    app.advance(SignedDuration::from_mins(16));

    for at_once in [1, 2, 7, 11, 13, 100] {
        send(&app, json!({"team": owner.team, "atOnce": at_once})).await;
        let found = report(&app, &owner).await.unwrap();
        assert_eq!(found.outcome, RecountOutcome::Right, "{at_once}");
        let counted = found.counted;
        assert_eq!(
            (counted.leads, counted.clients, counted.tasks),
            (10, 2, 8),
            "{at_once}"
        );
    }
}

#[tokio::test]
async fn a_task_that_was_removed_lately_is_no_drift() {
    let app = TestApp::start().await;
    let owner = team_of_ten(&app).await;
    let todos = add_clients(&app, &owner).await;
    app.advance(SignedDuration::from_mins(16));
    let owner = crate::analytics::support::again(&app, &owner).await;
    app.settle().await;
    let path = format!("/api/tasks/{}", todos[0]);
    owner.delete(&path).await.expect(204);
    // Its event is under way.
    let jobs = plat_registry::Router::new(plat_local::functions()).1;
    let job = jobs.iter().find(|job| job.operation == JOB).unwrap();
    let delivery = plat_registry::Delivery {
        id: "1".to_owned(),
        payload: plat_registry::Payload::Message(json!({"team": owner.team}).to_string()),
    };

    let failed = job.run(&app.host.app, vec![delivery], None).await;

    assert_eq!(failed, []);
    let found = report(&app, &owner).await.unwrap();
    assert_eq!(found.outcome, RecountOutcome::Unsettled);
    app.settle().await;
    assert_counted(&app, &owner.team).await;
}
