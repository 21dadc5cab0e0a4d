//! What `functions/audit` writes, and what shows when it is tampered with.

mod record;
mod verify;

use aws_sdk_dynamodb::types::AttributeValue;
use plat_domain::{Event, EventId};
use plat_registry::{Delivery, Job, Payload, Router};
use plat_services::bus::detail;
use plat_testing::{Answer, Someone, TestApp};
use serde_json::{Value, json};
use std::collections::HashMap;

/// An item as the table has it.
type Item = HashMap<String, AttributeValue>;

/// The audit log of somebody's team.
pub(crate) fn log_of(team: &str) -> String {
    format!("/api/teams/{team}/audit")
}

/// Every row of a list, page by page, once the jobs are done; and what the first page was answered with.
pub(crate) async fn walk(
    app: &TestApp,
    who: &Someone<'_>,
    path: &str,
    limit: usize,
) -> (Answer, Vec<Value>) {
    app.settle().await;
    let sign = if path.contains('?') { '&' } else { '?' };
    let path = format!("{path}{sign}limit={limit}");
    let first = who.get(&path).await.expect(200);
    let mut rows = Vec::new();
    let mut page = first.json();
    loop {
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= limit);
        rows.extend(items.iter().cloned());
        let Some(next) = page["nextCursor"].as_str() else {
            return (first, rows);
        };
        let next = format!("{path}&cursor={next}");
        page = who.get(&next).await.expect(200).json();
    }
}

/// The rows of a list.
pub(crate) async fn rows(app: &TestApp, who: &Someone<'_>, path: &str) -> Vec<Value> {
    walk(app, who, path, 100).await.1
}

/// One text of each row.
pub(crate) fn texts<'a>(rows: &'a [Value], pointer: &str) -> Vec<&'a str> {
    rows.iter()
        .map(|row| {
            row.pointer(pointer)
                .and_then(Value::as_str)
                .unwrap_or_default()
        })
        .collect()
}

/// What `verify-audit` says of these rows.
pub(crate) fn verified(rows: &[Value], head: Option<&str>) -> Result<String, String> {
    static CALLS: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let nth = CALLS.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let file = std::env::temp_dir().join(format!("plat-audit-{}-{nth}", std::process::id()));
    let lines: Vec<String> = rows.iter().map(Value::to_string).collect();
    std::fs::write(&file, lines.join("\n")).unwrap();
    let mut arguments = vec![file.to_str().unwrap()];
    if let Some(head) = head {
        arguments.extend(["--head", head]);
    }
    let said = plat_infra::verify_audit(&arguments);
    std::fs::remove_file(&file).unwrap();
    said
}

/// The items of a partition.
async fn partition(app: &TestApp, pk: &str) -> Vec<Item> {
    let found = app
        .host
        .client
        .query()
        .table_name("plat")
        .key_condition_expression("PK = :pk")
        .expression_attribute_values(":pk", AttributeValue::S(pk.to_owned()))
        .send()
        .await
        .unwrap();
    found.items.unwrap_or_default()
}

/// The events that were published of somebody's team.
fn told_of(app: &TestApp, team: &str) -> Vec<Event> {
    let of_team = |event: &Event| event.team_id.is_some_and(|id| id.to_string() == team);
    let events = app.host.queues.published().into_iter();
    events.filter(of_team).collect()
}

/// Has the job work these events as one batch; the number of those that it did not do.
async fn record(app: &TestApp, events: &[Event]) -> usize {
    let (_, jobs) = Router::new(plat_local::functions());
    let job = jobs.into_iter().find(is_audit).unwrap();
    let batch = events.iter().enumerate().map(|(nth, event)| Delivery {
        id: nth.to_string(),
        payload: Payload::Message(detail(event).unwrap()),
    });
    job.run(&app.host.app, batch.collect(), None).await.len()
}

fn is_audit(job: &Job) -> bool {
    job.operation == "audit.record"
}

/// Events that happened to nobody yet: as many tags as are asked for, made in a team.
fn made_up(app: &TestApp, team: &str, count: u32) -> Vec<Event> {
    let at = app.now();
    let event = |nth: u32| {
        let id = EventId::from_parts(at, u128::from(nth));
        let event = json!({
            "id": id, "type": "tag.created", "data": {"id": id, "name": format!("tag {nth}")}, "at": at,
            "teamId": team, "actor": {"id": id, "name": "Ann"},
            "subject": {"kind": "tag", "id": id, "version": 1},
            "changes": {"name": {"to": format!("tag {nth}")}},
            "causation": {"commandId": id},
        });
        serde_json::from_value(event).unwrap()
    };
    (1..=count).map(event).collect()
}

/// Gives a team so many rows that are nobody's doing.
pub(crate) async fn fill(app: &TestApp, team: &str, count: u32) {
    let chain = app.host.app.store.team(team.parse().unwrap()).audit();
    chain.record(&made_up(app, team, count)).await.unwrap();
}
