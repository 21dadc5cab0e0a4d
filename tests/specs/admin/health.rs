//! `GET /api/admin/health` and the job `admin.check_health` behind it.

use crate::leads::support::{of_kind, table, text};
use jiff::SignedDuration;
use plat_registry::{Function, Source};
use plat_services::Queues;
use plat_testing::proxy::{Fault, FaultKind};
use plat_testing::{Someone, Started, TestApp};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const HEALTH: &str = "/api/admin/health";
const FIVE_MINUTES: SignedDuration = SignedDuration::from_mins(5);

/// Somebody who operates the installation, signed in as of now.
async fn operator(app: &TestApp) -> Someone<'_> {
    let body = json!({"email": "ada@example.com", "password": plat_testing::PASSWORD});
    let known = app.post("/api/auth/login", body).await;
    if known.status == 200 {
        return Someone::signed_in(app, &known.json());
    }
    let ada = app.owner("Ada").await;
    app.make_operator(&ada).await;
    ada
}

async fn health(app: &TestApp) -> Value {
    operator(app).await.get(HEALTH).await.expect(200).json()
}

/// Passes time without asking that nothing is set aside.
async fn pass(app: &TestApp, by: SignedDuration) {
    app.advance(by);
    app.host.tick().unwrap();
    app.host.settle().await.unwrap();
}

#[tokio::test]
async fn only_operators_see_it() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;

    app.get(HEALTH).await.expect(401);
    let refused = owner.get(HEALTH).await.expect(403);
    let wrong = operator(&app).await.get(&format!("{HEALTH}?since=1")).await;

    assert_eq!(refused.problem(), "forbidden");
    wrong.expect(422);
}

#[tokio::test]
async fn before_the_first_check_nothing_is_known() {
    let app = TestApp::start().await;

    let told = health(&app).await;

    assert_eq!(told["status"], "unknown");
    assert_eq!(told["checkedAt"], Value::Null);
    assert_eq!(told["reasons"], json!(["nothing was checked yet"]));
}

#[tokio::test]
async fn when_all_is_well_every_part_says_so() {
    let app = TestApp::start().await;
    app.pass(FIVE_MINUTES).await;

    let told = health(&app).await;

    assert_eq!(told["status"], "ok", "{told}");
    assert_eq!(told["reasons"], json!([]));
    assert_eq!(told["checkedAt"], "2026-03-02T15:05:00Z");
    assert_eq!(told["ageSeconds"], 0);
    for part in ["table", "mail", "figures"] {
        assert_eq!(told[part]["status"], "ok", "{part}");
    }
    let queues = told["queues"].as_array().unwrap();
    let aggregate = queues
        .iter()
        .find(|queue| queue["job"] == "analytics.aggregate");
    assert_eq!(
        aggregate.unwrap(),
        &json!({"job": "analytics.aggregate", "status": "ok", "waiting": 0, "inFlight": 0, "dead": 0})
    );
    assert_eq!(told["schedules"].as_array().unwrap().len(), 7);
    assert_eq!(told["history"], json!([]));
}

#[tokio::test]
async fn what_was_not_checked_for_a_quarter_of_an_hour_is_unknown() {
    let app = TestApp::start().await;
    app.pass(FIVE_MINUTES).await;

    app.advance(SignedDuration::from_mins(15));
    assert_eq!(health(&app).await["status"], "ok");

    app.advance(SignedDuration::from_mins(1));
    let told = health(&app).await;
    assert_eq!(told["status"], "unknown");
    assert_eq!(told["reasons"][0], "the last check was 16 minutes ago");
    assert_eq!(
        told["table"]["status"], "ok",
        "it is told what was known last"
    );
}

#[tokio::test]
async fn a_message_that_was_set_aside_makes_it_degraded_until_it_is_worked() {
    let app = Started::default().with_proxy().start().await;
    let owner = app.owner("Olive").await;
    app.pass(FIVE_MINUTES).await;
    app.faults().inject(Fault {
        times: 1_000,
        ..Fault::once_on("Query", FaultKind::Throttle)
    });
    let message = json!({"team": owner.team});
    let sent = app.host.queues.send("admin.recount_team", &[message]).await;
    sent.unwrap();
    app.host.settle().await.unwrap();
    app.faults().heal();

    pass(&app, FIVE_MINUTES).await;
    let degraded = health(&app).await;
    pass(&app, FIVE_MINUTES).await;
    let still = health(&app).await;
    app.host.queues.redrive("admin.recount_team").unwrap();
    app.settle().await;
    pass(&app, FIVE_MINUTES).await;
    let well = health(&app).await;

    let reason = "admin.recount_team set 1 messages aside";
    assert_eq!(degraded["status"], "degraded");
    assert_eq!(degraded["reasons"], json!([reason]));
    assert_eq!(degraded["since"], "2026-03-02T15:10:00Z");
    assert_eq!(still["since"], degraded["since"]);
    assert_eq!(well["status"], "ok");
    assert_eq!(
        well["history"],
        json!([
            {"at": "2026-03-02T15:20:00Z", "from": "degraded", "to": "ok", "reasons": []},
            {"at": "2026-03-02T15:10:00Z", "from": "ok", "to": "degraded", "reasons": [reason]},
        ])
    );
}

#[tokio::test]
async fn a_check_that_is_run_twice_is_kept_once() {
    let app = Started::default().with_proxy().start().await;
    app.pass(FIVE_MINUTES).await;
    for kind in [FaultKind::LoseReply, FaultKind::LoseRequest] {
        app.faults().inject(Fault::once_on("PutItem", kind));
        app.pass(FIVE_MINUTES).await;
    }

    let told = health(&app).await;

    assert_eq!(told["checkedAt"], "2026-03-02T15:15:00Z");
    assert_eq!(told["history"], json!([]));
}

#[tokio::test]
async fn every_job_that_runs_by_the_clock_notes_that_it_ran() {
    let app = TestApp::start().await;
    app.pass(SignedDuration::from_hours(25)).await;

    let items = table(&app).await;

    let noted: BTreeSet<&str> = of_kind(&items, "run")
        .iter()
        .filter(|item| item.contains_key("due"))
        .map(|item| text(item, "SK"))
        .collect();
    let functions = plat_local::functions();
    let scheduled: BTreeSet<&str> = functions
        .iter()
        .filter_map(|function| match function {
            Function::Job(job) => Some(job),
            Function::Endpoint(_) => None,
        })
        .filter(|job| matches!(job.source, Source::Schedule(_)))
        .map(|job| job.operation)
        .collect();
    assert_eq!(noted, scheduled);
    pass(&app, FIVE_MINUTES).await;
    let told = health(&app).await;
    let watched: BTreeSet<String> = told["schedules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|schedule| schedule["operation"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        watched,
        scheduled.iter().map(|name| (*name).to_owned()).collect()
    );
}
