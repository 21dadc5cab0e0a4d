//! A bucket that answers as a test says, and keeps what it was asked.

use super::{Bucket, S3};
use crate::SetClock;
use aws_credential_types::Credentials;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

const ENDPOINT: &str = "http://127.0.0.1:9/";

/// One answer.
#[derive(Debug)]
pub(crate) struct Reply(HttpResponse);

impl Reply {
    pub(crate) fn new(code: u16, body: impl Into<SdkBody>) -> Self {
        Self(HttpResponse::new(code.try_into().unwrap(), body.into()))
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.0.headers_mut().insert(name, value.to_string());
        self
    }

    /// Bytes of a file, as S3 answers a request for a range.
    pub(crate) fn part(bytes: &'static str, size: usize, etag: &str) -> Self {
        Self::new(206, bytes)
            .with("content-range", format!("bytes 0-0/{size}"))
            .with("etag", etag)
    }

    /// What S3 tells of a file.
    pub(crate) fn about(size: u64) -> Self {
        Self::new(200, "")
            .with("content-length", size)
            .with("etag", "\"1\"")
    }

    /// What S3 answers when it refuses.
    pub(crate) fn error(code: u16, word: &str) -> Self {
        Self::new(code, format!("<Error><Code>{word}</Code></Error>"))
    }
}

/// Gives its answers in order.
#[derive(Debug, Default, Clone)]
pub(crate) struct Scripted {
    answers: Arc<Mutex<VecDeque<Reply>>>,
    asked: Arc<Mutex<Vec<(String, usize)>>>,
    last: Arc<Mutex<String>>,
}

impl Scripted {
    /// Method, key and query of what was asked, without the signatures, and how much was sent.
    pub(crate) fn asked(&self) -> Vec<(String, usize)> {
        self.asked.lock().unwrap().clone()
    }

    /// The body of the last request.
    pub(crate) fn last_body(&self) -> String {
        self.last.lock().unwrap().clone()
    }
}

impl HttpConnector for Scripted {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let bucket = format!("{ENDPOINT}plat-files/");
        let (key, query) = request.uri().split_once('?').unwrap();
        let query: Vec<_> = query
            .split('&')
            .filter(|pair| !pair.starts_with("X-Amz-"))
            .collect();
        let key = key.strip_prefix(&bucket).unwrap();
        let range = request.headers().get("range").unwrap_or_default();
        let line = [request.method(), key, &query.join("&"), range].join(" ");
        let body = request.body().bytes().unwrap();
        let asked = (line.trim_end().to_owned(), body.len());
        self.asked.lock().unwrap().push(asked);
        *self.last.lock().unwrap() = String::from_utf8_lossy(body).into_owned();
        let answer = self.answers.lock().unwrap().pop_front();
        HttpConnectorFuture::ready(Ok(answer.expect("no more is asked").0))
    }
}

/// A bucket that gives these answers.
pub(crate) fn answering(answers: impl IntoIterator<Item = Reply>) -> (S3, Scripted) {
    let scripted = Scripted::default();
    scripted.answers.lock().unwrap().extend(answers);
    let connector = SharedHttpConnector::new(scripted.clone());
    let http = http_client_fn(move |_, _| connector.clone());
    (through(http, Some(ENDPOINT)), scripted)
}

pub(crate) fn through(http: SharedHttpClient, endpoint: Option<&str>) -> S3 {
    let bucket = Bucket {
        name: "plat-files".to_owned(),
        region: "eu-west-1".to_owned(),
        endpoint: endpoint.map(str::to_owned),
    };
    let credentials = Credentials::new("id", "secret", Some("session".to_owned()), None, "");
    S3::new(&bucket, credentials, http, Arc::new(SetClock::default()))
}
