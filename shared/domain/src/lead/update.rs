//! What an import or a form may change on a lead that is there already.
//!
//! What belongs here: which of two values stays when the new one comes from a file or a web page, not from somebody who saw
//! the lead. What does not: how the lead was found (`identity`), and what people change by hand.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::invalid::wire_enum;
use crate::lead::merge::{completed, united, united_fields};
use crate::{
    Address, Consent, ContactChannel, CustomFields, Email, Lead, Line, Money, Name, Phone,
    PropertyType, Score, Source, TagId, UserId,
};

wire_enum! {
    /// What becomes of values that the lead has already.
    pub enum UpdatePolicy {
        /// They stay; only what is empty is filled.
        Fill = "fill",
        /// What comes replaces them.
        Replace = "replace",
    }
}

/// What somebody is said to have agreed to or refused; most lists say nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SaidConsent {
    /// To e-mail.
    pub email: Option<bool>,
    /// To text messages.
    pub sms: Option<bool>,
    /// To calls.
    pub call: Option<bool>,
}

impl SaidConsent {
    /// The consent of a new lead of which this was said: what nobody agreed to is not agreed.
    pub fn of_new(self) -> Consent {
        Consent {
            email: self.email == Some(true),
            sms: self.sms == Some(true),
            call: self.call == Some(true),
        }
    }

    /// The consent of a lead that had one. A refusal counts. What is agreed to does not: the lead may have refused it to
    /// somebody, and a list does not know.
    pub fn within(self, consent: Consent) -> Consent {
        Consent {
            email: consent.email && self.email != Some(false),
            sms: consent.sms && self.sms != Some(false),
            call: consent.call && self.call != Some(false),
        }
    }
}

/// What a row of a file or a form says about a person. What it does not say is absent, and changes nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Incoming {
    /// The name.
    pub name: Option<Name>,
    /// The e-mail address.
    pub email: Option<Email>,
    /// The phone number.
    pub phone: Option<Phone>,
    /// The company.
    pub company: Option<Line>,
    /// The position in the company.
    pub position: Option<Line>,
    /// How promising the lead is.
    pub score: Option<Score>,
    /// Where it came from.
    pub source: Option<Source>,
    /// What the business would be worth.
    pub value: Option<Money>,
    /// The team's own word for how far it is.
    pub stage: Option<Line>,
    /// Who is to work on it.
    pub assigned_to: Option<UserId>,
    /// When somebody last spoke or wrote to the person.
    pub last_contact_at: Option<Timestamp>,
    /// Tags to add.
    pub tags: BTreeSet<TagId>,
    /// The team's own fields.
    pub custom_fields: CustomFields,
    /// The address of the person or the property.
    pub address: Option<Address>,
    /// What kind of property it is about.
    pub property_type: Option<PropertyType>,
    /// How the person prefers to be reached.
    pub preferred_contact: Option<ContactChannel>,
    /// What they agreed to or refused.
    pub consent: SaidConsent,
}

/// The lead after what came in. Nothing is ever cleared, and the same again changes nothing.
///
/// Whatever the policy, where a lead came from and who works on it is filled and not replaced, so that a list takes no lead
/// from anybody; its status, which has a history, does not change; the last contact is the later one; tags are added as
/// long as there is room; and consent only becomes less.
pub fn filled(lead: &Lead, incoming: &Incoming, policy: UpdatePolicy) -> Lead {
    let replaces = match policy {
        UpdatePolicy::Fill => false,
        UpdatePolicy::Replace => true,
    };
    // Another spelling of the same address or number is no news.
    let email = incoming.email.as_ref();
    let email = email.filter(|email| {
        lead.email
            .as_ref()
            .is_none_or(|known| known.key() != email.key())
    });
    let phone = incoming.phone.as_ref();
    let phone = phone.filter(|phone| {
        lead.phone
            .as_ref()
            .is_none_or(|known| known.e164() != phone.e164())
    });
    Lead {
        name: incoming
            .name
            .clone()
            .filter(|_| replaces)
            .unwrap_or_else(|| lead.name.clone()),
        email: kept(&lead.email, email, replaces),
        phone: kept(&lead.phone, phone, replaces),
        company: kept(&lead.company, incoming.company.as_ref(), replaces),
        position: kept(&lead.position, incoming.position.as_ref(), replaces),
        score: kept(&lead.score, incoming.score.as_ref(), replaces),
        source: kept(&lead.source, incoming.source.as_ref(), false),
        value: kept(&lead.value, incoming.value.as_ref(), replaces),
        stage: kept(&lead.stage, incoming.stage.as_ref(), replaces),
        assigned_to: lead.assigned_to.or(incoming.assigned_to),
        last_contact_at: lead.last_contact_at.max(incoming.last_contact_at),
        tags: united(&lead.tags, &incoming.tags),
        custom_fields: united_fields(&lead.custom_fields, &incoming.custom_fields, |_| replaces),
        address: completed(&lead.address, &incoming.address, replaces),
        property_type: kept(
            &lead.property_type,
            incoming.property_type.as_ref(),
            replaces,
        ),
        preferred_contact: kept(
            &lead.preferred_contact,
            incoming.preferred_contact.as_ref(),
            replaces,
        ),
        consent: incoming.consent.within(lead.consent),
        id: lead.id,
        status: lead.status,
        notes: lead.notes,
        client_id: lead.client_id,
        deal_id: lead.deal_id,
        created_at: lead.created_at,
        deleted_at: lead.deleted_at,
        merged_into: lead.merged_into,
    }
}

fn kept<T: Clone>(known: &Option<T>, coming: Option<&T>, replaces: bool) -> Option<T> {
    match (known, coming) {
        (Some(_), Some(coming)) if replaces => Some(coming.clone()),
        (Some(known), Some(_) | None) => Some(known.clone()),
        (None, coming) => coming.cloned(),
    }
}

#[cfg(test)]
mod tests;
