//! What clients see of a deal.

use jiff::Timestamp;
use plat_domain::{
    Actor, ClientId, Deal, DealId, DealKind, DealStatus, LeadId, Line, Money, Name, NoteContent,
    Phone, PropertyId, SignedMoney, UserId,
};
use plat_registry::Versioned;
use plat_store::{ListedDeal, Stored};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The id in the path of everything about one deal.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct DealPath {
    /// The deal.
    pub(crate) deal_id: DealId,
}

/// A deal.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Deal")]
pub(crate) struct DealView {
    #[serde(flatten)]
    summary: DealSummaryView,
    /// The lead that it comes of.
    lead_id: Option<LeadId>,
    /// The client that it is made with.
    client_id: Option<ClientId>,
    /// The property.
    property_id: Option<PropertyId>,
    /// What it is bought for.
    purchase_price: Option<Money>,
    /// What repairs are expected to cost.
    estimated_repairs: Option<Money>,
    /// What is expected to be left; a loss is negative.
    expected_profit: Option<SignedMoney>,
    /// Free text.
    notes: Option<NoteContent>,
    /// What was said about its last move.
    status_note: Option<String>,
    /// When it last came to each status that it has been in.
    stages: Vec<StageView>,
    /// When it was closed.
    closed_at: Option<Timestamp>,
    /// How many documents of it are available.
    documents: u32,
    /// Who created it.
    created_by: Actor,
}

/// A status that a deal has been in.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "DealStage")]
pub(crate) struct StageView {
    /// Which.
    status: DealStatus,
    /// When the deal last came there.
    entered_at: Timestamp,
}

/// What a list shows of a deal.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "DealSummary")]
pub(crate) struct DealSummaryView {
    /// Which.
    id: DealId,
    /// Where the property is.
    property_address: Line,
    /// Who sells.
    seller_name: Option<Name>,
    /// Their phone number, as it was given.
    seller_phone: Option<Phone>,
    /// What it is hoped to be assigned or sold for.
    target_price: Option<Money>,
    /// What it was assigned for.
    assigned_price: Option<Money>,
    /// What is done with the property.
    kind: DealKind,
    /// Where it stands.
    status: DealStatus,
    /// When it came there.
    #[serde(serialize_with = "plat_domain::write_time")]
    in_status_since: Timestamp,
    /// Who works on it.
    assigned_to: Option<UserId>,
    /// One more with each change; the `ETag`.
    version: u64,
    /// When it was created.
    #[serde(serialize_with = "plat_domain::write_time")]
    created_at: Timestamp,
    /// When it was last changed.
    #[serde(serialize_with = "plat_domain::write_time")]
    updated_at: Timestamp,
}

impl Versioned for DealView {
    fn version(&self) -> u64 {
        self.summary.version
    }
}

impl From<Stored<Deal>> for DealView {
    fn from(stored: Stored<Deal>) -> Self {
        let deal = stored.value.clone();
        let closed_at = deal.closed_at();
        let stages = deal.stages.iter().map(|(status, at)| StageView {
            status: *status,
            entered_at: *at,
        });
        Self {
            lead_id: deal.lead_id,
            client_id: deal.client_id,
            property_id: deal.property_id,
            purchase_price: deal.purchase_price,
            estimated_repairs: deal.estimated_repairs,
            expected_profit: deal.expected_profit,
            stages: stages.collect(),
            notes: deal.notes,
            status_note: deal.status_note,
            closed_at,
            documents: deal.documents,
            created_by: stored.created_by.clone(),
            summary: ListedDeal::from(stored).into(),
        }
    }
}

impl From<ListedDeal> for DealSummaryView {
    fn from(listed: ListedDeal) -> Self {
        let deal = listed.deal;
        Self {
            id: deal.id,
            property_address: deal.property_address,
            seller_name: deal.seller_name,
            seller_phone: deal.seller_phone,
            target_price: deal.target_price,
            assigned_price: deal.assigned_price,
            kind: deal.kind,
            status: deal.status,
            in_status_since: deal.since,
            assigned_to: deal.assigned_to,
            version: listed.version,
            created_at: listed.created_at,
            updated_at: listed.updated_at,
        }
    }
}
