//! What stands before the store: who may ask from a browser, and what has expired by Plat's clock.

use super::store::Store;
use super::{KEY_ID, SECRET};
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, CONTENT_TYPE, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use plat_http::query_pairs;
use plat_services::Clock;
use s3s::auth::SimpleAuth;
use s3s::config::{S3Config, StaticConfigProvider};
use s3s::service::{S3Service, S3ServiceBuilder};
use std::sync::Arc;
use tokio::net::TcpListener;
use tower::Service;

/// The same as the bucket's rule in infra/data.yaml.
const METHODS: &str = "GET, HEAD, PUT";
const HEADERS: &str = "content-type, x-amz-checksum-sha256";
const EXPOSED: &str = "ETag, x-amz-version-id";

#[derive(Clone)]
pub(super) struct Front {
    s3: S3Service,
    clock: Arc<dyn Clock>,
    ahead: SignedDuration,
    origins: Arc<[String]>,
}

impl Front {
    pub(super) fn new(
        store: Store,
        clock: Arc<dyn Clock>,
        ahead: SignedDuration,
        origins: Vec<String>,
    ) -> Self {
        let mut config = S3Config::default();
        // The machine's clock is not the one that matters.
        config.presigned_url_max_skew_time_secs = u32::MAX;
        let mut builder = S3ServiceBuilder::new(store);
        builder.set_auth(SimpleAuth::from_single(KEY_ID, SECRET));
        builder.set_config(Arc::new(StaticConfigProvider::new(Arc::new(config))));
        Self {
            s3: builder.build(),
            clock,
            ahead,
            origins: origins.into(),
        }
    }

    pub(super) async fn serve(self, listener: TcpListener) {
        let router = Router::new().fallback(answer).with_state(self);
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "files are not served any more");
        }
    }

    /// Whether an address with this query was good until now or earlier.
    fn has_expired(&self, query: &str) -> bool {
        let pairs = query_pairs(query);
        let value = |name: &str| {
            let found = pairs.iter().find(|(known, _)| known == name);
            found.map(|(_, value)| value.as_str())
        };
        let (Some(date), Some(life)) = (value("X-Amz-Date"), value("X-Amz-Expires")) else {
            return false;
        };
        // What does not read is refused behind.
        expiry(date, life).is_some_and(|expiry| expiry - self.ahead <= self.clock.now())
    }
}

fn expiry(date: &str, life: &str) -> Option<Timestamp> {
    let signed = DateTime::strptime("%Y%m%dT%H%M%SZ", date).ok()?;
    let signed = signed.to_zoned(TimeZone::UTC).ok()?.timestamp();
    let life = SignedDuration::from_secs(life.parse().ok()?);
    signed.checked_add(life).ok()
}

async fn answer(State(mut front): State<Front>, request: Request) -> Response {
    let origin = request.headers().get(ORIGIN).cloned().filter(|origin| {
        let known = |known: &String| origin.as_bytes() == known.as_bytes();
        front.origins.iter().any(known)
    });
    if request.method() == Method::OPTIONS {
        return preflight(origin, request.headers());
    }
    let mut response = if front.has_expired(request.uri().query().unwrap_or_default()) {
        refused("Request has expired")
    } else {
        match Service::call(&mut front.s3, request).await {
            Ok(response) => response.map(Body::new),
            Err(error) => {
                tracing::error!(?error, "a request for a file failed");
                empty(StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    };
    if let Some(origin) = origin {
        let headers = response.headers_mut();
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(
            ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static(EXPOSED),
        );
        headers.append(VARY, HeaderValue::from_static("Origin"));
    }
    response
}

/// What a browser asks before it puts a file from a page of another origin.
fn preflight(origin: Option<HeaderValue>, asked: &HeaderMap) -> Response {
    let method = asked
        .get(ACCESS_CONTROL_REQUEST_METHOD)
        .and_then(|method| method.to_str().ok())
        .filter(|method| METHODS.split(", ").any(|known| known == *method));
    let headers_known = asked
        .get(ACCESS_CONTROL_REQUEST_HEADERS)
        .and_then(|names| names.to_str().ok())
        .unwrap_or_default()
        .split(',')
        .map(str::trim)
        .all(|name| {
            name.is_empty()
                || HEADERS
                    .split(", ")
                    .any(|known| known.eq_ignore_ascii_case(name))
        });
    let (Some(origin), Some(_), true) = (origin, method, headers_known) else {
        return refused("This CORS request is not allowed.");
    };
    let mut response = empty(StatusCode::OK);
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(
        ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static(METHODS),
    );
    headers.insert(
        ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static(HEADERS),
    );
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("3600"));
    headers.insert(VARY, HeaderValue::from_static("Origin"));
    response
}

fn refused(message: &str) -> Response {
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>AccessDenied</Code><Message>{message}</Message></Error>"
    );
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = StatusCode::FORBIDDEN;
    let xml = HeaderValue::from_static("application/xml");
    response.headers_mut().insert(CONTENT_TYPE, xml);
    response
}

fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}
