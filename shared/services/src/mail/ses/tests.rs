use super::*;
use crate::mail::MailTags;
use crate::stub::{Answer, Stub};
use aws_sdk_sesv2::config::{BehaviorVersion, Credentials, Region};
use plat_domain::Id;
use serde_json::json;
use std::collections::BTreeMap;

/// As the runtime sets it up: every failure that may pass is tried twice more.
fn mailer(url: &str) -> SesMailer {
    let config = aws_sdk_sesv2::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(Credentials::new("id", "secret", None, None, "test"))
        .retry_config(
            RetryConfig::standard()
                .with_max_attempts(3)
                .with_initial_backoff(std::time::Duration::from_millis(1)),
        )
        .endpoint_url(url)
        .build();
    SesMailer::new(
        Client::from_conf(config),
        "Plat <hello@plat.example>".to_owned(),
        Some("plat".to_owned()),
    )
    .telling_of_teams_by("plat-teams".to_owned())
}

fn of_a_team() -> TeamMail {
    TeamMail {
        to: "bob@example.com".parse().unwrap(),
        from_name: HeaderText::parse("Ann at Homes").unwrap(),
        reply_to: Some("ann@homes.example".parse().unwrap()),
        subject: HeaderText::parse("Your house").unwrap(),
        text: "Hello".to_owned(),
        html: "<p>Hello</p>".to_owned(),
        headers: Headers::one_click("https://plat.example/u/abc").unwrap(),
        tags: MailTags {
            team: Id::from_bits(1),
            email: Id::from_bits(2),
            task: Some(Id::from_bits(3)),
        },
    }
}

fn of_plat() -> Mail {
    Mail {
        to: "bob@example.com".to_owned(),
        subject: "Confirm".to_owned(),
        text: "Hello".to_owned(),
        html: "<p>Hello</p>".to_owned(),
        headers: BTreeMap::new(),
    }
}

fn refusal(number: u16, code: &str, message: &str) -> Answer {
    let body = json!({"__type": code, "message": message});
    Answer::Reply(number, body.to_string())
}

fn accepted() -> Answer {
    Answer::Reply(200, json!({"MessageId": "0102-abc"}).to_string())
}

#[tokio::test]
async fn a_message_of_a_team_carries_what_it_is_known_by() {
    let ses = Stub::start(|_| accepted());

    let sent = mailer(&ses.url).send_for_team(&of_a_team()).await.unwrap();

    assert_eq!(sent.message_id.as_deref(), Some("0102-abc"));
    let asked = &ses.asked()[0];
    assert!(asked.line.starts_with("POST /v2/email/outbound-emails "));
    let utf8 = |data: &str| json!({"Data": data, "Charset": "UTF-8"});
    assert_eq!(
        asked.body,
        json!({
            "FromEmailAddress": "\"Ann at Homes\" <hello@plat.example>",
            "ReplyToAddresses": ["ann@homes.example"],
            "Destination": {"ToAddresses": ["bob@example.com"]},
            "ConfigurationSetName": "plat-teams",
            "EmailTags": [
                {"Name": "plat_team", "Value": "00000000000000000000000001"},
                {"Name": "plat_email", "Value": "00000000000000000000000002"},
                {"Name": "plat_task", "Value": "00000000000000000000000003"},
            ],
            "Content": {"Simple": {
                "Subject": utf8("Your house"),
                "Body": {"Text": utf8("Hello"), "Html": utf8("<p>Hello</p>")},
                "Headers": [
                    {"Name": "List-Unsubscribe", "Value": "<https://plat.example/u/abc>"},
                    {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"},
                ],
            }},
        })
    );
}

#[tokio::test]
async fn a_message_of_plat_is_told_of_by_its_own_set() {
    let ses = Stub::start(|_| accepted());

    mailer(&ses.url).send(&of_plat()).await.unwrap();

    let asked = &ses.asked()[0].body;
    assert_eq!(asked["FromEmailAddress"], "Plat <hello@plat.example>");
    assert_eq!(asked["ConfigurationSetName"], "plat");
    assert_eq!(asked.get("EmailTags"), None);
}

#[tokio::test]
async fn what_may_have_been_taken_is_not_sent_again_for_a_team() {
    for answer in [
        || Answer::HangUp,
        || Answer::Reply(500, "{}".to_owned()),
        || Answer::Reply(504, "gateway".to_owned()),
        || Answer::Reply(200, "{".to_owned()),
    ] {
        let ses = Stub::start(move |_| answer());

        let failed = mailer(&ses.url).send_for_team(&of_a_team()).await;

        assert!(matches!(failed, Err(MailError::Uncertain(_))), "{failed:?}");
        assert_eq!(ses.asked().len(), 1);
    }
}

#[tokio::test]
async fn what_plat_itself_sends_is_tried_again() {
    let ses = Stub::start(|_| Answer::HangUp);

    let failed = mailer(&ses.url).send(&of_plat()).await;

    assert!(matches!(failed, Err(MailError::Uncertain(_))), "{failed:?}");
    assert_eq!(ses.asked().len(), 3);
}

#[tokio::test]
async fn where_nobody_listens_nothing_was_taken() {
    let closed = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };

    let failed = mailer(&closed).send_for_team(&of_a_team()).await;

    assert!(
        matches!(failed, Err(MailError::Unavailable(_))),
        "{failed:?}"
    );
}

#[tokio::test]
async fn an_answer_is_told_by_what_to_do_next() {
    type Told = fn(String) -> MailError;
    let rows: [(u16, &str, &str, Told); 7] = [
        (
            429,
            "TooManyRequestsException",
            "Maximum sending rate exceeded.",
            MailError::Throttled,
        ),
        (
            429,
            "TooManyRequestsException",
            "Daily message quota exceeded.",
            MailError::QuotaExceeded,
        ),
        (
            400,
            "LimitExceededException",
            "Daily message quota exceeded.",
            MailError::QuotaExceeded,
        ),
        (
            400,
            "ThrottlingException",
            "Rate exceeded",
            MailError::Throttled,
        ),
        (
            400,
            "SendingPausedException",
            "Sending is paused.",
            MailError::QuotaExceeded,
        ),
        (
            400,
            "MessageRejected",
            "Email address is not verified: bob@example.com",
            MailError::Refused,
        ),
        (403, "AccessDeniedException", "No.", MailError::Unavailable),
    ];
    for (number, code, message, expected) in rows {
        let ses = Stub::start(move |_| refusal(number, code, message));

        let failed = mailer(&ses.url)
            .send_for_team(&of_a_team())
            .await
            .unwrap_err();

        assert_eq!(failed, expected(reason(&format!("{code}: {message}"))));
        assert!(!failed.to_string().contains('@'), "{failed}");
        assert_eq!(ses.asked().len(), 1);
    }
}

#[tokio::test]
async fn a_server_that_says_it_did_nothing_is_asked_later() {
    let ses = Stub::start(|_| Answer::Reply(503, "{}".to_owned()));

    let failed = mailer(&ses.url).send_for_team(&of_a_team()).await;

    assert!(
        matches!(failed, Err(MailError::Unavailable(_))),
        "{failed:?}"
    );
}

#[test]
fn an_address_is_found_with_or_without_a_name() {
    for mailbox in [
        "a@b.example",
        "Plat <a@b.example>",
        "\"A <b>\" <a@b.example> ",
    ] {
        assert_eq!(address_in(mailbox), "a@b.example");
    }
}
