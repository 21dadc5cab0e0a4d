//! `emails.record_event`

use super::support::{a_day, email, only_email};
use plat_services::SentMail;
use plat_testing::{Happening, HappeningKind, Someone, TestApp};
use serde_json::{Value, json};

const PROXY: &str =
    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)";

async fn one_sent<'a>(app: &'a TestApp) -> (Someone<'a>, SentMail, Value) {
    let mut owner = app.owner("Olive").await;
    owner.client("Ann Lee", json!({})).await;
    app.settle().await;
    a_day(app, &mut owner).await;
    let sent = app.team_mail().await.remove(0);
    let found = only_email(&owner).await;
    (owner, sent, found)
}

fn kinds(email: &Value) -> Vec<String> {
    let events = email["events"].as_array().unwrap().iter();
    events
        .map(|event| event["kind"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn what_happens_to_an_email_is_its_history() {
    let app = TestApp::start().await;
    let (owner, sent, found) = one_sent(&app).await;
    let step = jiff::SignedDuration::from_mins(1);
    app.advance(step);
    app.mail_happens(&sent, HappeningKind::Delivery).await;
    app.advance(step);
    app.mail_happens(&sent, HappeningKind::Open).await;
    app.advance(step);
    let click = Happening {
        url: Some("https://homes.example/elm".to_owned()),
        user_agent: Some("Mozilla/5.0 (X11; Linux) Firefox/140.0".to_owned()),
        ip: Some("203.0.113.7".parse().unwrap()),
        ..HappeningKind::Click.into()
    };
    app.mail_happens(&sent, click).await;

    let found = email(&owner, &found).await;

    assert_eq!(found["status"], "clicked");
    assert_eq!(found["deliveredAt"], "2026-03-03T15:01:00Z");
    assert_eq!(found["firstOpenedAt"], "2026-03-03T15:02:00Z");
    assert_eq!(found["firstClickedAt"], "2026-03-03T15:03:00Z");
    assert_eq!((&found["opens"], &found["clicks"]), (&json!(1), &json!(1)));
    assert_eq!(kinds(&found), ["delivered", "opened", "clicked"]);
    assert_eq!(
        found["events"][2],
        json!({
            "kind": "clicked",
            "hard": null,
            "at": "2026-03-03T15:03:00Z",
            "ip": "203.0.113.7",
            "userAgent": "Mozilla/5.0 (X11; Linux) Firefox/140.0",
            "url": "https://homes.example/elm",
            "reason": null,
            "machine": false,
        })
    );
}

#[tokio::test]
async fn an_event_that_is_told_again_counts_once() {
    let app = TestApp::start().await;
    let (owner, sent, found) = one_sent(&app).await;
    let open = app.mail_event(&sent, HappeningKind::Open);

    for _ in 0..3 {
        app.deliver_mail_event(&open).await;
    }

    let found = email(&owner, &found).await;
    assert_eq!(
        (&found["opens"], kinds(&found)),
        (&json!(1), vec!["opened".to_owned()])
    );
    let told = app.host.queues.published();
    let opened = told
        .iter()
        .filter(|event| event.fact.kind().to_string() == "email.opened");
    assert_eq!(opened.count(), 1);
}

#[tokio::test]
async fn a_status_never_goes_back() {
    let app = TestApp::start().await;
    let (owner, sent, found) = one_sent(&app).await;

    for kind in [
        HappeningKind::Click,
        HappeningKind::Delivery,
        HappeningKind::Send,
    ] {
        app.mail_happens(&sent, kind).await;
    }

    let found = email(&owner, &found).await;
    assert_eq!(
        (&found["status"], kinds(&found).len()),
        (&json!("clicked"), 3)
    );
}

#[tokio::test]
async fn a_machine_that_looks_is_kept_and_counts_for_nothing() {
    let app = TestApp::start().await;
    let (owner, sent, found) = one_sent(&app).await;
    let by_machine = Happening {
        user_agent: Some(PROXY.to_owned()),
        ..HappeningKind::Open.into()
    };

    app.mail_happens(&sent, by_machine).await;

    let found = email(&owner, &found).await;
    assert_eq!(
        (&found["status"], &found["opens"]),
        (&json!("sent"), &json!(0))
    );
    assert_eq!(found["firstOpenedAt"], Value::Null);
    assert_eq!(found["events"][0]["machine"], true);
}

#[tokio::test]
async fn a_bounce_says_why_and_whether_for_good() {
    for (kind, hard) in [
        (HappeningKind::Bounce, true),
        (HappeningKind::SoftBounce, false),
    ] {
        let app = TestApp::start().await;
        let (owner, sent, found) = one_sent(&app).await;

        app.mail_happens(&sent, kind).await;

        let found = email(&owner, &found).await;
        assert_eq!(found["status"], "bounced");
        assert_eq!(found["events"][0]["hard"], hard);
        assert!(found["error"].as_str().unwrap().contains("5."), "{found}");
        let body = json!({"clientId": found["clientId"]});
        let next = owner.post("/api/emails/send", body).await;
        assert_eq!(next.status, if hard { 409 } else { 201 }, "{}", next.text);
    }
}

#[tokio::test]
async fn what_is_told_of_an_email_that_is_not_there_is_passed_over() {
    let app = TestApp::start().await;
    let (owner, sent, found) = one_sent(&app).await;
    let mut open = app.mail_event(&sent, HappeningKind::Open);
    open["detail"]["mail"]["tags"]["plat_email"] = json!(["00000000000000000000000007"]);

    app.deliver_mail_event(&open).await;

    assert_eq!(email(&owner, &found).await["opens"], 0);
}

#[tokio::test]
async fn what_is_told_in_the_name_of_another_team_changes_nothing() {
    let app = TestApp::start().await;
    let (owner, sent, found) = one_sent(&app).await;
    let other = app.owner("Otto").await;
    let mut open = app.mail_event(&sent, HappeningKind::Complaint);
    open["detail"]["mail"]["tags"]["plat_team"] = json!([other.team]);

    app.deliver_mail_event(&open).await;

    assert_eq!(email(&owner, &found).await["status"], "sent");
}

#[tokio::test]
async fn a_clock_of_others_that_is_ahead_does_not_count() {
    let app = TestApp::start().await;
    let (owner, sent, found) = one_sent(&app).await;
    let mut open = app.mail_event(&sent, HappeningKind::Open);
    open["detail"]["open"]["timestamp"] = json!("2031-01-01T00:00:00Z");

    app.deliver_mail_event(&open).await;

    let found = email(&owner, &found).await;
    assert_eq!(found["firstOpenedAt"], "2026-03-03T15:00:00Z");
}

#[tokio::test]
async fn an_email_is_on_the_timeline_of_its_client() {
    let app = TestApp::start().await;
    let (owner, sent, found) = one_sent(&app).await;
    app.mail_happens(&sent, HappeningKind::Open).await;

    let path = format!(
        "/api/clients/{}/timeline",
        found["clientId"].as_str().unwrap()
    );
    let lines = owner.get(&path).await.expect(200).text;

    for line in ["email_sent", "email_opened"] {
        assert!(lines.contains(line), "{line} in {lines}");
    }
    assert!(!lines.contains("Ann.Lee@"), "no address is on a timeline");
}
