//! `tasks.dispatch_due`: puts the follow-ups that are due into the queue of whoever sends them.
//!
//! It writes nothing of a follow-up, so one that waits in the queue for more than a minute is put in again, and so is what
//! two runs at a time find. Each message has a name of its own, under which the follow-up is claimed before anything is
//! done with it; the others then find nothing to do. What one run leaves is for the next.

use futures::future::try_join_all;
use jiff::Timestamp;
use plat_domain::DueFollowUp;
use plat_registry::{App, Grant, Job, JobFailure, Schedule};
use plat_store::DueTasks;
use serde_json::Value;
use std::sync::Arc;

const OPERATION: &str = "tasks.dispatch_due";

/// Who sends them.
const SENDER: &str = "emails.send_follow_up";

/// Follow-ups that one run takes of a shard: one request reads them, and all shards come to eight thousand a minute.
const MOST: usize = 1_000;

pub(crate) fn job() -> Job {
    let each_minute = Schedule::Every { minutes: 1 };
    Job::on_schedule(OPERATION, each_minute, handle)
        .summary("Queue the follow-ups that are due")
        .grants(&[Grant::ReadTable, Grant::WriteTable, Grant::SendTo(SENDER)])
        .timeout(60)
}

async fn handle(app: Arc<App>, due: Timestamp) -> Result<(), JobFailure> {
    let now = app.clock.now();
    let tasks = app.store.due_tasks();
    let shards = (0..DueTasks::SHARDS).map(|shard| tasks.of_shard(shard, now, MOST));
    let found = try_join_all(shards).await?;
    let messages = found.into_iter().flatten().map(|(team, task, due_at)| {
        serde_json::to_value(DueFollowUp {
            team,
            task,
            due_at,
            by: app.new_id(now),
        })
    });
    let messages = messages.collect::<Result<Vec<Value>, _>>()?;
    app.queues.send(SENDER, &messages).await?;
    let sent = messages.len();
    tracing::info!(sent, "{sent} follow-ups are due");
    app.store.runs().ran(OPERATION, due, now).await?;
    Ok(())
}
