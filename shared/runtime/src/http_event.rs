//! Requests as an HTTP API of API Gateway hands them over (payload format 2.0), and the replies it takes.

use crate::deadline;
use crate::guard::{Panicked, guarded};
use crate::metrics::{Metrics, Outcome};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use http::header::{COOKIE, HeaderName, ORIGIN, SET_COOKIE};
use http::{HeaderMap, HeaderValue, Method};
use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};
use plat_http::{Reply, Request, problems};
use plat_registry::{App, Endpoint, Failure, refuse, serve as answer};
use plat_store::Cost;
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Instant;

/// What a request says, as far as Plat listens.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct HttpEvent {
    raw_path: String,
    #[serde(default)]
    raw_query_string: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    cookies: Vec<String>,
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
    request_context: RequestContext,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext {
    stage: String,
    request_id: String,
    http: Http,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Http {
    method: String,
    source_ip: String,
}

/// A reply.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct HttpReply {
    status_code: u16,
    #[serde(serialize_with = "write_headers")]
    headers: HeaderMap,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cookies: Vec<String>,
    body: String,
    is_base64_encoded: bool,
}

/// Answers requests to `endpoint` until Lambda ends the process.
pub(crate) async fn serve(
    app: Arc<App>,
    endpoint: Endpoint,
    metrics: Metrics,
) -> Result<(), Error> {
    let (endpoint, metrics) = (Arc::new(endpoint), Arc::new(metrics));
    let service = service_fn(move |event: LambdaEvent<HttpEvent>| {
        let (app, endpoint, metrics) = (app.clone(), endpoint.clone(), metrics.clone());
        // In a box, since the layers around it hand it on by value and it is some kilobytes large.
        Box::pin(async move {
            let started = Instant::now();
            let until = deadline::of(&event.context, app.clock.now());
            let (reply, cost) = handle(&app, &endpoint, event.payload, until).await;
            let outcome = Outcome {
                operation: endpoint.operation,
                requests: 1,
                errors: usize::from(reply.status >= 500),
                duration: started.elapsed(),
                cost,
            };
            metrics.write(&outcome, app.clock.now());
            Ok::<_, Infallible>(HttpReply::from(reply))
        })
    });
    Runtime::new(service).run().await
}

async fn handle(
    app: &Arc<App>,
    endpoint: &Endpoint,
    event: HttpEvent,
    until: Option<Instant>,
) -> (Reply, Cost) {
    let operation = endpoint.operation;
    let id = event.request_context.request_id.clone();
    let request = match event.into_request() {
        Ok(request) => request,
        Err(reason) => {
            tracing::error!(
                operation,
                status = 500,
                request = id,
                "{operation} 500: {reason}"
            );
            return (
                Failure::fault(reason).problem.into_reply(&id),
                Cost::default(),
            );
        }
    };
    let Some(parameters) = parameters(endpoint, &request) else {
        tracing::warn!(
            operation,
            status = 404,
            request = id,
            "{operation} 404: a route leads here that is not its own"
        );
        let refused = refuse(app, problems::not_found(), &request);
        return (refused, Cost::default());
    };
    let remembered = for_its_headers(&request);
    let work = guarded(answer(app, endpoint, request, parameters));
    let (status, failure) = match deadline::within(until, work).await {
        Some(Ok(answered)) => return answered,
        Some(Err(Panicked)) => (500, Failure::fault("it panicked")),
        // A client that tries again under the same idempotency key finds out what became of it.
        None => (503, Failure::unavailable("it took too long")),
    };
    let reason = failure.inward.unwrap_or_default();
    tracing::error!(
        operation,
        status,
        request = id,
        "{operation} {status}: {reason}"
    );
    (refuse(app, failure.problem, &remembered), Cost::default())
}

/// The path's parameters, if this is a request to `endpoint`.
fn parameters(endpoint: &Endpoint, request: &Request) -> Option<Vec<(String, String)>> {
    endpoint
        .methods()
        .any(|method| *method == request.method)
        .then(|| endpoint.path.matches(&request.path))?
}

/// As much of a request as the headers of its reply depend on.
fn for_its_headers(request: &Request) -> Request {
    let origin = request.headers.get(ORIGIN);
    Request {
        method: request.method.clone(),
        path: String::new(),
        query: String::new(),
        headers: origin
            .map(|origin| (ORIGIN, origin.clone()))
            .into_iter()
            .collect(),
        body: Bytes::new(),
        client_ip: request.client_ip,
        id: request.id.clone(),
    }
}

impl HttpEvent {
    fn into_request(self) -> Result<Request, String> {
        let RequestContext {
            stage,
            request_id,
            http,
        } = self.request_context;
        let mut headers = HeaderMap::with_capacity(self.headers.len() + 1);
        for (name, value) in self.headers {
            // The gateway has read these as headers already, so what is left out here was none.
            if let (Ok(name), Ok(value)) =
                (HeaderName::try_from(name), HeaderValue::try_from(value))
            {
                headers.insert(name, value);
            }
        }
        if !self.cookies.is_empty()
            && let Ok(cookies) = HeaderValue::try_from(self.cookies.join("; "))
        {
            headers.insert(COOKIE, cookies);
        }
        let body = match self.body {
            None => Bytes::new(),
            Some(body) if self.is_base64_encoded => BASE64
                .decode(body)
                .map_err(|_| "the event's body is not base64")?
                .into(),
            Some(body) => body.into(),
        };
        Ok(Request {
            method: Method::try_from(http.method.as_str())
                .map_err(|_| "the event's method is none")?,
            path: without_stage(self.raw_path, &stage),
            query: self.raw_query_string,
            headers,
            body,
            client_ip: http
                .source_ip
                .parse()
                .map_err(|_| "the event's address is none")?,
            id: request_id,
        })
    }
}

/// The path as the API knows it. A stage with a name stands in front of it, unless a domain of one's own leads to the
/// stage.
fn without_stage(path: String, stage: &str) -> String {
    match path
        .strip_prefix('/')
        .and_then(|path| path.strip_prefix(stage))
    {
        Some(rest) if rest.starts_with('/') => rest.to_owned(),
        Some(_) | None => path,
    }
}

impl From<Reply> for HttpReply {
    fn from(reply: Reply) -> Self {
        let mut headers = reply.headers;
        let cookies = headers
            .get_all(SET_COOKIE)
            .iter()
            .filter_map(|cookie| cookie.to_str().ok())
            .map(str::to_owned)
            .collect();
        headers.remove(SET_COOKIE);
        let (body, is_base64_encoded) = match String::from_utf8(reply.body.into()) {
            Ok(text) => (text, false),
            Err(binary) => (BASE64.encode(binary.as_bytes()), true),
        };
        Self {
            status_code: reply.status,
            headers,
            cookies,
            body,
            is_base64_encoded,
        }
    }
}

/// Writes headers as an object of texts; the values of one that is there more than once stand behind each other.
fn write_headers<S: Serializer>(headers: &HeaderMap, serializer: S) -> Result<S::Ok, S::Error> {
    let mut object = serializer.serialize_map(Some(headers.keys_len()))?;
    for name in headers.keys() {
        let mut values = headers
            .get_all(name)
            .iter()
            .filter_map(|value| value.to_str().ok());
        match (values.next(), values.next()) {
            (Some(only), None) => object.serialize_entry(name.as_str(), only)?,
            (Some(first), Some(second)) => {
                let all: Vec<_> = [first, second].into_iter().chain(values).collect();
                object.serialize_entry(name.as_str(), &all.join(", "))?;
            }
            (None, _) => {}
        }
    }
    object.end()
}

#[cfg(test)]
mod tests;
