//! `admin.check_health`: looks at everything that Plat runs on, and keeps what it found.
//!
//! Should the table itself not answer, nothing can be kept: then the latest check grows old, which `admin.health` tells.

use crate::schedules::{ALL, CHECK_HEALTH};
use jiff::{SignedDuration, Timestamp};
use plat_domain::Health;
use plat_domain::health::{MailMeasured, Measured, QueueMeasured};
use plat_registry::{App, Grant, Job, JobFailure};
use plat_services::{MailStatus, QueueDepth};
use plat_store::RecountOutcome;
use std::sync::Arc;
use std::time::Instant;

/// For how long a drift of counters is worth a look.
const DRIFT_SHOWN: SignedDuration = SignedDuration::from_hours(24);

/// Recounts that are looked at; beyond them, it does not matter how many there are.
const RECOUNTS: usize = 1_000;

pub(crate) fn job() -> Job {
    Job::on_schedule(CHECK_HEALTH.operation, CHECK_HEALTH.schedule, handle)
        .summary("Check the table, the queues, the schedules, the mail provider and the counters")
        .grants(&[
            Grant::ReadTable,
            Grant::WriteTable,
            Grant::InspectQueues,
            Grant::InspectMail,
        ])
}

async fn handle(app: Arc<App>, due: Timestamp) -> Result<(), JobFailure> {
    let now = app.clock.now();
    let began = Instant::now();
    let answered = app.store.ping().await;
    let table_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    let queues = told("queues", app.queues.depths().await);
    let mail = told("mail", app.mailer.status().await);
    let expected = ALL.each_ref().map(|job| (job.operation, job.every()));
    let runs = app.store.runs().all(&expected, now).await?;
    let since = now.checked_sub(DRIFT_SHOWN).unwrap_or(now);
    let recounts = app.store.figures().recounts(since, RECOUNTS).await?;
    let drifted = recounts
        .iter()
        .filter(|(_, recount)| recount.outcome == RecountOutcome::Repaired);
    let health = Health::judge(Measured {
        now,
        table_ms: told("table", answered).map(|()| table_ms),
        queues: queues.map(|queues| queues.into_iter().map(queue).collect()),
        runs,
        mail: mail.map(provider),
        drifted: u64::try_from(drifted.count()).unwrap_or(u64::MAX),
    });
    app.store.health().keep(health, now).await?;
    app.store
        .runs()
        .ran(CHECK_HEALTH.operation, due, now)
        .await?;
    Ok(())
}

/// What was answered. Why something did not answer is for the log; that it did not, is for the check.
fn told<T, E: std::fmt::Display>(what: &str, answered: Result<T, E>) -> Option<T> {
    answered
        .inspect_err(|error| {
            let (operation, reason) = (CHECK_HEALTH.operation, error.to_string());
            tracing::warn!(operation, what, reason, "{what} did not answer: {reason}");
        })
        .ok()
}

fn queue(depth: QueueDepth) -> QueueMeasured {
    QueueMeasured {
        job: depth.job,
        waiting: depth.waiting,
        in_flight: depth.in_flight,
        dead: depth.dead,
    }
}

fn provider(status: MailStatus) -> MailMeasured {
    MailMeasured {
        sending: status.sending,
        standing: status.standing,
        quota: status.quota,
        sent: status.sent,
    }
}
