//! What becomes of two leads that are one person, and how they are parted again.
//!
//! What belongs here: which value of the two is kept, field by field. What does not: how alike they are (`alike`), and what
//! moves along from the one that goes, such as its notes, tasks and deals.
//!
//! Consent is not a value like others: nothing here ever gives one. A flag that is off may mean that nobody asked or that
//! the person said no, and the record does not tell which, so the stricter of two always holds.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::invalid::wire_enum;
use crate::{Address, ClientId, Consent, CustomFields, CustomValue, DealId, Lead, MAX_TAGS, TagId};

wire_enum! {
    /// A field of a lead that holds one value, by its name in the store and on the wire.
    pub enum LeadField {
        /// The name.
        Name = "name",
        /// The e-mail address.
        Email = "email",
        /// The phone number.
        Phone = "phone",
        /// The company.
        Company = "company",
        /// The position in the company.
        Position = "position",
        /// Where the lead stands.
        Status = "status",
        /// How promising it is.
        Score = "score",
        /// Where it came from.
        Source = "source",
        /// What the business would be worth.
        Value = "value",
        /// The team's own word for how far it is.
        Stage = "stage",
        /// Who works on it.
        AssignedTo = "assignedTo",
        /// The address.
        Address = "address",
        /// What kind of property it is about.
        PropertyType = "propertyType",
        /// How the person prefers to be reached.
        PreferredContact = "preferredContact",
    }
}

/// The fields that somebody chose to take from the lead that goes. A field that it does not have is not taken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choices {
    /// Fields of every lead.
    pub fields: BTreeSet<LeadField>,
    /// The team's own fields, by key.
    pub custom_fields: BTreeSet<String>,
}

/// What the lead that goes had and the other did not take, for the timeline and for whoever wants it back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Left {
    /// Values in the form of the store.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<LeadField, Value>,
    /// Values of the team's own fields, by key.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub custom_fields: BTreeMap<String, CustomValue>,
    /// The tags for which there was no room.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub tags: BTreeSet<TagId>,
    /// What the person had agreed to there and does not count any more.
    #[serde(default)]
    pub consent: Consent,
    /// The client that was made of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
    /// The deal that was made of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deal_id: Option<DealId>,
}

/// What comes of a merge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merge {
    /// The lead that stays, as it is now.
    pub lead: Lead,
    /// What it did not take.
    pub left: Left,
}

/// Makes one lead of two. Each value is the winner's unless the winner has none, or the loser's was chosen. Parts of an
/// address are filled in from the other if the two agree in all parts that both have. Tags and the team's own fields are
/// united as far as there is room: the winner's all stay, and of the loser's the oldest tags and the first keys fit. The
/// last contact is the later one. Its id, and when it was made and deleted, stay the winner's.
pub fn merged(winner: &Lead, loser: &Lead, choices: &Choices) -> Merge {
    let takes = |field| choices.fields.contains(&field);
    let lead = Lead {
        id: winner.id,
        name: picked(&winner.name, &loser.name, takes(LeadField::Name)),
        email: kept(&winner.email, &loser.email, takes(LeadField::Email)),
        phone: kept(&winner.phone, &loser.phone, takes(LeadField::Phone)),
        company: kept(&winner.company, &loser.company, takes(LeadField::Company)),
        position: kept(
            &winner.position,
            &loser.position,
            takes(LeadField::Position),
        ),
        status: picked(&winner.status, &loser.status, takes(LeadField::Status)),
        score: kept(&winner.score, &loser.score, takes(LeadField::Score)),
        source: kept(&winner.source, &loser.source, takes(LeadField::Source)),
        value: kept(&winner.value, &loser.value, takes(LeadField::Value)),
        stage: kept(&winner.stage, &loser.stage, takes(LeadField::Stage)),
        assigned_to: kept(
            &winner.assigned_to,
            &loser.assigned_to,
            takes(LeadField::AssignedTo),
        ),
        last_contact_at: winner.last_contact_at.max(loser.last_contact_at),
        tags: united(&winner.tags, &loser.tags),
        custom_fields: united_fields(&winner.custom_fields, &loser.custom_fields, |key| {
            choices.custom_fields.contains(key)
        }),
        address: completed(&winner.address, &loser.address, takes(LeadField::Address)),
        property_type: kept(
            &winner.property_type,
            &loser.property_type,
            takes(LeadField::PropertyType),
        ),
        preferred_contact: kept(
            &winner.preferred_contact,
            &loser.preferred_contact,
            takes(LeadField::PreferredContact),
        ),
        consent: stricter(winner.consent, loser.consent),
        // Notes are counted where they are moved.
        notes: winner.notes,
        client_id: winner.client_id.or(loser.client_id),
        deal_id: winner.deal_id.or(loser.deal_id),
        created_at: winner.created_at,
        deleted_at: winner.deleted_at,
        merged_into: winner.merged_into,
    };
    let left = left(&lead, loser);
    Merge { lead, left }
}

/// Parts a lead from another again: what it has `now`, where it was `before` the merge and `after` it. What the merge
/// changed is as it was before; what somebody changed since stays as it is.
///
/// Consent is never given back: who said no since then said it to a flag that was off already. For the same reason the lead
/// that returns has the [stricter] of its own consent and this one's.
pub fn unmerged(now: &Lead, before: &Lead, after: &Lead) -> Lead {
    let came: BTreeSet<TagId> = after.tags.difference(&before.tags).copied().collect();
    let fields = |lead: &Lead| -> BTreeMap<String, CustomValue> {
        let fields = lead.custom_fields.iter();
        fields
            .map(|(key, value)| (key.to_owned(), value.clone()))
            .collect()
    };
    let (was, became) = (fields(before), fields(after));
    let mut custom_fields = fields(now);
    for key in was.keys().chain(became.keys()) {
        if custom_fields.get(key) == became.get(key) {
            match was.get(key) {
                Some(value) => custom_fields.insert(key.clone(), value.clone()),
                None => custom_fields.remove(key),
            };
        }
    }
    Lead {
        id: now.id,
        name: back(&now.name, &before.name, &after.name),
        email: back(&now.email, &before.email, &after.email),
        phone: back(&now.phone, &before.phone, &after.phone),
        company: back(&now.company, &before.company, &after.company),
        position: back(&now.position, &before.position, &after.position),
        status: back(&now.status, &before.status, &after.status),
        score: back(&now.score, &before.score, &after.score),
        source: back(&now.source, &before.source, &after.source),
        value: back(&now.value, &before.value, &after.value),
        stage: back(&now.stage, &before.stage, &after.stage),
        assigned_to: back(&now.assigned_to, &before.assigned_to, &after.assigned_to),
        last_contact_at: back(
            &now.last_contact_at,
            &before.last_contact_at,
            &after.last_contact_at,
        ),
        tags: now.tags.difference(&came).copied().collect(),
        custom_fields: CustomFields::new(custom_fields)
            .unwrap_or_else(|_| now.custom_fields.clone()),
        address: back(&now.address, &before.address, &after.address),
        property_type: back(
            &now.property_type,
            &before.property_type,
            &after.property_type,
        ),
        preferred_contact: back(
            &now.preferred_contact,
            &before.preferred_contact,
            &after.preferred_contact,
        ),
        consent: now.consent,
        notes: now.notes,
        client_id: back(&now.client_id, &before.client_id, &after.client_id),
        deal_id: back(&now.deal_id, &before.deal_id, &after.deal_id),
        created_at: now.created_at,
        deleted_at: now.deleted_at,
        merged_into: now.merged_into,
    }
}

/// What both agreed to.
pub const fn stricter(one: Consent, other: Consent) -> Consent {
    Consent {
        email: one.email && other.email,
        sms: one.sms && other.sms,
        call: one.call && other.call,
    }
}

fn left(lead: &Lead, loser: &Lead) -> Left {
    // A record of ours is always an object; if it were not, nothing would be told.
    let values = |lead: &Lead| serde_json::to_value(lead).unwrap_or_default();
    let (values, of_loser) = (values(lead), values(loser));
    let fields = LeadField::ALL.iter().filter_map(|field| {
        let value = of_loser.get(field.as_str())?;
        (values.get(field.as_str()) != Some(value)).then(|| (*field, value.clone()))
    });
    let custom_fields = loser.custom_fields.iter();
    let custom_fields =
        custom_fields.filter(|(key, value)| lead.custom_fields.get(key) != Some(value));
    Left {
        fields: fields.collect(),
        custom_fields: custom_fields
            .map(|(key, value)| (key.to_owned(), value.clone()))
            .collect(),
        tags: loser.tags.difference(&lead.tags).copied().collect(),
        consent: Consent {
            email: loser.consent.email && !lead.consent.email,
            sms: loser.consent.sms && !lead.consent.sms,
            call: loser.consent.call && !lead.consent.call,
        },
        client_id: loser.client_id.filter(|id| lead.client_id != Some(*id)),
        deal_id: loser.deal_id.filter(|id| lead.deal_id != Some(*id)),
    }
}

/// The value of the one that is asked first, or else the other's.
fn kept<T: Clone>(winner: &Option<T>, loser: &Option<T>, takes: bool) -> Option<T> {
    let (first, second) = if takes {
        (loser, winner)
    } else {
        (winner, loser)
    };
    first.as_ref().or(second.as_ref()).cloned()
}

fn picked<T: Clone>(winner: &T, loser: &T, takes: bool) -> T {
    if takes { loser.clone() } else { winner.clone() }
}

fn back<T: Clone + PartialEq>(now: &T, before: &T, after: &T) -> T {
    picked(now, before, now == after)
}

/// The address that is asked first, with what only the other has if the two do not contradict each other.
pub(crate) fn completed(
    winner: &Option<Address>,
    loser: &Option<Address>,
    takes: bool,
) -> Option<Address> {
    let (first, second) = if takes {
        (loser, winner)
    } else {
        (winner, loser)
    };
    let (Some(one), Some(other)) = (first, second) else {
        return kept(winner, loser, takes);
    };
    let Address {
        street,
        unit,
        city,
        state,
        zip,
        country,
    } = one;
    let is_one_place = agrees(street, &other.street)
        && agrees(unit, &other.unit)
        && agrees(city, &other.city)
        && agrees(state, &other.state)
        && agrees(zip, &other.zip)
        && agrees(country, &other.country);
    if !is_one_place {
        return first.clone();
    }
    Some(Address {
        street: kept(street, &other.street, false),
        unit: kept(unit, &other.unit, false),
        city: kept(city, &other.city, false),
        state: kept(state, &other.state, false),
        zip: kept(zip, &other.zip, false),
        country: kept(country, &other.country, false),
    })
}

fn agrees<T: ToString>(one: &Option<T>, other: &Option<T>) -> bool {
    let folded = |part: &T| crate::fold(&part.to_string());
    match (one, other) {
        (Some(one), Some(other)) => folded(one) == folded(other),
        (Some(_) | None, Some(_) | None) => true,
    }
}

/// The tags of the first, and of the second the oldest for which there is room.
pub(crate) fn united(first: &BTreeSet<TagId>, second: &BTreeSet<TagId>) -> BTreeSet<TagId> {
    let room = MAX_TAGS.saturating_sub(first.len());
    let more = second.difference(first).take(room);
    first.iter().chain(more).copied().collect()
}

/// The fields of the first, and of the second those that the first has not, or that are taken, in the order of their keys
/// as long as there is room.
pub(crate) fn united_fields(
    first: &CustomFields,
    second: &CustomFields,
    takes: impl Fn(&str) -> bool,
) -> CustomFields {
    let is_blank =
        |value: &CustomValue| matches!(value, CustomValue::Text(text) if text.as_str().is_empty());
    let mut united = first.clone();
    for (key, value) in second.iter().filter(|(_, value)| !is_blank(value)) {
        let is_taken = first.get(key).is_none_or(is_blank) || takes(key);
        if is_taken && united.has_room_for(key, value) {
            let change = BTreeMap::from([(key.to_owned(), Some(value.clone()))]);
            united = united.merged(change).unwrap_or(united);
        }
    }
    united
}

#[cfg(test)]
mod tests;
