//! The jobs `dashboard.send_weekly_summaries` and `dashboard.send_weekly_summary`

use jiff::{SignedDuration, Timestamp};
use plat_services::{Queues, SentMail};
use plat_testing::{Someone, TestApp, mailed_token};
use serde_json::{Value, json};

const JOB: &str = "dashboard.send_weekly_summary";

/// The Monday after the week in which tests start, at eight in Greenwich.
const MONDAY: &str = "2026-03-09T08:00:00Z";

/// Somebody whose address is confirmed.
async fn confirmed<'a>(app: &'a TestApp, name: &str) -> Someone<'a> {
    let someone = app.owner(name).await;
    confirm(app, &someone).await;
    someone
}

async fn confirm(app: &TestApp, someone: &Someone<'_>) {
    let mails = app.mail_to(&someone.email).await;
    let token = mailed_token(&mails[0].mail.text);
    let body = json!({"token": token});
    app.post("/api/auth/verify-email", body).await.expect(204);
}

async fn pass_until(app: &TestApp, at: &str) {
    let at: Timestamp = at.parse().unwrap();
    app.pass(at.duration_since(app.now())).await;
}

async fn summaries(app: &TestApp, someone: &Someone<'_>) -> Vec<SentMail> {
    let mut mails = app.mail_to(&someone.email).await;
    mails.retain(|sent| sent.mail.subject.starts_with("Your week"));
    mails
}

/// A to-do that is due when the test starts, and done if so asked.
async fn todo(who: &Someone<'_>, fields: Value, done: bool) {
    let mut body = json!({"title": "Call the bank", "kind": "todo", "dueAt": plat_testing::START, "priority": "low"});
    let fields = fields.as_object().unwrap().clone();
    body.as_object_mut().unwrap().extend(fields);
    let id = who.post("/api/tasks", body).await.expect(201).id();
    if done {
        let path = format!("/api/tasks/{id}/complete");
        who.patch(&path, json!({})).await.expect(200);
    }
}

#[tokio::test]
async fn on_monday_morning_everybody_is_told_of_the_week_in_their_team_once() {
    let app = TestApp::start().await;
    let olive = confirmed(&app, "Olive").await;
    todo(&olive, json!({}), true).await;
    todo(&olive, json!({}), false).await;

    pass_until(&app, "2026-03-09T07:00:00Z").await;
    let early = summaries(&app, &olive).await;
    pass_until(&app, MONDAY).await;
    pass_until(&app, "2026-03-09T09:00:00Z").await;

    assert!(early.is_empty());
    let mails = summaries(&app, &olive).await;
    assert_eq!(mails.len(), 1);
    let mail = &mails[0].mail;
    assert_eq!(mail.subject, "Your week at Olive's team");
    assert_eq!(mails[0].at, MONDAY.parse().unwrap());
    for line in [
        "2 March to 8 March",
        "- 1 task was done.\n- 1 task is overdue.\n",
    ] {
        assert!(mail.text.contains(line), "{}", mail.text);
    }
}

#[tokio::test]
async fn clients_and_what_became_of_emails_are_in_it_but_for_who_may_not_see_emails() {
    let app = TestApp::start().await;
    let olive = confirmed(&app, "Olive").await;
    let andy = olive.invite("Andy", "assistant").await;
    confirm(&app, &andy).await;
    let client = json!({
        "name": "Ann Lee", "email": "ann@example.com", "propertyAddress": "12 Elm St", "propertyType": "residential",
        "stage": "lead",
    });
    olive.post("/api/clients", client).await.expect(201);
    app.settle().await;
    app.pass(SignedDuration::from_hours(25)).await;

    pass_until(&app, MONDAY).await;

    let text = |mails: Vec<SentMail>| mails[0].mail.text.clone();
    let (hers, his) = (
        text(summaries(&app, &olive).await),
        text(summaries(&app, &andy).await),
    );
    for line in ["- 1 client was added.", "- 1 follow-up was sent."] {
        assert!(hers.contains(line), "{hers}");
    }
    assert!(his.contains("- 1 client was added."), "{his}");
    assert!(!his.contains("sent"), "{his}");
}

#[tokio::test]
async fn it_comes_at_eight_where_somebody_is() {
    let app = TestApp::start().await;
    let (tomo, nina) = (confirmed(&app, "Tomo").await, confirmed(&app, "Nina").await);
    for (person, zone) in [(&tomo, "Asia/Tokyo"), (&nina, "America/New_York")] {
        let body = json!({"timezone": zone});
        person.patch("/api/auth/me", body).await.expect(200);
        todo(person, json!({}), true).await;
    }
    let both = async || {
        let (tomo, nina) = (summaries(&app, &tomo).await, summaries(&app, &nina).await);
        (tomo.len(), nina.len())
    };

    pass_until(&app, "2026-03-08T22:00:00Z").await;
    assert_eq!(both().await, (0, 0));
    pass_until(&app, "2026-03-08T23:00:00Z").await;
    assert_eq!(both().await, (1, 0));
    // Clocks were put forward in New York.
    pass_until(&app, "2026-03-09T11:00:00Z").await;
    assert_eq!(both().await, (1, 0));
    pass_until(&app, "2026-03-09T12:00:00Z").await;
    assert_eq!(both().await, (1, 1));
}

#[tokio::test]
async fn who_turned_it_off_or_never_confirmed_their_address_gets_none() {
    let app = TestApp::start().await;
    let (mut olive, oscar) = (confirmed(&app, "Olive").await, app.owner("Oscar").await);
    for person in [&olive, &oscar] {
        todo(person, json!({}), false).await;
    }
    let off = olive.patch("/api/auth/me", json!({"weeklySummary": false}));
    assert_eq!(off.await.expect(200).json()["weeklySummary"], false);

    pass_until(&app, MONDAY).await;
    let none = (summaries(&app, &olive).await, summaries(&app, &oscar).await);
    let body = json!({"refreshToken": olive.refresh});
    let renewed = app.post("/api/auth/refresh", body).await.expect(200);
    olive.token = renewed.json()["accessToken"].as_str().unwrap().to_owned();
    let on = olive.patch("/api/auth/me", json!({"weeklySummary": true}));
    on.await.expect(200);
    pass_until(&app, "2026-03-16T08:00:00Z").await;

    assert!(none.0.is_empty() && none.1.is_empty());
    assert_eq!(summaries(&app, &olive).await.len(), 1);
}

#[tokio::test]
async fn a_team_in_which_nothing_happened_and_nothing_is_overdue_is_passed_over() {
    let app = TestApp::start().await;
    let olive = confirmed(&app, "Olive").await;
    let busy = json!({"name": "Busy team"});
    let busy = olive.post("/api/teams", busy).await.expect(201).id();
    let body = json!({"teamId": busy});
    let switched = olive.post("/api/auth/switch-team", body).await.expect(200);
    let there = Someone::signed_in(&app, &switched.json());
    todo(&there, json!({}), true).await;

    pass_until(&app, MONDAY).await;
    pass_until(&app, "2026-03-16T08:00:00Z").await;

    let mails = summaries(&app, &olive).await;
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].mail.subject, "Your week at Busy team");
}

#[tokio::test]
async fn who_sees_only_their_own_is_told_of_their_own() {
    let app = TestApp::start().await;
    let olive = confirmed(&app, "Olive").await;
    let mia = olive.invite("Mia", "member").await;
    confirm(&app, &mia).await;
    let path = format!("/api/teams/{}", olive.team);
    let own = json!({"visibility": "own"});
    olive.patch(&path, own).await.expect(200);
    todo(&olive, json!({"assignedTo": olive.id}), true).await;
    todo(&olive, json!({"assignedTo": olive.id}), true).await;
    todo(&olive, json!({"assignedTo": mia.id}), true).await;

    pass_until(&app, MONDAY).await;

    let (all, hers) = (summaries(&app, &olive).await, summaries(&app, &mia).await);
    assert!(all[0].mail.text.contains("- 3 tasks were done."));
    assert!(hers[0].mail.text.contains("- 1 task was done."));
}

#[tokio::test]
async fn a_run_that_was_held_up_is_made_up_for_unless_it_is_too_late() {
    for (at, mails) in [("2026-03-09T13:00:00Z", 1), ("2026-03-09T21:00:00Z", 0)] {
        let app = TestApp::start().await;
        let olive = confirmed(&app, "Olive").await;
        todo(&olive, json!({}), false).await;
        pass_until(&app, "2026-03-09T07:00:00Z").await;

        pass_until(&app, at).await;

        assert_eq!(summaries(&app, &olive).await.len(), mails, "{at}");
    }
}

#[tokio::test]
async fn a_message_that_comes_twice_or_too_late_mails_nothing_more() {
    let app = TestApp::start().await;
    let olive = confirmed(&app, "Olive").await;
    todo(&olive, json!({}), false).await;
    pass_until(&app, MONDAY).await;
    let message = |monday: &str| json!({"user": olive.id, "monday": monday});
    let nobody = json!({"user": "01ARZ3NDEKTSV4RRFFQ69G5FAV", "monday": "2026-03-09"});

    let messages = [message("2026-03-09"), message("2026-03-02"), nobody];
    app.host.queues.send(JOB, &messages).await.unwrap();

    assert_eq!(summaries(&app, &olive).await.len(), 1);
}
