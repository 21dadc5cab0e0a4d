//! Third parties that answer what a test has them answer.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use plat_services::outgoing::{Request, Response};
use plat_services::{Outgoing, OutgoingError};
use serde_json::Value;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Third parties, by where they are. Where nothing was put to answer, there is no connection.
#[derive(Default)]
pub struct Providers(Mutex<State>);

#[derive(Default)]
struct State {
    scripts: Vec<Script>,
    asked: Vec<Asked>,
}

struct Script {
    url: String,
    answers: VecDeque<ProviderAnswer>,
}

/// What a third party answers, or why it does not.
#[derive(Debug, Clone)]
pub struct ProviderAnswer(Result<(u16, HeaderMap, Bytes), OutgoingError>);

/// A request to a third party.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The method.
    pub method: String,
    /// Where it went.
    pub url: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, if it is JSON.
    pub body: Value,
}

impl ProviderAnswer {
    /// JSON.
    pub fn json(status: u16, body: &Value) -> Self {
        Self::text(status, body.to_string())
    }

    /// Any text.
    pub fn text(status: u16, body: impl Into<String>) -> Self {
        Self(Ok((status, HeaderMap::new(), Bytes::from(body.into()))))
    }

    /// No answer.
    pub fn fails(error: OutgoingError) -> Self {
        Self(Err(error))
    }

    /// With a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        if let Ok((_, headers, _)) = &mut self.0 {
            let value = HeaderValue::from_str(value).expect("a header's value");
            headers.insert(HeaderName::from_static(name), value);
        }
        self
    }
}

impl Asked {
    /// A header's text.
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.and_then(|value| value.to_str().ok()).unwrap_or("")
    }
}

impl Providers {
    /// Whatever is asked at an address that begins so is answered thus from now on.
    pub fn answer(&self, url: &str, answer: ProviderAnswer) {
        self.answer_in_turn(url, [answer]);
    }

    /// The same, with each of several answers in turn; the last one stays.
    pub fn answer_in_turn(&self, url: &str, answers: impl IntoIterator<Item = ProviderAnswer>) {
        let script = Script {
            url: url.to_owned(),
            answers: answers.into_iter().collect(),
        };
        let mut state = self.state();
        state.scripts.retain(|known| known.url != script.url);
        state.scripts.push(script);
    }

    /// What was asked, oldest first.
    pub fn asked(&self) -> Vec<Asked> {
        self.state().asked.clone()
    }

    /// What was asked at addresses that begin so, oldest first.
    pub fn asked_at(&self, url: &str) -> Vec<Asked> {
        let mut asked = self.asked();
        asked.retain(|request| request.url.starts_with(url));
        asked
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait::async_trait]
impl Outgoing for Providers {
    async fn send(&self, request: Request) -> Result<Response, OutgoingError> {
        let mut state = self.state();
        state.asked.push(Asked {
            method: request.method().to_owned(),
            url: request.url().to_owned(),
            headers: request.headers().clone(),
            body: serde_json::from_slice(request.body()).unwrap_or_default(),
        });
        let fits = |script: &&mut Script| request.url().starts_with(&script.url);
        let script = state.scripts.iter_mut().filter(fits);
        // The longest knows best.
        let Some(script) = script.max_by_key(|script| script.url.len()) else {
            let nobody = format!("nobody was put to answer at {}", request.url());
            return Err(OutgoingError::Unreachable(nobody));
        };
        let next = if script.answers.len() > 1 {
            script.answers.pop_front()
        } else {
            script.answers.front().cloned()
        };
        let (status, headers, body) = next.expect("a script has an answer").0?;
        Ok(Response {
            status,
            headers,
            body,
        })
    }
}
