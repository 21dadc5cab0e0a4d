use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::ContactChannel;
use crate::MAX_CUSTOM_FIELDS;

fn lead(id: u128, more: Value) -> Lead {
    let mut lead = json!({
        "id": crate::LeadId::from_bits(id), "name": format!("Lead {id}"), "status": "new",
        "createdAt": format!("2026-01-0{id}T00:00:00Z"),
    });
    lead.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    serde_json::from_value(lead).unwrap()
}

/// A lead with a value in every field, each another for each id.
fn full(id: u128) -> Lead {
    lead(
        id,
        json!({
            "email": format!("{id}@x.com"),
            "phone": {"given": format!("202-555-010{id}"), "e164": format!("+1202555010{id}")},
            "company": format!("Company {id}"),
            "position": format!("Position {id}"),
            "status": if id == 1 { "new" } else { "qualified" },
            "score": id,
            "source": format!("Source {id}"),
            "value": {"amount": format!("{id}.00"), "currency": "USD"},
            "stage": format!("Stage {id}"),
            "assignedTo": crate::UserId::from_bits(id),
            "lastContactAt": format!("2026-02-0{id}T00:00:00Z"),
            "tags": [TagId::from_bits(id), TagId::from_bits(9)],
            "customFields": {"beds": id, "pool": true, format!("own{id}"): "x"},
            "address": {"street": format!("{id} Oak St"), "city": "Austin"},
            "propertyType": if id == 1 { "land" } else { "residential" },
            "preferredContact": if id == 1 { "sms" } else { "call" },
            "consent": {"email": true, "sms": id == 1, "call": id == 2},
            "clientId": ClientId::from_bits(id),
            "dealId": DealId::from_bits(id),
        }),
    )
}

fn value(lead: &Lead, field: LeadField) -> Option<Value> {
    serde_json::to_value(lead)
        .unwrap()
        .get(field.as_str())
        .cloned()
}

#[test]
fn every_field_is_the_winners_unless_it_has_none() {
    let (winner, loser) = (full(1), full(2));

    let of_full = merged(&winner, &loser, &Choices::default());
    let of_empty = merged(&lead(1, json!({})), &loser, &Choices::default());

    for field in LeadField::ALL {
        assert_eq!(
            value(&of_full.lead, *field),
            value(&winner, *field),
            "{field}"
        );
        assert_eq!(
            of_full.left.fields.get(field),
            value(&loser, *field).as_ref(),
            "{field}"
        );
        let is_never_empty = matches!(field, LeadField::Name | LeadField::Status);
        if !is_never_empty {
            assert_eq!(
                value(&of_empty.lead, *field),
                value(&loser, *field),
                "{field}"
            );
            assert_eq!(of_empty.left.fields.get(field), None, "{field}");
        }
    }
}

#[test]
fn a_chosen_field_is_the_losers() {
    let (winner, loser) = (full(1), full(2));
    for field in LeadField::ALL {
        let choices = Choices {
            fields: BTreeSet::from([*field]),
            ..Choices::default()
        };

        let merge = merged(&winner, &loser, &choices);

        for other in LeadField::ALL {
            let from = if other == field { &loser } else { &winner };
            assert_eq!(
                value(&merge.lead, *other),
                value(from, *other),
                "{field} {other}"
            );
            assert_eq!(
                merge.left.fields.contains_key(other),
                other != field,
                "{field} {other}"
            );
        }
        // Nothing is cleared by choosing what is not there.
        let kept = merged(&winner, &lead(2, json!({})), &choices);
        assert!(value(&kept.lead, *field).is_some(), "{field}");
    }
}

#[test]
fn id_and_beginning_stay_and_the_last_contact_is_the_later() {
    for (winner, loser) in [(full(1), full(2)), (full(2), full(1))] {
        let merge = merged(&winner, &loser, &Choices::default());

        assert_eq!(merge.lead.id, winner.id);
        assert_eq!(merge.lead.created_at, winner.created_at);
        assert_eq!(merge.lead.last_contact_at, full(2).last_contact_at);
    }
}

#[test]
fn consent_is_what_both_agreed_to() {
    let merge = merged(&full(1), &full(2), &Choices::default());

    let only = |email, sms, call| Consent { email, sms, call };
    assert_eq!(merge.lead.consent, only(true, false, false));
    assert_eq!(merge.left.consent, only(false, false, true));
}

#[test]
fn the_oldest_tags_of_the_loser_come_along_as_long_as_there_is_room() {
    let tags =
        |ids: std::ops::Range<u128>| -> BTreeSet<TagId> { ids.map(TagId::from_bits).collect() };
    let mut winner = full(1);
    let mut loser = full(2);
    winner.tags = tags(100..148);
    loser.tags = tags(90..100);
    loser.tags.insert(TagId::from_bits(147));

    let merge = merged(&winner, &loser, &Choices::default());

    assert_eq!(
        merge.lead.tags,
        tags(90..92).union(&winner.tags).copied().collect()
    );
    assert_eq!(merge.lead.tags.len(), MAX_TAGS);
    assert_eq!(merge.left.tags, tags(92..100));
}

#[test]
fn the_teams_own_fields_are_united() {
    let choices = Choices {
        custom_fields: BTreeSet::from(["beds".to_owned(), "unheard-of".to_owned()]),
        ..Choices::default()
    };

    let plain = merged(&full(1), &full(2), &Choices::default());
    let chosen = merged(&full(1), &full(2), &choices);

    let fields = |lead: &Lead| serde_json::to_value(&lead.custom_fields).unwrap();
    assert_eq!(
        fields(&plain.lead),
        json!({"beds": 1, "own1": "x", "own2": "x", "pool": true})
    );
    assert_eq!(
        fields(&chosen.lead),
        json!({"beds": 2, "own1": "x", "own2": "x", "pool": true})
    );
    assert_eq!(Vec::from_iter(plain.left.custom_fields.keys()), ["beds"]);
    assert!(chosen.left.custom_fields.is_empty());
}

#[test]
fn fields_for_which_there_is_no_room_are_left() {
    let many = |prefix: &str, count| {
        let fields = (0..count).map(|n| (format!("{prefix}{n:02}"), CustomValue::Bool(true)));
        CustomFields::new(fields.collect()).unwrap()
    };
    let (mut winner, mut loser) = (full(1), full(2));
    winner.custom_fields = many("w", 98);
    loser.custom_fields = many("l", 5);

    let merge = merged(&winner, &loser, &Choices::default());

    assert_eq!(merge.lead.custom_fields.len(), MAX_CUSTOM_FIELDS);
    assert_eq!(
        Vec::from_iter(merge.left.custom_fields.keys()),
        ["l02", "l03", "l04"]
    );
}

#[test]
fn an_address_is_completed_only_by_one_that_agrees() {
    let with = |id, address: Value| lead(id, json!({"address": address}));
    let merge = |winner: &Lead, loser: &Lead| merged(winner, loser, &Choices::default());
    let winner = with(1, json!({"street": "12 Oak St", "state": "TX"}));

    let same = merge(
        &winner,
        &with(2, json!({"street": "12 OAK ST", "zip": "78701"})),
    );

    let whole = json!({"street": "12 Oak St", "state": "TX", "zip": "78701"});
    assert_eq!(value(&same.lead, LeadField::Address), Some(whole));
    for other in [
        json!({"street": "14 Oak St", "zip": "78701"}),
        json!({"street": "12 Oak St", "state": "OK", "zip": "78701"}),
    ] {
        let merge = merge(&winner, &with(2, other.clone()));
        assert_eq!(
            value(&merge.lead, LeadField::Address),
            value(&winner, LeadField::Address)
        );
        assert_eq!(merge.left.fields.get(&LeadField::Address), Some(&other));
    }
    for part in ["street", "unit", "city", "state", "zip", "country"] {
        let one = json!({part: "US", "city": "Austin"});
        let other = json!({part: "CA", "street": "12 Oak St"});
        let (one, other) = (with(1, one), with(2, other));
        let agrees = merge(&one, &one).lead.address == one.address;
        assert!(
            agrees && merge(&one, &other).lead.address == one.address,
            "{part}"
        );
    }
}

#[test]
fn what_was_left_is_read_as_it_was_written() {
    let left = merged(&full(1), &full(2), &Choices::default()).left;

    let json = serde_json::to_string(&left).unwrap();

    assert_eq!(serde_json::from_str::<Left>(&json).unwrap(), left);
    assert_eq!(left.client_id, full(2).client_id);
    assert_eq!(left.deal_id, full(2).deal_id);
}

#[test]
fn parting_brings_back_what_the_merge_changed_and_keeps_what_came_since() {
    let before = lead(
        1,
        json!({"tags": [TagId::from_bits(1)], "customFields": {"beds": 1}, "consent": {"sms": true}}),
    );
    let choices = Choices {
        fields: BTreeSet::from([LeadField::Name]),
        custom_fields: BTreeSet::from(["beds".to_owned()]),
    };
    let after = merged(&before, &full(2), &choices).lead;
    let mut now = after.clone();
    now.company = Some(crate::Line::parse("Since").unwrap());
    now.tags.insert(TagId::from_bits(77));
    now.custom_fields = after
        .custom_fields
        .merged(BTreeMap::from([(
            "since".to_owned(),
            Some(CustomValue::Bool(true)),
        )]))
        .unwrap();

    let parted = unmerged(&now, &before, &after);

    let mut expected = before.clone();
    expected.company = now.company;
    expected.tags.insert(TagId::from_bits(77));
    expected.custom_fields = before
        .custom_fields
        .merged(BTreeMap::from([(
            "since".to_owned(),
            Some(CustomValue::Bool(true)),
        )]))
        .unwrap();
    expected.consent = Consent::default();
    assert_eq!(parted, expected);
}

/// A lead with some of the fields of [`full`], and any consent.
fn any_lead(id: u128) -> impl Strategy<Value = Lead> {
    (any::<u32>(), any::<[bool; 3]>()).prop_map(move |(some, [email, sms, call])| {
        let mut values = serde_json::to_value(full(id)).unwrap();
        let object = values.as_object_mut().unwrap();
        let required = ["id", "name", "status", "createdAt"];
        let mut place = 0;
        object.retain(|name, _| {
            place += 1;
            required.contains(&name.as_str()) || some >> (place % 32) & 1 == 1
        });
        object.insert(
            "consent".to_owned(),
            json!({"email": email, "sms": sms, "call": call}),
        );
        serde_json::from_value(values).unwrap()
    })
}

fn any_choices() -> impl Strategy<Value = Choices> {
    let fields = prop::sample::subsequence(LeadField::ALL.to_vec(), 0..=LeadField::ALL.len());
    let custom = prop::sample::subsequence(vec!["beds", "pool", "own2"], 0..=3);
    (fields, custom).prop_map(|(fields, custom)| Choices {
        fields: fields.into_iter().collect(),
        custom_fields: custom.into_iter().map(str::to_owned).collect(),
    })
}

proptest! {
    #[test]
    fn nothing_is_lost_and_nobody_consents(winner in any_lead(1), loser in any_lead(2), choices in any_choices()) {
        let Merge { lead, left } = merged(&winner, &loser, &choices);

        prop_assert_eq!((lead.id, lead.created_at), (winner.id, winner.created_at));
        for field in LeadField::ALL {
            // An address may have been completed by the other's parts.
            if let Some(had) = value(&loser, *field).filter(|_| *field != LeadField::Address) {
                prop_assert!(left.fields.get(field).or(value(&lead, *field).as_ref()) == Some(&had), "{}", field);
            }
            prop_assert!(value(&winner, *field).is_none() || value(&lead, *field).is_some(), "{}", field);
        }
        for channel in ContactChannel::ALL {
            let both = winner.consent.allows(*channel) && loser.consent.allows(*channel);
            prop_assert_eq!(lead.consent.allows(*channel), both);
        }
        for tag in loser.tags.union(&winner.tags) {
            prop_assert!(lead.tags.contains(tag) || left.tags.contains(tag));
        }
    }

    #[test]
    fn a_lead_merged_with_itself_stays(lead in any_lead(1), choices in any_choices()) {
        let merge = merged(&lead, &lead, &choices);
        prop_assert_eq!(merge.lead, lead);
        prop_assert_eq!(merge.left, Left::default());
    }

    #[test]
    fn who_is_parted_at_once_is_as_before_but_for_consent(
        winner in any_lead(1),
        loser in any_lead(2),
        choices in any_choices(),
    ) {
        let after = merged(&winner, &loser, &choices).lead;
        let expected = Lead { consent: after.consent, ..winner.clone() };
        prop_assert_eq!(unmerged(&after, &winner, &after), expected);
    }
}
