//! `POST /webhook/sendgrid`

use crate::emails::support::{email, only_email};
use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::Method;
use plat_testing::{Answer, ProviderAnswer, Someone, TestApp};
use serde_json::{Value, json};

struct SendGrid(EcdsaKeyPair);

impl SendGrid {
    fn new() -> Self {
        Self(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap())
    }

    /// The key as SendGrid shows it.
    fn shown(&self) -> String {
        let der: PublicKeyX509Der<'_> = self.0.public_key().as_der().unwrap();
        BASE64.encode(der.as_ref())
    }

    /// Tells a team this body, as of so many seconds before now.
    async fn tells(&self, app: &TestApp, team: &str, body: &str, ago: i64) -> Answer {
        let at = (app.now().as_second() - ago).to_string();
        let said = [at.as_bytes(), body.as_bytes()].concat();
        let signature = self.0.sign(&SystemRandom::new(), &said).unwrap();
        app.call(Method::POST, &format!("/webhook/sendgrid?team={team}"))
            .body("application/json", body.to_owned())
            .header("x-twilio-email-event-webhook-timestamp", &at)
            .header(
                "x-twilio-email-event-webhook-signature",
                &BASE64.encode(signature.as_ref()),
            )
            .send()
            .await
    }
}

/// A team that sends by its SendGrid, and an e-mail that it sent.
async fn one_sent<'a>(app: &'a TestApp, sendgrid: &SendGrid) -> (Someone<'a>, Value) {
    let owner = app.owner("Olive").await;
    let scopes = json!({"scopes": ["mail.send"]});
    app.providers.answer(
        "https://api.sendgrid.com/v3/scopes",
        ProviderAnswer::json(200, &scopes),
    );
    let taken = ProviderAnswer::text(202, "").header("x-message-id", "sg-1");
    app.providers
        .answer("https://api.sendgrid.com/v3/mail/send", taken);
    let body = json!({"apiKey": "SG.test-0123456789abcdef", "verificationKey": sendgrid.shown()});
    owner
        .post("/api/integrations/sendgrid/connect", body)
        .await
        .expect(200);
    let body = json!({"provider": "sendgrid", "from": "olive@homes.example"});
    owner.patch("/api/settings/email", body).await.expect(200);
    let ann = owner.client("Ann Lee", json!({})).await;
    let body = json!({"clientId": ann["id"]});
    let sent = owner
        .post("/api/emails/send", body)
        .await
        .expect(201)
        .json();
    (owner, sent)
}

/// What SendGrid says happened to an e-mail of a team.
fn event(id: &str, kind: &str, team: &str, email: &Value) -> Value {
    json!({
        "event": kind, "email": "ann.lee@clients.example", "timestamp": 1_772_463_600,
        "sg_event_id": id, "sg_message_id": "sg-1.filter0001", "ip": "203.0.113.7",
        "useragent": "Mozilla/5.0 (X11; Linux) Firefox/140.0", "url": "https://homes.example/elm",
        "plat_team": team, "plat_email": email["id"],
    })
}

fn kinds(email: &Value) -> Vec<String> {
    let events = email["events"].as_array().unwrap().iter();
    let mut kinds: Vec<_> = events
        .map(|event| event["kind"].as_str().unwrap().to_owned())
        .collect();
    kinds.sort();
    kinds
}

#[tokio::test]
async fn many_events_in_one_body_are_each_recorded() {
    let app = TestApp::start().await;
    let sendgrid = SendGrid::new();
    let (owner, sent) = one_sent(&app, &sendgrid).await;
    let of = |id, kind| event(id, kind, &owner.team, &sent);
    let body = json!([
        of("1", "processed"),
        of("2", "delivered"),
        of("3", "open"),
        of("4", "click"),
        of("3", "open")
    ]);

    sendgrid
        .tells(&app, &owner.team, &body.to_string(), 0)
        .await
        .expect(204);

    let found = email(&owner, &sent).await;
    assert_eq!(
        (&found["status"], &found["opens"]),
        (&json!("clicked"), &json!(1))
    );
    assert_eq!(kinds(&found), ["clicked", "delivered", "opened", "sent"]);
    let click = found["events"]
        .as_array()
        .unwrap()
        .iter()
        .find(|event| event["kind"] == "clicked")
        .unwrap();
    assert_eq!(
        (&click["ip"], &click["url"]),
        (&json!("203.0.113.7"), &json!("https://homes.example/elm"))
    );
}

#[tokio::test]
async fn a_body_that_is_sent_again_counts_once() {
    let app = TestApp::start().await;
    let sendgrid = SendGrid::new();
    let (owner, sent) = one_sent(&app, &sendgrid).await;
    let body = json!([event("1", "open", &owner.team, &sent)]).to_string();

    for _ in 0..3 {
        sendgrid
            .tells(&app, &owner.team, &body, 0)
            .await
            .expect(204);
    }

    assert_eq!(email(&owner, &sent).await["opens"], 1);
}

#[tokio::test]
async fn one_event_that_does_not_read_loses_no_other() {
    let app = TestApp::start().await;
    let sendgrid = SendGrid::new();
    let (owner, sent) = one_sent(&app, &sendgrid).await;
    let unknown = json!({"id": "00000000000000000000000007"});
    let body = json!([
        7,
        {"event": "open"},
        event("1", "teleported", &owner.team, &sent),
        event("2", "open", &owner.team, &unknown),
        event("3", "delivered", &owner.team, &sent),
    ]);

    sendgrid
        .tells(&app, &owner.team, &body.to_string(), 0)
        .await
        .expect(204);

    assert_eq!(kinds(&email(&owner, &sent).await), ["delivered"]);
}

#[tokio::test]
async fn an_address_that_bounced_is_not_written_to_any_more() {
    let app = TestApp::start().await;
    let sendgrid = SendGrid::new();
    let (owner, sent) = one_sent(&app, &sendgrid).await;
    let body = json!([event("1", "bounce", &owner.team, &sent)]).to_string();

    sendgrid
        .tells(&app, &owner.team, &body, 0)
        .await
        .expect(204);

    let refused = owner
        .post("/api/emails/send", json!({"clientId": sent["clientId"]}))
        .await
        .expect(409);
    assert_eq!(refused.json()["reason"], "bounced");
}

#[tokio::test]
async fn what_is_not_signed_with_the_teams_key_or_not_of_now_is_refused() {
    let app = TestApp::start().await;
    let sendgrid = SendGrid::new();
    let (owner, sent) = one_sent(&app, &sendgrid).await;
    let body = json!([event("1", "spamreport", &owner.team, &sent)]).to_string();
    let path = format!("/webhook/sendgrid?team={}", owner.team);

    let forged = SendGrid::new()
        .tells(&app, &owner.team, &body, 0)
        .await
        .expect(401);
    assert_eq!(forged.problem(), "not-signed");
    for ago in [601, -601] {
        assert_eq!(
            sendgrid.tells(&app, &owner.team, &body, ago).await.status,
            401
        );
    }
    let unsigned = app
        .call(Method::POST, &path)
        .body("application/json", body.clone());
    assert_eq!(unsigned.send().await.status, 401);
    let garbage = sendgrid.tells(&app, &owner.team, "open", 0).await;
    assert_eq!(garbage.status, 400, "signed, and no list");

    assert_eq!(only_email(&owner).await["status"], "sent");
    sendgrid
        .tells(&app, &owner.team, &body, 599)
        .await
        .expect(204);
    assert_eq!(only_email(&owner).await["status"], "spamreport");
}

#[tokio::test]
async fn one_team_tells_nothing_of_anothers_emails() {
    let app = TestApp::start().await;
    let (sendgrid, others) = (SendGrid::new(), SendGrid::new());
    let (owner, sent) = one_sent(&app, &sendgrid).await;
    let other = app.owner("Otto").await;
    let body = json!({"apiKey": "SG.test-0123456789abcdef", "verificationKey": others.shown()});
    other
        .post("/api/integrations/sendgrid/connect", body)
        .await
        .expect(200);

    for named in [&owner.team, &other.team] {
        let body = json!([event("1", "spamreport", named, &sent)]).to_string();
        others.tells(&app, &other.team, &body, 0).await.expect(204);
    }

    assert_eq!(email(&owner, &sent).await["status"], "sent");
}

#[tokio::test]
async fn a_team_that_is_not_there_or_has_not_connected_is_not_found() {
    let app = TestApp::start().await;
    let sendgrid = SendGrid::new();
    let team = app.owner("Olive").await.team;

    assert_eq!(sendgrid.tells(&app, &team, "[]", 0).await.status, 404);
    let nobody = "00000000000000000000000007";
    assert_eq!(sendgrid.tells(&app, nobody, "[]", 0).await.status, 404);
}
