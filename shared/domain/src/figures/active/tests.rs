use jiff::SignedDuration;

use super::super::tests::{start, told, user};
use super::*;
use crate::event::{NoteFact, SessionFact, SubjectKind, UserFact};
use crate::{Deal, DealId, LeadId, Line, RecordRef, deal_steps};

fn event(fact: Fact) -> Event {
    let steps = vec![(fact, BTreeMap::new())];
    told(SubjectKind::Note, String::new(), steps, start()).remove(0)
}

fn note() -> Fact {
    let record = RecordRef::Lead(LeadId::first_at(start()));
    Fact::NoteAdded(NoteFact { record })
}

#[test]
fn who_changes_something_is_active_on_that_day() {
    let day = "2026-03-02".parse().unwrap();
    assert_eq!(active_on(&event(note())), Some((day, user(0))));

    let session = Fact::SessionStarted(SessionFact::default());
    assert_eq!(active_on(&event(session)), None);
    assert_eq!(active_on(&event(Fact::UserUpdated(UserFact {}))), None);
}

#[test]
fn what_follows_from_an_event_is_nobodys_work() {
    let mut follows = event(note());
    follows.causation.depth = 1;
    assert_eq!(active_on(&follows), None);

    let mut alone = event(note());
    alone.team_id = None;
    assert_eq!(active_on(&alone), None);
}

#[test]
fn a_deal_whose_documents_were_counted_was_not_worked_on() {
    let id = DealId::first_at(start());
    let old = Deal::new(id, Line::parse("12 Elm St").unwrap(), start());
    let is_work = |change: fn(&mut Deal)| {
        let mut new = old.clone();
        change(&mut new);
        let (fact, _) = deal_steps(Some(&old), &new).remove(0);
        active_on(&event(fact)).is_some()
    };

    assert!(!is_work(|deal| deal.documents = 1));
    assert!(is_work(|deal| {
        deal.property_address = Line::parse("9 Oak Ave").unwrap();
    }));
}

#[test]
fn a_person_is_counted_once_in_each_week_of_seven_days() {
    let day = |ago: i64| day_of(start() - SignedDuration::from_hours(24 * ago));
    let days = BTreeMap::from([
        (day(0), BTreeSet::from([user(1), user(2)])),
        (day(6), BTreeSet::from([user(1), user(3)])),
        (day(7), BTreeSet::from([user(1)])),
        (day(14), BTreeSet::from([user(1)])),
    ]);

    let told = weeks(&days, day(0), 2);

    let week = |from, to, active| Week {
        from: day(from),
        to: day(to),
        active,
    };
    assert_eq!(told, [week(13, 7, 1), week(6, 0, 3)]);
}
