//! The one item that every signed-in request asks: does this session still stand, in which teams, how many requests
//! were made this minute.
//!
//! A single conditional update answers all three. Requests are counted under an attribute named after the minute, so
//! that a new minute starts at zero without a second write; the attributes of past minutes are removed whenever tokens
//! are issued, which happens at least every 15 minutes of use, so at most a few dozen ever stand on the item.

use crate::condition::{Condition, Update};
use crate::db::{Db, Written};
use crate::error::StoreError;
use crate::keys;
use crate::record::Item;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use plat_domain::{Actor, Role, SessionId, TeamId, UserId, Visibility};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

/// What a person is in one team.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// Their role.
    pub role: Role,
    /// The team's rule on who sees whose records, copied here so that a request need not read the team.
    pub visibility: Visibility,
}

/// What the gate knows of a person.
#[derive(Debug, Clone)]
pub struct Gate {
    /// The person.
    pub user: Actor,
    /// The teams they belong to.
    pub memberships: BTreeMap<TeamId, Membership>,
    /// Standing sessions and when each ends.
    pub sessions: BTreeMap<SessionId, Timestamp>,
    /// Whether they operate the installation.
    pub platform: bool,
    /// Names of the attributes that count past minutes.
    pub(crate) minutes: Vec<String>,
}

/// Why a request does not pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GateRefused {
    /// The session was ended, or the person's account was.
    SignedOut,
    /// The minute's requests are used up.
    TooMany,
    /// The table did not say.
    Store(StoreError),
}

#[derive(Serialize, Deserialize)]
struct GateItem {
    name: String,
    #[serde(default)]
    teams: HashMap<TeamId, Membership>,
    #[serde(default)]
    sessions: HashMap<SessionId, i64>,
    /// Set by an operator, in the table: nobody can ask for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    platform: bool,
}

/// Admits one request of `user`'s `session` and counts it.
pub(crate) async fn admit(
    db: &Db,
    user: UserId,
    session: SessionId,
    now: Timestamp,
    per_minute: i64,
) -> Result<Gate, GateRefused> {
    let minute = minute_name(now);
    let standing = Condition::All(vec![
        Condition::Has(format!("sessions.{session}")),
        Condition::Any(vec![
            Condition::Lacks(minute.clone()),
            Condition::Below(minute.clone(), per_minute),
        ]),
    ]);
    let update = Update::default().add(&minute, 1);
    match db
        .update(&keys::gate(user), &update, Some(&standing))
        .await
        .map_err(GateRefused::Store)?
    {
        Written::Yes(item) => {
            let gate = read(user, &item).map_err(GateRefused::Store)?;
            match gate.sessions.get(&session) {
                Some(ends) if *ends > now => Ok(gate),
                _ => Err(GateRefused::SignedOut),
            }
        }
        Written::No(Some(item)) if item.int(&minute).is_some_and(|count| count >= per_minute) => {
            Err(GateRefused::TooMany)
        }
        Written::No(_) => Err(GateRefused::SignedOut),
    }
}

/// The gate of a new person, with their first session and team.
pub(crate) fn create(
    user: &Actor,
    teams: &[(TeamId, Membership)],
    sessions: &[(SessionId, Timestamp)],
) -> Result<Item, StoreError> {
    let stored = GateItem {
        name: user.name.clone(),
        teams: teams.iter().copied().collect(),
        sessions: sessions
            .iter()
            .map(|(id, ends)| (*id, ends.as_millisecond()))
            .collect(),
        platform: false,
    };
    let key = keys::gate(user.id);
    let mut item: HashMap<String, AttributeValue> =
        serde_dynamo::to_item(&stored).map_err(|error| StoreError::Fault(error.to_string()))?;
    item.extend(key.attributes());
    item.insert("type".to_owned(), crate::condition::text("gate"));
    Ok(Item(item))
}

pub(crate) fn read(user: UserId, item: &Item) -> Result<Gate, StoreError> {
    let stored: GateItem = item.clone().decode()?;
    Ok(Gate {
        user: Actor {
            id: user,
            name: stored.name,
        },
        memberships: stored.teams.into_iter().collect(),
        platform: stored.platform,
        sessions: stored
            .sessions
            .into_iter()
            .filter_map(|(id, ends)| Some((id, Timestamp::from_millisecond(ends).ok()?)))
            .collect(),
        minutes: item
            .0
            .keys()
            .filter(|name| is_minute_name(name))
            .cloned()
            .collect(),
    })
}

/// The update that lets `session` stand until `ends`, and tidies what has passed.
pub(crate) fn stand(gate: &Gate, session: SessionId, ends: Timestamp, now: Timestamp) -> Update {
    let current = minute_name(now);
    let mut update =
        Update::default().set(format!("sessions.{session}"), crate::record::time(ends));
    for minute in gate.minutes.iter().filter(|minute| **minute != current) {
        update = update.remove(minute);
    }
    for (past, _) in gate
        .sessions
        .iter()
        .filter(|(id, ends)| **ends <= now && **id != session)
    {
        update = update.remove(format!("sessions.{past}"));
    }
    update
}

/// The path of a membership on the gate.
pub(crate) fn team_path(team: TeamId) -> String {
    format!("teams.{team}")
}

pub(crate) fn membership_value(membership: Membership) -> Result<AttributeValue, StoreError> {
    serde_dynamo::to_attribute_value(membership)
        .map_err(|error| StoreError::Fault(error.to_string()))
}

fn minute_name(now: Timestamp) -> String {
    format!("m{}", now.as_second().div_euclid(60))
}

fn is_minute_name(name: &str) -> bool {
    name.strip_prefix('m').is_some_and(|digits| {
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}
