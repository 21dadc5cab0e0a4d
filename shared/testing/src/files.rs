//! Files as a browser or curl handles them: by addresses that were signed, past Plat's functions.

use crate::TestApp;
use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

/// What the store of files answered, or something else on this machine.
#[derive(Debug, Clone)]
pub struct FileAnswer {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub bytes: Bytes,
}

impl FileAnswer {
    /// A header's text.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }
}

impl TestApp {
    /// Puts `bytes` as the API's reply said: its `method`, its `url`, its `headers`. The length is that of the bytes,
    /// whatever was announced, as with a browser. Returns the status code.
    pub async fn upload(&self, presigned: &Value, bytes: impl Into<Bytes>) -> u16 {
        let text = |name: &str| {
            let text = presigned[name].as_str();
            text.unwrap_or_else(|| panic!("no {name} in {presigned}"))
        };
        let method = text("method").parse().expect("a method");
        let headers = presigned["headers"]
            .as_object()
            .unwrap_or_else(|| panic!("no headers in {presigned}"))
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str().unwrap_or_default()));
        let headers: Vec<_> = headers.collect();
        self.at_files(method, text("url"), &headers, bytes)
            .await
            .status
    }

    /// Gets the file at `url`.
    pub async fn download(&self, url: &str) -> FileAnswer {
        self.at_files(Method::GET, url, &[], Bytes::new()).await
    }

    /// Any request to the store of files.
    pub async fn at_files(
        &self,
        method: Method,
        url: &str,
        headers: &[(&str, &str)],
        bytes: impl Into<Bytes>,
    ) -> FileAnswer {
        fetch(method, url, headers, bytes).await
    }
}

/// Any request to whatever listens on this machine.
pub async fn fetch(
    method: Method,
    url: &str,
    headers: &[(&str, &str)],
    bytes: impl Into<Bytes>,
) -> FileAnswer {
    let mut request = Request::new(Full::new(bytes.into()));
    *request.method_mut() = method;
    *request.uri_mut() = url.parse().expect("an address");
    for (name, value) in headers {
        let name: HeaderName = name.parse().expect("a header's name");
        let value = HeaderValue::from_str(value).expect("a header's value");
        if name != CONTENT_LENGTH {
            request.headers_mut().append(name, value);
        }
    }
    let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let answer = client.request(request).await.expect("the store answers");
    let (parts, body) = answer.into_parts();
    let bytes = body.collect().await.expect("the whole body comes");
    FileAnswer {
        status: parts.status.as_u16(),
        headers: parts.headers,
        bytes: bytes.to_bytes(),
    }
}
