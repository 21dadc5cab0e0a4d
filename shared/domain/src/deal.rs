//! Deals: transactions on a property, and the rules of their life.
//!
//! What belongs here: the record, and which moves are legal. What does not: how a deal is stored, listed or shown, and
//! what is counted of deals.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

mod status;

pub use status::{DealMoveRefused, DealStatus};

use crate::invalid::wire_enum;
use crate::{
    ClientId, DealId, LeadId, Line, Money, Name, NoteContent, Phone, PropertyId, RecordRef,
    SignedMoney, UserId,
};

wire_enum! {
    /// What is done with the property.
    pub enum DealKind {
        /// The contract is assigned to a buyer for a fee.
        Wholesale = "wholesale",
        /// It is bought, renovated and sold.
        Flip = "flip",
        /// It is bought and kept.
        Hold = "hold",
    }
}

/// A transaction on a property. Serialised for events, not for the wire: a phone number keeps both spellings, and what is
/// absent is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Deal {
    /// The id, which also says when the deal was made.
    pub id: DealId,
    /// The lead that it comes of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead_id: Option<LeadId>,
    /// The client that it is made with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
    /// The property.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub property_id: Option<PropertyId>,
    /// Where the property is.
    pub property_address: Line,
    /// Who sells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seller_name: Option<Name>,
    /// The seller's phone number.
    #[serde(
        default,
        with = "crate::phone::stored",
        skip_serializing_if = "Option::is_none"
    )]
    pub seller_phone: Option<Phone>,
    /// What it is hoped to be assigned or sold for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_price: Option<Money>,
    /// What it was assigned for. A deal that is assigned or closed has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assigned_price: Option<Money>,
    /// What is done with the property.
    pub kind: DealKind,
    /// What it is bought for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purchase_price: Option<Money>,
    /// What repairs are expected to cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimated_repairs: Option<Money>,
    /// What is expected to be left; a loss is negative.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_profit: Option<SignedMoney>,
    /// Free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<NoteContent>,
    /// Who works on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assigned_to: Option<UserId>,
    /// Where it stands.
    pub status: DealStatus,
    /// When it came there.
    pub since: Timestamp,
    /// When it last came to each status that it has been in.
    pub stages: BTreeMap<DealStatus, Timestamp>,
    /// What was said about the last move.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_note: Option<String>,
    /// How many documents of it are available.
    #[serde(default)]
    pub documents: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Timestamp>,
}

impl Deal {
    /// A new deal of which only the address is known.
    pub fn new(id: DealId, property_address: Line, created_at: Timestamp) -> Self {
        Self {
            id,
            lead_id: None,
            client_id: None,
            property_id: None,
            property_address,
            seller_name: None,
            seller_phone: None,
            target_price: None,
            assigned_price: None,
            kind: DealKind::Wholesale,
            purchase_price: None,
            estimated_repairs: None,
            expected_profit: None,
            notes: None,
            assigned_to: None,
            status: DealStatus::New,
            since: created_at,
            stages: BTreeMap::from([(DealStatus::New, created_at)]),
            status_note: None,
            documents: 0,
            created_at,
            deleted_at: None,
        }
    }

    /// Whether it may move to `to` with this note, or without one.
    ///
    /// # Errors
    /// [`DealMoveRefused`].
    pub fn check_move(&self, to: DealStatus, note: Option<&str>) -> Result<(), DealMoveRefused> {
        DealStatus::check_move(self.status, to, note)?;
        if to.is_priced() && self.assigned_price.is_none() {
            return Err(DealMoveRefused::PriceRequired);
        }
        Ok(())
    }

    /// When it was closed.
    pub fn closed_at(&self) -> Option<Timestamp> {
        let closed = self.stages.get(&DealStatus::Closed).copied();
        closed.filter(|_| self.status == DealStatus::Closed)
    }

    /// The records that it points to, each with the name of its field.
    pub fn references(&self) -> impl Iterator<Item = (&'static str, RecordRef)> {
        [
            ("leadId", self.lead_id.map(RecordRef::Lead)),
            ("clientId", self.client_id.map(RecordRef::Client)),
            ("propertyId", self.property_id.map(RecordRef::Property)),
        ]
        .into_iter()
        .filter_map(|(field, record)| Some((field, record?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Currency;

    #[test]
    fn a_deal_is_assigned_only_with_a_price() {
        let at: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
        let mut deal = Deal::new(DealId::first_at(at), Line::parse("12 Elm St").unwrap(), at);
        deal.status = DealStatus::UnderContract;

        assert_eq!(
            deal.check_move(DealStatus::Assigned, None),
            Err(DealMoveRefused::PriceRequired)
        );

        deal.assigned_price = Money::new(1, Currency::USD).ok();
        assert_eq!(deal.check_move(DealStatus::Assigned, None), Ok(()));
    }
}
