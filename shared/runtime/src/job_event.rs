//! Work as DynamoDB's stream, SQS and EventBridge Scheduler hand it over, and the reply that says what to hand over again.

use crate::deadline;
use crate::metrics::{Metrics, Outcome};
use jiff::Timestamp;
use lambda_runtime::{Diagnostic, Error, LambdaEvent, Runtime, service_fn};
use plat_registry::{App, Delivery, Failed, Job, JobFailure, Payload, Source};
use plat_store::{Change, Item, metered};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;
use std::time::Instant;

/// Changes or messages; the names of their parts do not overlap.
#[derive(Deserialize)]
struct Batch {
    #[serde(rename = "Records")]
    records: Vec<Record>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    dynamodb: Option<Images>,
    message_id: Option<String>,
    body: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Images {
    sequence_number: String,
    old_image: Option<Value>,
    new_image: Option<Value>,
}

/// What the scheduler sends.
#[derive(Deserialize)]
struct Tick {
    time: Timestamp,
}

/// What a rule on the bus sends.
#[derive(Deserialize)]
struct Envelope {
    detail: Value,
}

/// What is to be handed over again.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct BatchReply {
    batch_item_failures: Vec<Again>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Again {
    item_identifier: String,
}

/// Has `job` work until Lambda ends the process.
pub(crate) async fn serve(app: Arc<App>, job: Job, metrics: Metrics) -> Result<(), Error> {
    let (job, metrics) = (Arc::new(job), Arc::new(metrics));
    let service = service_fn(move |event: LambdaEvent<Value>| {
        let (app, job, metrics) = (app.clone(), job.clone(), metrics.clone());
        Box::pin(async move {
            let until = deadline::of(&event.context, app.clock.now());
            work(&app, &job, &metrics, event.payload, until).await
        })
    });
    Runtime::new(service).run().await
}

async fn work(
    app: &Arc<App>,
    job: &Job,
    metrics: &Metrics,
    event: Value,
    until: Option<Instant>,
) -> Result<BatchReply, Diagnostic> {
    let started = Instant::now();
    let operation = job.operation;
    let batch = read(job.source, event)
        .map_err(|reason| failure("Unreadable", format!("the event does not read: {reason}")))?;
    let records = batch.len();
    let ids: Vec<String> = batch.iter().map(|delivery| delivery.id.clone()).collect();
    let (worked, cost) = metered(deadline::within(until, job.run(app, batch, until))).await;
    // What was worked of a batch that took too long is not known; it does no harm to work it again.
    let failed = worked.unwrap_or_else(|| {
        let late = |id| Failed {
            id,
            failure: JobFailure("it took too long".to_owned()),
        };
        ids.into_iter().map(late).collect()
    });
    let outcome = Outcome {
        operation,
        requests: records,
        errors: failed.len(),
        duration: started.elapsed(),
        cost,
    };
    report(&outcome, &failed);
    metrics.write(&outcome, app.clock.now());
    if matches!(job.source, Source::Schedule(_)) && !failed.is_empty() {
        return Err(failure("Failed", format!("{operation} failed")));
    }
    let again = failed.into_iter().map(|failed| Again {
        item_identifier: failed.id,
    });
    Ok(BatchReply {
        batch_item_failures: again.collect(),
    })
}

/// A failure of the whole invocation, as Lambda tells it to whoever waits and to its own retries.
fn failure(kind: &str, error_message: String) -> Diagnostic {
    Diagnostic {
        error_type: format!("Job.{kind}"),
        error_message,
    }
}

fn report(outcome: &Outcome, failed: &[Failed]) {
    let (operation, records) = (outcome.operation, outcome.requests);
    for Failed { id, failure } in failed {
        let reason = failure.0.as_str();
        tracing::error!(operation, id, reason, "{operation}: {id} failed: {reason}");
    }
    let duration_us = u64::try_from(outcome.duration.as_micros()).unwrap_or(u64::MAX);
    let used = outcome.cost.to_string();
    let failures = outcome.errors;
    tracing::info!(
        operation,
        records,
        failures,
        duration_us,
        cost = used,
        "{operation} {records} records, {failures} failures"
    );
}

fn read(source: Source, event: Value) -> Result<Vec<Delivery>, serde_json::Error> {
    if let Source::Schedule(_) = source {
        let Tick { time } = serde_json::from_value(event)?;
        return Ok(vec![Delivery {
            id: time.to_string(),
            payload: Payload::Tick(time),
        }]);
    }
    let Batch { records } = serde_json::from_value(event)?;
    Ok(records
        .into_iter()
        .map(|record| match record.dynamodb {
            Some(images) => Delivery {
                id: images.sequence_number.clone(),
                payload: change(images),
            },
            None => Delivery {
                id: record.message_id.unwrap_or_default(),
                payload: message(source, record.body.unwrap_or_default()),
            },
        })
        .collect())
}

fn change(images: Images) -> Payload {
    let item = |image: Option<Value>| image.map(Item::from_dynamo_json).transpose();
    match (item(images.old_image), item(images.new_image)) {
        (Ok(old), Ok(new)) => Payload::Change(Box::new(Change {
            sequence: images.sequence_number,
            old,
            new,
        })),
        (Err(error), _) | (_, Err(error)) => Payload::Unreadable(error.to_string()),
    }
}

/// A message as the job reads it: an event without the envelope that the bus put around it.
fn message(source: Source, body: String) -> Payload {
    match source {
        Source::Events { .. } => match serde_json::from_str::<Envelope>(&body) {
            Ok(envelope) => Payload::Message(envelope.detail.to_string()),
            Err(_) => Payload::Unreadable("the message is no event of the bus".to_owned()),
        },
        // What happened to a file or to mail is told in part by the envelope.
        Source::Changes { .. }
        | Source::Files { .. }
        | Source::Mail
        | Source::Messages
        | Source::Schedule(_) => Payload::Message(body),
    }
}

#[cfg(test)]
mod tests;
