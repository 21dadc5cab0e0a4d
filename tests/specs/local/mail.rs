//! Mail of teams on one machine: kept with all there is to it, and going wrong where a test says so.

use jiff::SignedDuration;
use plat_domain::Id;
use plat_services::mail::{HeaderText, Headers, MailTags};
use plat_services::outgoing::Request;
use plat_services::{MailError, Outgoing, OutgoingError, TeamMail};
use plat_testing::{HappeningKind, MailFault, ProviderAnswer, TestApp};
use serde_json::json;

/// A message of a team, with a link.
pub(super) fn message() -> TeamMail {
    TeamMail {
        to: "bob@example.com".parse().unwrap(),
        from_name: HeaderText::parse("Ann at Homes").unwrap(),
        reply_to: Some("ann@homes.example".parse().unwrap()),
        subject: HeaderText::parse("Your house").unwrap(),
        text: "Look: https://homes.example/offer?a=1&b=2".to_owned(),
        html: "<p><a href=\"https://homes.example/offer?a=1&amp;b=2\">Look</a></p>".to_owned(),
        headers: Headers::one_click("https://plat.example/unsubscribe/abc").unwrap(),
        tags: MailTags {
            team: Id::from_bits(1),
            email: Id::from_bits(2),
            task: Some(Id::from_bits(3)),
        },
    }
}

#[tokio::test]
async fn a_fault_befalls_one_message_of_a_team_as_it_says() {
    let throttled = || MailError::Throttled("too fast".to_owned());
    let uncertain = || MailError::Uncertain("no answer".to_owned());
    for (fault, expected, is_taken) in [
        (MailFault::NotTaken(throttled()), throttled(), false),
        (MailFault::NotTaken(uncertain()), uncertain(), false),
        (MailFault::TakenBut(uncertain()), uncertain(), true),
    ] {
        let app = TestApp::start().await;
        app.mail_faults.add(fault);
        let mailer = &app.host.app.mailer;

        let first = mailer.send_for_team(&message()).await;

        assert_eq!(first, Err(expected));
        assert_eq!(app.team_mail().await.len(), usize::from(is_taken));
        assert_eq!(app.mail_faults.left(), 0);
        assert!(mailer.send_for_team(&message()).await.is_ok());
    }
}

#[tokio::test]
async fn a_kill_ends_what_sends_before_or_after_the_message_is_taken() {
    for (fault, is_taken) in [
        (MailFault::KilledBefore, false),
        (MailFault::KilledAfter, true),
    ] {
        let app = TestApp::start().await;
        app.mail_faults.add(fault);
        let mailer = app.host.app.mailer.clone();

        let killed = tokio::spawn(async move { mailer.send_for_team(&message()).await });

        assert!(killed.await.unwrap_err().is_panic());
        assert_eq!(app.team_mail().await.len(), usize::from(is_taken));
    }
}

#[tokio::test]
async fn plats_own_mail_goes_out_whatever_befalls_that_of_teams() {
    let app = TestApp::start().await;
    let refused = MailError::Refused("no".to_owned());
    app.mail_faults.add(MailFault::NotTaken(refused));

    let owner = app.owner("Olive").await;

    assert_eq!(app.mail_to(&owner.email).await.len(), 1);
    assert_eq!(app.mail_faults.left(), 1);
    assert!(app.team_mail().await.is_empty());
}

#[tokio::test]
async fn what_is_told_of_a_message_twice_is_the_same_event() {
    let app = TestApp::start().await;
    let mailer = &app.host.app.mailer;
    mailer.send_for_team(&message()).await.unwrap();
    let sent = app.team_mail().await.remove(0);

    app.advance(SignedDuration::from_mins(5));
    let opened = app.mail_event(&sent, HappeningKind::Open);
    let clicked = app.mail_event(&sent, HappeningKind::Click);

    assert_ne!(opened["id"], clicked["id"]);
    assert_eq!(opened["time"], "2026-03-02T15:05:00Z");
    let tags = &opened["detail"]["mail"]["tags"];
    assert_eq!(tags["plat_email"], json!(["00000000000000000000000002"]));
    let link = &clicked["detail"]["click"]["link"];
    assert_eq!(link, "https://homes.example/offer?a=1&b=2");
}

#[tokio::test]
async fn third_parties_answer_what_they_were_put_to_answer() {
    let app = TestApp::start().await;
    let ask = async |path: &str| {
        let request = Request::post_json(format!("https://x.example{path}"), "{\"a\":1}");
        let request = request.secret("authorization", "Bearer key").unwrap();
        let answer = app.providers.send(request).await?;
        Ok::<_, OutgoingError>((answer.status, answer.body))
    };
    let text = |status, text: &'static str| Ok((status, text.into()));
    let answer = ProviderAnswer::text;
    app.providers
        .answer("https://x.example/", answer(200, "all"));
    app.providers.answer_in_turn(
        "https://x.example/some",
        [
            ProviderAnswer::fails(OutgoingError::TimedOut),
            answer(200, "some"),
        ],
    );

    assert_eq!(ask("/other").await, text(200, "all"));
    assert_eq!(ask("/some").await, Err(OutgoingError::TimedOut));
    assert_eq!(ask("/some/1").await, text(200, "some"));
    assert_eq!(ask("/some/2").await, text(200, "some"));
    let nobody = Request::get("https://y.example/");
    let unreachable = app.providers.send(nobody).await.unwrap_err();
    assert!(matches!(unreachable, OutgoingError::Unreachable(_)));
    let asked = app.providers.asked_at("https://x.example/some");
    assert_eq!(asked.len(), 3);
    assert_eq!(asked[0].body, json!({"a": 1}));
    assert_eq!(asked[0].header("authorization"), "Bearer key");
}
