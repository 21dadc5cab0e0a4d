//! `POST /api/deals`

use crate::view::DealView;
use plat_domain::{
    ClientId, Deal, DealKind, LeadId, Line, Money, Name, NoteContent, Permission, Phone,
    PropertyId, SignedMoney, UserId,
};
use plat_registry::{
    App, Can, Created, Endpoint, Failure, Grant, Input, Method, NoPath, Principal,
};
use plat_store::Required;
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

/// A new deal; only where the property is must be known.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CreateDeal {
    /// The lead that it comes of.
    lead_id: Option<LeadId>,
    /// The client that it is made with.
    client_id: Option<ClientId>,
    /// The property.
    property_id: Option<PropertyId>,
    /// Where the property is.
    property_address: Line,
    /// Who sells.
    seller_name: Option<Name>,
    /// Their phone number, in any spelling; numbers without a country code are taken as US numbers.
    seller_phone: Option<Phone>,
    /// What it is hoped to be assigned or sold for.
    target_price: Option<Money>,
    /// What it was assigned for, if that is known.
    assigned_price: Option<Money>,
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
    /// A member of the team who works on it.
    assigned_to: Option<UserId>,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::POST,
        "/api/deals",
        "deals.create",
        Can(Permission::DealsWrite),
        handle,
    )
    .summary("Create a deal")
    .grants(&[Grant::ReadTable, Grant::WriteTable])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<NoPath, CreateDeal>,
) -> Result<Created<DealView>, Failure> {
    let command = input.command(&who.user);
    let body = input.body;
    let deal = Deal {
        lead_id: body.lead_id,
        client_id: body.client_id,
        property_id: body.property_id,
        seller_name: body.seller_name,
        seller_phone: body.seller_phone,
        target_price: body.target_price,
        assigned_price: body.assigned_price,
        kind: body.kind.unwrap_or(DealKind::Wholesale),
        purchase_price: body.purchase_price,
        estimated_repairs: body.estimated_repairs,
        expected_profit: body.expected_profit,
        notes: body.notes,
        assigned_to: body.assigned_to,
        ..Deal::new(command.new_id(0), body.property_address, command.at)
    };
    let beside = Required {
        // Whoever assigns a deal to themselves is a member: the session gate has just said so.
        member: deal.assigned_to.filter(|assignee| *assignee != who.id()),
        references: deal.references().collect(),
    };
    let deals = app.store.team(who.team).deals();
    let stored = deals.create(&command, who.sight(), deal, beside).await?;
    Ok(Created {
        location: format!("/api/deals/{}", stored.value.id),
        entity: stored.into(),
    })
}
