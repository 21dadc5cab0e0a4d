//! What specs of the dashboard share: telling the jobs of e-mails that need not be there.

use jiff::Timestamp;
use plat_domain::event::EmailFact;
use plat_domain::{
    Actor, Causation, Event, EventId, Fact, FollowUpType, Id, Origin, Subject, SubjectKind, UserId,
};
use plat_services::Bus;
use plat_testing::{Someone, TestApp};
use std::collections::BTreeMap;

/// What was told of an e-mail to a client of `assignee`, sent at `sent_at`.
pub(crate) fn told(sent_at: Timestamp, assignee: Option<&Someone<'_>>) -> EmailFact {
    EmailFact {
        client_id: Id::from_bits(1),
        task_id: None,
        follow_up_type: FollowUpType::Day1,
        assigned_to: assignee.map(|who| who.id.parse::<UserId>().unwrap()),
        sent_at: Some(sent_at),
    }
}

/// Lets the jobs hear of e-mails of a team.
pub(crate) async fn tell(app: &TestApp, owner: &Someone<'_>, facts: Vec<Fact>) {
    let nth = app.now().as_millisecond();
    let events = facts.into_iter().zip(1_u128..).map(|(fact, n)| Event {
        id: EventId::from_parts(app.now(), n + nth.unsigned_abs() as u128),
        fact,
        at: app.now(),
        team_id: Some(owner.team.parse().unwrap()),
        actor: Actor {
            id: owner.id.parse().unwrap(),
            name: "Olive".to_owned(),
        },
        subject: Subject {
            kind: SubjectKind::Email,
            id: "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            version: 1,
        },
        changes: BTreeMap::new(),
        origin: Origin::default(),
        causation: Causation {
            command_id: Id::from_bits(n),
            depth: 1,
        },
    });
    let events: Vec<Event> = events.collect();
    app.host.queues.publish(&events).await.unwrap();
    app.settle().await;
}
