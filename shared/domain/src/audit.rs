//! The audit log: rows that say who changed what, each bound to the one before it by a hash.
//!
//! What belongs here: what a row holds, how rows are chained, and how a chain is checked. What does not: where rows are
//! kept, and who may read them.
//!
//! # Checking a chain without this code
//!
//! A row is a JSON object as the API answers it. A chain is the rows of one `teamId`; those without a team, whose `teamId`
//! is null, are the chain of the installation itself. In each chain:
//!
//! 1. `seq` counts from 1 without a gap, and no number stands twice.
//! 2. `previousHash` is the `hash` of the row whose `seq` is one lower; in row 1 it is 64 zeros.
//! 3. `hash` is the SHA-256, in lower-case hexadecimal, of the UTF-8 bytes of the row without its member `hash`, written
//!    in the canonical form of RFC 8785: members sorted by the UTF-16 code units of their names, no white space, strings
//!    escaped only where JSON demands it, numbers as ECMAScript writes them. Every other member takes part, also one that
//!    is null.
//!
//! Rows are numbered in the order in which they were recorded, which is nearly, but not always, the order of `at`.
//!
//! Nobody can alter, remove or insert a row without one of the three failing, unless they write every later row anew.
//! Neither that nor the loss of the last rows shows in the rows themselves: for that, keep the head of a chain, the `seq`
//! and `hash` of its last row, where whoever can write the table cannot.

mod canonical;
mod verify;

pub use canonical::canonical;
pub use verify::{Broken, Flaw, Intact, KeptHead, verify};

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::invalid::deserialize_text;
use crate::{
    Actor, CommandId, Event, EventId, EventType, FieldChange, Invalid, SubjectKind, TeamId,
};

/// What stands before row 1.
const NOTHING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// One row, in the form that is hashed and that the API answers: every field is part of the hash but the hash itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditRow {
    /// The event that it records.
    pub id: EventId,
    /// The team whose chain it is in; null in the chain of the installation itself.
    pub team_id: Option<TeamId>,
    /// Its place in the chain, from 1.
    pub seq: u64,
    /// What happened.
    #[serde(rename = "type")]
    pub kind: EventType,
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub actor: Actor,
    /// What it happened to.
    pub subject: AuditSubject,
    /// The fields that changed, before and after.
    pub changes: BTreeMap<String, FieldChange>,
    /// The address of the client; null for what a job did.
    pub ip: Option<String>,
    /// The `X-Request-Id` of the reply; null for what a job did.
    pub request_id: Option<String>,
    /// The command that made the change; what one request changed has the same.
    pub command_id: CommandId,
    /// The hash of the row before it.
    pub previous_hash: String,
    /// Its own.
    pub hash: String,
}

/// What a row is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuditSubject {
    /// Its kind, such as `lead`.
    pub kind: SubjectKind,
    /// Its id.
    pub id: String,
}

/// The end of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditHead {
    /// The place of its last row; 0 if it has none.
    pub seq: u64,
    /// The hash of that row.
    pub hash: String,
}

impl AuditHead {
    /// The header in which a list of rows tells it.
    pub const HEADER: &str = "x-audit-head";

    /// The head of a chain that has no row.
    pub fn start() -> Self {
        Self {
            seq: 0,
            hash: NOTHING.to_owned(),
        }
    }
}

impl fmt::Display for AuditHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.seq, self.hash)
    }
}

impl AuditRow {
    /// Whether events of this type are recorded: all but that a mail is to be sent, which changes nothing.
    pub fn records(kind: EventType) -> bool {
        kind != EventType::TokenIssued
    }

    /// The row that records `event` behind `head`.
    pub fn behind(head: &AuditHead, event: &Event) -> Self {
        let said = |value: &Option<Value>| value.clone().filter(|value| !value.is_null());
        let changes = event.changes.iter().map(|(field, change)| {
            let change = FieldChange {
                from: said(&change.from),
                to: said(&change.to),
            };
            (field.clone(), change)
        });
        let mut row = Self {
            id: event.id,
            team_id: event.team_id,
            seq: head.seq + 1,
            kind: event.fact.kind(),
            // The table keeps milliseconds; what it does not keep must not be hashed.
            at: Timestamp::from_millisecond(event.at.as_millisecond()).unwrap_or(event.at),
            actor: event.actor.clone(),
            subject: AuditSubject {
                kind: event.subject.kind,
                id: event.subject.id.clone(),
            },
            changes: changes.collect(),
            ip: event.origin.ip.clone(),
            request_id: event.origin.request_id.clone(),
            command_id: event.causation.command_id,
            previous_hash: head.hash.clone(),
            hash: String::new(),
        };
        row.hash = row.own_hash();
        row
    }

    /// The head of a chain that ends with this row.
    pub fn head(&self) -> AuditHead {
        AuditHead {
            seq: self.seq,
            hash: self.hash.clone(),
        }
    }

    /// The hash that belongs to what the row says.
    fn own_hash(&self) -> String {
        // A row has nothing that JSON cannot write; if it had, its hash would fit no row.
        serde_json::to_value(self).map_or_else(|_| String::new(), |row| hash_of(&row))
    }
}

/// The hash of a row, whatever its own `hash` says.
fn hash_of(row: &Value) -> String {
    let mut row = row.clone();
    if let Some(members) = row.as_object_mut() {
        members.remove("hash");
    }
    let digest = Sha256::digest(canonical(&row));
    digest
        .iter()
        .fold(String::with_capacity(64), |mut hex, byte| {
            for half in [byte >> 4, byte & 15] {
                hex.extend(char::from_digit(u32::from(half), 16));
            }
            hex
        })
}

impl AuditSubject {
    /// Reads `<kind>:<id>`, such as `lead:01D39ZY06FGSCTVN4T2V9PKHFZ`.
    ///
    /// # Errors
    /// `invalid_subject`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let read = |text: &str| {
            let (kind, id) = text.split_once(':')?;
            let kind = SubjectKind::parse(kind).ok()?;
            (!id.is_empty()).then(|| Self {
                kind,
                id: id.to_owned(),
            })
        };
        read(text).ok_or_else(|| {
            Invalid::new(
                "invalid_subject",
                "Write the kind of a record and its id with a colon between, such as lead:01D39ZY06FGSCTVN4T2V9PKHFZ.",
            )
        })
    }
}

/// A subject as a query names it: `<kind>:<id>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubjectQuery(pub AuditSubject);

impl<'de> Deserialize<'de> for SubjectQuery {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize_text(deserializer, |text| AuditSubject::parse(text).map(Self))
    }
}

impl JsonSchema for SubjectQuery {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "SubjectQuery".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[a-z_]+:.+$" })
    }
}

#[cfg(test)]
mod tests;
