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
            let refused = |(entry, result): (
                _,
                &aws_sdk_eventbridge::types::PutEventsResultEntry,
            )| Some((entry, result.error_code()?.to_owned()));
            let left: Vec<_> = entries
                .into_iter()
                .zip(reply.entries())
                .filter_map(refused)
                .collect();
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
