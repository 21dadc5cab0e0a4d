use super::*;
use crate::mail::{HeaderText, Headers, MailTags};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use plat_domain::Id;
use std::sync::Mutex;

const AT: &str = "https://api.sendgrid.com/";

/// Answers the same every time, and keeps what it was asked.
struct Told {
    answer: Result<(u16, &'static str), OutgoingError>,
    asked: Mutex<Vec<Request>>,
}

#[async_trait]
impl Outgoing for Told {
    async fn send(&self, request: Request) -> Result<Response, OutgoingError> {
        self.asked.lock().unwrap().push(request);
        let (status, body) = self.answer.clone()?;
        let id = HeaderValue::from_static("14c5d75ce93.dfd.64b469");
        Ok(Response {
            status,
            headers: HeaderMap::from_iter([("x-message-id".parse().unwrap(), id)]),
            body: Bytes::from_static(body.as_bytes()),
        })
    }
}

fn told(answer: Result<(u16, &'static str), OutgoingError>) -> Arc<Told> {
    Arc::new(Told {
        answer,
        asked: Mutex::default(),
    })
}

fn sendgrid(outgoing: Arc<Told>) -> SendGrid {
    with_key(outgoing, "SG.secret")
}

fn with_key(outgoing: Arc<Told>, key: &str) -> SendGrid {
    let from = "hello@homes.example".parse().unwrap();
    SendGrid::new(outgoing, AT, Secret::new(key), from)
}

fn mail() -> TeamMail {
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

#[tokio::test]
async fn a_message_carries_what_it_is_known_by() {
    let outgoing = told(Ok((202, "")));

    let sent = sendgrid(outgoing.clone())
        .send_for_team(&mail())
        .await
        .unwrap();

    assert_eq!(sent.message_id.as_deref(), Some("14c5d75ce93.dfd.64b469"));
    let asked = outgoing.asked.lock().unwrap();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].url(), "https://api.sendgrid.com/v3/mail/send");
    assert_eq!(asked[0].headers()["authorization"], "Bearer SG.secret");
    assert!(asked[0].headers()["authorization"].is_sensitive());
    let body: Value = serde_json::from_slice(asked[0].body()).unwrap();
    assert_eq!(
        body,
        json!({
            "personalizations": [{"to": [{"email": "bob@example.com"}]}],
            "from": {"email": "hello@homes.example", "name": "Ann at Homes"},
            "reply_to": {"email": "ann@homes.example"},
            "subject": "Your house",
            "content": [
                {"type": "text/plain", "value": "Hello"},
                {"type": "text/html", "value": "<p>Hello</p>"},
            ],
            "headers": {
                "List-Unsubscribe": "<https://plat.example/u/abc>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            },
            "custom_args": {
                "plat_team": "00000000000000000000000001",
                "plat_email": "00000000000000000000000002",
                "plat_task": "00000000000000000000000003",
            },
            "tracking_settings": {
                "click_tracking": {"enable": true, "enable_text": false},
                "open_tracking": {"enable": true},
                "subscription_tracking": {"enable": false},
            },
        })
    );
}

#[tokio::test]
async fn what_need_not_be_there_is_left_out() {
    let outgoing = told(Ok((202, "")));
    let plain = TeamMail {
        reply_to: None,
        html: String::new(),
        ..mail()
    };

    sendgrid(outgoing.clone())
        .send_for_team(&plain)
        .await
        .unwrap();

    let asked = outgoing.asked.lock().unwrap();
    let body: Value = serde_json::from_slice(asked[0].body()).unwrap();
    assert_eq!(body.get("reply_to"), None);
    assert_eq!(
        body["content"],
        json!([{"type": "text/plain", "value": "Hello"}])
    );
}

#[tokio::test]
async fn an_answer_is_told_by_what_to_do_next() {
    type Told = fn(String) -> MailError;
    let used_up = r#"{"errors":[{"message":"Maximum credits exceeded","field":null}]}"#;
    let wrong = r#"{"errors":[{"message":"The from address bob@example.com is not verified"}]}"#;
    let rows: [(u16, &str, &str, Told); 9] = [
        (429, "", "429:", MailError::Throttled),
        (
            401,
            used_up,
            "401: Maximum credits exceeded",
            MailError::QuotaExceeded,
        ),
        (401, "", "401:", MailError::Refused),
        (
            403,
            wrong,
            "403: The from address … is not verified",
            MailError::Refused,
        ),
        (413, "", "413:", MailError::Refused),
        (302, "", "302:", MailError::Refused),
        (503, "", "503:", MailError::Unavailable),
        (500, "garbage", "500:", MailError::Uncertain),
        (504, "", "504:", MailError::Uncertain),
    ];
    for (number, body, said, expected) in rows {
        let outgoing = told(Ok((number, body)));
        let failed = sendgrid(outgoing.clone()).send_for_team(&mail()).await;
        assert_eq!(failed, Err(expected(said.to_owned())), "{number}");
        assert_eq!(outgoing.asked.lock().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn what_may_have_been_taken_is_uncertain() {
    let unreachable = OutgoingError::Unreachable("no route".to_owned());
    let broke = OutgoingError::Interrupted("reset".to_owned());
    for (error, uncertain) in [
        (OutgoingError::TimedOut, true),
        (broke, true),
        (OutgoingError::TooLarge, true),
        (unreachable, false),
    ] {
        let failed = sendgrid(told(Err(error.clone())))
            .send_for_team(&mail())
            .await
            .unwrap_err();
        assert_eq!(
            matches!(failed, MailError::Uncertain(_)),
            uncertain,
            "{error}"
        );
        assert_eq!(
            matches!(failed, MailError::Unavailable(_)),
            !uncertain,
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_key_is_tried_without_sending() {
    let unavailable = |said: &str| Err(KeyUnusable::Unavailable(said.to_owned()));
    for (answer, expected) in [
        (
            Ok((200, r#"{"scopes":["alerts.read","mail.send"]}"#)),
            Ok(()),
        ),
        (
            Ok((200, r#"{"scopes":["alerts.read"]}"#)),
            Err(KeyUnusable::MayNotSend),
        ),
        (Ok((200, "{}")), Err(KeyUnusable::MayNotSend)),
        (
            Ok((200, "garbage")),
            unavailable("its answer does not read"),
        ),
        (Ok((401, "")), Err(KeyUnusable::Unknown)),
        (Ok((403, "")), Err(KeyUnusable::MayNotSend)),
        (Ok((500, "")), unavailable("it answered 500")),
        (
            Err(OutgoingError::TimedOut),
            unavailable("there was no answer in time"),
        ),
    ] {
        let outgoing = told(answer);
        let tried = SendGrid::test_key(&*outgoing, AT, &Secret::new("SG.secret")).await;
        assert_eq!(tried, expected);
        let asked = outgoing.asked.lock().unwrap();
        assert_eq!(asked[0].url(), "https://api.sendgrid.com/v3/scopes");
        assert_eq!(asked[0].method(), "GET");
    }
}

#[tokio::test]
async fn a_key_that_would_split_a_header_is_not_sent() {
    for key in ["SG.a\r\nX-Evil: 1", "SG.a\nb"] {
        let outgoing = told(Ok((202, "")));
        let sendgrid = with_key(outgoing.clone(), key);
        let tried = SendGrid::test_key(&*outgoing, AT, &Secret::new(key)).await;
        assert_eq!(tried, Err(KeyUnusable::Unknown));
        let failed = sendgrid.send_for_team(&mail()).await.unwrap_err();
        assert!(matches!(failed, MailError::Refused(_)), "{failed}");
        assert!(outgoing.asked.lock().unwrap().is_empty());
    }
}
