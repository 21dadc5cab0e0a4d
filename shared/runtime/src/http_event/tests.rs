use super::*;
use crate::testing::app;
use plat_registry::{Failure, Input, Json, Open, Visitor};
use serde_json::{Value, json};

const GET: &str = include_str!("../../../../events/leads.get/get.json");
const LIST: &str = include_str!("../../../../events/leads.list/first-page.json");
const CREATE: &str = include_str!("../../../../events/leads.create/base64.json");

fn event(text: &str) -> HttpEvent {
    serde_json::from_str(text).unwrap()
}

fn changed(text: &str, pointer: &str, to: Value) -> HttpEvent {
    let mut event: Value = serde_json::from_str(text).unwrap();
    *event.pointer_mut(pointer).unwrap() = to;
    serde_json::from_value(event).unwrap()
}

fn request(text: &str) -> Request {
    event(text).into_request().unwrap()
}

/// An endpoint where every lead has a name, but one that panics.
fn endpoint() -> Endpoint {
    #[derive(serde::Deserialize, schemars::JsonSchema)]
    #[serde(rename_all = "camelCase")]
    struct Path {
        lead_id: String,
    }
    async fn name(_: Arc<App>, _: Visitor, input: Input<Path>) -> Result<Json<String>, Failure> {
        assert_ne!(input.path.lead_id, "panic");
        Ok(Json(format!("Ana {}", input.path.lead_id)))
    }
    Endpoint::new(Method::GET, "/api/leads/{leadId}", "leads.get", Open, name)
}

fn reply_to(event: HttpEvent) -> Value {
    let (reply, _) = futures::executor::block_on(handle(&app(), &endpoint(), event, None));
    serde_json::to_value(HttpReply::from(reply)).unwrap()
}

#[test]
fn a_request_is_what_the_event_says() {
    let request = request(LIST);
    assert_eq!(request.method, Method::GET);
    assert_eq!(request.path, "/api/leads");
    assert_eq!(request.query, "limit=50&sort=newest");
    assert_eq!(request.id, "JKcYpj1cjoEEPvA=");
    assert_eq!(
        request.header(http::header::ACCEPT),
        Some("application/json")
    );
    assert!(request.body.is_empty());
}

#[test]
fn the_client_is_who_the_gateway_saw_and_not_who_a_header_says() {
    let request = request(GET);
    let forwarded = request.header(HeaderName::from_static("x-forwarded-for"));
    assert_eq!(request.client_ip.to_string(), "203.0.113.24");
    assert!(forwarded.is_some_and(|said| said.starts_with("198.51.100.77")));
}

#[test]
fn a_body_in_base64_is_decoded() {
    let body: Value = serde_json::from_slice(&request(CREATE).body).unwrap();
    assert_eq!(body["name"], "Ana Pérez");
}

#[test]
fn a_body_in_text_is_taken_as_it_is() {
    let mut event = changed(CREATE, "/isBase64Encoded", json!(false));
    event.body = Some("{\"name\": \"Zoë\"}".to_owned());
    assert_eq!(event.into_request().unwrap().body, "{\"name\": \"Zoë\"}");
}

#[test]
fn cookies_come_back_together() {
    let mut event = event(GET);
    event.cookies = vec!["a=1".to_owned(), "b=2".to_owned()];
    assert_eq!(
        event.into_request().unwrap().header(COOKIE),
        Some("a=1; b=2")
    );
}

#[test]
fn the_name_of_a_stage_is_no_part_of_the_path() {
    for (path, stage, api_path) in [
        ("/api/leads", "$default", "/api/leads"),
        ("/prod/api/leads", "prod", "/api/leads"),
        ("/api/leads", "prod", "/api/leads"),
        ("/prodigy", "prod", "/prodigy"),
    ] {
        assert_eq!(without_stage(path.to_owned(), stage), api_path);
    }
}

#[test]
fn a_reply_of_text_is_carried_as_text() {
    let reply = reply_to(event(GET));
    assert_eq!(reply["statusCode"], 200);
    assert_eq!(reply["body"], "\"Ana 01JR2V9K3PXE7MT5BQ0CWD8F4H\"");
    assert_eq!(reply["isBase64Encoded"], false);
    assert_eq!(reply["headers"]["content-type"], "application/json");
    assert_eq!(reply["headers"]["x-request-id"], "JKcXohG3DoEEP9Q=");
    assert_eq!(reply.get("cookies"), None);
}

#[test]
fn a_reply_of_bytes_is_carried_in_base64() {
    let reply = HttpReply::from(Reply::of(200, "application/gzip", vec![0x1f, 0x8b, 0xff]));
    assert_eq!(reply.body, "H4v/");
    assert!(reply.is_base64_encoded);
}

#[test]
fn each_cookie_of_a_reply_has_its_own_line() {
    let mut reply = Reply::empty(204);
    for cookie in ["a=1", "b=2"] {
        reply
            .headers
            .append(SET_COOKIE, HeaderValue::from_static(cookie));
        reply
            .headers
            .append(http::header::VARY, HeaderValue::from_static(cookie));
    }
    let reply = serde_json::to_value(HttpReply::from(reply)).unwrap();
    assert_eq!(reply["cookies"], json!(["a=1", "b=2"]));
    assert_eq!(reply["headers"], json!({"vary": "a=1, b=2"}));
}

#[test]
fn what_a_route_sends_astray_is_not_found() {
    for (pointer, value) in [
        ("/rawPath", json!("/api/deals/1")),
        ("/requestContext/http/method", json!("DELETE")),
    ] {
        let reply = reply_to(changed(GET, pointer, value));
        assert_eq!(reply["statusCode"], 404);
        assert_eq!(reply["headers"]["content-type"], "application/problem+json");
    }
}

#[test]
fn a_panic_is_a_problem_of_ours() {
    let mut event = event(GET);
    event.raw_path = "/api/leads/panic".to_owned();
    let reply = reply_to(event);
    let problem: Value = serde_json::from_str(reply["body"].as_str().unwrap()).unwrap();
    assert_eq!(reply["statusCode"], 500);
    assert_eq!(problem["type"], "/problems/internal");
    assert_eq!(problem["instance"], "JKcXohG3DoEEP9Q=");
    assert_eq!(
        reply["headers"]["access-control-allow-origin"],
        "https://app.example.com"
    );
}

#[test]
fn an_event_that_makes_no_sense_is_a_problem_of_ours() {
    let reply = reply_to(changed(
        GET,
        "/requestContext/http/sourceIp",
        json!("nowhere"),
    ));
    assert_eq!(reply["statusCode"], 500);
}
