//! The queues of jobs: putting messages in, and seeing how full they are.

use async_trait::async_trait;
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;
use thiserror::Error;

/// A queue takes so many messages at a time.
const MAX_ENTRIES: usize = 10;

/// How often messages that a queue did not take are sent again.
const TRIES: u32 = 4;

/// A queue did not do what was asked of it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum QueueError {
    /// Trying again may help.
    #[error("the queue of {0} did not answer: {1}")]
    Unavailable(String, String),
    /// The function does not know the queue of this job.
    #[error("this function was not granted the queue of {0}")]
    Unknown(String),
}

/// How full a queue is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueDepth {
    /// The job whose queue it is.
    pub job: String,
    /// Messages that wait.
    pub waiting: u64,
    /// Messages that are being worked, or wait to be tried again.
    pub in_flight: u64,
    /// Messages that were set aside.
    pub dead: u64,
}

/// Reaches queues.
#[async_trait]
pub trait Queues: Send + Sync {
    /// Puts messages into the queue of `job`. After a failure some may be in.
    async fn send(&self, job: &str, messages: &[Value]) -> Result<(), QueueError>;

    /// How full every queue is.
    async fn depths(&self) -> Result<Vec<QueueDepth>, QueueError>;
}

/// Amazon SQS.
pub struct Sqs {
    client: aws_sdk_sqs::Client,
    urls: BTreeMap<String, String>,
}

impl Sqs {
    /// Reaches the queues at `urls`, each under the name of its job. What a queue sets aside is in a queue named after it
    /// with `-dead` behind.
    pub fn new(client: aws_sdk_sqs::Client, urls: BTreeMap<String, String>) -> Self {
        Self { client, urls }
    }

    async fn counts(&self, job: &str, url: &str) -> Result<(u64, u64), QueueError> {
        use aws_sdk_sqs::types::QueueAttributeName as Name;
        let reply = self
            .client
            .get_queue_attributes()
            .queue_url(url)
            .attribute_names(Name::ApproximateNumberOfMessages)
            .attribute_names(Name::ApproximateNumberOfMessagesNotVisible)
            .send()
            .await
            .map_err(|error| QueueError::Unavailable(job.to_owned(), format!("{error:?}")))?;
        let count = |name: Name| {
            reply
                .attributes()
                .and_then(|attributes| attributes.get(&name)?.parse().ok())
                .unwrap_or_default()
        };
        Ok((
            count(Name::ApproximateNumberOfMessages),
            count(Name::ApproximateNumberOfMessagesNotVisible),
        ))
    }
}

#[async_trait]
impl Queues for Sqs {
    async fn send(&self, job: &str, messages: &[Value]) -> Result<(), QueueError> {
        use aws_sdk_sqs::types::SendMessageBatchRequestEntry as Entry;
        let broken = |reason: &dyn std::fmt::Debug| {
            QueueError::Unavailable(job.to_owned(), format!("{reason:?}"))
        };
        let url = self
            .urls
            .get(job)
            .ok_or_else(|| QueueError::Unknown(job.to_owned()))?;
        for chunk in messages.chunks(MAX_ENTRIES) {
            let mut entries = chunk
                .iter()
                .enumerate()
                .map(|(nth, message)| {
                    Entry::builder()
                        .id(nth.to_string())
                        .message_body(message.to_string())
                        .build()
                        .map_err(|error| broken(&error))
                })
                .collect::<Result<Vec<_>, _>>()?;
            let mut tries = 0;
            while !entries.is_empty() {
                let reply = self
                    .client
                    .send_message_batch()
                    .queue_url(url)
                    .set_entries(Some(entries.clone()))
                    .send()
                    .await
                    .map_err(|error| broken(&error))?;
                let Some(first) = reply.failed().first() else {
                    break;
                };
                tries += 1;
                if tries == TRIES {
                    return Err(broken(&first.code()));
                }
                let left: Vec<_> = reply.failed().iter().map(|failed| failed.id()).collect();
                entries.retain(|entry| left.contains(&entry.id()));
                tokio::time::sleep(Duration::from_millis(50 << tries)).await;
            }
        }
        Ok(())
    }

    async fn depths(&self) -> Result<Vec<QueueDepth>, QueueError> {
        let mut depths = Vec::with_capacity(self.urls.len());
        for (job, url) in &self.urls {
            let (waiting, in_flight) = self.counts(job, url).await?;
            let (dead, redriven) = self.counts(job, &format!("{url}-dead")).await?;
            depths.push(QueueDepth {
                job: job.clone(),
                waiting,
                in_flight,
                dead: dead + redriven,
            });
        }
        Ok(depths)
    }
}
