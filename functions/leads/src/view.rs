//! What clients see of a lead.

use jiff::Timestamp;
use plat_domain::TeamId;
use plat_domain::{
    Actor, Address, ClientId, Color, Consent, ContactChannel, CustomFields, DealId, Email, Lead,
    LeadId, LeadStatus, Line, Money, Name, Phone, PropertyType, Score, Source, TagId, TagName,
    UserId,
};
use plat_registry::{App, Failure, Versioned};
use plat_store::{ListedLead, Stored, TagSet};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The id in the path of everything about one lead.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct LeadPath {
    /// The lead.
    pub(crate) lead_id: LeadId,
}

/// A lead.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Lead")]
pub(crate) struct LeadView {
    #[serde(flatten)]
    summary: LeadSummaryView,
    /// What they do where they work.
    position: Option<Line>,
    /// Where the property, or the person, is.
    address: Option<Address>,
    /// What kind of property it is about.
    property_type: Option<PropertyType>,
    /// How they like to be reached.
    preferred_contact: Option<ContactChannel>,
    /// What they agreed to.
    consent: Consent,
    /// The team's own fields.
    custom_fields: CustomFields,
    /// The client that was made of it.
    client_id: Option<ClientId>,
    /// The deal that was made of it then.
    deal_id: Option<DealId>,
    /// Who created it.
    created_by: Actor,
}

/// What a list shows of a lead.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "LeadSummary")]
pub(crate) struct LeadSummaryView {
    /// Which.
    id: LeadId,
    /// Their name.
    name: Name,
    /// Their e-mail address; unique among the team's leads.
    email: Option<Email>,
    /// Their phone number, as it was given.
    phone: Option<Phone>,
    /// Where they work.
    company: Option<Line>,
    /// Where they stand.
    status: LeadStatus,
    /// How promising they are, 0 to 100.
    score: Option<Score>,
    /// Where they came from.
    source: Option<Source>,
    /// What they are worth.
    value: Option<Money>,
    /// The team's own word for where they stand.
    stage: Option<Line>,
    /// Who works them.
    assigned_to: Option<UserId>,
    /// When they were last talked to.
    last_contact_at: Option<Timestamp>,
    /// The tags they wear, by name.
    tags: Vec<LeadTagView>,
    /// One more with each change; the `ETag`.
    version: u64,
    /// When it was created.
    #[serde(serialize_with = "plat_domain::write_time")]
    created_at: Timestamp,
    /// When it was last changed.
    #[serde(serialize_with = "plat_domain::write_time")]
    updated_at: Timestamp,
}

/// A tag that a lead wears.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "LeadTag")]
pub(crate) struct LeadTagView {
    id: TagId,
    name: TagName,
    color: Color,
}

impl Versioned for LeadView {
    fn version(&self) -> u64 {
        self.summary.version
    }
}

impl LeadView {
    pub(crate) fn new(stored: Stored<Lead>, tags: &TagSet) -> Self {
        let lead = stored.value.clone();
        Self {
            created_by: stored.created_by.clone(),
            summary: LeadSummaryView::new(stored.into(), tags),
            position: lead.position,
            address: lead.address,
            property_type: lead.property_type,
            preferred_contact: lead.preferred_contact,
            consent: lead.consent,
            custom_fields: lead.custom_fields,
            client_id: lead.client_id,
            deal_id: lead.deal_id,
        }
    }

    /// The view of a lead that was just written; the team's tags are read only if it wears some.
    pub(crate) async fn written(
        app: &App,
        team: TeamId,
        stored: Stored<Lead>,
    ) -> Result<Self, Failure> {
        let tags = if stored.value.tags.is_empty() {
            TagSet::default()
        } else {
            app.store.team(team).tags().get().await?
        };
        Ok(Self::new(stored, &tags))
    }
}

impl LeadSummaryView {
    pub(crate) fn new(listed: ListedLead, tags: &TagSet) -> Self {
        let lead = listed.lead;
        Self {
            id: lead.id,
            name: lead.name,
            email: lead.email,
            phone: lead.phone,
            company: lead.company,
            status: lead.status,
            score: lead.score,
            source: lead.source,
            value: lead.value,
            stage: lead.stage,
            assigned_to: lead.assigned_to,
            last_contact_at: lead.last_contact_at,
            tags: worn(&lead.tags, tags),
            version: listed.version,
            created_at: listed.created_at,
            updated_at: listed.updated_at,
        }
    }
}

/// Tags by name. An id whose tag was deleted stands for nothing.
fn worn(ids: &BTreeSet<TagId>, tags: &TagSet) -> Vec<LeadTagView> {
    let mut worn: Vec<LeadTagView> = ids
        .iter()
        .filter_map(|id| {
            let tag = tags.tags.get(id)?;
            Some(LeadTagView {
                id: *id,
                name: tag.name.clone(),
                color: tag.color.clone(),
            })
        })
        .collect();
    worn.sort_by_key(|tag| tag.name.key());
    worn
}
