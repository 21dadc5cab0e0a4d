use proptest::prelude::*;

use super::super::tests::{at, folded, start, told, user, written};
use super::*;
use crate::event::{ClientChange, Event, Fact, SubjectKind, TaskChange};
use crate::{ClientId, FollowUpType, Priority};

const HALF_AN_HOUR: i64 = 1_800_000;

fn later(millisecond: i64) -> Timestamp {
    at(start().as_millisecond() + millisecond)
}

fn client(stage: ClientStage, assigned_to: Option<UserId>) -> ClientFacts {
    ClientFacts {
        stage,
        assigned_to,
        created_at: start(),
        deleted: false,
    }
}

fn task(kind: TaskKind, status: TaskStatus, assigned_to: Option<UserId>) -> TaskFacts {
    TaskFacts {
        kind,
        follow_up_type: None,
        status,
        priority: Priority::Medium,
        due_at: start(),
        assigned_to,
        record: None,
        email_id: None,
        deleted: false,
    }
}

fn email(sent_at: Option<Timestamp>) -> EmailFact {
    EmailFact {
        client_id: ClientId::from_bits(1),
        task_id: None,
        follow_up_type: FollowUpType::Day1,
        assigned_to: Some(user(7)),
        sent_at,
    }
}

fn event(fact: Fact, at: Timestamp) -> Event {
    let steps = vec![(fact, std::collections::BTreeMap::new())];
    told(SubjectKind::Client, String::new(), steps, at).remove(0)
}

fn of_client(
    fact: fn(ClientChange) -> Fact,
    before: Option<&ClientFacts>,
    after: &ClientFacts,
) -> Fact {
    fact(ClientChange {
        before: before.cloned(),
        after: after.clone(),
    })
}

fn of_task(fact: fn(TaskChange) -> Fact, before: Option<&TaskFacts>, after: &TaskFacts) -> Fact {
    fact(TaskChange {
        title: String::new(),
        before: before.cloned(),
        after: after.clone(),
    })
}

/// The figures of all together; of one seen as a whole.
fn seen(figures: &Figures) -> FollowUpFigures {
    let of_all = figures
        .iter()
        .filter(|(figure, _)| **figure == Figure::FollowUp(Whose::All));
    of_all
        .flat_map(|(_, counts)| counts.iter().map(|(field, count)| (*field, *count)))
        .collect()
}

#[test]
fn each_change_adds_what_it_changed() {
    let lead = client(ClientStage::Lead, None);
    let closed = client(ClientStage::Closed, None);
    let given = client(ClientStage::Lead, Some(user(7)));
    let gone = ClientFacts {
        deleted: true,
        ..lead.clone()
    };
    let todo = task(TaskKind::Todo, TaskStatus::Pending, Some(user(7)));
    let begun = TaskFacts {
        status: TaskStatus::InProgress,
        ..todo.clone()
    };
    let follow_up = task(TaskKind::FollowUp, TaskStatus::Pending, None);
    let sent = TaskFacts {
        status: TaskStatus::Completed,
        ..follow_up.clone()
    };
    let removed = TaskFacts {
        deleted: true,
        ..sent.clone()
    };
    let cases: [(Fact, &[&str]); 10] = [
        (
            of_client(Fact::ClientCreated, None, &lead),
            &[
                "all client_lead 1",
                "@none client_lead 1",
                "2026-03-02 client_lead 1",
                "2026-03-02 client_created 1",
                "2026-03-02 @none client_lead 1",
                "2026-03-02 @none client_created 1",
            ],
        ),
        (
            of_client(Fact::ClientStageChanged, Some(&lead), &closed),
            &[
                "all client_lead -1",
                "all client_closed 1",
                "@none client_lead -1",
                "@none client_closed 1",
                "2026-03-02 client_closed 1",
                "2026-03-02 @none client_closed 1",
            ],
        ),
        (
            of_client(Fact::ClientAssigned, Some(&lead), &given),
            &["@none client_lead -1", "@7 client_lead 1"],
        ),
        (of_client(Fact::ClientUpdated, Some(&lead), &lead), &[]),
        (
            of_client(Fact::ClientDeleted, Some(&lead), &gone),
            &["all client_lead -1", "@none client_lead -1"],
        ),
        (
            of_client(Fact::ClientRestored, Some(&gone), &lead),
            &["all client_lead 1", "@none client_lead 1"],
        ),
        (
            of_task(Fact::TaskCreated, None, &todo),
            &["all todo_pending 1", "@7 todo_pending 1"],
        ),
        (
            of_task(Fact::TaskStarted, Some(&todo), &begun),
            &[
                "all todo_pending -1",
                "all todo_in_progress 1",
                "@7 todo_pending -1",
                "@7 todo_in_progress 1",
            ],
        ),
        (
            of_task(Fact::TaskCompleted, Some(&follow_up), &sent),
            &[
                "all followup_pending -1",
                "all followup_completed 1",
                "@none followup_pending -1",
                "@none followup_completed 1",
                "2026-03-02 followup_completed 1",
                "2026-03-02 @none followup_completed 1",
            ],
        ),
        (
            of_task(Fact::TaskDeleted, Some(&sent), &removed),
            &["all followup_completed -1", "@none followup_completed -1"],
        ),
    ];
    for (fact, expected) in cases {
        let figures = Figures::of(&event(fact.clone(), start()));
        assert_eq!(written(&figures, true), expected, "{fact:?}");
    }
}

#[test]
fn an_email_counts_where_it_was_sent_and_when_something_came_of_it() {
    // A quarter to midnight, and told a day later.
    let sent_at = later(15 * 60_000);
    let next_day = later(24 * 60 * 60_000);
    let cases: [(Fact, &[&str]); 3] = [
        (
            Fact::EmailSent(email(Some(sent_at))),
            &[
                "all email_sent 1",
                "@7 email_sent 1",
                "2026-03-02 sent_95 1",
                "2026-03-02 @7 sent_95 1",
            ],
        ),
        (
            Fact::EmailDelivered(email(Some(sent_at))),
            &["all email_delivered 1", "@7 email_delivered 1"],
        ),
        (
            Fact::EmailOpened(email(Some(sent_at))),
            &[
                "all email_opened 1",
                "@7 email_opened 1",
                "2026-03-03 email_opened 1",
                "2026-03-03 @7 email_opened 1",
            ],
        ),
    ];
    for (fact, expected) in cases {
        let figures = Figures::of(&event(fact.clone(), next_day));
        assert_eq!(written(&figures, true), expected, "{fact:?}");
    }
}

#[test]
fn every_step_of_an_email_has_a_count() {
    type Told = fn(EmailFact) -> Fact;
    let facts: [(Told, EmailStep); 8] = [
        (Fact::EmailSent, EmailStep::Sent),
        (Fact::EmailDelivered, EmailStep::Delivered),
        (Fact::EmailOpened, EmailStep::Opened),
        (Fact::EmailClicked, EmailStep::Clicked),
        (Fact::EmailBounced, EmailStep::Bounced),
        (Fact::EmailComplained, EmailStep::Complained),
        (Fact::EmailFailed, EmailStep::Failed),
        (Fact::EmailUnsubscribed, EmailStep::Unsubscribed),
    ];
    assert_eq!(facts.map(|(_, step)| step), *EmailStep::ALL);
    for (fact, step) in facts {
        let figures = seen(&Figures::of(&event(fact(email(None)), start())));
        for other in EmailStep::ALL {
            assert_eq!(figures.emails(*other), u64::from(*other == step), "{step}");
        }
    }
}

#[test]
fn rates_are_parts_of_the_clients_there_are_and_of_the_emails_that_were_sent() {
    let mut figures = Figures::default();
    for (stage, count) in [
        (ClientStage::Lead, 4),
        (ClientStage::Negotiating, 2),
        (ClientStage::UnderContract, 1),
        (ClientStage::Closed, 3),
        (ClientStage::Lost, 2),
    ] {
        figures.stand_client(&client(stage, None), count);
    }
    for (fact, count) in [
        (Fact::EmailSent(email(None)), 8),
        (Fact::EmailDelivered(email(None)), 2),
        (Fact::EmailOpened(email(None)), 3),
        (Fact::EmailClicked(email(None)), 1),
    ] {
        figures.add(&Figures::of(&event(fact, start())), count);
    }

    let seen = seen(&figures);

    let text = |rate: Option<Decimal>| rate.map(|rate| rate.to_string());
    assert_eq!((seen.all_clients(), seen.active_clients()), (12, 7));
    assert_eq!(text(seen.conversion_rate()).as_deref(), Some("0.2500"));
    assert_eq!(
        text(seen.email_rate(EmailStep::Opened)).as_deref(),
        Some("0.3750")
    );
    assert_eq!(
        text(seen.email_rate(EmailStep::Clicked)).as_deref(),
        Some("0.1250")
    );
    let none = FollowUpFigures::default();
    assert_eq!(
        (none.conversion_rate(), none.email_rate(EmailStep::Opened)),
        (None, None)
    );
}

fn any_client() -> impl Strategy<Value = ClientFacts> {
    let user = prop::option::of((0_u128..2).prop_map(user));
    (prop::sample::select(ClientStage::ALL), user, any::<bool>()).prop_map(
        |(stage, assigned_to, deleted)| ClientFacts {
            deleted,
            ..client(stage, assigned_to)
        },
    )
}

fn any_task() -> impl Strategy<Value = TaskFacts> {
    let user = prop::option::of((0_u128..2).prop_map(user));
    (
        prop::sample::select(TaskKind::ALL),
        prop::sample::select(TaskStatus::ALL),
        user,
        any::<bool>(),
    )
        .prop_map(|(kind, status, assigned_to, deleted)| TaskFacts {
            deleted,
            ..task(kind, status, assigned_to)
        })
}

proptest! {
    #[test]
    fn events_in_any_order_add_up_to_a_count_from_scratch(
        clients in prop::collection::vec(prop::collection::vec(any_client(), 1..6), 0..4),
        tasks in prop::collection::vec(prop::collection::vec(any_task(), 1..6), 0..4),
        shuffle in prop::collection::vec(any::<u32>(), 100),
    ) {
        let mut facts = Vec::new();
        let mut scratch = Figures::default();
        for life in &clients {
            let mut before = None;
            for after in life {
                facts.push(of_client(Fact::ClientUpdated, before, after));
                before = Some(after);
            }
            scratch.stand_client(life.last().unwrap(), 1);
        }
        for life in &tasks {
            let mut before = None;
            for after in life {
                facts.push(of_task(Fact::TaskUpdated, before, after));
                before = Some(after);
            }
            scratch.stand_task(life.last().unwrap(), 1);
        }
        let events: Vec<Event> = (0_i64..)
            .zip(facts)
            .map(|(nth, fact)| event(fact, later(nth * HALF_AN_HOUR)))
            .collect();
        let mut shuffled: Vec<_> = events.iter().zip(shuffle.iter().cycle()).collect();
        shuffled.sort_by_key(|(_, key)| **key);

        let in_order = folded(&events);

        prop_assert_eq!(&folded(shuffled.into_iter().map(|(event, _)| event)), &in_order);
        prop_assert_eq!(in_order, scratch);
    }
}
