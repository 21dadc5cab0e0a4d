//! Clients: one item each, with a claim on its e-mail address.

use crate::claim;
use crate::command::Command;
use crate::condition::text;
use crate::db::Db;
use crate::editing::{Edited, Required, edit};
use crate::error::StoreError;
use crate::keys;
use crate::lead::{PURGING, can_be_restored};
use crate::purge::shelved;
use crate::record::{BeforeAndAfter, Change, Item, Stored, decode, encode, read_time};
use crate::sight::{Sight, check_visible};
use crate::stored::StoredPhone;
use crate::table::INDEX_SORT_KEY;
use crate::transaction::Transaction;
use jiff::Timestamp;
use plat_domain::client::ClientNotes;
use plat_domain::{
    Client, ClientId, ClientStage, CustomFields, Email, LeadId, Line, Name, Phone, PropertyType,
    RecordRef, SubjectKind, TeamId, UserId,
};
use serde::{Deserialize, Serialize};

/// What a list shows of a client.
#[derive(Debug, Clone, PartialEq)]
pub struct ClientSummary {
    /// Which.
    pub id: ClientId,
    /// Their name.
    pub name: Name,
    /// Their address.
    pub email: Email,
    /// Their number.
    pub phone: Option<Phone>,
    /// Where the property is.
    pub property_address: Line,
    /// What kind of property it is.
    pub property_type: PropertyType,
    /// Who works with them.
    pub assigned_to: Option<UserId>,
    /// When a message last went out to them.
    pub last_contacted: Option<Timestamp>,
    /// How far they have come.
    pub stage: ClientStage,
    /// When they came there.
    pub since: Timestamp,
}

/// A row of a list: what it shows of the client and of its envelope.
#[derive(Debug, Clone, PartialEq)]
pub struct ListedClient {
    /// The client.
    pub client: ClientSummary,
    /// One more with each change.
    pub version: u64,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// The part of a client that lists show, beside the stage; the indexes carry it. Names are short, since a list pays for
/// every letter in every row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Row {
    #[serde(rename = "n")]
    name: String,
    #[serde(rename = "e")]
    email: String,
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    phone: Option<StoredPhone>,
    #[serde(rename = "a")]
    property_address: String,
    #[serde(rename = "k")]
    property_type: PropertyType,
    #[serde(rename = "as", default, skip_serializing_if = "Option::is_none")]
    assigned_to: Option<UserId>,
    #[serde(rename = "lc", default, skip_serializing_if = "Option::is_none")]
    last_contacted: Option<i64>,
}

/// What only the client itself shows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rest {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lead_id: Option<LeadId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    notes: Option<ClientNotes>,
    #[serde(default, skip_serializing_if = "CustomFields::is_empty")]
    custom_fields: CustomFields,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientItem {
    id: ClientId,
    #[serde(with = "crate::as_json")]
    row: Row,
    #[serde(with = "crate::as_json")]
    rest: Rest,
    status: ClientStage,
    since: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    deleted_at: Option<i64>,
}

fn moment(millisecond: i64) -> Timestamp {
    Timestamp::from_millisecond(millisecond).unwrap_or_default()
}

impl Row {
    fn of(client: &Client) -> Self {
        Self {
            name: client.name.as_str().to_owned(),
            email: client.email.as_str().to_owned(),
            phone: client.phone.as_ref().map(StoredPhone::of),
            property_address: client.property_address.as_str().to_owned(),
            property_type: client.property_type,
            assigned_to: client.assigned_to,
            last_contacted: client.last_contacted.map(Timestamp::as_millisecond),
        }
    }

    fn read(self, id: ClientId, stage: ClientStage, since: Timestamp) -> ClientSummary {
        ClientSummary {
            id,
            name: Name::from_stored(self.name),
            email: Email::from_stored(self.email),
            phone: self.phone.map(StoredPhone::read),
            property_address: Line::from_stored(self.property_address),
            property_type: self.property_type,
            assigned_to: self.assigned_to,
            last_contacted: self.last_contacted.map(moment),
            stage,
            since,
        }
    }
}

impl ClientItem {
    fn of(client: &Client) -> Self {
        Self {
            id: client.id,
            row: Row::of(client),
            rest: Rest {
                lead_id: client.lead_id,
                notes: client.notes.clone(),
                custom_fields: client.custom_fields.clone(),
            },
            status: client.stage,
            since: client.since.as_millisecond(),
            deleted_at: client.deleted_at.map(Timestamp::as_millisecond),
        }
    }

    fn into_client(self, created_at: Timestamp) -> Client {
        let row = self.row.read(self.id, self.status, moment(self.since));
        Client {
            id: self.id,
            lead_id: self.rest.lead_id,
            name: row.name,
            email: row.email,
            phone: row.phone,
            property_address: row.property_address,
            property_type: row.property_type,
            stage: row.stage,
            since: row.since,
            notes: self.rest.notes,
            custom_fields: self.rest.custom_fields,
            assigned_to: row.assigned_to,
            last_contacted: row.last_contacted,
            created_at,
            deleted_at: self.deleted_at.map(moment),
        }
    }
}

/// The door to clients.
pub struct Clients {
    pub(crate) db: Db,
    pub(crate) team: TeamId,
}

impl Clients {
    pub(crate) fn new(db: Db, team: TeamId) -> Self {
        Self { db, team }
    }

    /// Creates a client: one transaction, no read. One whose address another client has is refused, and what the client
    /// points to must be there and be seen.
    ///
    /// The id of a client is made from its command, so a client that exists already was made by this command; it is
    /// returned as it stands.
    pub async fn create(
        &self,
        command: &Command,
        sight: Sight,
        client: Client,
        beside: Required,
    ) -> Result<Stored<Client>, StoreError> {
        let record = Stored::new(client, command);
        let transaction = self.creating(Transaction::new(command), command, &record)?;
        let transaction = beside.by(transaction, self.team, sight);
        let committed = transaction.commit(&self.db).await;
        match committed {
            Ok(()) => Ok(record),
            Err(StoreError::Stale { .. }) => self.find(record.value.id).await,
            Err(error) => Err(error),
        }
    }

    /// The transaction that creates a client, with its claim; stale if it is there already.
    pub(crate) fn creating(
        &self,
        transaction: Transaction,
        command: &Command,
        record: &Stored<Client>,
    ) -> Result<Transaction, StoreError> {
        let existing = StoreError::Stale { current: 0 };
        let transaction = transaction.create(self.item(record)?, existing);
        Ok(self.claim(transaction, &record.value, command))
    }

    /// A client that is not deleted and may be seen.
    pub async fn get(&self, client: ClientId, sight: Sight) -> Result<Stored<Client>, StoreError> {
        let item = self.db.get(&keys::client(self.team, client), false).await?;
        check_visible(item.as_ref(), SubjectKind::Client, sight)?;
        read(item.ok_or(StoreError::NotFound)?)
    }

    /// A client as of the last write, deleted or not, for the jobs that follow clients; none if it is gone for good.
    pub async fn standing(&self, client: ClientId) -> Result<Option<Stored<Client>>, StoreError> {
        match self.find(client).await {
            Ok(client) => Ok(Some(client)),
            Err(StoreError::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Changes a client as `decide` says: it is given the client as it stands and edits it, or refuses.
    ///
    /// When somebody else's change comes first, the decision is taken anew on what they left, unless the caller named the
    /// version that it wants to change. A repeated command returns what its first run wrote.
    pub async fn change<E: From<StoreError>>(
        &self,
        command: &Command,
        client: ClientId,
        sight: Sight,
        if_match: Option<u64>,
        decide: impl FnMut(&mut Client) -> Result<Required, E>,
    ) -> Result<Stored<Client>, E> {
        let there = |client: &Client| client.deleted_at.is_none() && sight.sees(client.assigned_to);
        edit(self, command, client, sight, if_match, there, decide).await
    }

    /// Deletes a client so that it can be restored for 30 days; its address is free at once.
    pub async fn delete(
        &self,
        command: &Command,
        client: ClientId,
        sight: Sight,
        if_match: Option<u64>,
    ) -> Result<(), StoreError> {
        let at = command.at;
        self.change(command, client, sight, if_match, |client| {
            client.deleted_at = Some(at);
            Ok(Required::default())
        })
        .await
        .map(|_: Stored<Client>| ())
    }

    /// Brings a deleted client back, unless its 30 days are over or another client has its address by now. A client that
    /// is not deleted is returned as it is.
    pub async fn restore(
        &self,
        command: &Command,
        client: ClientId,
        sight: Sight,
        if_match: Option<u64>,
    ) -> Result<Stored<Client>, StoreError> {
        let there = |client: &Client| {
            can_be_restored(client.deleted_at, command.at) && sight.sees(client.assigned_to)
        };
        edit(self, command, client, sight, if_match, there, |client| {
            client.deleted_at = None;
            Ok(Required::default())
        })
        .await
    }

    /// The transaction that also notes that a message went out to this client at `at`; stale if the client was changed
    /// since it was read. An earlier message that is told of late moves nothing back.
    pub(crate) fn contacted(
        &self,
        transaction: Transaction,
        command: &Command,
        client: &Stored<Client>,
        at: Timestamp,
    ) -> Result<Transaction, StoreError> {
        let mut contacted = client.value.clone();
        contacted.last_contacted = contacted.last_contacted.max(Some(at));
        if contacted == client.value {
            return Ok(transaction);
        }
        let next = client.changed(contacted, command);
        Ok(transaction.replace(self.item(&next)?, client.version))
    }

    /// The client before and after a change, for the jobs that follow clients.
    pub fn changed(change: &Change) -> Result<BeforeAndAfter<Client>, StoreError> {
        let read = |item: &Option<Item>| item.as_ref().map(read).transpose();
        Ok((read(&change.old)?, read(&change.new)?))
    }

    fn claim(&self, transaction: Transaction, client: &Client, command: &Command) -> Transaction {
        let Some(address) = claimed(client) else {
            return transaction;
        };
        let key = keys::client_email(self.team, &address);
        claim::take(transaction, key, self.team, client.id, command)
    }

    fn item(&self, record: &Stored<Client>) -> Result<Item, StoreError> {
        let client = &record.value;
        let stored = record.clone().map(|client| ClientItem::of(&client));
        let key = keys::client(self.team, client.id);
        let item = encode(&key, "client", Some(self.team), &stored)?;
        Ok(match client.deleted_at {
            Some(at) => {
                let bits = client.id.bits();
                shelved(item, self.team, RecordRef::Client(client.id), bits, at)
            }
            None => item
                .with("GSI1", text(keys::clients(self.team)))
                .with("GSI2", text(keys::clients_at(self.team, client.stage)))
                .with(
                    "GSI3",
                    text(keys::clients_of(self.team, client.assigned_to)),
                )
                .with(INDEX_SORT_KEY, text(client.id)),
        })
    }
}

impl Edited for Clients {
    type Record = Client;
    type Id = ClientId;
    type Beside = Required;

    /// One that is being removed for good is not there any more.
    async fn find(&self, client: ClientId) -> Result<Stored<Client>, StoreError> {
        let item = self
            .db
            .get(&keys::client(self.team, client), true)
            .await?
            .filter(|item| !item.0.contains_key(PURGING))
            .ok_or(StoreError::NotFound)?;
        read(item)
    }

    async fn replace(
        &self,
        command: &Command,
        sight: Sight,
        before: &Stored<Client>,
        next: &Stored<Client>,
        beside: Required,
    ) -> Result<(), StoreError> {
        let mut transaction = Transaction::new(command).replace(self.item(next)?, before.version);
        let (old, new) = (&before.value, &next.value);
        if claimed(old) != claimed(new) {
            if let Some(address) = claimed(old) {
                let key = keys::client_email(self.team, &address);
                transaction = claim::let_go(transaction, key, old.id);
            }
            transaction = self.claim(transaction, new, command);
        }
        let transaction = beside.by(transaction, self.team, sight);
        transaction.commit(&self.db).await
    }
}

/// The address that a client claims: none once it is deleted.
fn claimed(client: &Client) -> Option<String> {
    client.deleted_at.is_none().then(|| client.email.key())
}

pub(crate) fn read(item: impl Into<Item>) -> Result<Stored<Client>, StoreError> {
    let stored: Stored<ClientItem> = decode(item)?;
    let created_at = stored.created_at;
    Ok(stored.map(|client| client.into_client(created_at)))
}

/// A row of one of the table's indexes.
pub(crate) fn listed(item: &Item) -> Result<ListedClient, StoreError> {
    let broken = |why: &str| StoreError::Fault(format!("a listed client does not read: {why}"));
    let id = item.string(INDEX_SORT_KEY).and_then(|id| id.parse().ok());
    let stage = item.string("status").and_then(|text| text.parse().ok());
    let row = item.string("row").ok_or_else(|| broken("it has no row"))?;
    let row: Row = serde_json::from_str(row).map_err(|error| broken(&error.to_string()))?;
    Ok(ListedClient {
        client: row.read(
            id.ok_or_else(|| broken("it has no id"))?,
            stage.ok_or_else(|| broken("it has no stage"))?,
            read_time(item, "since").unwrap_or_default(),
        ),
        version: item.version(),
        created_at: read_time(item, "createdAt").unwrap_or_default(),
        updated_at: read_time(item, "updatedAt").unwrap_or_default(),
    })
}

impl From<Stored<Client>> for ListedClient {
    fn from(stored: Stored<Client>) -> Self {
        let client = stored.value;
        Self {
            version: stored.version,
            created_at: stored.created_at,
            updated_at: stored.updated_at,
            client: ClientSummary {
                id: client.id,
                name: client.name,
                email: client.email,
                phone: client.phone,
                property_address: client.property_address,
                property_type: client.property_type,
                assigned_to: client.assigned_to,
                last_contacted: client.last_contacted,
                stage: client.stage,
                since: client.since,
            },
        }
    }
}
