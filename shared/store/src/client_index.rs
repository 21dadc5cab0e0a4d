//! Under what clients are found: last contact, name, the lead that they were, words.

use crate::deal_index::reference_facet;
use crate::entries::{Entry, Indexed, time_value};
use crate::error::StoreError;
use crate::keys;
use crate::lead_index::{CONTACT, NAME, WORD, name_value};
use crate::record::{Item, Stored};
use plat_domain::{Client, ClientId, TeamId};
use std::collections::BTreeSet;

impl Indexed for Client {
    const KIND: &'static str = "client";
    type Id = ClientId;

    fn facet(team: TeamId, facet: &str) -> String {
        keys::client_facet(team, facet)
    }

    fn read(item: Item) -> Result<Stored<Self>, StoreError> {
        crate::client::read(item)
    }

    fn entries(record: &Stored<Self>) -> BTreeSet<Entry> {
        let client = &record.value;
        if client.deleted_at.is_some() {
            return BTreeSet::new();
        }
        let id = client.id;
        // Who was never written to comes first.
        let contact = client
            .last_contacted
            .map_or_else(|| "-".to_owned(), time_value);
        let ordered = [
            Entry::at(CONTACT, &contact, id),
            Entry::at(NAME, &name_value(client.name.as_str()), id),
        ];
        let words = client.search_words();
        let words = words.iter().map(|word| Entry::under(WORD, word, id));
        let references = client.references();
        let references =
            references.map(|(_, record)| Entry::by_creation(reference_facet(record), id));
        ordered.into_iter().chain(words).chain(references).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::Command;
    use jiff::Timestamp;
    use plat_domain::{
        Actor, ClientStage, CustomFields, Email, Id, LeadId, Line, Name, Origin, PropertyType,
        UserId,
    };

    #[test]
    fn a_client_has_an_entry_for_each_order_word_and_reference() {
        let at = Timestamp::UNIX_EPOCH;
        let client = Client {
            id: ClientId::from_bits(7),
            lead_id: Some(LeadId::from_bits(8)),
            name: Name::parse("Zo\u{eb} Lee").unwrap(),
            email: Email::parse("Zoe@Example.com").unwrap(),
            phone: None,
            property_address: Line::parse("12 Elm St").unwrap(),
            property_type: PropertyType::Land,
            stage: ClientStage::Lead,
            since: at,
            notes: None,
            custom_fields: CustomFields::default(),
            assigned_to: None,
            last_contacted: Some(at),
            created_at: at,
            deleted_at: None,
        };
        let command = Command {
            id: Id::from_bits(1),
            at,
            by: Actor {
                id: UserId::from_bits(1),
                name: "Ann".to_owned(),
            },
            origin: Origin::default(),
            depth: 0,
        };
        let id = client.id.to_string();
        let mut stored = Stored::new(client, &command);

        let entries = Client::entries(&stored);

        let spelled = entries.iter().map(|entry| {
            let sk = entry.sk.replace(&id, "X");
            format!("{} {sk}", entry.facet)
        });
        assert_eq!(
            Vec::from_iter(spelled),
            [
                "contact 377705023201000#X",
                "name zoe-lee#X",
                "of#lead#00000000000000000000000008 X",
                "word#1 12#X",
                "word#e elm#X",
                "word#e example.com#X",
                "word#l lee#X",
                "word#s st#X",
                "word#z zoe#X",
                "word#z zoe@example.com#X",
            ]
        );
        stored.value.deleted_at = Some(at);
        assert!(Client::entries(&stored).is_empty());
    }
}
