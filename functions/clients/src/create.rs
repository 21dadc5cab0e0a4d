//! `POST /api/clients`

use plat_domain::client::ClientNotes;
use plat_domain::{
    Client, ClientStage, CustomFields, Email, LeadId, Line, Name, Permission, Phone, PropertyType,
    UserId,
};
use plat_http::problems::DUPLICATE;
use plat_registry::{
    App, Can, Created, Endpoint, Failure, Grant, Input, Method, NoPath, Principal,
};
use plat_store::Required;
use plat_views::ClientView;
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

/// A new client.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CreateClient {
    /// The lead that they were. To take over what is known of it, convert the lead instead.
    lead_id: Option<LeadId>,
    /// Their name.
    name: Name,
    /// Their e-mail address; no other client of the team may have it.
    email: Email,
    /// Their phone number, in any spelling; numbers without a country code are taken as US numbers.
    phone: Option<Phone>,
    /// Where the property is that it is about.
    property_address: Line,
    /// What kind of property it is.
    property_type: PropertyType,
    /// How far they have come. Follow-ups are planned unless it is `closed` or `lost`.
    stage: ClientStage,
    /// What is noted about them; whoever writes to them reads it.
    notes: Option<ClientNotes>,
    /// The team's own fields: text, numbers, yes or no; at most 100.
    #[serde(default)]
    custom_fields: CustomFields,
    /// A member of the team who works with them.
    assigned_to: Option<UserId>,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::POST,
        "/api/clients",
        "clients.create",
        Can(Permission::ClientsWrite),
        handle,
    )
    .summary("Create a client; five follow-ups are planned")
    .grants(&[Grant::ReadTable, Grant::WriteTable])
    .problems(&[&DUPLICATE])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<NoPath, CreateClient>,
) -> Result<Created<ClientView>, Failure> {
    let command = input.command(&who.user);
    let body = input.body;
    let client = Client {
        id: command.new_id(0),
        lead_id: body.lead_id,
        name: body.name,
        email: body.email,
        phone: body.phone,
        property_address: body.property_address,
        property_type: body.property_type,
        stage: body.stage,
        since: command.at,
        notes: body.notes,
        custom_fields: body.custom_fields,
        assigned_to: body.assigned_to,
        last_contacted: None,
        created_at: command.at,
        deleted_at: None,
    };
    let beside = Required {
        // Whoever assigns a client to themselves is a member: the session gate has just said so.
        member: client.assigned_to.filter(|assignee| *assignee != who.id()),
        references: client.references().collect(),
    };
    let clients = app.store.team(who.team).clients();
    let stored = clients
        .create(&command, who.sight(), client, beside)
        .await?;
    Ok(Created {
        location: format!("/api/clients/{}", stored.value.id),
        entity: stored.into(),
    })
}
