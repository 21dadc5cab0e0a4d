//! Changes as DynamoDB's stream hands them over, and the reply that says from where to hand them over again.

use crate::guard::{Panicked, guarded};
use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};
use plat_registry::{App, Job};
use plat_store::{Change, Item};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Instant;

/// A batch of changes of one shard, oldest first.
#[derive(Deserialize)]
struct StreamEvent {
    #[serde(rename = "Records")]
    records: Vec<Record>,
}

#[derive(Deserialize)]
struct Record {
    dynamodb: Images,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Images {
    sequence_number: String,
    old_image: Option<Value>,
    new_image: Option<Value>,
}

/// What is to be handed over again.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct BatchReply {
    batch_item_failures: Vec<Failed>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Failed {
    item_identifier: String,
}

/// Has `job` work changes until Lambda ends the process.
pub(crate) async fn serve(app: Arc<App>, job: Job) -> Result<(), Error> {
    let job = Arc::new(job);
    let service = service_fn(move |event: LambdaEvent<StreamEvent>| {
        let (app, job) = (app.clone(), job.clone());
        Box::pin(async move { Ok::<_, Infallible>(work_batch(&app, &job, event.payload).await) })
    });
    Runtime::new(service).run().await
}

/// Works changes in their order and stops at the first that fails: one record's changes must not overtake each other,
/// and Lambda hands over everything from the failed change on.
async fn work_batch(app: &Arc<App>, job: &Job, event: StreamEvent) -> BatchReply {
    let started = Instant::now();
    let operation = job.operation;
    let records = event.records.len();
    let mut worked: usize = 0;
    let mut reply = BatchReply::default();
    for record in event.records {
        let sequence = record.dynamodb.sequence_number.clone();
        if let Err(reason) = work(app, job, record.dynamodb).await {
            tracing::error!(
                operation,
                sequence,
                reason,
                "{operation}: a change failed: {reason}"
            );
            reply.batch_item_failures.push(Failed {
                item_identifier: sequence,
            });
            break;
        }
        worked += 1;
    }
    let duration_us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    tracing::info!(
        operation,
        records,
        worked,
        duration_us,
        "{operation} {worked}/{records}"
    );
    reply
}

async fn work(app: &Arc<App>, job: &Job, images: Images) -> Result<(), String> {
    let item = |image: Option<Value>| {
        image
            .map(Item::from_dynamo_json)
            .transpose()
            .map_err(|error| error.to_string())
    };
    let change = Change {
        sequence: images.sequence_number,
        old: item(images.old_image)?,
        new: item(images.new_image)?,
    };
    match guarded(job.run(app, &change)).await {
        Ok(outcome) => outcome.map_err(|failure| failure.0),
        Err(Panicked) => Err("it panicked".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::app;
    use std::sync::Mutex;

    const EVENT: &str = include_str!("../../../events/search.index/stream.json");

    type Seen = Arc<Mutex<Vec<String>>>;

    /// A job that notes which changes of leads it saw, and fails, or panics, at the one with this sequence.
    fn job(seen: &Seen, fails_at: Option<&'static str>, panics: bool) -> Job {
        let seen = seen.clone();
        Job::on_change("search.index", &["lead"], move |_, change| {
            let seen = seen.clone();
            async move {
                if fails_at == Some(change.sequence.as_str()) {
                    assert!(!panics, "ouch");
                    return Err("no luck".into());
                }
                let side = |item: &Option<Item>| if item.is_some() { "x" } else { "-" };
                let seq = change
                    .sequence
                    .trim_start_matches("10")
                    .trim_start_matches('0');
                let noted = format!("{seq}{}{}", side(&change.old), side(&change.new));
                seen.lock().unwrap().push(noted);
                Ok(())
            }
        })
    }

    fn work(fails_at: Option<&'static str>, panics: bool) -> (BatchReply, Vec<String>) {
        let seen = Seen::default();
        let event = serde_json::from_str(EVENT).unwrap();
        let job = job(&seen, fails_at, panics);
        let reply = futures::executor::block_on(work_batch(&app(), &job, event));
        let seen = seen.lock().unwrap().clone();
        (reply, seen)
    }

    #[test]
    fn a_job_sees_the_changes_of_its_kinds_in_order() {
        let (reply, seen) = work(None, false);
        assert_eq!(seen, ["1-x", "2xx", "5x-"]);
        assert_eq!(
            serde_json::to_string(&reply).unwrap(),
            r#"{"batchItemFailures":[]}"#
        );
    }

    #[test]
    fn a_batch_stops_at_the_first_change_that_fails() {
        for panics in [false, true] {
            let (reply, seen) = work(Some("100000000000000000002"), panics);
            assert_eq!(seen, ["1-x"]);
            assert_eq!(
                serde_json::to_string(&reply).unwrap(),
                r#"{"batchItemFailures":[{"itemIdentifier":"100000000000000000002"}]}"#
            );
        }
    }

    #[test]
    fn a_change_that_does_not_read_fails_under_its_sequence() {
        let event = r#"{"Records":[{"dynamodb":{"SequenceNumber":"7","NewImage":{"PK":"bare"}}}]}"#;
        let event = serde_json::from_str(event).unwrap();
        let job = job(&Seen::default(), None, false);
        let reply = futures::executor::block_on(work_batch(&app(), &job, event));
        assert_eq!(reply.batch_item_failures.len(), 1);
        assert_eq!(reply.batch_item_failures[0].item_identifier, "7");
    }
}
