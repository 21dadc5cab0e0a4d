//! What every reply has, whatever it answers, and how requests are refused that no endpoint can read.

use http::Method;
use plat_testing::{Answer, TestApp};
use serde_json::json;

#[track_caller]
fn has_security_headers(answer: &Answer) {
    for (name, value) in [
        (
            "strict-transport-security",
            "max-age=31536000; includeSubDomains",
        ),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
    ] {
        assert_eq!(answer.header(name), value, "{name} of a {}", answer.status);
    }
}

#[tokio::test]
async fn every_reply_has_the_security_headers() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;

    for answer in [
        app.get("/").await.expect(200),
        app.get("/docs").await.expect(200),
        ann.get("/api/leads").await.expect(200),
        app.get("/api/leads").await.expect(401),
        app.get("/nowhere").await.expect(404),
        app.post("/health", json!({})).await.expect(405),
        app.post("/api/auth/login", json!({})).await.expect(422),
    ] {
        has_security_headers(&answer);
    }
}

#[tokio::test]
async fn what_is_private_is_not_stored_by_caches() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;

    let answer = ann.get("/api/leads").await.expect(200);

    assert_eq!(answer.header("cache-control"), "no-store");
}

#[tokio::test]
async fn every_reply_names_its_request() {
    let app = TestApp::start().await;

    let found = app.get("/").await.expect(200);
    let absent = app.get("/nowhere").await.expect(404);

    assert_eq!(found.header("x-request-id"), "test-request");
    assert_eq!(absent.header("x-request-id"), "test-request");
    assert_eq!(absent.json()["instance"], "test-request");
}

#[tokio::test]
async fn a_path_that_is_not_there_is_a_problem_like_any_other() {
    let app = TestApp::start().await;

    let answer = app.get("/api/nothing").await.expect(404);

    assert_eq!(answer.problem(), "not-found");
    assert_eq!(answer.header("content-type"), "application/problem+json");
}

#[tokio::test]
async fn a_method_that_is_not_there_is_told_which_are() {
    let app = TestApp::start().await;

    let answer = app
        .call(Method::DELETE, "/api/leads")
        .send()
        .await
        .expect(405);

    assert_eq!(answer.problem(), "method-not-allowed");
    assert_eq!(answer.header("allow"), "GET, POST");
}

#[tokio::test]
async fn a_body_that_is_not_json_by_its_type_is_refused() {
    let app = TestApp::start().await;
    let sent = |media_type: &'static str| {
        let call = app.call(Method::POST, "/api/auth/login");
        call.body(media_type, json!({}).to_string()).send()
    };

    for other in [
        "text/plain",
        "application/xml",
        "multipart/form-data; boundary=x",
    ] {
        let answer = sent(other).await.expect(415);
        assert_eq!(answer.problem(), "unsupported-media-type");
    }
    for json in ["application/json", "Application/JSON; charset=utf-8"] {
        sent(json).await.expect(422);
    }
}

#[tokio::test]
async fn a_body_without_a_type_is_refused() {
    let app = TestApp::start().await;

    let answer = app.call(Method::POST, "/api/auth/login").send().await;

    assert_eq!(answer.expect(415).problem(), "unsupported-media-type");
}

#[tokio::test]
async fn a_body_over_one_mebibyte_is_refused() {
    let app = TestApp::start().await;
    let sent = |size: usize| {
        let call = app.call(Method::POST, "/api/auth/login");
        call.body("application/json", "a".repeat(size)).send()
    };

    let largest = sent(1024 * 1024).await;
    let larger = sent(1024 * 1024 + 1).await;

    assert_eq!(largest.expect(400).problem(), "malformed");
    assert_eq!(larger.expect(413).problem(), "too-large");
}

#[tokio::test]
async fn a_body_that_is_no_json_is_malformed() {
    let app = TestApp::start().await;
    let deep = format!("{}{}", "[".repeat(65), "]".repeat(65));

    for text in [
        "",
        "{",
        "{\"a\":1,}",
        "{'a':1}",
        "nul",
        "{} {}",
        deep.as_str(),
    ] {
        let call = app.call(Method::POST, "/api/auth/login");
        let answer = call.body("application/json", text.to_owned()).send().await;
        assert_eq!(answer.expect(400).problem(), "malformed", "{text}");
    }
}

#[tokio::test]
async fn pages_of_the_web_app_may_read_replies_and_others_may_not() {
    let app = TestApp::start().await;
    let from = |origin: &str| {
        app.call(Method::GET, "/api/leads")
            .header("origin", origin)
            .send()
    };

    let known = from("https://app.plat.example").await.expect(401);
    let unknown = from("https://evil.example").await.expect(401);

    let allowed = |answer: &Answer| answer.header("access-control-allow-origin").to_owned();
    assert_eq!(allowed(&known), "https://app.plat.example");
    assert!(
        known
            .header("access-control-expose-headers")
            .contains("ETag")
    );
    assert_eq!(allowed(&unknown), "");
    for answer in [known, unknown] {
        assert_eq!(answer.header("vary"), "Origin");
        assert_eq!(answer.header("access-control-allow-credentials"), "");
    }
}
