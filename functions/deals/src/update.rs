//! `PATCH /api/deals/{dealId}` and its alias `PUT`: a JSON Merge Patch.

use crate::view::{DealPath, DealView};
use plat_domain::{
    ClientId, Deal, DealKind, LeadId, Line, Money, Name, NoteContent, Permission, Phone,
    PropertyId, SignedMoney, UserId,
};
use plat_http::patch::{Patch, never_null, present};
use plat_http::problems::{self, STALE};
use plat_registry::{App, Can, Endpoint, Entity, Failure, Grant, Input, Method, Principal};
use plat_store::Required;
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

/// What changes. A field that is absent stays, one that is null is cleared. The status is set at
/// `/api/deals/{dealId}/status`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct UpdateDeal {
    #[serde(default)]
    lead_id: Patch<LeadId>,
    #[serde(default)]
    client_id: Patch<ClientId>,
    #[serde(default)]
    property_id: Patch<PropertyId>,
    #[serde(default, deserialize_with = "present")]
    #[schemars(transform = never_null)]
    property_address: Option<Line>,
    #[serde(default)]
    seller_name: Patch<Name>,
    #[serde(default)]
    seller_phone: Patch<Phone>,
    #[serde(default)]
    target_price: Patch<Money>,
    /// Stays while the deal is `assigned` or `closed`.
    #[serde(default)]
    assigned_price: Patch<Money>,
    #[serde(default, deserialize_with = "present")]
    #[schemars(transform = never_null)]
    kind: Option<DealKind>,
    #[serde(default)]
    purchase_price: Patch<Money>,
    #[serde(default)]
    estimated_repairs: Patch<Money>,
    #[serde(default)]
    expected_profit: Patch<SignedMoney>,
    #[serde(default)]
    notes: Patch<NoteContent>,
    #[serde(default)]
    assigned_to: Patch<UserId>,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::PATCH,
        "/api/deals/{dealId}",
        "deals.update",
        Can(Permission::DealsWrite),
        handle,
    )
    .alias(Method::PUT)
    .summary("Change a deal")
    .grants(&[Grant::ReadTable, Grant::WriteTable])
    .problems(&[&STALE])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<DealPath, UpdateDeal>,
) -> Result<Entity<DealView>, Failure> {
    let command = input.command(&who.user);
    let stored = app
        .store
        .team(who.team)
        .deals()
        .change(
            &command,
            input.path.deal_id,
            who.sight(),
            input.if_match,
            |deal| apply(input.body.clone(), deal),
        )
        .await?;
    Ok(Entity(stored.into()))
}

fn apply(body: UpdateDeal, deal: &mut Deal) -> Result<Required, Failure> {
    let (assignee, references) = (deal.assigned_to, deal.references().collect::<Vec<_>>());
    body.lead_id.apply(&mut deal.lead_id);
    body.client_id.apply(&mut deal.client_id);
    body.property_id.apply(&mut deal.property_id);
    if let Some(address) = body.property_address {
        deal.property_address = address;
    }
    body.seller_name.apply(&mut deal.seller_name);
    body.seller_phone.apply(&mut deal.seller_phone);
    body.target_price.apply(&mut deal.target_price);
    body.assigned_price.apply(&mut deal.assigned_price);
    if deal.status.is_priced() && deal.assigned_price.is_none() {
        let detail = format!("A deal that is {} keeps its assigned price.", deal.status);
        return Err(problems::invalid_field("/assignedPrice", "required", &detail).into());
    }
    if let Some(kind) = body.kind {
        deal.kind = kind;
    }
    body.purchase_price.apply(&mut deal.purchase_price);
    body.estimated_repairs.apply(&mut deal.estimated_repairs);
    body.expected_profit.apply(&mut deal.expected_profit);
    body.notes.apply(&mut deal.notes);
    body.assigned_to.apply(&mut deal.assigned_to);
    // What it pointed to before may be gone by now, and is no reason to refuse the rest.
    Ok(Required {
        member: deal.assigned_to.filter(|_| deal.assigned_to != assignee),
        references: deal
            .references()
            .filter(|reference| !references.contains(reference))
            .collect(),
    })
}
