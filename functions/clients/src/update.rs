//! `PATCH /api/clients/{clientId}` and its alias `PUT`: a JSON Merge Patch.

use crate::path::ClientPath;
use jiff::Timestamp;
use plat_domain::client::ClientNotes;
use plat_domain::{
    Client, ClientStage, CustomFields, CustomValue, Email, Line, Name, Permission, Phone,
    PropertyType, UserId,
};
use plat_http::patch::{Patch, never_null, present};
use plat_http::problems::{self, DUPLICATE, STALE};
use plat_registry::{App, Can, Endpoint, Entity, Failure, Grant, Input, Method, Principal};
use plat_store::Required;
use plat_views::ClientView;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What changes. A field that is absent stays, one that is null is cleared.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct UpdateClient {
    #[serde(default, deserialize_with = "present")]
    #[schemars(transform = never_null)]
    name: Option<Name>,
    #[serde(default, deserialize_with = "present")]
    #[schemars(transform = never_null)]
    email: Option<Email>,
    #[serde(default)]
    phone: Patch<Phone>,
    #[serde(default, deserialize_with = "present")]
    #[schemars(transform = never_null)]
    property_address: Option<Line>,
    #[serde(default, deserialize_with = "present")]
    #[schemars(transform = never_null)]
    property_type: Option<PropertyType>,
    /// Any stage may follow any other. `closed` and `lost` cancel follow-ups; a stage before them brings back those whose
    /// time is still to come.
    #[serde(default, deserialize_with = "present")]
    #[schemars(transform = never_null)]
    stage: Option<ClientStage>,
    #[serde(default)]
    notes: Patch<ClientNotes>,
    /// Fields to set; null removes one, null in place of all removes all.
    #[serde(default)]
    custom_fields: Patch<BTreeMap<String, Option<CustomValue>>>,
    #[serde(default)]
    assigned_to: Patch<UserId>,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::PATCH,
        "/api/clients/{clientId}",
        "clients.update",
        Can(Permission::ClientsWrite),
        handle,
    )
    .alias(Method::PUT)
    .summary("Change a client, or bring them to another stage")
    .grants(&[Grant::ReadTable, Grant::WriteTable])
    .problems(&[&DUPLICATE, &STALE])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<ClientPath, UpdateClient>,
) -> Result<Entity<ClientView>, Failure> {
    let command = input.command(&who.user);
    let stored = app
        .store
        .team(who.team)
        .clients()
        .change(
            &command,
            input.path.client_id,
            who.sight(),
            input.if_match,
            |client| apply(input.body.clone(), client, command.at),
        )
        .await?;
    Ok(Entity(stored.into()))
}

fn apply(body: UpdateClient, client: &mut Client, at: Timestamp) -> Result<Required, Failure> {
    if let Some(name) = body.name {
        client.name = name;
    }
    if let Some(email) = body.email {
        client.email = email;
    }
    body.phone.apply(&mut client.phone);
    if let Some(address) = body.property_address {
        client.property_address = address;
    }
    if let Some(property_type) = body.property_type {
        client.property_type = property_type;
    }
    if let Some(stage) = body.stage {
        client.come_to(stage, at);
    }
    body.notes.apply(&mut client.notes);
    match body.custom_fields {
        Patch::Keep => {}
        Patch::Clear => client.custom_fields = CustomFields::default(),
        Patch::Set(changes) => {
            let merged = client.custom_fields.merged(changes);
            client.custom_fields = merged.map_err(|refused| {
                problems::invalid_field("/customFields", refused.code, &refused.detail)
            })?;
        }
    }
    let assignee = client.assigned_to;
    body.assigned_to.apply(&mut client.assigned_to);
    Ok(Required {
        member: client
            .assigned_to
            .filter(|_| client.assigned_to != assignee),
        ..Required::default()
    })
}
