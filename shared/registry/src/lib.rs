//! What a function is: plain data that the local host, the stacks, the reference and the tests read.
//!
//! An endpoint is declared once, in its own file, next to its wire types and its handler. Its schemas, its permission
//! check, its replies and its documentation follow from that declaration. The pipeline that a request passes through
//! ([`serve()`]) is here too, since it is the same wherever the request came from. Not here: Lambda types, any one domain.

mod access;
mod app;
mod connected;
mod cursor;
mod endpoint;
mod failure;
mod grant;
mod idempotent;
mod input;
mod job;
mod path;
mod reply;
mod router;
mod serve;

pub use access::{
    Access, AccessRule, Can, InTeam, Open, Person, Platform, Principal, Public, Signed, SignedIn,
    Unverified, Visitor,
};
pub use app::{App, KeysRead, Settings};
pub use connected::NoMailer;
pub use cursor::ListAt;
pub use endpoint::{Api, Endpoint, Schemas};
pub use failure::Failure;
pub use grant::Grant;
pub use http::Method;
pub use input::{Client, Input, NoBody, NoPath, NoQuery};
pub use job::{Delivery, Failed, FileEvent, Job, JobFailure, Payload, Schedule, Source};
pub use path::PathTemplate;
pub use reply::{
    Accepted, Begun, Cached, Created, Entity, IntoReply, Json, Listing, ListingWith, NewOrKnown,
    NoContent, Raw, Representation, Versioned, Worked,
};
pub use router::{Routed, Router};
pub use serve::{MAX_BODY, refuse, serve};

/// Everything that runs as a Lambda function of its own.
pub enum Function {
    /// Answers HTTP requests.
    Endpoint(Endpoint),
    /// Follows changes, events, messages or the clock.
    Job(Job),
}

impl Function {
    /// Its name everywhere: `Handler`, operation id, log field.
    pub fn operation(&self) -> &'static str {
        match self {
            Self::Endpoint(endpoint) => endpoint.operation,
            Self::Job(job) => job.operation,
        }
    }

    /// What it may do.
    pub fn grants(&self) -> &'static [Grant] {
        match self {
            Self::Endpoint(endpoint) => endpoint.grants,
            Self::Job(job) => job.grants,
        }
    }
}

impl From<Endpoint> for Function {
    fn from(endpoint: Endpoint) -> Self {
        Self::Endpoint(endpoint)
    }
}

impl From<Job> for Function {
    fn from(job: Job) -> Self {
        Self::Job(job)
    }
}
