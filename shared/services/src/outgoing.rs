//! Requests to third parties: providers of models and of mail, at addresses that we or an operator have set.
//!
//! Here belongs how a request gets there and what of the answer is taken: encrypted, for a limited time, up to a limited
//! size, without following redirects, and with no key in any text. Not here: what a provider is told and what its answers
//! mean. Addresses that users give need a client that refuses private ones; this is not it.

use crate::causes::causes;
use async_trait::async_trait;
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorSettings};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue, LOCATION};
use http::{HeaderMap, Method, Uri};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use std::error::Error;
use std::fmt;
use std::net::IpAddr;
use std::sync::OnceLock;
use std::time::Duration;
use thiserror::Error;

/// The most bytes of an answer. A mail that a model wrote has a hundredth of it.
pub const MAX_REPLY: usize = 256 * 1024;

/// How long a request may take, from looking up the host to the last byte of the answer, unless it says otherwise.
pub const USUAL_LIMIT: Duration = Duration::from_secs(10);

/// A connection across the world takes half a second.
const CONNECT: Duration = Duration::from_secs(3);

/// A request to a third party.
pub struct Request {
    method: Method,
    url: String,
    headers: HeaderMap,
    body: Bytes,
    within: Duration,
}

/// Without headers and body, which hold keys and personal data.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.url)
    }
}

impl Request {
    /// Asks for what is at an address.
    pub fn get(url: impl Into<String>) -> Self {
        Self {
            method: Method::GET,
            url: url.into(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            within: USUAL_LIMIT,
        }
    }

    /// Hands JSON to an address.
    pub fn post_json(url: impl Into<String>, body: impl Into<Bytes>) -> Self {
        let json = HeaderValue::from_static("application/json");
        Self {
            method: Method::POST,
            headers: HeaderMap::from_iter([(CONTENT_TYPE, json)]),
            body: body.into(),
            ..Self::get(url)
        }
    }

    /// With a header.
    ///
    /// # Errors
    /// [`OutgoingError::Malformed`] if the value would not stay one header.
    pub fn header(self, name: &str, value: &str) -> Result<Self, OutgoingError> {
        self.with(name, value, false)
    }

    /// With a header that holds a key.
    ///
    /// # Errors
    /// [`OutgoingError::Malformed`] if the value would not stay one header.
    pub fn secret(self, name: &str, value: &str) -> Result<Self, OutgoingError> {
        self.with(name, value, true)
    }

    fn with(mut self, name: &str, value: &str, secret: bool) -> Result<Self, OutgoingError> {
        let malformed =
            OutgoingError::Malformed("a header has characters that headers cannot have");
        let Ok(name) = HeaderName::try_from(name) else {
            return Err(malformed);
        };
        let Ok(mut value) = HeaderValue::try_from(value) else {
            return Err(malformed);
        };
        value.set_sensitive(secret);
        self.headers.insert(name, value);
        Ok(self)
    }

    /// To be answered in this time.
    pub fn within(self, within: Duration) -> Self {
        Self { within, ..self }
    }

    /// Its method.
    pub fn method(&self) -> &str {
        self.method.as_str()
    }

    /// Where it goes.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Its body.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// How long it may take.
    pub fn limit(&self) -> Duration {
        self.within
    }
}

/// What was answered.
pub struct Response {
    /// The status of HTTP.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// At most [`MAX_REPLY`] bytes.
    pub body: Bytes,
}

/// Without headers and body, which may hold personal data.
impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} with {} bytes", self.status, self.body.len())
    }
}

/// What an answer means, whoever gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Done,
    /// It was not, but may be if it is asked for again: too many requests, or a fault of theirs.
    Busy,
    /// It will not be. That includes redirects: whoever has keys does not carry them elsewhere.
    Refused,
}

impl Response {
    /// What it means.
    pub const fn outcome(&self) -> Outcome {
        match self.status {
            200..=299 => Outcome::Done,
            429 | 500..=599 => Outcome::Busy,
            _ => Outcome::Refused,
        }
    }

    /// A header's value, if it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// How long to wait before asking again, if the provider said so in seconds.
    pub fn retry_after(&self) -> Option<Duration> {
        let seconds = self.header("retry-after")?.trim().parse().ok()?;
        Some(Duration::from_secs(seconds))
    }
}

/// Why there is no answer. No text in it holds a header or a body.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OutgoingError {
    /// Nothing came in time. The request may have been taken.
    #[error("there was no answer in time")]
    TimedOut,
    /// There was no connection, so nothing was sent.
    #[error("no connection was made: {0}")]
    Unreachable(String),
    /// The connection broke before the answer was whole. The request may have been taken.
    #[error("the connection broke: {0}")]
    Interrupted(String),
    /// The answer is larger than [`MAX_REPLY`]. The request was taken.
    #[error("the answer is too large")]
    TooLarge,
    /// The request is not one that is sent.
    #[error("the request cannot be sent: {0}")]
    Malformed(&'static str),
}

impl OutgoingError {
    /// Whether the other side may have acted upon the request all the same.
    pub const fn may_have_been_taken(&self) -> bool {
        match self {
            Self::TimedOut | Self::Interrupted(_) | Self::TooLarge => true,
            Self::Unreachable(_) | Self::Malformed(_) => false,
        }
    }
}

/// Carries requests to third parties.
#[async_trait]
pub trait Outgoing: Send + Sync {
    /// Sends a request once.
    async fn send(&self, request: Request) -> Result<Response, OutgoingError>;
}

/// The internet, by the client that the SDKs use.
///
/// It is set up when it is first used: reading all roots that a machine trusts takes longer than the rest of a start.
pub struct Internet {
    trusted: Option<Vec<u8>>,
    connector: OnceLock<Connector>,
}

impl Internet {
    /// Trusts the roots in `trusted` (PEM), or, without any, those that the machine trusts: on Lambda
    /// `/etc/pki/tls/certs/ca-bundle.crt`, elsewhere what `SSL_CERT_FILE` names or the system keeps.
    pub const fn new(trusted: Option<Vec<u8>>) -> Self {
        Self {
            trusted,
            connector: OnceLock::new(),
        }
    }

    fn connector(&self) -> Result<&Connector, OutgoingError> {
        if let Some(connector) = self.connector.get() {
            return Ok(connector);
        }
        let roots = match &self.trusted {
            None => TrustStore::default(),
            Some(pem) => TrustStore::empty().with_pem_certificate(pem.clone()),
        };
        let tls = TlsContext::builder()
            .with_trust_store(roots)
            .build()
            .map_err(|_| OutgoingError::Malformed("TLS cannot be set up"))?;
        let settings = HttpConnectorSettings::builder()
            .connect_timeout(CONNECT)
            .build();
        let connector = Connector::builder()
            .connector_settings(settings)
            .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
            .tls_context(tls)
            .build();
        Ok(self.connector.get_or_init(|| connector))
    }

    async fn exchange(&self, request: Request, url: Uri) -> Result<Response, OutgoingError> {
        let mut outgoing = http::Request::new(SdkBody::from(request.body));
        *outgoing.method_mut() = request.method;
        *outgoing.uri_mut() = url;
        *outgoing.headers_mut() = request.headers;
        let outgoing = HttpRequest::try_from(outgoing)
            .map_err(|_| OutgoingError::Malformed("a header is not text"))?;
        let answered = self
            .connector()?
            .call(outgoing)
            .await
            .map_err(|error| failed(&error))?
            .try_into_http1x()
            .map_err(|_| OutgoingError::Interrupted("a header is not text".to_owned()))?;
        let (head, body) = answered.into_parts();
        let body = Limited::new(body, MAX_REPLY)
            .collect()
            .await
            .map_err(|error| match error.downcast_ref::<LengthLimitError>() {
                Some(_) => OutgoingError::TooLarge,
                None => OutgoingError::Interrupted(error.to_string()),
            })?;
        Ok(Response {
            status: head.status.as_u16(),
            headers: head.headers,
            body: body.to_bytes(),
        })
    }
}

#[async_trait]
impl Outgoing for Internet {
    async fn send(&self, request: Request) -> Result<Response, OutgoingError> {
        let url = address(&request.url)?;
        let host = url.host().unwrap_or_default().to_owned();
        let answered = tokio::time::timeout(request.within, self.exchange(request, url))
            .await
            .map_err(|_| OutgoingError::TimedOut)??;
        if answered.headers.contains_key(LOCATION) {
            tracing::warn!(host, "a redirect of {host} was not followed");
        }
        Ok(answered)
    }
}

/// An address that keys may be sent to: encrypted, unless it is on this machine.
fn address(url: &str) -> Result<Uri, OutgoingError> {
    let refused = |reason| Err(OutgoingError::Malformed(reason));
    let Ok(uri) = url.parse::<Uri>() else {
        return refused("its address is none");
    };
    let Some(authority) = uri.authority() else {
        return refused("its address has no host");
    };
    if authority.as_str().contains('@') {
        return refused("its address names a user");
    }
    match uri.scheme_str() {
        Some("https") => Ok(uri),
        Some("http") if is_loopback(authority.host()) => Ok(uri),
        Some("http") => refused("its address is not encrypted"),
        Some(_) | None => refused("its address is not one of the web"),
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn failed(error: &ConnectorError) -> OutgoingError {
    let first: &(dyn Error + 'static) = error;
    let never_connected = std::iter::successors(Some(first), |error| (*error).source())
        .filter_map(|error| error.downcast_ref::<hyper_util::client::legacy::Error>())
        .any(hyper_util::client::legacy::Error::is_connect);
    let reason = causes(error);
    // Only connecting has a time limit of its own here.
    if never_connected || error.is_timeout() {
        OutgoingError::Unreachable(reason)
    } else {
        OutgoingError::Interrupted(reason)
    }
}

#[cfg(test)]
mod tests;
