//! Problem details (RFC 9457): what a client is told when a request is not done.

use crate::problems::MERGED;
use crate::read::FieldError;
use crate::request::Reply;
use http::header::{HeaderName, LOCATION, RETRY_AFTER};
use serde::Serialize;
use serde_json::{Map, Value};

/// The status of a reply to a request that is to be repeated elsewhere, as it is.
pub const MOVED: u16 = 308;

/// A kind of problem, with the path that names it for good.
#[derive(Debug, PartialEq, Eq)]
pub struct ProblemType {
    /// The last part of its path, `/problems/<slug>`.
    pub slug: &'static str,
    /// Its status code.
    pub status: u16,
    /// What it is, in a few words that do not change.
    pub title: &'static str,
}

/// One problem.
#[derive(Debug, Clone)]
pub struct Problem {
    kind: &'static ProblemType,
    detail: String,
    errors: Vec<FieldError>,
    members: Map<String, Value>,
    retry_after: Option<i64>,
}

#[derive(Serialize)]
struct Body<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
    instance: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [FieldError],
    #[serde(flatten)]
    members: &'a Map<String, Value>,
}

impl Problem {
    /// A problem of `kind`; `detail` says what to do about it.
    pub fn new(kind: &'static ProblemType, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
            errors: Vec::new(),
            members: Map::new(),
            retry_after: None,
        }
    }

    /// What kind it is.
    pub fn kind(&self) -> &'static ProblemType {
        self.kind
    }

    /// What it says about single fields.
    pub fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    /// Names the fields that are wrong.
    #[must_use]
    pub fn with_errors(mut self, errors: Vec<FieldError>) -> Self {
        self.errors = errors;
        self
    }

    /// Adds a member that this kind of problem has.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.members.insert(name.to_owned(), value.into());
        self
    }

    /// Says in how many seconds trying again may help.
    #[must_use]
    pub fn retry_after(mut self, seconds: i64) -> Self {
        self.retry_after = Some(seconds.max(1));
        self
    }

    /// Where a request to `target`, a path with its query, finds what it asks for, if the record that it names as `asked`
    /// was merged into another.
    pub fn redirect(&self, target: &str, asked: &str) -> Option<Reply> {
        let into = self.members.get("leadId").filter(|_| *self.kind == MERGED);
        let location = target.replacen(asked, into?.as_str()?, 1);
        (location != target).then(|| Reply::empty(MOVED).with_header(LOCATION, &location))
    }

    /// The reply; `instance` is the request's id.
    pub fn into_reply(self, instance: &str) -> Reply {
        let body = Body {
            r#type: format!("/problems/{}", self.kind.slug),
            title: self.kind.title,
            status: self.kind.status,
            detail: &self.detail,
            instance,
            errors: &self.errors,
            members: &self.members,
        };
        // The members are JSON already, so writing them does not fail.
        let text = serde_json::to_vec(&body).unwrap_or_default();
        let reply = Reply::of(self.kind.status, "application/problem+json", text);
        let reply = match self.retry_after {
            Some(seconds) => reply.with_header(RETRY_AFTER, &seconds.to_string()),
            None => reply,
        };
        match self.kind.status {
            401 => reply.with_header(HeaderName::from_static("www-authenticate"), "Bearer"),
            _ => reply,
        }
    }
}
