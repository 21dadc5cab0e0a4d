//! Leads: people who might do business, and the rules of their life.
//!
//! What belongs here: the record, its parts, and which changes of status are legal. What
//! does not: how a lead is stored, listed or shown. Parts with rules of their own have a
//! file of their own.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, de};

mod address;
pub mod alike;
mod custom;
pub mod identity;
pub mod merge;
mod status;
pub mod update;

pub use address::{Address, Country};
pub use custom::{CustomFields, CustomValue, MAX_CUSTOM_FIELDS};
pub use status::{LeadStatus, MoveRefused};

use crate::invalid::{wire_enum, wire_string};
use crate::search::{pairs, with_address};
use crate::text::caseless;
use crate::{
    ClientId, DealId, Email, Invalid, LeadId, Line, Money, Name, Phone, TagId, Text, UserId,
    person_words,
};

/// How many days a deleted lead can be brought back; then it is purged.
pub const RESTORE_DAYS: i64 = 30;

/// The most tags of one lead, so that a lead stays one small item.
pub const MAX_TAGS: usize = 50;

wire_enum! {
    /// What kind of property a person deals in.
    pub enum PropertyType {
        /// Homes.
        Residential = "residential",
        /// Shops, offices, halls.
        Commercial = "commercial",
        /// Lots without a building.
        Land = "land",
        /// Anything else.
        Other = "other",
    }
}

wire_enum! {
    /// A way to reach a person.
    pub enum ContactChannel {
        /// By e-mail.
        Email = "email",
        /// By text message.
        Sms = "sms",
        /// By telephone.
        Call = "call",
    }
}

/// Which ways of contact a person has agreed to. Nobody has agreed to anything unasked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Consent {
    /// To e-mail.
    pub email: bool,
    /// To text messages.
    pub sms: bool,
    /// To calls.
    pub call: bool,
}

impl Consent {
    /// Whether the person agreed to this channel.
    pub const fn allows(self, channel: ContactChannel) -> bool {
        match channel {
            ContactChannel::Email => self.email,
            ContactChannel::Sms => self.sms,
            ContactChannel::Call => self.call,
        }
    }

    fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// How promising a lead is, from 0 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Score(u8);

impl Score {
    /// The highest score.
    pub const MAX: u8 = 100;

    /// A score.
    ///
    /// # Errors
    /// `invalid_score` above 100.
    pub fn new(value: u8) -> Result<Self, Invalid> {
        (value <= Self::MAX).then_some(Self(value)).ok_or_else(|| {
            Invalid::new("invalid_score", "A score is a whole number from 0 to 100.")
        })
    }

    /// Reads a whole number.
    ///
    /// # Errors
    /// `invalid_score`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        // What is no number at all is refused like one that is too large.
        Self::new(text.trim().parse().unwrap_or(u8::MAX))
    }

    /// The number.
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl<'de> Deserialize<'de> for Score {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct WholeNumber;

        impl Visitor<'_> for WholeNumber {
            type Value = Score;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number from 0 to 100")
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Score, E> {
                Score::new(u8::try_from(value).unwrap_or(u8::MAX)).map_err(Invalid::into_serde)
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Score, E> {
                Score::new(u8::try_from(value).unwrap_or(u8::MAX)).map_err(Invalid::into_serde)
            }

            fn visit_f64<E: de::Error>(self, _: f64) -> Result<Score, E> {
                Score::new(u8::MAX).map_err(Invalid::into_serde)
            }
        }

        deserializer.deserialize_i64(WholeNumber)
    }
}

impl JsonSchema for Score {
    fn schema_name() -> Cow<'static, str> {
        "Score".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": 0, "maximum": Score::MAX })
    }
}

/// Where a lead came from, such as `Zillow` or `Open house`, kept as given.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Source(Text<1, 60>);

impl Source {
    /// Reads a source.
    ///
    /// # Errors
    /// `required`, `too_long` (above 60 characters), `control_character`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        Text::parse(text).map(Self)
    }

    /// A source that [`parse`](Self::parse) made and a store kept. Nothing is checked, so it stays readable when the
    /// rules change.
    pub fn from_stored(text: String) -> Self {
        Self(Text::from_stored(text))
    }

    /// The source as given.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The source in lower case: leads with the same key are counted together.
    pub fn key(&self) -> String {
        caseless(self.as_str())
    }
}

wire_string!(Source, { "type": "string", "minLength": 1, "maxLength": 60 });

/// A person who might do business. Serialised for the store, not for the wire: a phone
/// number keeps both spellings, and what is absent is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Lead {
    /// The id, which also says when the lead was made.
    pub id: LeadId,
    /// The person's name.
    pub name: Name,
    /// The e-mail address, unique among the leads of the team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
    /// The phone number.
    #[serde(
        default,
        with = "crate::phone::stored",
        skip_serializing_if = "Option::is_none"
    )]
    pub phone: Option<Phone>,
    /// The company.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company: Option<Line>,
    /// The position in the company.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Line>,
    /// Where the lead stands.
    pub status: LeadStatus,
    /// How promising it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<Score>,
    /// Where it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// What the business would be worth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Money>,
    /// The team's own word for how far it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<Line>,
    /// Who works on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assigned_to: Option<UserId>,
    /// When somebody last spoke or wrote to the person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_contact_at: Option<Timestamp>,
    /// At most [`MAX_TAGS`] tags.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub tags: BTreeSet<TagId>,
    /// The team's own fields.
    #[serde(default, skip_serializing_if = "CustomFields::is_empty")]
    pub custom_fields: CustomFields,
    /// The address of the person or the property.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    /// What kind of property it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub property_type: Option<PropertyType>,
    /// How the person prefers to be reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preferred_contact: Option<ContactChannel>,
    /// How the person agreed to be reached.
    #[serde(default, skip_serializing_if = "Consent::is_none")]
    pub consent: Consent,
    /// How many notes there are on it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub notes: u32,
    /// The client that was made of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
    /// The deal that was made of it then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deal_id: Option<DealId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was deleted; it can be restored for [`RESTORE_DAYS`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Timestamp>,
    /// The lead that took it in; one that was merged is deleted, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<LeadId>,
}

impl Lead {
    /// A new lead of which only the name is known.
    pub fn new(id: LeadId, name: Name, created_at: Timestamp) -> Self {
        Self {
            id,
            name,
            email: None,
            phone: None,
            company: None,
            position: None,
            status: LeadStatus::New,
            score: None,
            source: None,
            value: None,
            stage: None,
            assigned_to: None,
            last_contact_at: None,
            tags: BTreeSet::new(),
            custom_fields: CustomFields::default(),
            address: None,
            property_type: None,
            preferred_contact: None,
            consent: Consent::default(),
            notes: 0,
            client_id: None,
            deal_id: None,
            created_at,
            deleted_at: None,
            merged_into: None,
        }
    }

    /// The words under which the lead is found.
    pub fn search_words(&self) -> BTreeSet<String> {
        let words = person_words(
            &self.name,
            self.email.as_ref(),
            self.phone.as_ref(),
            self.company.as_ref(),
        );
        match &self.address {
            Some(address) => with_address(words, address),
            None => words,
        }
    }

    /// The pairs of words under which the lead is found.
    pub fn search_pairs(&self) -> BTreeSet<(String, String)> {
        let street = self.address.as_ref();
        let street = street.and_then(|address| address.street.as_ref());
        pairs(&self.name, street)
    }
}

fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// A person can be reached: there is an e-mail address or a phone number.
///
/// # Errors
/// `contact_required`.
pub fn contact_rule(email: &Option<Email>, phone: &Option<Phone>) -> Result<(), Invalid> {
    if email.is_none() && phone.is_none() {
        return Err(Invalid::new(
            "contact_required",
            "Write an e-mail address or a phone number.",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;
    use crate::invalid::code_of as code;

    fn lead() -> Lead {
        let created_at = "2026-01-02T03:04:05Z".parse().unwrap();
        Lead::new(
            LeadId::from_parts(created_at, 1),
            Name::parse("Ann Lee").unwrap(),
            created_at,
        )
    }

    #[test]
    fn one_way_of_contact_is_enough() {
        let email = Some(Email::parse("ann@example.com").unwrap());
        let phone = Some(Phone::parse("2025550173").unwrap());

        assert!(contact_rule(&email, &None).is_ok());
        assert!(contact_rule(&None, &phone).is_ok());
        assert_eq!(
            contact_rule(&None, &None).unwrap_err().code,
            "contact_required"
        );
    }

    #[test]
    fn consent_is_never_assumed() {
        let consent: Consent = serde_json::from_value(json!({"sms": true})).unwrap();

        let allowed: Vec<_> = ContactChannel::ALL
            .iter()
            .filter(|channel| consent.allows(**channel))
            .collect();

        assert_eq!(allowed, [&ContactChannel::Sms]);
        assert!(code::<Consent>(json!({"fax": true})).starts_with("unknown field"));
    }

    #[test]
    fn a_score_is_a_whole_number_up_to_100() {
        for value in [json!(101), json!(-1), json!(50.5), json!(1e9)] {
            assert_eq!(code::<Score>(value.clone()), "invalid_score", "{value}");
        }
        for text in ["", "101", "-1", "5.5", "x"] {
            assert_eq!(Score::parse(text).unwrap_err().code, "invalid_score");
        }
        assert_eq!(Score::parse("7").unwrap().get(), 7);
        assert_eq!(
            serde_json::from_value::<Score>(json!(100)).unwrap().get(),
            100
        );
        assert_eq!(serde_json::to_value(Score(0)).unwrap(), json!(0));
    }

    #[test]
    fn sources_are_the_same_in_any_case() {
        let (a, b) = (
            Source::parse("Zillow").unwrap(),
            Source::parse("ZILLOW").unwrap(),
        );

        assert_eq!(a.as_str(), "Zillow");
        assert_eq!(a.key(), b.key());
        assert_eq!(Source::parse(&"x".repeat(61)).unwrap_err().code, "too_long");
    }

    #[test]
    fn what_is_absent_is_left_out() {
        assert_eq!(
            serde_json::to_value(lead()).unwrap(),
            json!({
                "id": lead().id.to_string(),
                "name": "Ann Lee",
                "status": "new",
                "createdAt": "2026-01-02T03:04:05Z",
            })
        );
    }

    #[test]
    fn a_full_lead_is_read_as_it_was_written() {
        let at: Timestamp = "2026-03-04T05:06:07.008Z".parse().unwrap();
        let full = Lead {
            email: Some(Email::parse("Ann@example.com").unwrap()),
            phone: Some(Phone::parse_in("020 7946 0958", "GB").unwrap()),
            company: Some(Line::parse("Lee & Co").unwrap()),
            position: Some(Line::parse("Owner").unwrap()),
            status: LeadStatus::Proposal,
            score: Some(Score(72)),
            source: Some(Source::parse("Zillow").unwrap()),
            value: Some(Money::new(18_500_000, crate::Currency::USD).unwrap()),
            stage: Some(Line::parse("Second visit").unwrap()),
            assigned_to: Some(UserId::from_parts(at, 2)),
            last_contact_at: Some(at),
            tags: BTreeSet::from([TagId::from_parts(at, 3), TagId::from_parts(at, 4)]),
            custom_fields: CustomFields::new(BTreeMap::from([(
                "beds".to_owned(),
                CustomValue::Number(3.into()),
            )]))
            .unwrap(),
            address: Some(Address {
                city: Some(Text::parse("Austin").unwrap()),
                ..Address::default()
            }),
            property_type: Some(PropertyType::Land),
            preferred_contact: Some(ContactChannel::Sms),
            consent: Consent {
                sms: true,
                ..Consent::default()
            },
            deleted_at: Some(at),
            ..lead()
        };

        let json = serde_json::to_string(&full).unwrap();

        assert_eq!(serde_json::from_str::<Lead>(&json).unwrap(), full);
    }

    #[test]
    fn a_lead_is_read_from_an_item_that_holds_more() {
        #[derive(Deserialize)]
        struct Item {
            version: u64,
            #[serde(flatten)]
            lead: Lead,
        }
        let mut value = serde_json::to_value(Lead {
            score: Some(Score(5)),
            ..lead()
        })
        .unwrap();
        value["version"] = json!(3);

        let item: Item = serde_json::from_value(value).unwrap();

        assert_eq!((item.version, item.lead.score), (3, Some(Score(5))));
    }
}
