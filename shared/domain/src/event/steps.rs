//! What happened between two states of a record.
//!
//! Several events may come of one change. Each is one step of it: the first starts at the old state, the last ends at the
//! new one, so whoever adds up what the steps did arrives at the whole change.

use super::{ClientChange, DealChange, EmailFact, Fact, FieldChange, LeadChange, TaskChange};
use crate::{Client, Deal, EmailStatus, Lead, OutgoingEmail, Task, TaskStatus};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// A fact and the fields that changed with it.
pub type Step = (Fact, BTreeMap<String, FieldChange>);

/// What happened between two states of a lead; one without an old state was made.
///
/// Two equal states give nothing, so reading a change twice tells nothing new.
pub fn lead_steps(old: Option<&Lead>, new: &Lead) -> Vec<Step> {
    let change = |before: Option<&Lead>, after: &Lead| LeadChange {
        before: before.map(Into::into),
        after: after.into(),
    };
    let Some(old) = old else {
        return made(new, change, Fact::LeadCreated);
    };
    // A restored lead is back before anything else happens to it, and a deleted one is gone last.
    let restored = Lead {
        deleted_at: old.deleted_at.filter(|_| new.deleted_at.is_some()),
        merged_into: old.merged_into.filter(|_| new.merged_into.is_some()),
        ..old.clone()
    };
    let updated = Lead {
        status: old.status,
        assigned_to: old.assigned_to,
        tags: old.tags.clone(),
        client_id: old.client_id,
        deal_id: old.deal_id,
        deleted_at: restored.deleted_at,
        merged_into: restored.merged_into,
        ..new.clone()
    };
    let moved = Lead {
        status: new.status,
        ..updated.clone()
    };
    let assigned = Lead {
        assigned_to: new.assigned_to,
        ..moved.clone()
    };
    let tagged = Lead {
        tags: old.tags.union(&new.tags).copied().collect(),
        ..assigned.clone()
    };
    let untagged = Lead {
        tags: new.tags.clone(),
        ..tagged.clone()
    };
    let converted = Lead {
        client_id: new.client_id,
        deal_id: new.deal_id,
        ..untagged.clone()
    };
    let stations: [Station<Lead, LeadChange>; 8] = [
        (restored, Fact::LeadRestored),
        (updated, Fact::LeadUpdated),
        (moved, Fact::LeadStatusChanged),
        (assigned, Fact::LeadAssigned),
        (tagged, Fact::LeadTagged),
        (untagged, Fact::LeadUntagged),
        (converted, Fact::LeadConverted),
        (new.clone(), Fact::LeadDeleted),
    ];
    walk(old, stations, change)
}

/// What happened between two states of a client; one without an old state was made.
pub fn client_steps(old: Option<&Client>, new: &Client) -> Vec<Step> {
    let change = |before: Option<&Client>, after: &Client| ClientChange {
        before: before.map(Into::into),
        after: after.into(),
    };
    let Some(old) = old else {
        return made(new, change, Fact::ClientCreated);
    };
    let restored = Client {
        deleted_at: old.deleted_at.filter(|_| new.deleted_at.is_some()),
        ..old.clone()
    };
    let updated = Client {
        stage: old.stage,
        since: old.since,
        assigned_to: old.assigned_to,
        deleted_at: restored.deleted_at,
        ..new.clone()
    };
    let moved = Client {
        stage: new.stage,
        since: new.since,
        ..updated.clone()
    };
    let assigned = Client {
        assigned_to: new.assigned_to,
        ..moved.clone()
    };
    let stations: [Station<Client, ClientChange>; 5] = [
        (restored, Fact::ClientRestored),
        (updated, Fact::ClientUpdated),
        (moved, Fact::ClientStageChanged),
        (assigned, Fact::ClientAssigned),
        (new.clone(), Fact::ClientDeleted),
    ];
    walk(old, stations, change)
}

/// What happened between two states of a task; one without an old state was made.
pub fn task_steps(old: Option<&Task>, new: &Task) -> Vec<Step> {
    let change = |before: Option<&Task>, after: &Task| TaskChange {
        title: after.title.to_string(),
        before: before.map(Into::into),
        after: after.into(),
    };
    let Some(old) = old else {
        return made(new, change, Fact::TaskCreated);
    };
    // What Plat says of where it stands goes with the move there, if there is one.
    let said = if old.status == new.status { new } else { old };
    let updated = Task {
        assigned_to: old.assigned_to,
        status: old.status,
        status_note: said.status_note.clone(),
        held: said.held,
        completed_at: old.completed_at,
        email_id: old.email_id,
        deleted_at: old.deleted_at,
        ..new.clone()
    };
    let assigned = Task {
        assigned_to: new.assigned_to,
        ..updated.clone()
    };
    let moved = Task {
        status: new.status,
        status_note: new.status_note.clone(),
        held: new.held,
        completed_at: new.completed_at,
        email_id: new.email_id,
        ..assigned.clone()
    };
    let came_to = match new.status {
        TaskStatus::Pending => Fact::TaskReopened,
        TaskStatus::InProgress => Fact::TaskStarted,
        TaskStatus::Completed => Fact::TaskCompleted,
        TaskStatus::Skipped => Fact::TaskSkipped,
        TaskStatus::Cancelled => Fact::TaskCancelled,
    };
    let stations: [Station<Task, TaskChange>; 4] = [
        (updated, Fact::TaskUpdated),
        (assigned, Fact::TaskAssigned),
        (moved, came_to),
        (new.clone(), Fact::TaskDeleted),
    ];
    walk(old, stations, change)
}

/// Whether something happened, and how it is told.
type Happened = (bool, fn(EmailFact) -> Fact);

/// What happened between two states of an e-mail. That one was made tells nothing yet: it is told when it is sent.
pub fn email_steps(old: Option<&OutgoingEmail>, new: &OutgoingEmail) -> Vec<Step> {
    let came = |at: fn(&OutgoingEmail) -> Option<Timestamp>| {
        at(new).is_some() && old.and_then(at).is_none()
    };
    let moved_to = |status| new.status == status && old.is_none_or(|old| old.status != status);
    let failed = moved_to(EmailStatus::Failed) || moved_to(EmailStatus::Dropped);
    let steps: [Happened; 8] = [
        (came(|email| email.sent_at), Fact::EmailSent),
        (came(|email| email.delivered_at), Fact::EmailDelivered),
        (came(|email| email.first_opened_at), Fact::EmailOpened),
        (came(|email| email.first_clicked_at), Fact::EmailClicked),
        (moved_to(EmailStatus::Bounced), Fact::EmailBounced),
        (moved_to(EmailStatus::SpamReport), Fact::EmailComplained),
        (failed, Fact::EmailFailed),
        (came(|email| email.unsubscribed_at), Fact::EmailUnsubscribed),
    ];
    let told = steps.into_iter().filter(|(happened, _)| *happened);
    told.map(|(_, fact)| (fact(new.into()), BTreeMap::new()))
        .collect()
}

/// What happened between two states of a deal; one without an old state was made.
pub fn deal_steps(old: Option<&Deal>, new: &Deal) -> Vec<Step> {
    let change = |before: Option<&Deal>, after: &Deal| DealChange {
        address: after.property_address.to_string(),
        note: before
            .filter(|before| before.status != after.status || before.since != after.since)
            .and_then(|_| after.status_note.clone()),
        before: before.map(Into::into),
        after: after.into(),
    };
    let Some(old) = old else {
        return made(new, change, Fact::DealCreated);
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
    let moved = Deal {
        status: new.status,
        since: new.since,
        stages: new.stages.clone(),
        status_note: new.status_note.clone(),
        ..updated.clone()
    };
    let assigned = Deal {
        assigned_to: new.assigned_to,
        ..moved.clone()
    };
    let stations: [Station<Deal, DealChange>; 4] = [
        (updated, Fact::DealUpdated),
        (moved, Fact::DealStatusChanged),
        (assigned, Fact::DealAssigned),
        (new.clone(), Fact::DealDeleted),
    ];
    walk(old, stations, change)
}

/// A state on the way from the old one to the new one, and what leads there.
type Station<T, C> = (T, fn(C) -> Fact);

/// The one step of what was made.
fn made<T: Serialize, C>(
    new: &T,
    change: impl Fn(Option<&T>, &T) -> C,
    fact: fn(C) -> Fact,
) -> Vec<Step> {
    vec![(fact(change(None, new)), changed(None, Some(new)))]
}

/// The steps from `old` by way of `stations`, of which those where nothing changes are passed by.
fn walk<T: Clone + PartialEq + Serialize, C>(
    old: &T,
    stations: impl IntoIterator<Item = Station<T, C>>,
    change: impl Fn(Option<&T>, &T) -> C,
) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut at = old.clone();
    for (to, fact) in stations {
        if to != at {
            let fields = changed(Some(&at), Some(&to));
            steps.push((fact(change(Some(&at), &to)), fields));
            at = to;
        }
    }
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
    use crate::event::{ClientFacts, DealFacts, EventType, LeadFacts, TaskFacts};
    use crate::{
        ClientId, ClientStage, Currency, CustomFields, DealId, DealStatus, Email, EmailId,
        FollowUpType, LeadId, LeadStatus, Line, MailProvider, Money, Name, Priority, PropertyType,
        RecordRef, TaskId, TaskKind, UserId, WrittenBy,
    };
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

    fn client() -> Client {
        Client {
            id: ClientId::first_at(at()),
            lead_id: None,
            name: Name::parse("Ann Lee").unwrap(),
            email: Email::parse("ann@example.com").unwrap(),
            phone: None,
            property_address: Line::parse("12 Elm St").unwrap(),
            property_type: PropertyType::Residential,
            stage: ClientStage::Lead,
            since: at(),
            notes: None,
            custom_fields: CustomFields::default(),
            assigned_to: None,
            last_contacted: None,
            created_at: at(),
            deleted_at: None,
        }
    }

    fn any_client() -> impl Strategy<Value = Client> {
        let user = (0_u128..2).prop_map(|n| UserId::from_parts(at(), n));
        (
            prop::sample::select(ClientStage::ALL),
            prop::option::of(user),
            any::<bool>(),
            any::<bool>(),
        )
            .prop_map(|(stage, assigned_to, contacted, deleted)| Client {
                stage,
                assigned_to,
                last_contacted: contacted.then(at),
                deleted_at: deleted.then(at),
                ..client()
            })
    }

    fn task() -> Task {
        Task {
            id: TaskId::first_at(at()),
            title: Line::parse("First follow-up").unwrap(),
            description: None,
            kind: TaskKind::FollowUp,
            follow_up_type: Some(FollowUpType::Day1),
            due_at: at(),
            priority: Priority::High,
            status: TaskStatus::Pending,
            assigned_to: None,
            record: Some(RecordRef::Client(ClientId::first_at(at()))),
            notes: None,
            completed_at: None,
            email_id: None,
            status_note: None,
            held: false,
            created_at: at(),
            deleted_at: None,
        }
    }

    fn any_task() -> impl Strategy<Value = Task> {
        let user = (0_u128..2).prop_map(|n| UserId::from_parts(at(), n));
        (
            prop::sample::select(TaskStatus::ALL),
            prop::option::of(user),
            prop::sample::select(Priority::ALL),
            any::<bool>(),
            any::<bool>(),
        )
            .prop_map(|(status, assigned_to, priority, sent, deleted)| Task {
                status,
                assigned_to,
                priority,
                email_id: sent.then(|| EmailId::first_at(at())),
                deleted_at: deleted.then(at),
                ..task()
            })
    }

    #[test]
    fn an_email_tells_what_happened_to_it_first() {
        let queued = OutgoingEmail {
            id: EmailId::first_at(at()),
            client_id: ClientId::first_at(at()),
            client_name: Name::parse("Ann Lee").unwrap(),
            to: Email::parse("ann@example.com").unwrap(),
            task_id: None,
            follow_up_type: FollowUpType::Day1,
            assigned_to: None,
            subject: String::new(),
            snippet: String::new(),
            text: String::new(),
            html: String::new(),
            written_by: WrittenBy::Template {
                reason: "no_key".to_owned(),
            },
            status: EmailStatus::Queued,
            provider: MailProvider::Ses,
            message_id: None,
            failures: 0,
            error: None,
            sending_since: None,
            uncertain: false,
            sent_at: None,
            delivered_at: None,
            first_opened_at: None,
            first_clicked_at: None,
            unsubscribed_at: None,
            opens: 0,
            clicks: 0,
            created_at: at(),
        };
        let opened = OutgoingEmail {
            status: EmailStatus::Opened,
            sent_at: Some(at()),
            first_opened_at: Some(at()),
            opens: 1,
            ..queued.clone()
        };
        let again = OutgoingEmail {
            opens: 2,
            ..opened.clone()
        };
        let dropped = OutgoingEmail {
            status: EmailStatus::Dropped,
            ..opened.clone()
        };
        let told = |old: Option<&OutgoingEmail>, new| -> Vec<EventType> {
            let steps = email_steps(old, new);
            steps.iter().map(|(fact, _)| fact.kind()).collect()
        };

        assert_eq!(told(None, &queued), []);
        assert_eq!(
            told(Some(&queued), &opened),
            [EventType::EmailSent, EventType::EmailOpened]
        );
        assert_eq!(told(Some(&opened), &again), []);
        assert_eq!(told(Some(&again), &dropped), [EventType::EmailFailed]);
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

        #[test]
        fn steps_of_a_client_lead_from_the_old_state_to_the_new_one(old in any_client(), new in any_client()) {
            let mut facts = ClientFacts::from(&old);
            let mut at = fields(&old);
            for (fact, changes) in &client_steps(Some(&old), &new) {
                let change = fact.client_change().unwrap();
                prop_assert_eq!(change.before.as_ref(), Some(&facts));
                facts = change.after.clone();
                make(&mut at, changes);
            }
            prop_assert_eq!(facts, ClientFacts::from(&new));
            prop_assert_eq!(at, fields(&new));
        }

        #[test]
        fn steps_of_a_task_lead_from_the_old_state_to_the_new_one(old in any_task(), new in any_task()) {
            let mut facts = TaskFacts::from(&old);
            let mut at = fields(&old);
            for (fact, changes) in &task_steps(Some(&old), &new) {
                let change = fact.task_change().unwrap();
                prop_assert_eq!(change.before.as_ref(), Some(&facts));
                facts = change.after.clone();
                make(&mut at, changes);
            }
            prop_assert_eq!(facts, TaskFacts::from(&new));
            prop_assert_eq!(at, fields(&new));
        }
    }
}
