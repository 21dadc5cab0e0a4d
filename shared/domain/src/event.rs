//! What happened to a lead, told from its old and its new state.
//!
//! What belongs here: the lines of a timeline and the pure functions that derive them.
//! What does not: who did it and when, which the stored items say, and telling anyone.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::invalid::wire_enum;
use crate::{Lead, NoteContent, NoteId, TagId, UserId};

wire_enum! {
    /// What a line of a timeline tells.
    pub enum ActivityType {
        /// A lead was made.
        LeadCreated = "lead_created",
        /// Fields of a lead changed.
        LeadUpdated = "lead_updated",
        /// A lead moved to another status.
        LeadStatusChanged = "lead_status_changed",
        /// A lead was given to somebody, or to nobody.
        LeadAssigned = "lead_assigned",
        /// Tags were put on a lead.
        LeadTagged = "lead_tagged",
        /// Tags were taken off a lead.
        LeadUntagged = "lead_untagged",
        /// A lead was deleted.
        LeadDeleted = "lead_deleted",
        /// A deleted lead was brought back.
        LeadRestored = "lead_restored",
        /// A note was written.
        NoteAdded = "note_added",
        /// A note was changed.
        NoteUpdated = "note_updated",
        /// A note was deleted.
        NoteDeleted = "note_deleted",
    }
}

/// One line of a timeline. Neither the title nor the data hold personal values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activity {
    /// What it tells.
    pub kind: ActivityType,
    /// A short sentence in English, without a full stop.
    pub title: String,
    /// Details for programs; the keys depend on the kind:
    /// `fields` (updated), `status` (created), `oldStatus` and `newStatus` (status
    /// changed), `from` and `to` (assigned; user ids or null), `tagIds` (tagged, untagged),
    /// `noteId` (notes).
    pub data: Map<String, Value>,
}

impl Activity {
    fn new<const N: usize>(
        kind: ActivityType,
        title: impl Into<String>,
        data: [(&str, Value); N],
    ) -> Self {
        Self {
            kind,
            title: title.into(),
            data: data
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value))
                .collect(),
        }
    }
}

/// What happened between two states of a lead; a lead without an old state was created.
///
/// Two equal states give nothing, so reading a change twice tells nothing new.
pub fn lead_activities(old: Option<&Lead>, new: &Lead) -> Vec<Activity> {
    let Some(old) = old else {
        let status = json!(new.status);
        return vec![Activity::new(
            ActivityType::LeadCreated,
            "Lead created",
            [("status", status)],
        )];
    };
    [
        restored(old, new),
        updated(old, new),
        status_changed(old, new),
        assigned(old, new),
        tagged(old, new),
        untagged(old, new),
        deleted(old, new),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What happened between two states of a note. Its text is never repeated; `noteId` leads to it.
pub fn note_activity(
    note: NoteId,
    old: Option<&NoteContent>,
    new: Option<&NoteContent>,
) -> Option<Activity> {
    let (kind, title) = match (old, new) {
        (None, Some(_)) => (ActivityType::NoteAdded, "Note added"),
        (Some(old), Some(new)) if old != new => (ActivityType::NoteUpdated, "Note changed"),
        (Some(_), None) => (ActivityType::NoteDeleted, "Note deleted"),
        (Some(_), Some(_)) | (None, None) => return None,
    };
    Some(Activity::new(kind, title, [("noteId", json!(note))]))
}

fn restored(old: &Lead, new: &Lead) -> Option<Activity> {
    (old.deleted_at.is_some() && new.deleted_at.is_none())
        .then(|| Activity::new(ActivityType::LeadRestored, "Lead restored", []))
}

fn deleted(old: &Lead, new: &Lead) -> Option<Activity> {
    (old.deleted_at.is_none() && new.deleted_at.is_some())
        .then(|| Activity::new(ActivityType::LeadDeleted, "Lead deleted", []))
}

fn updated(old: &Lead, new: &Lead) -> Option<Activity> {
    let fields = changed_fields(old, new);
    let title = match fields.len() {
        0 => return None,
        1 => "1 field changed".to_owned(),
        count => format!("{count} fields changed"),
    };
    Some(Activity::new(
        ActivityType::LeadUpdated,
        title,
        [("fields", json!(fields))],
    ))
}

/// The wire names of the fields that differ, apart from those with an activity of their own.
fn changed_fields(old: &Lead, new: &Lead) -> Vec<&'static str> {
    // Taken apart by name, so that a new field of a lead must be given a place here.
    let Lead {
        id: _,
        name,
        email,
        phone,
        company,
        position,
        status: _,
        score,
        source,
        value,
        stage,
        assigned_to: _,
        last_contact_at,
        tags: _,
        custom_fields,
        address,
        property_type,
        preferred_contact,
        consent,
        created_at: _,
        deleted_at: _,
    } = new;
    [
        ("name", *name != old.name),
        ("email", *email != old.email),
        ("phone", *phone != old.phone),
        ("company", *company != old.company),
        ("position", *position != old.position),
        ("score", *score != old.score),
        ("source", *source != old.source),
        ("value", *value != old.value),
        ("stage", *stage != old.stage),
        ("lastContactAt", *last_contact_at != old.last_contact_at),
        ("customFields", *custom_fields != old.custom_fields),
        ("address", *address != old.address),
        ("propertyType", *property_type != old.property_type),
        (
            "preferredContact",
            *preferred_contact != old.preferred_contact,
        ),
        ("consent", *consent != old.consent),
    ]
    .into_iter()
    .filter_map(|(field, changed)| changed.then_some(field))
    .collect()
}

fn status_changed(old: &Lead, new: &Lead) -> Option<Activity> {
    (old.status != new.status).then(|| {
        Activity::new(
            ActivityType::LeadStatusChanged,
            format!("Status changed from {} to {}", old.status, new.status),
            [
                ("oldStatus", json!(old.status)),
                ("newStatus", json!(new.status)),
            ],
        )
    })
}

fn assigned(old: &Lead, new: &Lead) -> Option<Activity> {
    let title = |to: Option<UserId>| match to {
        Some(_) => "Lead assigned",
        None => "Lead unassigned",
    };
    (old.assigned_to != new.assigned_to).then(|| {
        Activity::new(
            ActivityType::LeadAssigned,
            title(new.assigned_to),
            [
                ("from", json!(old.assigned_to)),
                ("to", json!(new.assigned_to)),
            ],
        )
    })
}

fn tagged(old: &Lead, new: &Lead) -> Option<Activity> {
    tags(ActivityType::LeadTagged, "added", &new.tags, &old.tags)
}

fn untagged(old: &Lead, new: &Lead) -> Option<Activity> {
    tags(ActivityType::LeadUntagged, "removed", &old.tags, &new.tags)
}

fn tags(
    kind: ActivityType,
    verb: &str,
    these: &BTreeSet<TagId>,
    without: &BTreeSet<TagId>,
) -> Option<Activity> {
    let ids: Vec<&TagId> = these.difference(without).collect();
    let title = match ids.len() {
        0 => return None,
        1 => format!("1 tag {verb}"),
        count => format!("{count} tags {verb}"),
    };
    Some(Activity::new(kind, title, [("tagIds", json!(ids))]))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Email, LeadId, LeadStatus, Name, Phone, Score};

    fn at() -> jiff::Timestamp {
        "2026-01-02T03:04:05Z".parse().unwrap()
    }

    fn lead() -> Lead {
        Lead::new(
            LeadId::first_at(at()),
            Name::parse("Ann Lee").unwrap(),
            at(),
        )
    }

    fn tag(number: u128) -> TagId {
        TagId::from_parts(at(), number)
    }

    fn told(old: &Lead, new: &Lead) -> Vec<(&'static str, String, Value)> {
        lead_activities(Some(old), new)
            .into_iter()
            .map(|activity| {
                (
                    activity.kind.as_str(),
                    activity.title,
                    Value::Object(activity.data),
                )
            })
            .collect()
    }

    #[test]
    fn a_lead_without_a_past_was_created() {
        let activities = lead_activities(None, &lead());

        assert_eq!(
            activities,
            [Activity::new(
                ActivityType::LeadCreated,
                "Lead created",
                [("status", json!("new"))]
            )]
        );
    }

    #[test]
    fn each_change_is_told_in_its_own_words() {
        let ann = UserId::from_parts(at(), 1);
        let bob = UserId::from_parts(at(), 2);
        let plain = lead();
        let of_ann = Lead {
            assigned_to: Some(ann),
            ..lead()
        };
        let of_bob = Lead {
            assigned_to: Some(bob),
            ..lead()
        };
        let tagged = Lead {
            tags: [tag(1), tag(2)].into(),
            ..lead()
        };
        let retagged = Lead {
            tags: [tag(2), tag(3)].into(),
            ..lead()
        };
        let won = Lead {
            status: LeadStatus::Won,
            ..lead()
        };
        let deleted = Lead {
            deleted_at: Some(at()),
            ..lead()
        };
        let scored = Lead {
            score: Some(Score::new(5).unwrap()),
            ..lead()
        };
        let cases = [
            (&plain, &plain, vec![]),
            (&deleted, &deleted, vec![]),
            (
                &plain,
                &won,
                vec![(
                    "lead_status_changed",
                    "Status changed from new to won",
                    json!({"oldStatus": "new", "newStatus": "won"}),
                )],
            ),
            (
                &plain,
                &of_ann,
                vec![(
                    "lead_assigned",
                    "Lead assigned",
                    json!({"from": null, "to": ann}),
                )],
            ),
            (
                &of_ann,
                &of_bob,
                vec![(
                    "lead_assigned",
                    "Lead assigned",
                    json!({"from": ann, "to": bob}),
                )],
            ),
            (
                &of_bob,
                &plain,
                vec![(
                    "lead_assigned",
                    "Lead unassigned",
                    json!({"from": bob, "to": null}),
                )],
            ),
            (
                &plain,
                &tagged,
                vec![(
                    "lead_tagged",
                    "2 tags added",
                    json!({"tagIds": [tag(1), tag(2)]}),
                )],
            ),
            (
                &tagged,
                &retagged,
                vec![
                    ("lead_tagged", "1 tag added", json!({"tagIds": [tag(3)]})),
                    (
                        "lead_untagged",
                        "1 tag removed",
                        json!({"tagIds": [tag(1)]}),
                    ),
                ],
            ),
            (
                &plain,
                &deleted,
                vec![("lead_deleted", "Lead deleted", json!({}))],
            ),
            (
                &deleted,
                &plain,
                vec![("lead_restored", "Lead restored", json!({}))],
            ),
            (
                &plain,
                &scored,
                vec![(
                    "lead_updated",
                    "1 field changed",
                    json!({"fields": ["score"]}),
                )],
            ),
        ];
        for (old, new, expected) in cases {
            let expected: Vec<_> = expected
                .into_iter()
                .map(|(kind, title, data)| (kind, title.to_owned(), data))
                .collect();
            assert_eq!(told(old, new), expected);
        }
    }

    #[test]
    fn an_update_names_fields_and_never_their_values() {
        let new = Lead {
            name: Name::parse("Secret Person").unwrap(),
            email: Some(Email::parse("secret@example.com").unwrap()),
            phone: Some(Phone::parse("2025550173").unwrap()),
            ..lead()
        };

        let activities = lead_activities(Some(&lead()), &new);

        assert_eq!(activities.len(), 1);
        assert_eq!(activities[0].title, "3 fields changed");
        assert_eq!(
            activities[0].data["fields"],
            json!(["name", "email", "phone"])
        );
        let text = format!("{activities:?}").to_lowercase();
        assert!(!text.contains("secret") && !text.contains("0173"), "{text}");
    }

    #[test]
    fn what_happens_to_a_note_is_told_without_its_text() {
        let id = NoteId::from_parts(at(), 1);
        let text = |text: &str| NoteContent::parse(text).unwrap();
        let (first, second) = (text("Secret one"), text("Secret two"));
        let cases = [
            (None, Some(&first), Some("note_added")),
            (Some(&first), Some(&second), Some("note_updated")),
            (Some(&first), Some(&first), None),
            (Some(&first), None, Some("note_deleted")),
            (None, None, None),
        ];
        for (old, new, kind) in cases {
            let activity = note_activity(id, old, new);

            assert_eq!(activity.as_ref().map(|told| told.kind.as_str()), kind);
            if let Some(told) = activity {
                assert_eq!(Value::Object(told.data), json!({"noteId": id}));
            }
        }
    }

    #[test]
    fn several_changes_at_once_are_all_told() {
        let new = Lead {
            company: Some(Name::parse("Lee & Co").unwrap()),
            status: LeadStatus::Lost,
            assigned_to: Some(UserId::from_parts(at(), 1)),
            tags: [tag(1)].into(),
            deleted_at: Some(at()),
            ..lead()
        };

        let kinds: Vec<_> = told(&lead(), &new)
            .into_iter()
            .map(|(kind, ..)| kind)
            .collect();

        assert_eq!(
            kinds,
            [
                "lead_updated",
                "lead_status_changed",
                "lead_assigned",
                "lead_tagged",
                "lead_deleted"
            ]
        );
    }

    #[test]
    fn the_names_of_fields_are_those_of_the_stored_lead() {
        let full: Lead = serde_json::from_value(json!({
            "id": LeadId::first_at(at()), "name": "Bob", "email": "b@example.com",
            "phone": {"given": "2025550173", "e164": "+12025550173"}, "company": "C",
            "position": "P", "status": "new", "score": 1, "source": "S",
            "value": {"amount": "1.00", "currency": "USD"}, "stage": "T",
            "lastContactAt": at(), "customFields": {"a": 1}, "address": {"city": "A"},
            "propertyType": "land", "preferredContact": "sms", "consent": {"sms": true},
            "createdAt": at(),
        }))
        .unwrap();
        let stored = serde_json::to_value(&full).unwrap();

        let fields = changed_fields(&lead(), &full);

        let named: BTreeSet<&str> = fields.iter().copied().collect();
        let kept: BTreeSet<&str> = stored
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        assert_eq!(
            kept.difference(&named).copied().collect::<Vec<_>>(),
            ["createdAt", "id", "status"]
        );
        assert!(named.is_subset(&kept));
    }

    proptest! {
        #[test]
        fn tags_added_and_removed_lead_from_one_set_to_the_other(
            before in prop::collection::btree_set(0_u128..8, 0..8),
            after in prop::collection::btree_set(0_u128..8, 0..8),
        ) {
            let with = |numbers: &BTreeSet<u128>| Lead {
                tags: numbers.iter().copied().map(tag).collect(),
                ..lead()
            };
            let (old, new) = (with(&before), with(&after));
            let mut tags: BTreeSet<String> = old.tags.iter().map(TagId::to_string).collect();
            for activity in lead_activities(Some(&old), &new) {
                for id in activity.data["tagIds"].as_array().unwrap() {
                    let id = id.as_str().unwrap().to_owned();
                    let changed = if activity.kind == ActivityType::LeadTagged {
                        tags.insert(id)
                    } else {
                        tags.remove(&id)
                    };
                    prop_assert!(changed);
                }
            }
            prop_assert_eq!(tags, new.tags.iter().map(TagId::to_string).collect::<BTreeSet<_>>());
        }
    }
}
