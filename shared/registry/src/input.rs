//! What a handler is told of a request.

use jiff::Timestamp;
use plat_domain::{Actor, CommandId, Origin};
use plat_store::{Command, PageRequest};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::any::TypeId;
use std::net::IpAddr;

/// A request, read: every part is of the type that the endpoint declares.
#[derive(Debug)]
pub struct Input<P = NoPath, B = NoBody, Q = NoQuery> {
    /// Path parameters.
    pub path: P,
    /// The body.
    pub body: B,
    /// Query parameters.
    pub query: Q,
    /// Which page of a list.
    pub page: PageRequest,
    /// The version that `If-Match` names.
    pub if_match: Option<u64>,
    /// Whether the client prefers to be told no more than that a change was made (`Prefer: return=minimal`).
    pub prefers_minimal: bool,
    /// When the request arrived.
    pub now: Timestamp,
    /// Who is at the other end of the wire.
    pub client: Client,
    pub(crate) command: CommandId,
    pub(crate) first_at: Timestamp,
    pub(crate) request_id: String,
}

/// The other end of the wire.
#[derive(Debug, Clone)]
pub struct Client {
    /// Its address, as the gateway saw it.
    pub ip: IpAddr,
    /// The part of the address by which it is counted.
    pub prefix: String,
    /// How it names itself.
    pub user_agent: String,
    /// Whether it reads gzip.
    pub reads_gzip: bool,
}

impl<P, B, Q> Input<P, B, Q> {
    /// The change that `by` asks for with this request: under an idempotency key, the same each time it is repeated.
    pub fn command(&self, by: &Actor) -> Command {
        Command {
            id: self.command,
            at: self.first_at,
            by: by.clone(),
            origin: Origin {
                ip: Some(self.client.ip.to_string()),
                request_id: Some(self.request_id.clone()),
            },
            depth: 0,
        }
    }
}

/// No path parameters.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoPath {}

/// No body. One that is sent is not looked at.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoBody {}

/// No query parameters.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoQuery {}

pub(crate) fn same<T: 'static, U: 'static>() -> bool {
    TypeId::of::<T>() == TypeId::of::<U>()
}
