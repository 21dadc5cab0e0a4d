//! The job `tasks.clean_up`.

use super::support::{command, path, run, task, told};
use crate::leads::support::{texts, walk};
use http::Method;
use jiff::SignedDuration;
use plat_domain::DaysKept;
use plat_store::StoreError;
use plat_testing::proxy::{Fault, FaultKind};
use plat_testing::{Someone, Started, TestApp};
use serde_json::json;

const CLEAN_UP: &str = "tasks.clean_up";
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Has a team keep completed tasks for so many days.
async fn keep(app: &TestApp, who: &Someone<'_>, days: Option<i64>) {
    let team = app.host.app.store.team(who.team.parse().unwrap());
    let command = command(app, who, &format!("keep {days:?}"));
    let days = days.map(|days| DaysKept::parse(days).unwrap());
    team.settings()
        .change_business(&command, None, |business| -> Result<(), StoreError> {
            business.keep_completed_tasks = days;
            Ok(())
        })
        .await
        .unwrap();
}

/// A completed task that was due now.
async fn done(app: &TestApp, who: &Someone<'_>, title: &str) {
    let now = app.now().to_string();
    let task = task(who, title, json!({"dueAt": now})).await;
    let complete = format!("{}/complete", path(&task));
    who.call(Method::PATCH, &complete).send().await.expect(200);
}

async fn left(who: &Someone<'_>) -> Vec<String> {
    texts(&walk(who, "/api/tasks", 50).await, "title")
}

/// Signs in anew, since tokens do not last for days.
async fn again<'a>(app: &'a TestApp, who: &Someone<'_>) -> Someone<'a> {
    crate::documents::support::again(app, who).await
}

#[tokio::test]
async fn completed_tasks_are_kept_for_as_long_as_the_team_says() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    keep(&app, &owner, Some(30)).await;
    done(&app, &owner, "done").await;
    let skipped = task(&owner, "skipped", json!({"dueAt": "2026-03-02T15:00:00Z"})).await;
    let change = json!({"status": "skipped"});
    owner.patch(&path(&skipped), change).await.expect(200);
    task(&owner, "pending", json!({"dueAt": "2026-03-02T15:00:00Z"})).await;
    app.advance(DAY);
    let owner = again(&app, &owner).await;
    done(&app, &owner, "a day later").await;

    app.advance(DAY * 29);
    assert_eq!(run(&app.host.app, CLEAN_UP).await, [""; 0]);
    let owner = again(&app, &owner).await;
    assert_eq!(left(&owner).await.len(), 4);
    app.advance(SignedDuration::from_millis(1));
    assert_eq!(run(&app.host.app, CLEAN_UP).await, [""; 0]);

    let mut left = left(&owner).await;
    left.sort();
    assert_eq!(left, ["a day later", "pending", "skipped"]);
    app.settle().await;
    assert_eq!(told(&app).last().unwrap(), "task.deleted");
}

#[tokio::test]
async fn what_was_done_late_is_kept_from_then_and_what_was_done_early_from_its_day() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    keep(&app, &owner, Some(30)).await;
    for (title, due) in [
        ("late", "2026-01-02T15:00:00Z"),
        ("early", "2026-03-22T15:00:00Z"),
    ] {
        let task = task(&owner, title, json!({"dueAt": due})).await;
        let complete = format!("{}/complete", path(&task));
        owner
            .call(Method::PATCH, &complete)
            .send()
            .await
            .expect(200);
    }

    app.advance(DAY * 29);
    run(&app.host.app, CLEAN_UP).await;
    let owner = again(&app, &owner).await;
    assert_eq!(left(&owner).await, ["late", "early"]);
    app.advance(DAY * 2);
    run(&app.host.app, CLEAN_UP).await;
    let owner = again(&app, &owner).await;
    assert_eq!(left(&owner).await, ["early"]);
    app.advance(DAY * 20);
    run(&app.host.app, CLEAN_UP).await;
    let owner = again(&app, &owner).await;
    assert!(left(&owner).await.is_empty());
}

#[tokio::test]
async fn a_team_that_has_said_nothing_keeps_all_and_costs_nothing() {
    let app = Started::default().with_proxy().start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    keep(&app, &other, Some(30)).await;
    keep(&app, &other, None).await;
    done(&app, &owner, "done").await;
    done(&app, &other, "done").await;
    app.advance(DAY * 400);
    app.faults().clear_seen();

    assert_eq!(run(&app.host.app, CLEAN_UP).await, [""; 0]);

    let seen = app.faults().seen().into_iter();
    let seen: Vec<_> = seen.map(|request| request.operation).collect();
    // Which teams do, and that it ran.
    assert_eq!(seen, ["Query", "UpdateItem"]);
    for someone in [owner, other] {
        let someone = again(&app, &someone).await;
        assert_eq!(left(&someone).await, ["done"]);
    }
}

#[tokio::test]
async fn many_are_removed_in_one_run() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    keep(&app, &owner, Some(30)).await;
    for n in 0..110 {
        done(&app, &owner, &n.to_string()).await;
    }
    app.advance(DAY * 31);

    assert_eq!(run(&app.host.app, CLEAN_UP).await, [""; 0]);

    let owner = again(&app, &owner).await;
    assert!(left(&owner).await.is_empty());
}

#[tokio::test]
async fn what_fails_for_one_team_is_done_for_the_others() {
    let app = Started::default().with_proxy().start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    for someone in [&owner, &other] {
        keep(&app, someone, Some(30)).await;
        done(&app, someone, "done").await;
    }
    app.advance(DAY * 31);
    // The first removal, as often as it is tried.
    app.faults().inject(Fault {
        times: 3,
        ..Fault::once_on("TransactWriteItems", FaultKind::InternalError)
    });

    let failed = run(&app.host.app, CLEAN_UP).await;

    assert_eq!(failed.len(), 1, "{failed:?}");
    assert!(failed[0].starts_with("1 teams"), "{failed:?}");
    app.faults().heal();
    let of_both = [again(&app, &owner).await, again(&app, &other).await];
    let mut kept = 0;
    for someone in &of_both {
        kept += left(someone).await.len();
    }
    assert_eq!(kept, 1);
    assert_eq!(run(&app.host.app, CLEAN_UP).await, [""; 0]);
    for someone in &of_both {
        assert!(left(someone).await.is_empty());
    }
}
