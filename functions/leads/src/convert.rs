//! `POST /api/leads/{leadId}/convert`

use crate::problems::{CONVERTED, converted};
use crate::view::LeadPath;
use plat_domain::client::ClientNotes;
use plat_domain::{
    Address, Client, ClientId, ClientStage, Deal, DealId, DealKind, Email, Lead, Line, Money, Name,
    NoteContent, Permission, Phone, PropertyType, SignedMoney, UserId,
};
use plat_http::FieldError;
use plat_http::problems::{DUPLICATE, MERGED, STALE};
use plat_registry::{
    App, Can, Created, Endpoint, Failure, Grant, Input, Method, Principal, Versioned,
};
use plat_store::{Command, Made};
use plat_views::ClientView;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What the client has that the lead has not, or otherwise.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ConvertLead {
    /// Their name; the lead's unless given.
    name: Option<Name>,
    /// Their e-mail address; the lead's unless given. No other client of the team may have it.
    email: Option<Email>,
    /// Their phone number; the lead's unless given.
    phone: Option<Phone>,
    /// Where the property is; the lead's address unless given.
    property_address: Option<Line>,
    /// What kind of property it is; the lead's unless given.
    property_type: Option<PropertyType>,
    /// How far they have come; `lead` unless given.
    stage: Option<ClientStage>,
    /// What is noted about them.
    notes: Option<ClientNotes>,
    /// A member of the team who works with them; whoever works the lead unless given.
    assigned_to: Option<UserId>,
    /// The deal that is made with them, if one is.
    deal: Option<ConvertedDeal>,
}

/// A deal that is made with the new client.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ConvertedDeal {
    /// Where the property is; the client's unless given.
    property_address: Option<Line>,
    /// Who sells; the client unless given.
    seller_name: Option<Name>,
    /// Their phone number; the client's unless given.
    seller_phone: Option<Phone>,
    /// What it is hoped to be assigned or sold for.
    target_price: Option<Money>,
    /// What is done with the property; `wholesale` unless given.
    kind: Option<DealKind>,
    /// What it is bought for.
    purchase_price: Option<Money>,
    /// What repairs are expected to cost.
    estimated_repairs: Option<Money>,
    /// What is expected to be left; a loss is negative.
    expected_profit: Option<SignedMoney>,
    /// Free text.
    notes: Option<NoteContent>,
}

/// The client that was made, and the deal.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ConvertedLead")]
struct ConvertedView {
    #[serde(flatten)]
    client: ClientView,
    /// The deal that was made with them.
    deal_id: Option<DealId>,
}

impl Versioned for ConvertedView {
    fn version(&self) -> u64 {
        self.client.version()
    }
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::POST,
        "/api/leads/{leadId}/convert",
        "leads.convert",
        Can(Permission::LeadsWrite),
        handle,
    )
    .summary("Make a client of a lead, and a deal if one is wanted")
    .grants(&[Grant::ReadTable, Grant::WriteTable])
    .problems(&[&CONVERTED, &DUPLICATE, &MERGED, &STALE])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<LeadPath, ConvertLead>,
) -> Result<Created<ConvertedView>, Failure> {
    who.must_have(Permission::ClientsWrite)?;
    if input.body.deal.is_some() {
        who.must_have(Permission::DealsWrite)?;
    }
    let command = input.command(&who.user);
    let (lead, client) = app
        .store
        .team(who.team)
        .leads()
        .convert(
            &command,
            input.path.lead_id,
            who.sight(),
            input.if_match,
            |lead, id| decide(input.body.clone(), lead, id, &command, &who),
        )
        .await?;
    Ok(Created {
        location: format!("/api/clients/{}", client.value.id),
        entity: ConvertedView {
            client: client.into(),
            deal_id: lead.value.deal_id,
        },
    })
}

/// What is made of the lead, and who must be a member for it.
fn decide(
    body: ConvertLead,
    lead: &Lead,
    id: ClientId,
    command: &Command,
    who: &Principal,
) -> Result<(Made, Option<UserId>), Failure> {
    if let Some(client) = lead.client_id {
        return Err(converted(client).into());
    }
    let email = body.email.or_else(|| lead.email.clone());
    let at_address = || lead.address.as_ref().and_then(Address::line);
    let address = body.property_address.or_else(at_address);
    let property_type = body.property_type.or(lead.property_type);
    let (Some(email), Some(property_address), Some(property_type)) =
        (email.clone(), address.clone(), property_type)
    else {
        let lacking = [
            ("email", email.is_none()),
            ("propertyAddress", address.is_none()),
            ("propertyType", property_type.is_none()),
        ];
        return Err(required(&lacking).into());
    };
    let client = Client {
        id,
        lead_id: Some(lead.id),
        name: body.name.unwrap_or_else(|| lead.name.clone()),
        email,
        phone: body.phone.or_else(|| lead.phone.clone()),
        property_address,
        property_type,
        stage: body.stage.unwrap_or(ClientStage::Lead),
        since: command.at,
        notes: body.notes,
        custom_fields: lead.custom_fields.clone(),
        assigned_to: body.assigned_to.or(lead.assigned_to),
        last_contacted: None,
        created_at: command.at,
        deleted_at: None,
    };
    // Whoever works the lead was a member when they came to it, and may be gone by now.
    let member = client
        .assigned_to
        .filter(|assignee| lead.assigned_to != Some(*assignee) && *assignee != who.id());
    let deal = body.deal.map(|deal| deal.made_with(&client, command));
    Ok((Made { client, deal }, member))
}

impl ConvertedDeal {
    fn made_with(self, client: &Client, command: &Command) -> Deal {
        let address = self.property_address;
        let address = address.unwrap_or_else(|| client.property_address.clone());
        Deal {
            lead_id: client.lead_id,
            client_id: Some(client.id),
            seller_name: self.seller_name.or_else(|| Some(client.name.clone())),
            seller_phone: self.seller_phone.or_else(|| client.phone.clone()),
            target_price: self.target_price,
            kind: self.kind.unwrap_or(DealKind::Wholesale),
            purchase_price: self.purchase_price,
            estimated_repairs: self.estimated_repairs,
            expected_profit: self.expected_profit,
            notes: self.notes,
            assigned_to: client.assigned_to,
            ..Deal::new(command.new_id(1), address, command.at)
        }
    }
}

/// What a client needs and neither the body nor the lead has.
fn required(lacking: &[(&str, bool)]) -> Vec<FieldError> {
    let lacking = lacking.iter().filter(|(_, lacks)| *lacks);
    lacking
        .map(|(field, _)| FieldError {
            pointer: format!("/{field}"),
            code: "required".to_owned(),
            detail: "A client needs this, and the lead does not have it.".to_owned(),
        })
        .collect()
}
