//! Who a form is about: the lead that they are, by what it says of them.
//!
//! A form is filled in by somebody outside the team. They say who they are and what they want; where a lead stands, what it
//! is worth and who works it is not theirs to say, and stays a field of its own. What does not fit where it belongs is
//! written down, so that nothing they said is lost.

use crate::lead_intake_form::Form;
use plat_domain::field_definition::parse_cell;
use plat_domain::lead::update::{Incoming, SaidConsent};
use plat_domain::{
    Address, ContactChannel, Country, CustomFields, CustomValue, Email, FieldDefinition, FieldKey,
    FieldName, Invalid, Lead, Line, Name, NoteContent, Phone, PropertyType, Source, Text,
    contact_rule, fold,
};
use plat_http::{FieldError, problems};
use plat_registry::Failure;
use plat_sheets::{Field, Part, read_yes_no, recognise};
use plat_store::{ApiKey, Command, Sent};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// What somebody outside the team says of themselves.
const THEIRS: [Field; 27] = [
    Field::Name,
    Field::FirstName,
    Field::LastName,
    Field::Company,
    Field::Position,
    Field::Email,
    Field::Phone,
    Field::Address(Part::Whole),
    Field::Address(Part::Street),
    Field::Address(Part::Unit),
    Field::Address(Part::City),
    Field::Address(Part::State),
    Field::Address(Part::Zip),
    Field::Address(Part::Country),
    Field::PropertyType,
    Field::Source,
    Field::Notes,
    Field::PreferredContact,
    Field::EmailConsent,
    Field::TextConsent,
    Field::CallConsent,
    Field::DoNotCall,
    Field::DoNotEmail,
    Field::DoNotText,
    Field::Mailing(Part::Street),
    Field::Mailing(Part::City),
    Field::Mailing(Part::Zip),
];

/// What a note has room for.
const LONGEST_NOTE: usize = 10_000;

/// What a form says, by what it is.
#[derive(Debug)]
pub(crate) struct Person<'a> {
    said: BTreeMap<Field, &'a str>,
    more: Vec<(&'a str, &'a str)>,
    /// What did not fit, as lines.
    left: String,
}

impl<'a> Person<'a> {
    pub(crate) fn of(form: &'a Form) -> Self {
        let mut person = Self {
            said: BTreeMap::new(),
            more: Vec::new(),
            left: String::new(),
        };
        for (name, text) in form.fields() {
            match stands_for(name).filter(|field| !person.said.contains_key(field)) {
                Some(field) => {
                    person.said.insert(field, text);
                }
                None => person.more.push((name, text)),
            }
        }
        person
    }

    /// Whether something is said that a lead has no place for but in the team's own fields.
    pub(crate) fn has_more(&self) -> bool {
        !self.more.is_empty()
    }

    /// The lead that they are, as new and as news. There must be a way to reach them.
    pub(crate) fn sent(
        mut self,
        command: &Command,
        key: &ApiKey,
        definitions: &[FieldDefinition],
    ) -> Result<Sent, Failure> {
        let (email, phone) = self.contact()?;
        let source = self.read(Field::Source, "Source", Source::parse);
        let custom_fields = self.custom_fields(definitions);
        let incoming = Incoming {
            name: self.name(),
            email,
            phone,
            company: self.read(Field::Company, "Company", Line::parse),
            position: self.read(Field::Position, "Position", Line::parse),
            source: key.source.clone().or(source),
            tags: key.tags.clone(),
            custom_fields,
            address: self.address(),
            property_type: self.read(Field::PropertyType, "Property type", property_type),
            preferred_contact: self.read(Field::PreferredContact, "Preferred contact", channel),
            consent: self.consent(),
            ..Incoming::default()
        };
        // Who does not say what they are called is called by how they are reached.
        let name = incoming.name.clone().or_else(|| {
            let email = incoming.email.as_ref().map(Email::local_part);
            let phone = incoming.phone.as_ref().map(Phone::as_given);
            Name::parse(email.or(phone)?).ok()
        });
        let name = name.unwrap_or_else(|| Name::from_stored("?".to_owned()));
        let lead = Lead {
            email: incoming.email.clone(),
            phone: incoming.phone.clone(),
            company: incoming.company.clone(),
            position: incoming.position.clone(),
            source: incoming.source.clone(),
            tags: incoming.tags.clone(),
            custom_fields: incoming.custom_fields.clone(),
            address: incoming.address.clone(),
            property_type: incoming.property_type,
            preferred_contact: incoming.preferred_contact,
            consent: incoming.consent.of_new(),
            ..Lead::new(command.new_id(0), name, command.at)
        };
        let message = self.message();
        Ok(Sent {
            lead,
            incoming,
            message,
        })
    }

    /// How they are reached. One of two that does not read is written down, and told only if there is no other.
    fn contact(&mut self) -> Result<(Option<Email>, Option<Phone>), Failure> {
        let email = self.said.get(&Field::Email).copied().map(Email::parse);
        let phone = self.said.get(&Field::Phone).copied().map(Phone::parse);
        let wrong = |pointer: &str, refused: Invalid| FieldError {
            pointer: pointer.to_owned(),
            code: refused.code.to_owned(),
            detail: refused.detail.into_owned(),
        };
        match (email.transpose(), phone.transpose()) {
            (Ok(email), Ok(phone)) => {
                contact_rule(&email, &phone).map_err(|refused| {
                    problems::invalid_field("/email", refused.code, &refused.detail)
                })?;
                Ok((email, phone))
            }
            (Ok(Some(email)), Err(_)) => {
                self.leave(Field::Phone, "Phone");
                Ok((Some(email), None))
            }
            (Err(_), Ok(Some(phone))) => {
                self.leave(Field::Email, "E-mail");
                Ok((None, Some(phone)))
            }
            (Ok(None), Err(phone)) => Err(vec![wrong("/phone", phone)].into()),
            (Err(email), Ok(None)) => Err(vec![wrong("/email", email)].into()),
            (Err(email), Err(phone)) => {
                Err(vec![wrong("/email", email), wrong("/phone", phone)].into())
            }
        }
    }

    fn name(&mut self) -> Option<Name> {
        let whole = self.said.get(&Field::Name).map(|name| (*name).to_owned());
        let parts = [Field::FirstName, Field::LastName];
        let parts = parts.iter().filter_map(|part| self.said.get(part).copied());
        let joined = parts.collect::<Vec<_>>().join(" ");
        let company = self
            .said
            .get(&Field::Company)
            .map(|name| (*name).to_owned());
        let joined = Some(joined).filter(|name| !name.is_empty());
        let given = whole.or(joined).or(company)?;
        let name: String = given.chars().take(200).collect();
        let name = Name::parse(&name).ok();
        if name.is_none() || given.chars().count() > 200 {
            self.note("Name", &given);
        }
        name
    }

    fn address(&mut self) -> Option<Address> {
        let street = [
            Field::Address(Part::Street),
            Field::Address(Part::Whole),
            Field::Mailing(Part::Street),
        ];
        let street = street
            .into_iter()
            .find(|field| self.said.contains_key(field));
        let or_mailing = |part: Part| {
            let of_property = self.said.contains_key(&Field::Address(part));
            let mailing = street == Some(Field::Mailing(Part::Street)) && !of_property;
            if mailing {
                Field::Mailing(part)
            } else {
                Field::Address(part)
            }
        };
        let (city, zip) = (or_mailing(Part::City), or_mailing(Part::Zip));
        let street = street.and_then(|street| self.read(street, "Address", Line::parse));
        let address = Address {
            street,
            unit: self.read(Field::Address(Part::Unit), "Unit", Text::parse),
            city: self.read(city, "City", Text::parse),
            state: self.read(Field::Address(Part::State), "State", Text::parse),
            zip: self.read(zip, "ZIP", Text::parse),
            country: self.read(Field::Address(Part::Country), "Country", Country::parse),
        };
        address.check().ok()
    }

    /// What they agreed to, as far as the form names a way of contact: one box for everything says nothing of calls and texts.
    fn consent(&self) -> SaidConsent {
        let said = |field: Field| self.said.get(&field).copied().and_then(read_yes_no);
        let of = |agreed: Field, refused: Field| match said(refused) {
            Some(true) => Some(false),
            Some(false) | None => said(agreed),
        };
        SaidConsent {
            email: of(Field::EmailConsent, Field::DoNotEmail),
            sms: of(Field::TextConsent, Field::DoNotText),
            call: of(Field::CallConsent, Field::DoNotCall),
        }
    }

    /// Everything else under the team's own fields; those that it has not defined under a key made of their name.
    fn custom_fields(&mut self, definitions: &[FieldDefinition]) -> CustomFields {
        let mut fields = CustomFields::default();
        for (name, text) in std::mem::take(&mut self.more) {
            let defined = definitions.iter().find(|field| {
                field.key.as_str().eq_ignore_ascii_case(name)
                    || fold(field.name.as_str()) == fold(name)
            });
            let label: String = name.chars().take(64).collect();
            let key = match defined {
                Some(field) => Some(field.key.clone()),
                None => FieldName::parse(&label)
                    .ok()
                    .map(|name| FieldKey::of(&name, &BTreeSet::new())),
            };
            let value = match defined {
                Some(field) => parse_cell(field, text).ok(),
                None => Text::parse(text).ok().map(CustomValue::Text),
            };
            let kept = key.zip(value).and_then(|(key, value)| {
                let is_free = fields.get(key.as_str()).is_none();
                let fits = is_free && fields.has_room_for(key.as_str(), &value);
                let change = BTreeMap::from([(key.as_str().to_owned(), Some(value))]);
                fits.then(|| fields.merged(change).ok()).flatten()
            });
            match kept {
                Some(kept) => fields = kept,
                None => self.note(&label, text),
            }
        }
        fields
    }

    /// What they wrote, and below it what had no place.
    fn message(&self) -> Option<NoteContent> {
        let written = self.said.get(&Field::Notes).copied().unwrap_or_default();
        let whole = format!("{written}\n\n{}", self.left);
        let whole = whole.chars().filter(|c| *c == '\n' || !c.is_control());
        let most: String = whole.take(LONGEST_NOTE).collect();
        NoteContent::parse(most.trim()).ok()
    }

    fn read<T>(
        &mut self,
        field: Field,
        label: &str,
        parse: impl Fn(&str) -> Result<T, Invalid>,
    ) -> Option<T> {
        let text = self.said.get(&field).copied()?;
        let read = parse(text).ok();
        if read.is_none() {
            self.note(label, text);
        }
        read
    }

    fn leave(&mut self, field: Field, label: &str) {
        if let Some(text) = self.said.get(&field).copied() {
            self.note(label, text);
        }
    }

    fn note(&mut self, label: &str, text: &str) {
        // Writing to a text does not fail.
        let _ = writeln!(self.left, "{label}: {text}");
    }
}

/// What a field of a form is, if it is for them to say.
fn stands_for(name: &str) -> Option<Field> {
    // A listing is the property that they ask about.
    let name = match name.get(.."listing".len()) {
        Some(word) if word.eq_ignore_ascii_case("listing") => {
            format!("property {}", name.get("listing".len()..)?)
        }
        Some(_) | None => name.to_owned(),
    };
    let singular = match name.to_ascii_lowercase().as_str() {
        "emails" | "phones" | "addresses" | "phone numbers" => name.trim_end_matches(['s', 'S']),
        _ => name.as_str(),
    };
    let found = recognise(&[singular.to_owned()]).into_iter().next()??;
    THEIRS.contains(&found).then_some(found)
}

fn property_type(text: &str) -> Result<PropertyType, Invalid> {
    PropertyType::parse(&text.to_lowercase())
}

fn channel(text: &str) -> Result<ContactChannel, Invalid> {
    let text = text.to_lowercase();
    ContactChannel::parse(match text.as_str() {
        "phone" | "telephone" => "call",
        "text" | "text message" => "sms",
        "e-mail" => "email",
        other => other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_portals_and_forms_are_what_they_say() {
        for (name, field) in [
            ("email", Some(Field::Email)),
            ("emails", Some(Field::Email)),
            ("full_name", Some(Field::Name)),
            ("firstName", Some(Field::FirstName)),
            ("phone_number", Some(Field::Phone)),
            ("listingStreet", Some(Field::Address(Part::Street))),
            ("listingPostalCode", Some(Field::Address(Part::Zip))),
            (
                "property address street",
                Some(Field::Address(Part::Street)),
            ),
            ("message", Some(Field::Notes)),
            ("listingContactEmail", None),
            ("agent email", None),
            ("status", None),
            ("score", None),
            ("assignedTo", None),
        ] {
            assert_eq!(stands_for(name), field, "{name}");
        }
    }
}
