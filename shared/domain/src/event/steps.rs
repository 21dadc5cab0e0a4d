//! What happened between two states of a record.
//!
//! Several events may come of one change. Each is one step of it: the first starts at the old state, the last ends at the
//! new one, so whoever adds up what the steps did arrives at the whole change.

use super::{DealChange, Fact, FieldChange, LeadChange};
use crate::{Deal, Lead};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// A fact and the fields that changed with it.
pub type Step = (Fact, BTreeMap<String, FieldChange>);

/// What happened between two states of a lead; one without an old state was made.
///
/// Two equal states give nothing, so reading a change twice tells nothing new.
pub fn lead_steps(old: Option<&Lead>, new: &Lead) -> Vec<Step> {
    let Some(old) = old else {
        let change = LeadChange {
            before: None,
            after: new.into(),
        };
        return vec![(Fact::LeadCreated(change), changed(None, Some(new)))];
    };
    let mut steps = Vec::new();
    let mut at = old.clone();
    let mut step = |to: Lead, fact: fn(LeadChange) -> Fact| {
        if to != at {
            let change = LeadChange {
                before: Some((&at).into()),
                after: (&to).into(),
            };
            steps.push((fact(change), changed(Some(&at), Some(&to))));
            at = to;
        }
    };
    // A restored lead is back before anything else happens to it, and a deleted one is gone last.
    let restored = Lead {
        deleted_at: old.deleted_at.filter(|_| new.deleted_at.is_some()),
        ..old.clone()
    };
    step(restored.clone(), Fact::LeadRestored);
    let updated = Lead {
        status: old.status,
        assigned_to: old.assigned_to,
        tags: old.tags.clone(),
        deleted_at: restored.deleted_at,
        ..new.clone()
    };
    step(updated.clone(), Fact::LeadUpdated);
    let moved = Lead {
        status: new.status,
        ..updated
    };
    step(moved.clone(), Fact::LeadStatusChanged);
    let assigned = Lead {
        assigned_to: new.assigned_to,
        ..moved
    };
    step(assigned.clone(), Fact::LeadAssigned);
    let tagged = Lead {
        tags: old.tags.union(&new.tags).copied().collect(),
        ..assigned
    };
    step(tagged.clone(), Fact::LeadTagged);
    let untagged = Lead {
        tags: new.tags.clone(),
        ..tagged
    };
    step(untagged, Fact::LeadUntagged);
    step(new.clone(), Fact::LeadDeleted);
    steps
}

/// What happened between two states of a deal; one without an old state was made.
pub fn deal_steps(old: Option<&Deal>, new: &Deal) -> Vec<Step> {
    let change = |before: Option<&Deal>, after: &Deal| DealChange {
        address: after.property_address.to_string(),
        before: before.map(Into::into),
        after: after.into(),
        note: None,
    };
    let Some(old) = old else {
        let created = Fact::DealCreated(change(None, new));
        return vec![(created, changed(None, Some(new)))];
    };
    let mut steps = Vec::new();
    let mut at = old.clone();
    let mut step = |to: Deal, fact: &dyn Fn(DealChange) -> Fact| {
        if to != at {
            let fields = changed(Some(&at), Some(&to));
            steps.push((fact(change(Some(&at), &to)), fields));
            at = to;
        }
    };
    let updated = Deal {
        status: old.status,
        since: old.since,
        stages: old.stages.clone(),
        status_note: old.status_note.clone(),
        assigned_to: old.assigned_to,
        deleted_at: old.deleted_at,
        ..new.clone()
    };
    step(updated.clone(), &Fact::DealUpdated);
    let moved = Deal {
        status: new.status,
        since: new.since,
        stages: new.stages.clone(),
        status_note: new.status_note.clone(),
        ..updated
    };
    step(moved.clone(), &|change| {
        Fact::DealStatusChanged(DealChange {
            note: new.status_note.clone(),
            ..change
        })
    });
    let assigned = Deal {
        assigned_to: new.assigned_to,
        ..moved
    };
    step(assigned, &Fact::DealAssigned);
    step(new.clone(), &Fact::DealDeleted);
    steps
}

/// The fields in which two states of a record differ, as they are written.
pub fn changed<T: Serialize>(old: Option<&T>, new: Option<&T>) -> BTreeMap<String, FieldChange> {
    let fields = |state: Option<&T>| match state.map(serde_json::to_value) {
        Some(Ok(Value::Object(fields))) => fields,
        _ => serde_json::Map::new(),
    };
    let (mut old, new) = (fields(old), fields(new));
    let mut changes = BTreeMap::new();
    for (name, to) in new {
        let from = old.remove(&name);
        if from.as_ref() != Some(&to) {
            let change = FieldChange { from, to: Some(to) };
            changes.insert(name, change);
        }
    }
    changes.extend(old.into_iter().map(|(name, from)| {
        let gone = FieldChange {
            from: Some(from),
            to: None,
        };
        (name, gone)
    }));
    changes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{DealFacts, LeadFacts};
    use crate::{Currency, DealId, DealStatus, LeadId, LeadStatus, Line, Money, Name, UserId};
    use jiff::Timestamp;
    use proptest::prelude::*;

    fn at() -> Timestamp {
        "2026-01-02T03:04:05Z".parse().unwrap()
    }

    fn lead() -> Lead {
        Lead::new(
            LeadId::first_at(at()),
            Name::parse("Ann Lee").unwrap(),
            at(),
        )
    }

    #[test]
    fn equal_states_make_no_event() {
        assert_eq!(lead_steps(Some(&lead()), &lead()), []);
        assert_eq!(deal_steps(Some(&deal()), &deal()), []);
    }

    #[test]
    fn only_a_move_tells_what_was_said_about_it() {
        let moved = Deal {
            status: DealStatus::Negotiating,
            status_note: Some("They called".to_owned()),
            assigned_to: Some(UserId::first_at(at())),
            ..deal()
        };

        let notes = deal_steps(Some(&deal()), &moved)
            .into_iter()
            .map(|(fact, _)| fact.deal_change().unwrap().note.clone());

        assert_eq!(
            notes.collect::<Vec<_>>(),
            [Some("They called".to_owned()), None]
        );
    }

    fn deal() -> Deal {
        let address = Line::parse("12 Elm St").unwrap();
        Deal::new(DealId::first_at(at()), address, at())
    }

    fn any_deal() -> impl Strategy<Value = Deal> {
        let user = (0_u128..2).prop_map(|n| UserId::from_parts(at(), n));
        (
            prop::sample::select(DealStatus::ALL),
            prop::option::of(user),
            0_i64..3,
            any::<bool>(),
            prop::option::of("[ab]"),
            0_u32..3,
        )
            .prop_map(|(status, assigned_to, moved, deleted, note, documents)| {
                let since = at() + jiff::SignedDuration::from_secs(moved);
                let mut deal = deal();
                deal.stages.insert(status, since);
                Deal {
                    status,
                    since,
                    assigned_to,
                    status_note: note,
                    documents,
                    deleted_at: deleted.then(at),
                    ..deal
                }
            })
    }

    /// The fields of a record, as events tell them.
    fn fields<T: Serialize>(record: &T) -> BTreeMap<String, Value> {
        changed(None, Some(record))
            .into_iter()
            .filter_map(|(name, change)| Some((name, change.to?)))
            .collect()
    }

    /// Makes the changes of one step, which must begin where `fields` are.
    fn make(fields: &mut BTreeMap<String, Value>, changes: &BTreeMap<String, FieldChange>) {
        assert!(!changes.is_empty());
        for (name, change) in changes {
            assert_eq!(fields.get(name), change.from.as_ref());
            match &change.to {
                Some(to) => fields.insert(name.clone(), to.clone()),
                None => fields.remove(name),
            };
        }
    }

    fn any_lead() -> impl Strategy<Value = Lead> {
        let user = (0_u128..2).prop_map(|n| UserId::from_parts(at(), n));
        (
            prop::sample::select(LeadStatus::ALL),
            prop::option::of(user),
            prop::option::of(0_i64..3),
            any::<bool>(),
            "[ab]",
            prop::collection::btree_set(
                (0_u128..3).prop_map(|n| crate::TagId::from_parts(at(), n)),
                0..3,
            ),
        )
            .prop_map(|(status, assigned_to, value, deleted, name, tags)| Lead {
                status,
                assigned_to,
                value: value
                    .map(|minor| Money::new(minor, Currency::parse("USD").unwrap()).unwrap()),
                deleted_at: deleted.then(at),
                name: Name::parse(&name).unwrap(),
                tags,
                ..lead()
            })
    }

    proptest! {
        #[test]
        fn steps_lead_from_the_old_state_to_the_new_one(old in any_lead(), new in any_lead()) {
            let steps = lead_steps(Some(&old), &new);

            let mut facts = LeadFacts::from(&old);
            let mut at = fields(&old);
            for (fact, changes) in &steps {
                let change = fact.lead_change().unwrap();
                prop_assert_eq!(change.before.as_ref(), Some(&facts));
                facts = change.after.clone();
                make(&mut at, changes);
            }
            prop_assert_eq!(facts, LeadFacts::from(&new));
            prop_assert_eq!(at, fields(&new));
        }

        #[test]
        fn steps_of_a_deal_lead_from_the_old_state_to_the_new_one(old in any_deal(), new in any_deal()) {
            let steps = deal_steps(Some(&old), &new);

            let mut facts = DealFacts::from(&old);
            let mut at = fields(&old);
            for (fact, changes) in &steps {
                let change = fact.deal_change().unwrap();
                prop_assert_eq!(change.before.as_ref(), Some(&facts));
                facts = change.after.clone();
                make(&mut at, changes);
            }
            prop_assert_eq!(facts, DealFacts::from(&new));
            prop_assert_eq!(at, fields(&new));
        }
    }
}
