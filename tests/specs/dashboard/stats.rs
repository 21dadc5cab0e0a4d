//! `GET /api/dashboard/stats`

use super::support::{tell, told};
use jiff::{SignedDuration, Timestamp};
use plat_domain::Fact;
use plat_testing::{Someone, TestApp};
use serde_json::{Value, json};

const STATS: &str = "/api/dashboard/stats";

async fn ask(who: &Someone<'_>) -> Value {
    who.get(STATS).await.expect(200).json()
}

/// How many clients each stage has, and how many tasks each status.
fn counts(stats: &Value) -> (Vec<u64>, Vec<u64>) {
    let of = |rows: &Value| {
        let rows = rows.as_array().unwrap().iter();
        rows.map(|row| row["count"].as_u64().unwrap()).collect()
    };
    (of(&stats["clients"]["stages"]), of(&stats["tasks"]))
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[tokio::test]
async fn a_team_without_clients_has_nothing_and_no_rates() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;

    let stats = ask(&owner).await;

    let stage = |stage: &str| json!({"stage": stage, "count": 0});
    let task = |status: &str| json!({"status": status, "count": 0, "followUps": 0});
    let stages = ["lead", "negotiating", "under_contract", "closed", "lost"].map(stage);
    let tasks = [
        "pending",
        "in_progress",
        "completed",
        "skipped",
        "cancelled",
    ]
    .map(task);
    assert_eq!(
        stats,
        json!({
            "clients": {
                "total": 0,
                "active": 0,
                "stages": stages,
                "conversionRate": null,
            },
            "tasks": tasks,
            "emails": {
                "sentToday": 0, "sentThisWeek": 0,
                "sent": 0, "delivered": 0, "opened": 0, "clicked": 0,
                "bounced": 0, "complained": 0, "unsubscribed": 0, "failed": 0,
                "openRate": null, "clickRate": null, "bounceRate": null,
            },
            "timeZone": "UTC",
        })
    );
}

#[tokio::test]
async fn clients_are_told_by_stage_and_tasks_by_status() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    for (name, stage) in [
        ("Ann", "lead"),
        ("Bob", "lead"),
        ("Cid", "negotiating"),
        ("Dee", "closed"),
    ] {
        owner.client(name, json!({"stage": stage})).await;
    }
    let gone = owner.client("Eve", json!({})).await;
    let todo = json!({"title": "Call Ann", "dueAt": "2026-03-05T15:00:00Z"});
    owner.post("/api/tasks", todo).await.expect(201);
    app.settle().await;
    let before = ask(&owner).await;
    let path = format!("/api/clients/{}", gone["id"].as_str().unwrap());
    owner.delete(&path).await.expect(204);
    app.settle().await;

    let stats = ask(&owner).await;

    assert_eq!(before["clients"]["total"], 5);
    assert_eq!(stats["clients"]["total"], 4);
    assert_eq!(stats["clients"]["active"], 3);
    assert_eq!(stats["clients"]["conversionRate"], "0.2500");
    // Five follow-ups of each client that is worked, and the to-do; those of the deleted one are cancelled.
    assert_eq!(counts(&stats), (vec![2, 1, 0, 1, 0], vec![16, 0, 0, 0, 5]));
    assert_eq!(
        stats["tasks"][0],
        json!({"status": "pending", "count": 16, "followUps": 15})
    );
}

#[tokio::test]
async fn days_and_weeks_are_those_of_the_asking_person() {
    // It is Monday, three in the afternoon in Greenwich.
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let sent = [
        "2026-02-28T12:00:00Z",
        "2026-03-01T12:00:00Z",
        "2026-03-02T03:00:00Z",
        "2026-03-02T07:00:00Z",
        "2026-03-02T15:00:00Z",
    ];
    let facts = sent.map(|at| Fact::EmailSent(told(time(at), None)));
    tell(&app, &owner, facts.into()).await;
    for (zone, today, week) in [
        ("UTC", 3, 3),
        // There it is nine in the morning.
        ("America/Chicago", 2, 2),
        // There it is four in the morning of Tuesday.
        ("Pacific/Auckland", 1, 4),
        // There it is a quarter to nine in the evening.
        ("Asia/Kathmandu", 3, 3),
    ] {
        let body = json!({"timezone": zone});
        owner.patch("/api/auth/me", body).await.expect(200);

        let stats = ask(&owner).await;

        assert_eq!(stats["timeZone"], zone);
        assert_eq!(stats["emails"]["sentToday"], today, "{zone}");
        assert_eq!(stats["emails"]["sentThisWeek"], week, "{zone}");
        assert_eq!(stats["emails"]["sent"], 5);
    }
}

#[tokio::test]
async fn rates_are_of_all_that_were_sent_however_late_they_are_opened() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let email = told(app.now(), None);
    tell(&app, &owner, vec![Fact::EmailSent(email.clone()); 8]).await;
    app.advance(SignedDuration::from_hours(24 * 40));
    let later = vec![
        Fact::EmailDelivered(email.clone()),
        Fact::EmailOpened(email.clone()),
        Fact::EmailOpened(email.clone()),
        Fact::EmailOpened(email.clone()),
        Fact::EmailClicked(email.clone()),
        Fact::EmailBounced(email.clone()),
        Fact::EmailComplained(email.clone()),
        Fact::EmailUnsubscribed(email.clone()),
        Fact::EmailFailed(email),
    ];
    tell(&app, &owner, later).await;
    let owner = crate::analytics::support::again(&app, &owner).await;

    let stats = ask(&owner).await;

    assert_eq!(
        stats["emails"],
        json!({
            "sentToday": 0, "sentThisWeek": 0,
            "sent": 8, "delivered": 1, "opened": 3, "clicked": 1,
            "bounced": 1, "complained": 1, "unsubscribed": 1, "failed": 1,
            "openRate": "0.3750", "clickRate": "0.1250", "bounceRate": "0.1250",
        })
    );
}

#[tokio::test]
async fn who_sees_only_their_own_is_told_of_that_and_of_nobodys() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let mia = owner.invite("Mia", "member").await;
    let team = format!("/api/teams/{}", owner.team);
    let own = json!({"visibility": "own"});
    owner.patch(&team, own).await.expect(200);
    for (name, who) in [
        ("Ann", json!(mia.id)),
        ("Bob", json!(owner.id)),
        ("Cid", Value::Null),
    ] {
        owner.client(name, json!({"assignedTo": who})).await;
    }
    app.settle().await;
    let now = app.now();
    let sent = [None, Some(&mia), Some(&owner), Some(&owner)];
    let sent = sent.map(|who| Fact::EmailSent(told(now, who)));
    tell(&app, &owner, sent.into()).await;

    let (hers, all) = (ask(&mia).await, ask(&owner).await);

    assert_eq!(
        (&hers["clients"]["total"], &all["clients"]["total"]),
        (&json!(2), &json!(3))
    );
    assert_eq!(
        (&hers["tasks"][0]["count"], &all["tasks"][0]["count"]),
        (&json!(10), &json!(15))
    );
    for field in ["sent", "sentToday", "sentThisWeek"] {
        assert_eq!(
            (&hers["emails"][field], &all["emails"][field]),
            (&json!(2), &json!(4)),
            "{field}"
        );
    }
}

#[tokio::test]
async fn assistants_are_told_nothing_of_emails_and_nobody_of_another_teams() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    other.client("Ann", json!({})).await;
    tell(&app, &other, vec![Fact::EmailSent(told(app.now(), None))]).await;
    let adam = other.invite("Adam", "assistant").await;

    let seen = ask(&adam).await;

    assert_eq!(
        (&seen["clients"]["total"], &seen["emails"]),
        (&json!(1), &Value::Null)
    );
    assert_eq!(ask(&other).await["emails"]["sent"], 1);
    let stats = ask(&owner).await;
    assert_eq!(
        (&stats["clients"]["total"], &stats["emails"]["sent"]),
        (&json!(0), &json!(0))
    );
    app.get(STATS).await.expect(401);
    owner.get(&format!("{STATS}?since=2026")).await.expect(422);
}

#[tokio::test]
async fn it_costs_one_request_however_much_there_is() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let none = owner.get(STATS).await.expect(200).cost;
    for n in 0..20 {
        owner.client(&format!("Client {n}"), json!({})).await;
    }
    for day in 0..7 {
        let facts = (0..96).map(|quarter| {
            let at = app.now() - SignedDuration::from_mins(1_440 * day + 15 * quarter);
            Fact::EmailSent(told(at, None))
        });
        tell(&app, &owner, facts.collect()).await;
        app.advance(SignedDuration::from_millis(100));
    }

    let many = owner.get(STATS).await.expect(200).cost;

    println!("none: {none}; many: {many}");
    // The gate, and one for all the rest.
    assert_eq!((none.requests, many.requests), (2, 2));
    assert_eq!(ask(&owner).await["emails"]["sent"], 7 * 96);
    assert!(many.read_tenths <= 60, "{many}");
}
