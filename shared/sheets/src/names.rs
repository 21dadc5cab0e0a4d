//! What people call a field when they say which column is which.

use crate::{Field, Part};

/// Every field that somebody may name, and its name. The parts of an address are named behind whose address it is.
const NAMES: [(&str, Field); 40] = [
    ("name", Field::Name),
    ("firstName", Field::FirstName),
    ("lastName", Field::LastName),
    ("company", Field::Company),
    ("position", Field::Position),
    ("email", Field::Email),
    ("phone", Field::Phone),
    ("address", Field::Address(Part::Whole)),
    ("address.street", Field::Address(Part::Street)),
    ("address.unit", Field::Address(Part::Unit)),
    ("address.city", Field::Address(Part::City)),
    ("address.state", Field::Address(Part::State)),
    ("address.zip", Field::Address(Part::Zip)),
    ("address.country", Field::Address(Part::Country)),
    ("mailing", Field::Mailing(Part::Whole)),
    ("mailing.street", Field::Mailing(Part::Street)),
    ("mailing.unit", Field::Mailing(Part::Unit)),
    ("mailing.city", Field::Mailing(Part::City)),
    ("mailing.state", Field::Mailing(Part::State)),
    ("mailing.zip", Field::Mailing(Part::Zip)),
    ("mailing.country", Field::Mailing(Part::Country)),
    ("propertyType", Field::PropertyType),
    ("status", Field::Status),
    ("source", Field::Source),
    ("score", Field::Score),
    ("value", Field::Value),
    ("currency", Field::Currency),
    ("stage", Field::Stage),
    ("assignedTo", Field::AssignedTo),
    ("lastContactAt", Field::LastContact),
    ("tags", Field::Tags),
    ("notes", Field::Notes),
    ("preferredContact", Field::PreferredContact),
    ("consent.email", Field::EmailConsent),
    ("consent.sms", Field::TextConsent),
    ("consent.call", Field::CallConsent),
    ("doNotCall", Field::DoNotCall),
    ("doNotEmail", Field::DoNotEmail),
    ("doNotText", Field::DoNotText),
    ("told", Field::Told),
];

impl Field {
    /// The field of this name; none if no field has it.
    pub fn named(name: &str) -> Option<Self> {
        NAMES
            .into_iter()
            .find(|(known, _)| *known == name)
            .map(|(_, field)| field)
    }

    /// The name of the field.
    pub fn name(self) -> &'static str {
        NAMES
            .into_iter()
            .find(|(_, known)| *known == self)
            .map_or("", |(name, _)| name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_is_of_one_field_and_each_field_has_one() {
        for (name, field) in NAMES {
            assert_eq!(Field::named(name), Some(field));
            assert_eq!(field.name(), name);
        }
        assert_eq!(Field::named("Name"), None);
    }
}
