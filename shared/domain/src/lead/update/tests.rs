use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::{CustomValue, LeadStatus, MAX_CUSTOM_FIELDS, MAX_TAGS};

fn lead(more: serde_json::Value) -> Lead {
    let mut lead = json!({
        "id": "01D39ZY06FGSCTVN4T2V9PKHFZ", "name": "Ann Lee", "status": "won", "createdAt": "2026-01-02T03:04:05Z",
    });
    lead.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    serde_json::from_value(lead).unwrap()
}

/// Everything that can come in, with another value than [`full`] has.
fn everything() -> Incoming {
    Incoming {
        name: Some(Name::parse("ANN B LEE").unwrap()),
        email: Some(Email::parse("new@x.com").unwrap()),
        phone: Some(Phone::parse("703-555-0199").unwrap()),
        company: Some(Line::parse("New").unwrap()),
        position: Some(Line::parse("New").unwrap()),
        score: Some(Score::new(99).unwrap()),
        source: Some(Source::parse("New").unwrap()),
        value: Some(Money::new(99, crate::Currency::USD).unwrap()),
        stage: Some(Line::parse("New").unwrap()),
        assigned_to: Some(UserId::from_bits(99)),
        last_contact_at: Some("2026-09-09T00:00:00Z".parse().unwrap()),
        tags: BTreeSet::from([TagId::from_bits(99)]),
        custom_fields: fields(&[("beds", "new"), ("baths", "new")]),
        address: Some(
            serde_json::from_value(json!({"street": "9 New St", "zip": "99999"})).unwrap(),
        ),
        property_type: Some(PropertyType::Land),
        preferred_contact: Some(ContactChannel::Sms),
        consent: SaidConsent {
            email: Some(true),
            sms: Some(false),
            call: None,
        },
    }
}

fn full() -> Lead {
    lead(json!({
        "email": "ann@x.com",
        "phone": {"given": "202-555-0173", "e164": "+12025550173"},
        "company": "Old", "position": "Old", "score": 1, "source": "Old",
        "value": {"amount": "1.00", "currency": "USD"}, "stage": "Old",
        "assignedTo": UserId::from_bits(1), "lastContactAt": "2026-02-02T00:00:00Z",
        "tags": [TagId::from_bits(1)], "customFields": {"beds": "old", "pool": true},
        "address": {"street": "1 Old St", "city": "Austin"},
        "propertyType": "residential", "preferredContact": "email",
        "consent": {"email": false, "sms": true, "call": true},
    }))
}

fn fields(fields: &[(&str, &str)]) -> CustomFields {
    let value = |text: &str| CustomValue::Text(crate::Text::parse(text).unwrap());
    let fields = fields
        .iter()
        .map(|(key, text)| ((*key).to_owned(), value(text)));
    CustomFields::new(fields.collect()).unwrap()
}

/// The names of the fields in which two leads differ.
fn changed(one: &Lead, other: &Lead) -> Vec<String> {
    let values = |lead| {
        let value = serde_json::to_value(lead).unwrap();
        value.as_object().unwrap().clone()
    };
    let (one, other) = (values(one), values(other));
    let names: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    let differ = names
        .into_iter()
        .filter(|name| one.get(*name) != other.get(*name));
    differ.cloned().collect()
}

#[test]
fn an_empty_lead_is_filled_by_either_policy() {
    let empty = lead(json!({}));
    for policy in UpdatePolicy::ALL {
        let now = filled(&empty, &everything(), *policy);
        let mut expected = vec![
            "address",
            "assignedTo",
            "company",
            "customFields",
            "email",
            "lastContactAt",
            "phone",
            "position",
            "preferredContact",
            "propertyType",
            "score",
            "source",
            "stage",
            "tags",
            "value",
        ];
        if *policy == UpdatePolicy::Replace {
            expected.insert(6, "name");
        }
        assert_eq!(changed(&empty, &now), expected);
    }
}

#[test]
fn filling_leaves_what_is_there() {
    let now = filled(&full(), &everything(), UpdatePolicy::Fill);

    assert_eq!(
        changed(&full(), &now),
        ["consent", "customFields", "lastContactAt", "tags"]
    );
    assert_eq!(
        now.custom_fields.get("beds"),
        full().custom_fields.get("beds")
    );
    assert_eq!(now.custom_fields.len(), 3);
}

#[test]
fn replacing_leaves_source_assignee_and_status() {
    let now = filled(&full(), &everything(), UpdatePolicy::Replace);

    let stays = ["assignedTo", "createdAt", "id", "source", "status"];
    let changed = changed(&full(), &now);
    assert!(
        stays
            .iter()
            .all(|name| !changed.contains(&(*name).to_owned())),
        "{changed:?}"
    );
    assert_eq!(changed.len(), 15, "{changed:?}");
    assert_eq!(now.address, everything().address);
    assert_eq!(
        now.custom_fields,
        full()
            .custom_fields
            .merged(BTreeMap::from([
                (
                    "beds".to_owned(),
                    everything().custom_fields.get("beds").cloned()
                ),
                (
                    "baths".to_owned(),
                    everything().custom_fields.get("baths").cloned()
                ),
            ]))
            .unwrap()
    );
}

#[test]
fn consent_only_becomes_less() {
    let now = filled(&full(), &everything(), UpdatePolicy::Replace);

    assert_eq!(
        now.consent,
        Consent {
            email: false,
            sms: false,
            call: true
        }
    );
    assert_eq!(
        everything().consent.of_new(),
        Consent {
            email: true,
            sms: false,
            call: false
        }
    );
}

#[test]
fn an_older_contact_and_another_spelling_are_no_news() {
    let again = Incoming {
        email: Some(Email::parse("ANN@X.com").unwrap()),
        phone: Some(Phone::parse("(202) 555-0173 x7").unwrap()),
        last_contact_at: Some("2026-01-01T00:00:00Z".parse().unwrap()),
        ..Incoming::default()
    };

    assert_eq!(filled(&full(), &again, UpdatePolicy::Replace), full());
}

#[test]
fn an_address_is_completed_by_one_that_agrees_and_replaced_by_another() {
    let address = |value| Some(serde_json::from_value::<Address>(value).unwrap());
    let known = lead(json!({"address": {"street": "1 Old St", "city": "Austin", "unit": "4"}}));
    let updated = |value, policy| {
        let incoming = Incoming {
            address: address(value),
            ..Incoming::default()
        };
        filled(&known, &incoming, policy).address
    };

    let more = json!({"street": "1 OLD ST", "zip": "78701"});
    assert_eq!(
        updated(more.clone(), UpdatePolicy::Fill),
        address(json!({"street": "1 Old St", "city": "Austin", "unit": "4", "zip": "78701"}))
    );
    assert_eq!(
        updated(more, UpdatePolicy::Replace),
        address(json!({"street": "1 OLD ST", "city": "Austin", "unit": "4", "zip": "78701"}))
    );
    let other = json!({"street": "2 New St", "zip": "78702"});
    assert_eq!(updated(other.clone(), UpdatePolicy::Fill), known.address);
    assert_eq!(
        updated(other.clone(), UpdatePolicy::Replace),
        address(other)
    );
}

#[test]
fn there_is_never_more_than_fits() {
    let many = Incoming {
        tags: (0..60).map(TagId::from_bits).collect(),
        custom_fields: CustomFields::new(
            (0..100)
                .map(|n| (format!("f{n:02}"), CustomValue::Bool(true)))
                .collect(),
        )
        .unwrap(),
        ..Incoming::default()
    };

    let now = filled(&full(), &many, UpdatePolicy::Fill);

    assert_eq!(
        (now.tags.len(), now.custom_fields.len()),
        (MAX_TAGS, MAX_CUSTOM_FIELDS)
    );
    assert!(now.tags.is_superset(&full().tags));
    assert!(now.custom_fields.get("pool").is_some() && now.custom_fields.get("f99").is_none());
}

#[test]
fn a_blank_text_is_empty() {
    let known = lead(json!({"customFields": {"beds": ""}}));
    let some = Incoming {
        custom_fields: fields(&[("beds", "3")]),
        ..Incoming::default()
    };
    let blank = Incoming {
        custom_fields: fields(&[("beds", "")]),
        ..Incoming::default()
    };

    let now = filled(&known, &some, UpdatePolicy::Fill);

    assert_eq!(now.custom_fields, some.custom_fields);
    assert_eq!(filled(&now, &blank, UpdatePolicy::Replace), now);
}

fn any_incoming() -> impl Strategy<Value = Incoming> {
    (any::<u32>(), any::<[Option<bool>; 3]>()).prop_map(|(some, [email, sms, call])| {
        let all = everything();
        let has = |bit: u32| some >> bit & 1 == 1;
        Incoming {
            name: all.name.filter(|_| has(0)),
            email: all.email.filter(|_| has(1)),
            phone: all.phone.filter(|_| has(2)),
            company: all.company.filter(|_| has(3)),
            score: all.score.filter(|_| has(4)),
            source: all.source.filter(|_| has(5)),
            assigned_to: all.assigned_to.filter(|_| has(6)),
            address: all.address.filter(|_| has(7)),
            tags: all.tags.into_iter().filter(|_| has(8)).collect(),
            last_contact_at: all.last_contact_at.filter(|_| has(9)),
            consent: SaidConsent { email, sms, call },
            ..Incoming::default()
        }
    })
}

proptest! {
    #[test]
    fn nothing_is_cleared_and_the_same_again_changes_nothing(
        incoming in any_incoming(),
        is_full: bool,
        replaces: bool,
    ) {
        let lead = if is_full { full() } else { lead(json!({})) };
        let policy = if replaces { UpdatePolicy::Replace } else { UpdatePolicy::Fill };

        let now = filled(&lead, &incoming, policy);

        prop_assert_eq!(filled(&now, &incoming, policy), now.clone());
        prop_assert_eq!((now.id, now.created_at, now.status), (lead.id, lead.created_at, LeadStatus::Won));
        for channel in ContactChannel::ALL {
            prop_assert!(lead.consent.allows(*channel) || !now.consent.allows(*channel));
        }
        let (before, after) = (serde_json::to_value(&lead).unwrap(), serde_json::to_value(&now).unwrap());
        for name in before.as_object().unwrap().keys().filter(|name| *name != "consent") {
            prop_assert!(after.get(name).is_some(), "{}", name);
        }
    }
}
