//! The bus that carries domain events to who follows them.

use async_trait::async_trait;
use plat_domain::Event;
use std::time::Duration;
use thiserror::Error;

/// Who publishes, as rules on the bus know it.
pub const EVENT_SOURCE: &str = "plat";

/// An entry may have 256 KB with everything around it. What is larger loses the values of its changed fields.
const MAX_DETAIL: usize = 240 * 1024;

/// The bus takes so many entries, and so many bytes, at a time.
const MAX_ENTRIES: usize = 10;
const MAX_REQUEST: usize = 250 * 1024;

/// How often entries that the bus did not take are sent again.
const TRIES: u32 = 4;

/// The bus did not take an event. Trying again may help.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the event bus did not take {left} events: {reason}")]
pub struct BusError {
    /// How many.
    pub left: usize,
    /// Why.
    pub reason: String,
}

/// Carries events.
#[async_trait]
pub trait Bus: Send + Sync {
    /// Hands all of `events` over. After a failure some may have been taken; handing them over again does no harm,
    /// since each has its id.
    async fn publish(&self, events: &[Event]) -> Result<(), BusError>;
}

/// The event as the bus carries it.
pub fn detail(event: &Event) -> serde_json::Result<String> {
    let text = serde_json::to_string(event)?;
    if text.len() <= MAX_DETAIL {
        return Ok(text);
    }
    let mut lean = event.clone();
    for change in lean.changes.values_mut() {
        *change = plat_domain::FieldChange::default();
    }
    serde_json::to_string(&lean)
}

/// The entries that have an error code, with it; the bus answers them in the order in which they were sent.
fn not_taken<'a, E>(
    entries: Vec<E>,
    codes: impl Iterator<Item = Option<&'a str>>,
) -> Vec<(E, String)> {
    entries
        .into_iter()
        .zip(codes)
        .filter_map(|(entry, code)| Some((entry, code?.to_owned())))
        .collect()
}

/// Amazon EventBridge.
pub struct EventBridge {
    client: aws_sdk_eventbridge::Client,
    bus: String,
}

impl EventBridge {
    /// Publishes on the bus of this name.
    pub fn new(client: aws_sdk_eventbridge::Client, bus: String) -> Self {
        Self { client, bus }
    }

    /// Sends entries, and those again that were not taken.
    async fn send(
        &self,
        mut entries: Vec<aws_sdk_eventbridge::types::PutEventsRequestEntry>,
    ) -> Result<(), BusError> {
        let mut tries = 0;
        loop {
            let failed = |left, reason| Err(BusError { left, reason });
            let sent = self
                .client
                .put_events()
                .set_entries(Some(entries.clone()))
                .send()
                .await;
            let reply = match sent {
                Ok(reply) => reply,
                Err(error) => return failed(entries.len(), format!("{error:?}")),
            };
            let codes = reply.entries().iter().map(|result| result.error_code());
            let left = not_taken(entries, codes);
            let Some((_, reason)) = left.first() else {
                return Ok(());
            };
            tries += 1;
            if tries == TRIES {
                return failed(left.len(), reason.clone());
            }
            tokio::time::sleep(Duration::from_millis(50 << tries)).await;
            entries = left.into_iter().map(|(entry, _)| entry).collect();
        }
    }
}

#[async_trait]
impl Bus for EventBridge {
    async fn publish(&self, events: &[Event]) -> Result<(), BusError> {
        let mut waiting = Vec::new();
        let mut bytes = 0;
        for event in events {
            let detail = detail(event).map_err(|error| BusError {
                left: events.len(),
                reason: error.to_string(),
            })?;
            if waiting.len() == MAX_ENTRIES || bytes + detail.len() > MAX_REQUEST {
                self.send(std::mem::take(&mut waiting)).await?;
                bytes = 0;
            }
            bytes += detail.len();
            waiting.push(
                aws_sdk_eventbridge::types::PutEventsRequestEntry::builder()
                    .event_bus_name(&self.bus)
                    .source(EVENT_SOURCE)
                    .detail_type(event.fact.kind().as_str())
                    .detail(detail)
                    .build(),
            );
        }
        if waiting.is_empty() {
            return Ok(());
        }
        self.send(waiting).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plat_domain::event::UserFact;
    use plat_domain::{Actor, Causation, Fact, FieldChange, Id, Origin, Subject, SubjectKind};
    use serde_json::Value;

    fn event(note: &str) -> Event {
        let change = FieldChange {
            from: None,
            to: Some(Value::from(note)),
        };
        Event {
            id: Id::from_bits(1),
            fact: Fact::UserUpdated(UserFact {}),
            at: jiff::Timestamp::UNIX_EPOCH,
            team_id: None,
            actor: Actor {
                id: Id::from_bits(2),
                name: "Ann".to_owned(),
            },
            subject: Subject {
                kind: SubjectKind::User,
                id: "x".to_owned(),
                version: 1,
            },
            changes: [("note".to_owned(), change)].into(),
            origin: Origin::default(),
            causation: Causation {
                command_id: Id::from_bits(3),
                depth: 0,
            },
        }
    }

    #[test]
    fn an_event_that_is_too_large_keeps_the_names_of_what_changed() {
        let small = detail(&event("Hello")).unwrap();
        assert!(small.contains("Hello"));

        let large = detail(&event(&"x".repeat(MAX_DETAIL))).unwrap();

        assert!(large.len() < 2_000, "{}", large.len());
        let read: Event = serde_json::from_str(&large).unwrap();
        assert_eq!(read.changes["note"], FieldChange::default());
    }

    #[test]
    fn only_entries_with_an_error_are_sent_again() {
        let codes = [
            None,
            Some("ThrottlingException"),
            None,
            Some("InternalFailure"),
        ];
        let left = not_taken(vec!["a", "b", "c", "d"], codes.into_iter());
        assert_eq!(
            left,
            [
                ("b", "ThrottlingException".to_owned()),
                ("d", "InternalFailure".to_owned())
            ]
        );
    }
}
