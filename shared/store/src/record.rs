//! The envelope that every stored item shares, and the way between items and types.

use crate::command::Command;
use crate::condition::{number, text};
use crate::error::StoreError;
use crate::key::Key;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use plat_domain::{Actor, Origin, TeamId};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::HashMap;

/// One item as DynamoDB has it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Item(pub(crate) HashMap<String, AttributeValue>);

impl From<&Item> for Item {
    fn from(item: &Item) -> Self {
        item.clone()
    }
}

impl Item {
    /// An item from DynamoDB's JSON (`{"PK":{"S":"…"}}`), as streams carry it.
    pub fn from_dynamo_json(json: serde_json::Value) -> Result<Self, StoreError> {
        serde_json::from_value::<serde_dynamo::Item>(json)
            .map(|item| Self(item.into()))
            .map_err(|error| StoreError::Fault(format!("a change is not DynamoDB JSON: {error}")))
    }

    /// What kind of record this is (`lead`, `note`, …).
    pub fn kind(&self) -> &str {
        self.string("type").unwrap_or_default()
    }

    /// The team that owns it, if it is business data.
    pub fn team(&self) -> Option<TeamId> {
        self.string("teamId").and_then(|id| id.parse().ok())
    }

    pub(crate) fn string(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .and_then(|value| value.as_s().ok())
            .map(String::as_str)
    }

    pub(crate) fn int(&self, name: &str) -> Option<i64> {
        self.0
            .get(name)
            .and_then(|value| value.as_n().ok())
            .and_then(|number| number.parse().ok())
    }

    pub(crate) fn version(&self) -> u64 {
        self.int("version")
            .and_then(|version| u64::try_from(version).ok())
            .unwrap_or_default()
    }

    pub(crate) fn written_by(&self, command: &Command) -> bool {
        self.string("commandId") == Some(command.id.to_string().as_str())
    }

    /// The item as a plain type; attributes that the type does not name are passed over.
    pub(crate) fn decode<T: DeserializeOwned>(self) -> Result<T, StoreError> {
        let kind = self.kind().to_owned();
        serde_dynamo::from_item(self.0)
            .map_err(|error| StoreError::Fault(format!("a {kind} item does not read: {error}")))
    }

    pub(crate) fn with(mut self, name: &str, value: AttributeValue) -> Self {
        self.0.insert(name.to_owned(), value);
        self
    }

    pub(crate) fn key(&self) -> Option<Key> {
        Some(Key::new(self.string("PK")?, self.string("SK")?))
    }
}

/// A record with what the envelope says of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored<T> {
    /// The record itself.
    pub value: T,
    /// 1 at creation, one more with each change.
    pub version: u64,
    /// When it was created.
    pub created_at: Timestamp,
    /// Who created it.
    pub created_by: Actor,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Who changed it last.
    pub updated_by: Actor,
    pub(crate) command: String,
    /// The request of the last change, and how many events lie between it and a person; for the events that tell of it.
    pub(crate) origin: Origin,
    pub(crate) depth: u8,
}

impl<T> Stored<T> {
    /// A record that `command` creates.
    pub(crate) fn new(value: T, command: &Command) -> Self {
        Self {
            value,
            version: 1,
            created_at: command.at,
            created_by: command.by.clone(),
            updated_at: command.at,
            updated_by: command.by.clone(),
            command: command.id.to_string(),
            origin: command.origin.clone(),
            depth: command.depth,
        }
    }

    /// The same record after `command` changed it.
    pub(crate) fn changed<U>(&self, value: U, command: &Command) -> Stored<U> {
        Stored {
            value,
            version: self.version + 1,
            created_at: self.created_at,
            created_by: self.created_by.clone(),
            // A request that arrived first may be done last; the time of the last change never goes back.
            updated_at: command.at.max(self.updated_at),
            updated_by: command.by.clone(),
            command: command.id.to_string(),
            origin: command.origin.clone(),
            depth: command.depth,
        }
    }

    /// Whether `command` made this state of the record.
    pub fn is_written_by(&self, command: &Command) -> bool {
        self.command == command.id.to_string()
    }

    /// Another record in the same envelope.
    pub(crate) fn with<U>(&self, value: U) -> Stored<U> {
        Stored {
            value,
            version: self.version,
            created_at: self.created_at,
            created_by: self.created_by.clone(),
            updated_at: self.updated_at,
            updated_by: self.updated_by.clone(),
            command: self.command.clone(),
            origin: self.origin.clone(),
            depth: self.depth,
        }
    }

    /// The same envelope around what `to` makes of the record.
    pub fn map<U>(self, to: impl FnOnce(T) -> U) -> Stored<U> {
        Stored {
            value: to(self.value),
            version: self.version,
            created_at: self.created_at,
            created_by: self.created_by,
            updated_at: self.updated_at,
            updated_by: self.updated_by,
            command: self.command,
            origin: self.origin,
            depth: self.depth,
        }
    }
}

/// Writes a record as an item of `kind` under `key`.
pub(crate) fn encode<T: Serialize>(
    key: &Key,
    kind: &str,
    team: Option<TeamId>,
    record: &Stored<T>,
) -> Result<Item, StoreError> {
    let mut item: HashMap<String, AttributeValue> = serde_dynamo::to_item(&record.value)
        .map_err(|error| StoreError::Fault(format!("a {kind} does not write: {error}")))?;
    item.extend(key.attributes());
    item.insert("type".to_owned(), text(kind));
    if let Some(team) = team {
        item.insert("teamId".to_owned(), text(team));
    }
    item.insert(
        "version".to_owned(),
        AttributeValue::N(record.version.to_string()),
    );
    item.insert("createdAt".to_owned(), time(record.created_at));
    item.insert("updatedAt".to_owned(), time(record.updated_at));
    item.insert("createdBy".to_owned(), actor(&record.created_by));
    // Most records are never changed by somebody else; the second name is stored only where it differs.
    if record.updated_by != record.created_by {
        item.insert("updatedBy".to_owned(), actor(&record.updated_by));
    }
    item.insert("commandId".to_owned(), text(&record.command));
    if let Some(via) = write_via(&record.origin) {
        item.insert("via".to_owned(), via);
    }
    if record.depth > 0 {
        item.insert("depth".to_owned(), number(i64::from(record.depth)));
    }
    Ok(Item(item))
}

/// The request of a change in one text, to keep items small: its id, then the client's address.
pub(crate) fn write_via(origin: &Origin) -> Option<AttributeValue> {
    let ip = origin.ip.as_deref().unwrap_or_default();
    let request = origin.request_id.as_deref().unwrap_or_default();
    (!origin.is_unknown()).then(|| text(format!("{request} {ip}")))
}

fn read_via(item: &Item) -> Origin {
    let known = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let (request, ip) = item
        .string("via")
        .and_then(|via| via.rsplit_once(' '))
        .unwrap_or_default();
    Origin {
        ip: known(ip),
        request_id: known(request),
    }
}

/// Reads a record and its envelope.
///
/// An item that is handed over is not copied; lists read many.
pub(crate) fn decode<T: DeserializeOwned>(item: impl Into<Item>) -> Result<Stored<T>, StoreError> {
    let item = item.into();
    let created_by = read_actor(&item, "createdBy")
        .ok_or_else(|| StoreError::Fault(format!("a {} item has no createdBy", item.kind())))?;
    Ok(Stored {
        version: item.version(),
        created_at: read_time(&item, "createdAt").unwrap_or_default(),
        updated_at: read_time(&item, "updatedAt").unwrap_or_default(),
        updated_by: read_actor(&item, "updatedBy").unwrap_or_else(|| created_by.clone()),
        created_by,
        command: item.string("commandId").unwrap_or_default().to_owned(),
        origin: read_via(&item),
        depth: item
            .int("depth")
            .and_then(|depth| depth.try_into().ok())
            .unwrap_or_default(),
        value: item.decode()?,
    })
}

/// Times are stored as milliseconds: they sort, subtract and take a third of the bytes of text.
pub(crate) fn time(at: Timestamp) -> AttributeValue {
    number(at.as_millisecond())
}

pub(crate) fn read_time(item: &Item, name: &str) -> Option<Timestamp> {
    Timestamp::from_millisecond(item.int(name)?).ok()
}

/// Seconds, as DynamoDB's own expiry wants them.
pub(crate) fn expiry(at: Timestamp) -> AttributeValue {
    number(at.as_second())
}

pub(crate) fn actor(actor: &Actor) -> AttributeValue {
    AttributeValue::M(HashMap::from([
        ("id".to_owned(), text(actor.id)),
        ("name".to_owned(), text(&actor.name)),
    ]))
}

fn read_actor(item: &Item, name: &str) -> Option<Actor> {
    let map = item.0.get(name)?.as_m().ok()?;
    Some(Actor {
        id: map.get("id")?.as_s().ok()?.parse().ok()?,
        name: map.get("name")?.as_s().ok()?.clone(),
    })
}

/// A record before and after a change: none before it was created, none after it was removed.
pub type BeforeAndAfter<T> = (Option<Stored<T>>, Option<Stored<T>>);

/// What a stream record says happened to one item.
#[derive(Debug, Clone)]
pub struct Change {
    /// Unique and rising within the stream's shard.
    pub sequence: String,
    /// The item before; none when it was created.
    pub old: Option<Item>,
    /// The item after; none when it was deleted.
    pub new: Option<Item>,
}

impl Change {
    /// The kind of record that changed.
    pub fn kind(&self) -> &str {
        self.new
            .as_ref()
            .or(self.old.as_ref())
            .map(Item::kind)
            .unwrap_or_default()
    }

    /// The team that owns the record, if it is business data.
    pub fn team(&self) -> Option<TeamId> {
        self.new.as_ref().or(self.old.as_ref())?.team()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_the_last_change_never_goes_back() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let command = |second| Command {
            id: plat_domain::Id::from_bits(u128::from(second)),
            at: at(i64::from(second)),
            by: Actor {
                id: plat_domain::Id::from_bits(1),
                name: "Ann".to_owned(),
            },
            origin: Origin::default(),
            depth: 0,
        };
        let late = Stored::new("first", &command(20));

        let changed = late.changed("second", &command(10_u32));

        assert_eq!((changed.updated_at, changed.version), (at(20), 2));
        assert_eq!(changed.changed("third", &command(30)).updated_at, at(30));
    }
}
