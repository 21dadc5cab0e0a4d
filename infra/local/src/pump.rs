//! Carries changes and messages to the jobs that follow them.
//!
//! A piece of work that a job cannot do is tried again, then set aside with its reason, so that it does not hold up those
//! behind it. The position in the stream is kept, so that a restart goes on where the last run stopped.

use crate::apps::Apps;
use crate::engine::{ChangeReader, Engine, EngineError, StreamRecord};
use crate::host::TABLE;
use crate::queues::{LocalQueues, Message, QueueFileError};
use futures::future::{join_all, try_join_all};
use plat_registry::{Delivery, Job, Payload, Source};
use plat_store::{Change, Item};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;

/// Changes read at a time.
const BATCH: usize = 200;

/// How often a piece of work is tried before it is set aside.
const TRIES: u32 = 5;

/// Batches of one queue that are worked at a time.
const AT_ONCE: u32 = 4;

/// Why nothing was carried.
#[derive(Debug, Error)]
pub enum PumpError {
    /// The stream.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The queues.
    #[error(transparent)]
    Queues(#[from] QueueFileError),
}

/// The jobs and where they are in the stream.
pub(crate) struct Pump {
    jobs: Vec<Job>,
    apps: Arc<Apps>,
    queues: Arc<LocalQueues>,
    reader: tokio::sync::Mutex<ChangeReader>,
    position: Option<PathBuf>,
}

impl Pump {
    pub(crate) fn new(
        engine: &Engine,
        jobs: Vec<Job>,
        (apps, queues): (Arc<Apps>, Arc<LocalQueues>),
        data: Option<&PathBuf>,
    ) -> Self {
        let position = data.map(|folder| folder.join("stream-position"));
        let after = position
            .as_ref()
            .and_then(|path| std::fs::read_to_string(path).ok())
            .filter(|text| !text.is_empty());
        Self {
            jobs,
            apps,
            queues,
            reader: tokio::sync::Mutex::new(engine.changes().after(after)),
            position,
        }
    }

    /// Works every change and message there is, and those that this causes; returns how many.
    pub(crate) async fn drain(&self) -> Result<usize, PumpError> {
        // One at a time: the lock also makes a second caller wait until the first has drained.
        let mut reader = self.reader.lock().await;
        let mut worked = 0;
        loop {
            let before = reader.clone();
            let batch = reader.next_batch(TABLE, BATCH).await?;
            let changes = batch.len();
            if let Some(last) = batch.last().map(|record| record.sequence.clone()) {
                if let Err(error) = self.work_changes(batch).await {
                    *reader = before;
                    return Err(error);
                }
                self.keep_position(last).await;
            }
            let messages = self.work_messages().await?;
            worked += changes + messages;
            if changes + messages == 0 {
                return Ok(worked);
            }
        }
    }

    async fn keep_position(&self, last: String) {
        if let Some(path) = &self.position
            && let Err(error) = tokio::fs::write(path, last).await
        {
            tracing::warn!(%error, "the position in the stream was not kept; jobs will see some changes again");
        }
    }

    /// Has every job that follows the stream work the same changes.
    async fn work_changes(&self, batch: Vec<StreamRecord>) -> Result<(), PumpError> {
        let bodies: Vec<String> = batch.into_iter().map(|record| body(&record)).collect();
        let followers = self
            .jobs
            .iter()
            .filter(|job| matches!(job.source, Source::Changes { .. }));
        try_join_all(followers.map(|job| self.follow(job, &bodies))).await?;
        Ok(())
    }

    /// Has one job work changes in their order. Once some fail, they are handed over one by one, until the one that cannot
    /// be worked is set aside.
    async fn follow(&self, job: &Job, bodies: &[String]) -> Result<(), PumpError> {
        let mut rest: Vec<Delivery> = bodies.iter().map(|body| change(body)).collect();
        let mut texts = bodies;
        let (mut most, mut tries) = (rest.len(), 0);
        while !rest.is_empty() {
            let handed: Vec<_> = rest.iter().take(most).cloned().collect();
            let count = handed.len();
            let failed = job.run(self.apps.of(job.operation), handed, None).await;
            let Some(failed) = failed.into_iter().next() else {
                rest.drain(..count);
                texts = texts.get(count..).unwrap_or_default();
                (most, tries) = (rest.len(), 0);
                continue;
            };
            let before = rest.iter().position(|one| one.id == failed.id);
            let before = before.unwrap_or_default();
            rest.drain(..before);
            texts = texts.get(before..).unwrap_or_default();
            (most, tries) = (1, if before == 0 { tries + 1 } else { 1 });
            if tries < TRIES {
                tokio::time::sleep(Duration::from_millis(20 << tries)).await;
                continue;
            }
            let reason = failed.failure.0;
            let (operation, sequence) = (job.operation, failed.id);
            tracing::error!(operation, reason, sequence, "a change was set aside");
            self.queues
                .set_aside(operation, texts.first().map_or("", String::as_str), &reason)?;
            rest.drain(..1);
            texts = texts.get(1..).unwrap_or_default();
            (most, tries) = (rest.len(), 0);
        }
        Ok(())
    }

    /// Works what waits in the queues when this begins; returns how much that was.
    async fn work_messages(&self) -> Result<usize, PumpError> {
        let worked = try_join_all(self.jobs.iter().map(|job| self.work_queue(job))).await?;
        Ok(worked.into_iter().sum())
    }

    async fn work_queue(&self, job: &Job) -> Result<usize, PumpError> {
        let mut worked = 0;
        loop {
            let mut batches = Vec::new();
            for _ in 0..job.concurrency.clamp(1, AT_ONCE) {
                let batch = self.queues.take(job.operation, job.batch)?;
                if batch.is_empty() {
                    break;
                }
                batches.push(batch);
            }
            if batches.is_empty() {
                return Ok(worked);
            }
            worked += batches.iter().map(Vec::len).sum::<usize>();
            let outcomes =
                join_all(batches.into_iter().map(|batch| self.work_batch(job, batch))).await;
            for outcome in outcomes {
                outcome?;
            }
        }
    }

    async fn work_batch(&self, job: &Job, batch: Vec<Message>) -> Result<(), QueueFileError> {
        let mut ids: Vec<i64> = batch.iter().map(|message| message.id).collect();
        let deliveries = batch.iter().map(|message| delivery(job, message)).collect();
        let mut again = false;
        let app = self.apps.of(job.operation);
        for failed in job.run(app, deliveries, None).await {
            let Ok(id) = failed.id.parse::<i64>() else {
                continue;
            };
            ids.retain(|done| *done != id);
            let reason = failed.failure.0;
            if self.queues.failed(id, &reason, TRIES)? {
                again = true;
            } else {
                let operation = job.operation;
                tracing::error!(operation, reason, message = id, "a message was set aside");
            }
        }
        self.queues.done(&ids)?;
        if again {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }
}

/// A change as text, so that it can be set aside and worked later.
fn body(record: &StreamRecord) -> String {
    json!({"sequence": record.sequence, "old": record.old, "new": record.new}).to_string()
}

fn change(body: &str) -> Delivery {
    let mut record: Value = serde_json::from_str(body).unwrap_or_default();
    let sequence = record
        .get("sequence")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    let mut item = |name: &str| match record.get_mut(name).map(Value::take) {
        None | Some(Value::Null) => Ok(None),
        Some(image) => Item::from_dynamo_json(image).map(Some),
    };
    let payload = match (item("old"), item("new")) {
        (Ok(old), Ok(new)) => Payload::Change(Box::new(Change {
            sequence: sequence.clone(),
            old,
            new,
        })),
        (Err(error), _) | (_, Err(error)) => Payload::Unreadable(error.to_string()),
    };
    Delivery {
        id: sequence,
        payload,
    }
}

/// A message as its job is handed it. One of a job that follows the stream was set aside and put back.
fn delivery(job: &Job, message: &Message) -> Delivery {
    let payload = match job.source {
        Source::Changes { .. } => change(&message.body).payload,
        Source::Events { .. } | Source::Files { .. } | Source::Mail | Source::Messages => {
            Payload::Message(message.body.clone())
        }
        Source::Schedule(_) => match message.body.parse() {
            Ok(due) => Payload::Tick(due),
            Err(_) => Payload::Unreadable("its time does not read".to_owned()),
        },
    };
    Delivery {
        id: message.id.to_string(),
        payload,
    }
}
