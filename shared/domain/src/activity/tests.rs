//! Lines of timelines, told from the states of leads and deals, and from what happens to notes and documents.

use super::*;
use crate::event::{
    Causation, NoteFact, Origin, Step, Subject, SubjectKind, deal_steps, lead_steps, task_steps,
};
use crate::{
    Actor, ClientId, Currency, Deal, DealId, DealStatus, DocumentId, Email, EventId, FollowUpType,
    Id, Lead, LeadId, LeadStatus, Line, Money, Name, NoteId, Phone, Score, TagId, Task, TaskId,
    TaskStatus,
};
use proptest::prelude::*;
use std::collections::BTreeMap;

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

fn deal() -> Deal {
    let address = Line::parse("12 Elm St").unwrap();
    Deal::new(DealId::first_at(at()), address, at())
}

fn event((fact, changes): Step, kind: SubjectKind, id: String) -> Event {
    Event {
        id: EventId::first_at(at()),
        fact,
        at: at(),
        team_id: None,
        actor: Actor {
            id: UserId::first_at(at()),
            name: "Ann".to_owned(),
        },
        subject: Subject {
            kind,
            id,
            version: 1,
        },
        changes,
        origin: Origin::default(),
        causation: Causation {
            command_id: Id::first_at(at()),
            depth: 0,
        },
    }
}

fn activities(old: Option<&Lead>, new: &Lead) -> Vec<Activity> {
    lead_steps(old, new)
        .into_iter()
        .filter_map(|step| Activity::of(&event(step, SubjectKind::Lead, new.id.to_string())))
        .collect()
}

fn of_deal(old: &Deal, new: &Deal) -> Vec<Activity> {
    deal_steps(Some(old), new)
        .into_iter()
        .filter_map(|step| Activity::of(&event(step, SubjectKind::Deal, new.id.to_string())))
        .collect()
}

fn told(old: &Lead, new: &Lead) -> Vec<(&'static str, String, Value)> {
    activities(Some(old), new)
        .into_iter()
        .map(|line| (line.kind.as_str(), line.title, Value::Object(line.data)))
        .collect()
}

#[test]
fn a_lead_without_a_past_was_created() {
    let lines = activities(None, &lead());

    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0].kind, ActivityType::LeadCreated);
    assert_eq!(lines[0].about, Some(RecordRef::Lead(lead().id)));
    assert_eq!(
        Value::Object(lines[0].data.clone()),
        json!({"status": "new"})
    );
}

#[test]
fn each_change_is_told_in_its_own_words() {
    let (ann, bob) = (UserId::from_parts(at(), 1), UserId::from_parts(at(), 2));
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
    let moved = json!({"oldStatus": "new", "newStatus": "won"});
    type Line = (&'static str, &'static str, Value);
    let cases: [(&Lead, &Lead, Vec<Line>); 11] = [
        (&plain, &plain, vec![]),
        (&deleted, &deleted, vec![]),
        (
            &plain,
            &won,
            vec![(
                "lead_status_changed",
                "Status changed from new to won",
                moved,
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

    let lines = activities(Some(&lead()), &new);

    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0].title, "3 fields changed");
    assert_eq!(lines[0].data["fields"], json!(["email", "name", "phone"]));
    let text = format!("{lines:?}").to_lowercase();
    assert!(!text.contains("secret") && !text.contains("0173"), "{text}");
}

#[test]
fn what_happens_to_a_note_is_told_without_its_text_where_the_note_is() {
    let id = NoteId::from_parts(at(), 1);
    for record in [RecordRef::Lead(lead().id), RecordRef::Deal(deal().id)] {
        let fact = NoteFact { record };
        for (fact, kind) in [
            (Fact::NoteAdded(fact.clone()), "note_added"),
            (Fact::NoteUpdated(fact.clone()), "note_updated"),
            (Fact::NoteDeleted(fact), "note_deleted"),
        ] {
            let step = (fact, crate::event::changed(Some(&"a"), Some(&"b")));
            let line = Activity::of(&event(step, SubjectKind::Note, id.to_string())).unwrap();

            assert_eq!(line.kind.as_str(), kind);
            assert_eq!(line.about, Some(record));
            assert_eq!(Value::Object(line.data), json!({"noteId": id}));
        }
    }
}

#[test]
fn a_deal_is_told_of_in_its_own_words() {
    let ann = UserId::from_parts(at(), 1);
    let new = Deal {
        property_address: Line::parse("9 Secret Rd").unwrap(),
        target_price: Money::new(12_345_600, Currency::USD).ok(),
        documents: 1,
        status: DealStatus::UnderContract,
        status_note: Some("Signed on Monday".to_owned()),
        assigned_to: Some(ann),
        deleted_at: Some(at()),
        ..deal()
    };

    let lines = of_deal(&deal(), &new);

    let about = Some(RecordRef::Deal(deal().id));
    assert!(lines.iter().all(|line| line.about == about));
    let text = format!("{lines:?}");
    assert!(
        !text.contains("Secret") && !text.contains("123456"),
        "{text}"
    );
    let told = lines.into_iter();
    let told: Vec<_> = told
        .map(|line| (line.kind.as_str(), line.title, Value::Object(line.data)))
        .collect();
    let moved =
        json!({"oldStatus": "new", "newStatus": "under_contract", "note": "Signed on Monday"});
    let expected = [
        (
            "deal_updated",
            "2 fields changed",
            json!({"fields": ["propertyAddress", "targetPrice"]}),
        ),
        (
            "deal_status_changed",
            "Status changed from new to under contract",
            moved,
        ),
        (
            "deal_assigned",
            "Deal assigned",
            json!({"from": null, "to": ann}),
        ),
        ("deal_deleted", "Deal deleted", json!({})),
    ];
    assert_eq!(
        told,
        expected.map(|(kind, title, data)| (kind, title.to_owned(), data))
    );
}

#[test]
fn that_a_deal_has_another_document_is_told_of_the_document_alone() {
    let new = Deal {
        documents: 1,
        ..deal()
    };

    assert_eq!(deal_steps(Some(&deal()), &new).len(), 1);
    assert_eq!(of_deal(&deal(), &new), []);
}

#[test]
fn a_document_is_told_of_under_its_name_where_it_belongs() {
    let id = DocumentId::from_parts(at(), 1);
    let record = RecordRef::Lead(lead().id);
    let fact = |reason: Option<&str>| DocumentFact {
        record,
        file_name: "Contract.pdf".to_owned(),
        version: 2,
        size: 1024,
        reason: reason.map(str::to_owned),
    };
    let line = |fact: Fact| {
        let step = (fact, std::collections::BTreeMap::new());
        Activity::of(&event(step, SubjectKind::Document, id.to_string()))
    };

    let available = line(Fact::DocumentAvailable(fact(None))).unwrap();
    let rejected = line(Fact::DocumentRejected(fact(Some("wrong_size")))).unwrap();
    let deleted = line(Fact::DocumentDeleted(fact(None))).unwrap();

    assert_eq!(line(Fact::DocumentAnnounced(fact(None))), None);
    assert_eq!(available.about, Some(record));
    let titles = [&available, &rejected, &deleted].map(|line| line.title.as_str());
    assert_eq!(
        titles,
        [
            "Contract.pdf uploaded",
            "Contract.pdf rejected",
            "Contract.pdf deleted"
        ]
    );
    assert_eq!(
        Value::Object(available.data),
        json!({"documentId": id, "fileName": "Contract.pdf", "version": 2, "size": 1024})
    );
    assert_eq!(rejected.data["reason"], "wrong_size");
    let asked = Some(Permission::DocumentsRead);
    assert_eq!(available.kind.seen_with(), asked);
}

fn follow_up(status: TaskStatus) -> Task {
    let client = ClientId::from_parts(at(), 3);
    let task = Task::follow_up(
        TaskId::from_parts(at(), 4),
        client,
        FollowUpType::Day1,
        at(),
        at(),
    );
    Task { status, ..task }
}

/// The line that a step of a follow-up makes, if a person or a job takes it.
fn of_follow_up(old: Option<&Task>, new: &Task, depth: u8) -> Option<Activity> {
    let step = task_steps(old, new).remove(0);
    let mut told = event(step, SubjectKind::Task, new.id.to_string());
    told.causation.depth = depth;
    Activity::of(&told)
}

#[test]
fn a_task_is_told_of_in_the_timeline_of_what_it_is_about() {
    let (pending, done) = (
        follow_up(TaskStatus::Pending),
        follow_up(TaskStatus::Completed),
    );

    let line = of_follow_up(Some(&pending), &done, 0).unwrap();

    assert_eq!(line.about, pending.record);
    assert_eq!(line.title, "First follow-up done");
    assert_eq!(line.data["followUpType"], "day_1");
    assert_eq!(line.kind.seen_with(), Some(Permission::TasksRead));
    let about_nothing = Task {
        record: None,
        ..done
    };
    assert_eq!(of_follow_up(Some(&pending), &about_nothing, 0), None);
}

#[test]
fn what_jobs_plan_and_cancel_makes_no_line() {
    let (pending, cancelled) = (
        follow_up(TaskStatus::Pending),
        follow_up(TaskStatus::Cancelled),
    );

    assert_eq!(of_follow_up(None, &pending, 1), None);
    assert_eq!(of_follow_up(Some(&pending), &cancelled, 1), None);
    let title = |line: Option<Activity>| line.unwrap().title;
    assert_eq!(
        title(of_follow_up(None, &pending, 0)),
        "First follow-up planned"
    );
    assert_eq!(
        title(of_follow_up(Some(&pending), &cancelled, 0)),
        "First follow-up cancelled"
    );
}

#[test]
fn an_email_is_told_of_in_the_timeline_of_its_client() {
    let client = ClientId::from_parts(at(), 3);
    let fact = EmailFact {
        client_id: client,
        task_id: None,
        follow_up_type: FollowUpType::Week1,
        assigned_to: None,
        sent_at: Some(at()),
    };
    let id = "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned();
    let step = (Fact::EmailOpened(fact), BTreeMap::new());

    let line = Activity::of(&event(step, SubjectKind::Email, id.clone())).unwrap();

    assert_eq!(line.about, Some(RecordRef::Client(client)));
    assert_eq!(line.title, "E-mail opened");
    assert_eq!(line.data["emailId"], json!(id));
    assert_eq!(line.kind.seen_with(), Some(Permission::EmailsRead));
}

#[test]
fn lines_come_of_the_events_that_make_one() {
    let sources = ActivityType::sources();

    assert!(sources.contains(&EventType::DealStatusChanged));
    assert!(!sources.contains(&EventType::DocumentAnnounced));
    let made: BTreeSet<_> = sources
        .iter()
        .filter_map(|event| ActivityType::of(*event))
        .collect();
    // The team and its settings make the same line.
    assert_eq!(made.len(), sources.len() - 1);
    let all = ActivityType::ALL.iter().copied();
    // The others somebody writes by hand, or who takes in what is sent in.
    let of_itself = |kind: &ActivityType| kind.is_logged() || *kind == ActivityType::LeadAskedAgain;
    let of_events: Vec<_> = all.filter(|kind| !of_itself(kind)).collect();
    assert_eq!(made.into_iter().collect::<Vec<_>>(), of_events);
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
        for line in activities(Some(&old), &new) {
            for id in line.data["tagIds"].as_array().unwrap() {
                let id = id.as_str().unwrap().to_owned();
                let changed = if line.kind == ActivityType::LeadTagged {
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
