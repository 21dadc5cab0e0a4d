use super::*;
use crate::SetClock;
use crate::outgoing::{Internet, MAX_REPLY};
use crate::stub::{Answer as Said, Asked, Stub};
use aws_credential_types::Credentials;
use plat_domain::{ClientStage, FollowUpType, PropertyType};
use plat_writing::{Context, Sender, Unusable, prompt, read_answer};
use serde_json::json;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};

const KEY: &str = "sk-very-secret-0123456789";
const BODY: &str = "Hi Dana,\n\nHow are your plans?\n\nSam";

fn context() -> Context {
    Context {
        kind: FollowUpType::Day1,
        client_name: "Dana Whitfield".to_owned(),
        property_address: "1280 Oak Street".to_owned(),
        property_type: PropertyType::Residential,
        stage: ClientStage::Lead,
        notes: None,
        custom_fields: Vec::new(),
        instructions: None,
        sender: Sender {
            name: "Sam".to_owned(),
            team: "Harbor Homes".to_owned(),
        },
        language: "en".to_owned(),
    }
}

fn openai(stub: &Stub) -> OpenAi {
    let key = ApiKey::parse(KEY).unwrap();
    let base = format!("{}/v1/", stub.url);
    OpenAi::new(
        Arc::new(Internet::new(None)),
        key,
        base,
        OpenAi::MODEL.to_owned(),
    )
}

fn anthropic(stub: &Stub) -> Anthropic {
    let key = ApiKey::parse(KEY).unwrap();
    let model = Anthropic::MODEL.to_owned();
    Anthropic::new(Arc::new(Internet::new(None)), key, stub.url.clone(), model)
}

fn bedrock(stub: &Stub) -> Bedrock {
    Bedrock::new(
        Arc::new(Internet::new(None)),
        Arc::new(SetClock::standing_at(
            "2026-11-21T16:00:00Z".parse().unwrap(),
        )),
        Credentials::new("AKID", KEY, Some("session".to_owned()), None, "test"),
        "eu-west-1".to_owned(),
        Some(stub.url.clone()),
        "eu.amazon.nova-lite-v1:0".to_owned(),
    )
}

async fn written(writer: &dyn Writer) -> Result<Answer, WriterError> {
    writer.write(&prompt(&context()), Limits::default()).await
}

/// What OpenAI says when a model wrote this.
fn completion(subject: &str) -> String {
    let text = json!({ "subject": subject, "body": BODY }).to_string();
    json!({
        "id": "chatcmpl-1",
        "model": "gpt-4.1-mini-2025-04-14",
        "choices": [{
            "index": 0,
            "message": { "role": "assistant", "content": text, "refusal": null },
            "finish_reason": "stop",
        }],
        "usage": { "prompt_tokens": 600, "completion_tokens": 120, "total_tokens": 720 },
    })
    .to_string()
}

fn good() -> Said {
    Said::Reply(200, completion("Oak Street"))
}

/// Answers with each in turn, and then with the last.
fn in_turn(answers: &'static [fn() -> Said]) -> impl Fn(&Asked) -> Said + Send + 'static {
    let nth = AtomicUsize::new(0);
    move |_| {
        let nth = nth.fetch_add(1, Ordering::Relaxed);
        answers.get(nth).or(answers.last()).unwrap()()
    }
}

#[tokio::test]
async fn openai_is_asked_for_json_by_the_schema() {
    let stub = Stub::start(|_| good());

    let answer = written(&openai(&stub)).await.unwrap();

    assert_eq!(answer.model, "gpt-4.1-mini-2025-04-14");
    assert_eq!((answer.input_tokens, answer.output_tokens), (600, 120));
    assert_eq!(answer.cost(), Some(432));
    assert_eq!(
        read_answer(&answer.text, &context()).unwrap().subject,
        "Oak Street"
    );
    let asked = stub.asked().remove(0);
    assert_eq!(asked.line, "POST /v1/chat/completions HTTP/1.1");
    assert_eq!(asked.header("authorization"), format!("Bearer {KEY}"));
    assert_eq!(asked.body["model"], OpenAi::MODEL);
    assert_eq!(asked.body["max_completion_tokens"], 700);
    let schema = &asked.body["response_format"]["json_schema"];
    assert_eq!(
        (&schema["strict"], &schema["schema"]),
        (&json!(true), &prompt(&context()).schema)
    );
    assert_eq!(
        asked.body["messages"][1]["content"],
        prompt(&context()).user
    );
}

#[tokio::test]
async fn anthropic_is_asked_to_use_a_tool_with_the_schema() {
    let stub = Stub::start(|_| {
        let message = json!({
            "type": "message",
            "model": "claude-haiku-4-5-20251001",
            "content": [
                { "type": "thinking", "thinking": "Hm." },
                { "type": "text", "text": "Here it is." },
                { "type": "tool_use", "id": "t1", "name": "write_email", "input": { "subject": "Oak Street", "body": BODY } },
            ],
            "stop_reason": "tool_use",
            "usage": { "input_tokens": 900, "output_tokens": 100 },
        });
        Said::Reply(200, message.to_string())
    });

    let answer = written(&anthropic(&stub)).await.unwrap();

    assert_eq!(answer.cost(), Some(1_400));
    assert_eq!(read_answer(&answer.text, &context()).unwrap().body, BODY);
    let asked = stub.asked().remove(0);
    assert_eq!(asked.line, "POST /v1/messages HTTP/1.1");
    assert_eq!(
        (asked.header("x-api-key"), asked.header("anthropic-version")),
        (KEY, "2023-06-01")
    );
    assert_eq!(asked.body["max_tokens"], 700);
    assert_eq!(
        asked.body["tools"][0]["input_schema"],
        prompt(&context()).schema
    );
    assert_eq!(
        asked.body["tool_choice"],
        json!({ "type": "tool", "name": "write_email" })
    );
}

#[tokio::test]
async fn bedrock_is_asked_with_a_signature() {
    let stub = Stub::start(|_| {
        let text = json!({ "subject": "Oak Street", "body": BODY }).to_string();
        let reply = json!({
            "output": { "message": { "role": "assistant", "content": [
                { "reasoningContent": { "reasoningText": { "text": "Hm." } } },
                { "text": format!("Here:\n{text}") },
            ] } },
            "stopReason": "end_turn",
            "usage": { "inputTokens": 800, "outputTokens": 90, "totalTokens": 890 },
        });
        Said::Reply(200, reply.to_string())
    });

    let answer = written(&bedrock(&stub)).await.unwrap();

    assert_eq!(
        (answer.model.as_str(), answer.cost()),
        ("eu.amazon.nova-lite-v1:0", None)
    );
    assert_eq!(read_answer(&answer.text, &context()).unwrap().body, BODY);
    let asked = stub.asked().remove(0);
    assert_eq!(
        asked.line,
        "POST /model/eu.amazon.nova-lite-v1%3A0/converse HTTP/1.1"
    );
    assert_eq!(asked.header("x-amz-date"), "20261121T160000Z");
    assert_eq!(asked.header("x-amz-security-token"), "session");
    let signature = asked.header("authorization");
    assert!(
        signature.starts_with(
            "AWS4-HMAC-SHA256 Credential=AKID/20261121/eu-west-1/bedrock/aws4_request, \
             SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, Signature="
        ),
        "{signature}"
    );
    assert_eq!(asked.body["inferenceConfig"]["maxTokens"], 700);
}

#[tokio::test]
async fn a_busy_provider_is_asked_once_more() {
    let busy: fn() -> Said = || Said::With(429, "Retry-After: 0\r\n", "{}".to_owned());
    let broken: fn() -> Said = || Said::With(529, "Retry-After: 0\r\n", "overloaded".to_owned());
    for first in [busy, broken] {
        let stub = Stub::start(in_turn(vec![first, good].leak()));
        assert!(written(&openai(&stub)).await.is_ok());
        assert_eq!(stub.asked().len(), 2);
    }

    let stub = Stub::start(in_turn(vec![busy, busy, good].leak()));
    assert_eq!(
        written(&openai(&stub)).await,
        Err(WriterError::Unavailable("429".to_owned()))
    );
    assert_eq!(stub.asked().len(), 2);
}

#[tokio::test]
async fn nobody_is_asked_again_when_there_is_no_time_or_no_point() {
    for (within, number, headers, body) in [
        (20, 429, "Retry-After: 30\r\n", "{}"),
        (2, 503, "Retry-After: 0\r\n", "{}"),
        (20, 429, "Retry-After: 18446744073709551615\r\n", "{}"),
        (
            20,
            429,
            "",
            r#"{"error":{"code":"insufficient_quota","message":"You exceeded"}}"#,
        ),
        (20, 400, "", "{}"),
    ] {
        let stub = Stub::start(move |_| Said::With(number, headers, body.to_owned()));
        let limits = Limits {
            within: Duration::from_secs(within),
            ..Limits::default()
        };
        assert!(
            openai(&stub)
                .write(&prompt(&context()), limits)
                .await
                .is_err()
        );
        assert_eq!(stub.asked().len(), 1, "{number} {headers}");
    }
}

#[tokio::test]
async fn a_provider_that_says_nothing_is_given_up() {
    let (_keeps_waiting, waits) = mpsc::channel::<()>();
    let stub = Stub::start(move |_| {
        let _ = waits.recv();
        Said::HangUp
    });
    let limits = Limits {
        within: Duration::from_millis(100),
        ..Limits::default()
    };
    let given_up = openai(&stub).write(&prompt(&context()), limits).await;
    assert_eq!(given_up, Err(WriterError::TimedOut));
}

#[tokio::test]
async fn a_refusal_of_a_provider_is_told_by_its_code_and_without_the_key() {
    let openai_s = r#"{"error":{"message":"Incorrect API key provided: sk-very-secret-0123456789","type":"invalid_request_error","code":"invalid_api_key"}}"#;
    let anthropic_s = r#"{"type":"error","error":{"type":"authentication_error","message":"invalid sk-very-secret-0123456789"}}"#;
    let odd = r#"{"error":{"code":"sk-very-secret-0123456789","type":"a b"}}"#;
    for (number, headers, body, code) in [
        (401, "", openai_s, "invalid_api_key"),
        (401, "", anthropic_s, "authentication_error"),
        (401, "", odd, "401"),
        (
            403,
            "x-amzn-ErrorType: AccessDeniedException:http://internal\r\n",
            "{}",
            "AccessDeniedException",
        ),
        (302, "Location: http://169.254.169.254/\r\n", "", "302"),
        (404, "", "<html>", "404"),
    ] {
        let stub = Stub::start(move |_| Said::With(number, headers, body.to_owned()));
        let writers: [Box<dyn Writer>; 3] = [
            Box::new(openai(&stub)),
            Box::new(anthropic(&stub)),
            Box::new(bedrock(&stub)),
        ];
        for writer in writers {
            let error = written(&*writer).await.unwrap_err();
            assert_eq!(error, WriterError::Refused(code.to_owned()));
            assert!(!format!("{error} {error:?}").contains("secret"));
        }
    }
}

#[tokio::test]
async fn what_is_no_answer_is_not_taken_for_one() {
    let unreadable = |error| matches!(error, Err(WriterError::Unreadable(_)));
    for body in [
        String::new(),
        "<html>".to_owned(),
        "{}".to_owned(),
        "[]".to_owned(),
        json!({ "choices": [], "content": [], "output": { "message": { "content": [] } } })
            .to_string(),
        "x".repeat(MAX_REPLY + 1),
    ] {
        let stub = Stub::start(move |_| Said::Reply(200, body.clone()));
        assert!(unreadable(written(&openai(&stub)).await));
        assert!(unreadable(written(&anthropic(&stub)).await));
        assert!(unreadable(written(&bedrock(&stub)).await));
    }
}

#[tokio::test]
async fn a_model_that_declines_or_breaks_off_wrote_nothing() {
    let said = |finish: &str, refusal: Option<&str>| {
        json!({
            "choices": [{ "message": { "content": "{\"subj", "refusal": refusal }, "finish_reason": finish }],
            "content": [{ "type": "text", "text": "{\"subj" }],
            "stop_reason": match finish { "length" => "max_tokens", _ => "refusal" },
            "output": { "message": { "content": [{ "text": "{\"subj" }] } },
            "stopReason": match finish { "length" => "max_tokens", _ => "content_filtered" },
            "usage": { "inputTokens": 1, "outputTokens": 1 },
        })
        .to_string()
    };
    for (body, reason) in [
        (
            said("length", None),
            WriterError::Unreadable("it breaks off"),
        ),
        (said("stop", Some("I can't")), WriterError::Declined),
        (said("content_filter", None), WriterError::Declined),
    ] {
        let stub = Stub::start(move |_| Said::Reply(200, body.clone()));
        assert_eq!(written(&openai(&stub)).await, Err(reason.clone()));
        assert_eq!(written(&anthropic(&stub)).await, Err(reason.clone()));
        assert_eq!(written(&bedrock(&stub)).await, Err(reason));
    }
}

#[tokio::test]
async fn a_header_in_an_answer_ends_where_answers_are_read() {
    let stub = Stub::start(|_| Said::Reply(200, completion("Oak Street\r\nBcc: all@evil.example")));

    let answer = written(&openai(&stub)).await.unwrap();

    assert_eq!(
        read_answer(&answer.text, &context()),
        Err(Unusable::SplitSubject)
    );
}

#[tokio::test]
async fn a_key_is_checked_without_writing() {
    let stub = Stub::start(|asked| {
        let knows =
            asked.header("authorization").ends_with(KEY) || asked.header("x-api-key") == KEY;
        Said::Reply(if knows { 200 } else { 401 }, "{\"data\":[]}".to_owned())
    });

    assert_eq!(openai(&stub).check().await, Ok(()));
    assert_eq!(anthropic(&stub).check().await, Ok(()));

    let lines: Vec<String> = stub.asked().into_iter().map(|asked| asked.line).collect();
    assert_eq!(
        lines,
        ["GET /v1/models HTTP/1.1", "GET /v1/models HTTP/1.1"]
    );
    let wrong = OpenAi::new(
        Arc::new(Internet::new(None)),
        ApiKey::parse("other").unwrap(),
        stub.url.clone(),
        OpenAi::MODEL.to_owned(),
    );
    assert_eq!(
        wrong.check().await,
        Err(WriterError::Refused("401".to_owned()))
    );
}

#[test]
fn what_cannot_be_a_key_is_none() {
    for text in ["", "  ", "sk-a b", "sk-a\r\nx: y", "sk-ä", "sk-\0"] {
        assert_eq!(ApiKey::parse(text), Err(WriterError::NoKey), "{text:?}");
    }
    assert!(ApiKey::parse(&"x".repeat(MAX_KEY + 1)).is_err());
    assert_eq!(format!("{:?}", ApiKey::parse(" sk-secret\n")), "Ok(ApiKey)");
}
