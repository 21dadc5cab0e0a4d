//! Clients: shown by their own endpoints, and where a lead becomes one.

use jiff::Timestamp;
use plat_domain::client::ClientNotes;
use plat_domain::{
    Actor, Client, ClientId, ClientStage, CustomFields, Email, LeadId, Line, Name, Phone,
    PropertyType, UserId,
};
use plat_registry::Versioned;
use plat_store::{ListedClient, Stored};
use schemars::JsonSchema;
use serde::Serialize;

/// A client.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Client")]
pub struct ClientView {
    #[serde(flatten)]
    summary: ClientSummaryView,
    /// The lead that they were.
    lead_id: Option<LeadId>,
    /// What is noted about them.
    notes: Option<ClientNotes>,
    /// The team's own fields.
    custom_fields: CustomFields,
    /// Who created it.
    created_by: Actor,
}

/// What a list shows of a client.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ClientSummary")]
pub struct ClientSummaryView {
    /// Which.
    id: ClientId,
    /// Their name.
    name: Name,
    /// Their e-mail address; unique among the team's clients.
    email: Email,
    /// Their phone number, as it was given.
    phone: Option<Phone>,
    /// Where the property is that it is about.
    property_address: Line,
    /// What kind of property it is.
    property_type: PropertyType,
    /// How far they have come.
    stage: ClientStage,
    /// When they came there.
    #[serde(serialize_with = "plat_domain::write_time")]
    in_stage_since: Timestamp,
    /// Who works with them.
    assigned_to: Option<UserId>,
    /// When a message last went out to them.
    last_contacted: Option<Timestamp>,
    /// One more with each change; the `ETag`.
    version: u64,
    /// When it was created.
    #[serde(serialize_with = "plat_domain::write_time")]
    created_at: Timestamp,
    /// When it was last changed.
    #[serde(serialize_with = "plat_domain::write_time")]
    updated_at: Timestamp,
}

impl Versioned for ClientView {
    fn version(&self) -> u64 {
        self.summary.version
    }
}

impl From<Stored<Client>> for ClientView {
    fn from(stored: Stored<Client>) -> Self {
        let client = stored.value.clone();
        Self {
            lead_id: client.lead_id,
            notes: client.notes,
            custom_fields: client.custom_fields,
            created_by: stored.created_by.clone(),
            summary: ListedClient::from(stored).into(),
        }
    }
}

impl From<ListedClient> for ClientSummaryView {
    fn from(listed: ListedClient) -> Self {
        let client = listed.client;
        Self {
            id: client.id,
            name: client.name,
            email: client.email,
            phone: client.phone,
            property_address: client.property_address,
            property_type: client.property_type,
            stage: client.stage,
            in_stage_since: client.since,
            assigned_to: client.assigned_to,
            last_contacted: client.last_contacted,
            version: listed.version,
            created_at: listed.created_at,
            updated_at: listed.updated_at,
        }
    }
}
