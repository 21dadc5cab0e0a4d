//! `POST /api/integrations/{provider}/connect`

use super::{KEY, PROVIDERS, VERIFICATION_KEY, connect, know_every_key, path_to, table, told};
use http::Method;
use jiff::SignedDuration;
use plat_domain::{IntegrationProvider, TeamId};
use plat_services::OutgoingError;
use plat_services::vault::VaultError;
use plat_testing::{ProviderAnswer, START, TestApp};
use serde_json::{Value, json};

#[tokio::test]
async fn a_key_that_its_provider_knows_is_kept_and_its_end_is_shown() {
    let app = TestApp::start().await;
    let olive = app.owner("Olive").await;
    for (provider, used_for) in [
        ("anthropic", "writing"),
        ("openai", "writing"),
        ("sendgrid", "sending"),
    ] {
        let connected = connect(&app, &olive, provider).await;

        assert_eq!(connected["provider"], provider);
        assert_eq!(connected["usedFor"], used_for);
        assert_eq!(connected["state"], "connected");
        assert_eq!(connected["keyEnding"], "1234");
        assert_eq!(connected["testedAt"], START);
        assert_eq!(connected["connectedBy"]["name"], "Olive");
        assert!(!connected.to_string().contains(KEY));
    }
    let asked = app.providers.asked();
    let at: Vec<_> = asked.iter().map(|asked| asked.url.as_str()).collect();
    assert_eq!(at, PROVIDERS.map(|(_, url)| url));
    assert_eq!(asked[0].header("x-api-key"), KEY);
    assert_eq!(asked[2].header("authorization"), format!("Bearer {KEY}"));
}

#[tokio::test]
async fn sendgrid_is_told_where_to_report_and_may_bring_the_key_that_it_signs_with() {
    let app = TestApp::start().await;
    let olive = app.owner("Olive").await;

    let without = connect(&app, &olive, "sendgrid").await;
    let body = json!({"apiKey": KEY, "verificationKey": VERIFICATION_KEY});
    let with = olive.post(&path_to("sendgrid"), body).await.expect(200);

    let url = format!(
        "https://app.plat.example/webhook/sendgrid?team={}",
        olive.team
    );
    assert_eq!(without["webhook"], json!({"url": url, "verified": false}));
    assert_eq!(
        with.json()["webhook"],
        json!({"url": url, "verified": true})
    );
    assert_eq!(
        connect(&app, &olive, "openai").await["webhook"],
        Value::Null
    );
}

#[tokio::test]
async fn no_key_is_at_rest_and_what_is_opens_for_this_team_and_provider_alone() {
    let app = TestApp::start().await;
    let (olive, oscar) = (app.owner("Olive").await, app.owner("Oscar").await);
    let call = olive.call(Method::POST, &path_to("openai"));
    know_every_key(&app);
    let call = call.json(json!({"apiKey": KEY})).idempotency_key("once");
    call.send().await.expect(200);
    connect(&app, &oscar, "openai").await;
    app.settle().await;

    let table = table(&app).await;

    assert!(table.contains("keyEnding"), "the scan found nothing");
    assert!(!table.contains(KEY) && !table.contains(&KEY[..20]));
    let plat = &app.host.app;
    let team = |text: &str| text.parse::<TeamId>().unwrap();
    let (ours, theirs) = (team(&olive.team), team(&oscar.team));
    let integrations = plat.store.team(ours).integrations();
    let kept = integrations.get(IntegrationProvider::OpenAi).await;
    let mut kept = kept.unwrap().unwrap().value;
    assert_eq!(plat.open_key(ours, &kept).await.unwrap().reveal(), KEY);
    assert_eq!(
        plat.open_key(theirs, &kept).await,
        Err(VaultError::DoesNotOpen)
    );
    kept.integration.provider = IntegrationProvider::Anthropic;
    assert_eq!(
        plat.open_key(ours, &kept).await,
        Err(VaultError::DoesNotOpen)
    );
}

#[tokio::test]
async fn a_key_that_its_provider_refuses_is_not_kept_and_the_reason_is_told() {
    let app = TestApp::start().await;
    let olive = app.owner("Olive").await;
    let unknown =
        json!({"error": {"code": "invalid_api_key", "message": format!("Incorrect key: {KEY}")}});
    for (provider, url, answer, said) in [
        (
            "openai",
            PROVIDERS[1].1,
            ProviderAnswer::json(401, &unknown),
            "the provider refused: invalid_api_key",
        ),
        (
            "anthropic",
            PROVIDERS[0].1,
            ProviderAnswer::text(403, ""),
            "the provider refused: 403",
        ),
        (
            "sendgrid",
            PROVIDERS[2].1,
            ProviderAnswer::text(401, ""),
            "SendGrid does not know this key",
        ),
        (
            "sendgrid",
            PROVIDERS[2].1,
            ProviderAnswer::json(200, &json!({"scopes": ["stats.read"]})),
            "this key may not send mail",
        ),
    ] {
        app.providers.answer(url, answer);

        let refused = olive.post(&path_to(provider), json!({"apiKey": KEY})).await;

        let refused = refused.expect(422);
        assert_eq!(refused.field_errors(), ["/apiKey key_refused"]);
        assert_eq!(refused.json()["said"], said);
        assert!(!refused.text.contains(KEY));
    }
    assert_eq!(told(&app, &olive).await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_provider_that_does_not_answer_keeps_what_was_connected() {
    let app = TestApp::start().await;
    let olive = app.owner("Olive").await;
    for (provider, url) in PROVIDERS {
        connect(&app, &olive, provider).await;
        let gone = ProviderAnswer::fails(OutgoingError::TimedOut);
        app.providers.answer(url, gone);

        let body = json!({"apiKey": "another-key-of-the-team-9999"});
        let refused = olive.post(&path_to(provider), body).await.expect(503);

        assert!(!refused.header("retry-after").is_empty());
        let status = format!("/api/integrations/{provider}/status");
        assert_eq!(olive.get(&status).await.json()["keyEnding"], "1234");
    }
}

#[tokio::test]
async fn connecting_again_replaces_the_key_and_is_told() {
    let app = TestApp::start().await;
    let olive = app.owner("Olive").await;
    connect(&app, &olive, "openai").await;
    app.advance(SignedDuration::from_mins(1));

    let body = json!({"apiKey": "another-key-of-the-team-9999"});
    let again = olive.post(&path_to("openai"), body).await.expect(200);

    assert_eq!(again.json()["keyEnding"], "9999");
    assert_eq!(again.json()["testedAt"], "2026-03-02T15:01:00Z");
    assert_eq!(
        told(&app, &olive).await,
        [
            json!(["integration.connected", "openai", {"from": "1234", "to": "9999"}]),
            json!(["integration.connected", "openai", {"to": "1234"}]),
        ]
    );
    let log = crate::audit::rows(&app, &olive, &crate::audit::log_of(&olive.team)).await;
    let log = json!(log).to_string();
    assert!(!log.contains("sealed") && !log.contains("v1."), "{log}");
}

#[tokio::test]
async fn a_repeated_request_connects_once() {
    let app = TestApp::start().await;
    let olive = app.owner("Olive").await;
    know_every_key(&app);
    for _ in 0..2 {
        let call = olive.call(Method::POST, &path_to("openai"));
        let call = call.json(json!({"apiKey": KEY})).idempotency_key("once");
        call.send().await.expect(200);
    }

    assert_eq!(app.providers.asked().len(), 1);
    assert_eq!(told(&app, &olive).await.len(), 1);
}

#[tokio::test]
async fn wrong_bodies_and_unknown_providers_are_refused_before_anybody_is_asked() {
    let app = TestApp::start().await;
    let olive = app.owner("Olive").await;
    know_every_key(&app);
    for (provider, body, errors) in [
        ("openai", json!({}), &["/apiKey required"][..]),
        ("openai", json!({"apiKey": " "}), &["/apiKey invalid_key"]),
        (
            "sendgrid",
            json!({"apiKey": "SG.a\r\nX-Evil: 1", "from": "a"}),
            &["/apiKey invalid_key", "/from unknown_field"],
        ),
        (
            "openai",
            json!({"apiKey": KEY, "verificationKey": VERIFICATION_KEY}),
            &["/verificationKey not_allowed"],
        ),
        (
            "sendgrid",
            json!({"apiKey": KEY, "verificationKey": "no key"}),
            &["/verificationKey invalid_key"],
        ),
    ] {
        let refused = olive.post(&path_to(provider), body).await.expect(422);
        assert_eq!(refused.field_errors(), errors);
    }
    let unknown = olive.post(&path_to("pigeon"), json!({"apiKey": KEY})).await;
    unknown.expect(404);
    assert!(app.providers.asked().is_empty());
}

#[tokio::test]
async fn only_who_manages_integrations_connects_and_for_their_own_team() {
    let app = TestApp::start().await;
    let (olive, oscar) = (app.owner("Olive").await, app.owner("Oscar").await);
    know_every_key(&app);
    for role in ["assistant", "member", "manager"] {
        let person = olive.invite(&format!("Casey {role}"), role).await;
        let refused = person
            .post(&path_to("openai"), json!({"apiKey": KEY}))
            .await;
        refused.expect(403);
    }
    assert!(app.providers.asked().is_empty());

    connect(&app, &olive, "openai").await;

    let theirs = oscar.get("/api/integrations/openai/status").await;
    assert_eq!(theirs.expect(200).json()["state"], "not_connected");
}
