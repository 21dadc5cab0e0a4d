//! Carries changes from the table's stream to the jobs that follow them.
//!
//! A change that a job cannot work is tried again, then set aside with its reason, so that it does not hold up those
//! behind it. The position in the stream is kept, so that a restart goes on where the last run stopped.

use crate::engine::{ChangeReader, Engine, EngineError};
use crate::host::TABLE;
use plat_registry::{App, Job};
use plat_store::{Change, Item};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Changes read at a time.
const BATCH: usize = 100;

/// How often a job tries a change before it is set aside.
const TRIES: u32 = 5;

/// A change that a job could not work.
#[derive(Debug, Clone)]
pub struct DeadLetter {
    /// The job.
    pub operation: &'static str,
    /// Its place in the stream.
    pub sequence: String,
    /// The kind of record.
    pub kind: String,
    /// Why it failed the last time.
    pub reason: String,
}

/// The jobs and where they are in the stream.
pub struct Pump {
    jobs: Vec<Job>,
    reader: tokio::sync::Mutex<ChangeReader>,
    position: Option<PathBuf>,
    dead: Mutex<Vec<DeadLetter>>,
}

impl Pump {
    pub(crate) fn new(engine: &Engine, jobs: Vec<Job>, data: Option<&PathBuf>) -> Self {
        let position = data.map(|folder| folder.join("stream-position"));
        let after = position
            .as_ref()
            .and_then(|path| std::fs::read_to_string(path).ok())
            .filter(|text| !text.is_empty());
        Self {
            jobs,
            reader: tokio::sync::Mutex::new(engine.changes().after(after)),
            position,
            dead: Mutex::default(),
        }
    }

    /// Works every change there is, and those that this causes; returns how many.
    pub async fn drain(&self, app: &Arc<App>) -> Result<usize, EngineError> {
        // One at a time: the lock also makes a second caller wait until the first has drained.
        let mut reader = self.reader.lock().await;
        let mut worked = 0;
        loop {
            let batch = reader.next_batch(TABLE, BATCH).await?;
            let Some(last) = batch.last().map(|record| record.sequence.clone()) else {
                return Ok(worked);
            };
            worked += batch.len();
            for record in batch {
                let read = |image: Option<serde_json::Value>| {
                    image.map(Item::from_dynamo_json).transpose()
                };
                match (read(record.old), read(record.new)) {
                    (Ok(old), Ok(new)) => {
                        self.work(
                            app,
                            &Change {
                                sequence: record.sequence,
                                old,
                                new,
                            },
                        )
                        .await
                    }
                    (Err(error), _) | (_, Err(error)) => {
                        tracing::error!(%error, "a change does not read")
                    }
                }
            }
            if let Some(path) = &self.position
                && let Err(error) = tokio::fs::write(path, last).await
            {
                tracing::warn!(%error, "the position in the stream was not kept; jobs will see some changes again");
            }
        }
    }

    /// What could not be worked since the host started.
    pub fn dead_letters(&self) -> Vec<DeadLetter> {
        self.dead
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    async fn work(&self, app: &Arc<App>, change: &Change) {
        for job in &self.jobs {
            let mut tries = 0;
            while let Err(failure) = job.run(app, change).await {
                tries += 1;
                if tries == TRIES {
                    tracing::error!(
                        operation = job.operation,
                        reason = failure.0,
                        sequence = change.sequence,
                        "a change was set aside"
                    );
                    self.dead
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .push(DeadLetter {
                            operation: job.operation,
                            sequence: change.sequence.clone(),
                            kind: change.kind().to_owned(),
                            reason: failure.0,
                        });
                    break;
                }
                tokio::time::sleep(Duration::from_millis(20 << tries)).await;
            }
        }
    }
}
