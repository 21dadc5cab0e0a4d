//! One request and what came back.

use crate::app::TestApp;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName};
use http::{HeaderMap, HeaderValue, Method};
use plat_http::Request;
use plat_store::Cost;
use serde_json::Value;
use std::net::IpAddr;

/// A request being put together.
pub struct Call<'a> {
    app: &'a TestApp,
    request: Request,
}

/// A reply.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as it was sent.
    pub text: String,
    /// What the request used of the table.
    pub cost: Cost,
}

impl<'a> Call<'a> {
    pub(crate) fn new(app: &'a TestApp, method: Method, target: &str, client_ip: IpAddr) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let request = Request {
            method,
            path: path.to_owned(),
            query: query.to_owned(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            client_ip,
            id: "test-request".to_owned(),
        };
        Self { app, request }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        let value = HeaderValue::from_str(value).expect("a test's header is visible ASCII");
        self.request
            .headers
            .insert(HeaderName::from_static(name), value);
        self
    }

    /// Sends an access token along.
    #[must_use]
    pub fn token(self, token: &str) -> Self {
        self.header(
            AUTHORIZATION.as_str().to_owned().leak(),
            &format!("Bearer {token}"),
        )
    }

    /// Sends JSON.
    #[must_use]
    pub fn json(self, body: Value) -> Self {
        self.body("application/json", body.to_string())
    }

    /// Sends any body.
    #[must_use]
    pub fn body(mut self, media_type: &str, body: impl Into<Bytes>) -> Self {
        self.request.headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_str(media_type).expect("a media type"),
        );
        self.request.body = body.into();
        self
    }

    /// Names the version that the change is meant for.
    #[must_use]
    pub fn if_match(self, version: u64) -> Self {
        self.header("if-match", &format!("\"{version}\""))
    }

    /// Names the request, so that it is done once.
    #[must_use]
    pub fn idempotency_key(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    /// Comes from another address.
    #[must_use]
    pub fn from(mut self, ip: &str) -> Self {
        self.request.client_ip = ip.parse().expect("an address");
        self
    }

    /// Sends it.
    pub async fn send(self) -> Answer {
        let (reply, cost) = self.app.host.handle(self.request).await;
        let text = String::from_utf8_lossy(&reply.body).into_owned();
        Answer {
            status: reply.status,
            headers: reply.headers,
            text,
            cost,
        }
    }
}

impl Answer {
    /// The body as JSON; null if there is none.
    pub fn json(&self) -> Value {
        if self.text.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
        }
    }

    /// A header's text.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// The same answer, if it has this status; a panic that shows it otherwise.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    /// The last part of the problem's type.
    pub fn problem(&self) -> String {
        self.json()["type"]
            .as_str()
            .and_then(|path| path.strip_prefix("/problems/"))
            .unwrap_or_default()
            .to_owned()
    }

    /// `pointer code` of each field error, in order.
    pub fn field_errors(&self) -> Vec<String> {
        let text = |error: &Value, name: &str| error[name].as_str().unwrap_or_default().to_owned();
        let errors = self.json()["errors"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        errors
            .iter()
            .map(|error| format!("{} {}", text(error, "pointer"), text(error, "code")))
            .collect()
    }

    /// The id in the body.
    #[track_caller]
    pub fn id(&self) -> String {
        self.json()["id"]
            .as_str()
            .unwrap_or_else(|| panic!("no id in {}", self.text))
            .to_owned()
    }
}
