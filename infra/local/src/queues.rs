//! The bus, the queues and the schedules of one machine, in a file beside the table.
//!
//! As in AWS, a message is handed over at least once: it leaves its queue when it was worked, and one that cannot be
//! worked is set aside with its reason, from where it can be put back. Whatever was waiting when the process ended,
//! however it ended, is there when it starts again.

use crate::files::BUCKET;
use async_trait::async_trait;
use jiff::Timestamp;
use plat_domain::{Event, EventType};
use plat_registry::{FileEvent, Function, Schedule, Source};
use plat_services::bus::detail;
use plat_services::files::{scanned, uploaded};
use plat_services::{Bus, BusError, QueueDepth, QueueError, Queues};
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::Value;
use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use thiserror::Error;

/// The file of the queues cannot be used.
#[derive(Debug, Error)]
#[error("the queues cannot be read or written: {0}")]
pub struct QueueFileError(#[from] rusqlite::Error);

/// One message.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) id: i64,
    pub(crate) body: String,
}

/// A message that was set aside.
#[derive(Debug, Clone)]
pub struct DeadLetter {
    /// Its number.
    pub id: i64,
    /// The job that could not work it.
    pub job: String,
    /// Why it failed the last time.
    pub reason: String,
}

/// What a job follows on the bus.
struct Subscription {
    job: &'static str,
    types: &'static [EventType],
}

/// What a job follows of files.
struct Watched {
    job: &'static str,
    prefix: &'static str,
    what: FileEvent,
}

impl Watched {
    /// Whether the job is told of this, as its rule decides in AWS.
    fn fits(&self, envelope: &str) -> bool {
        let place = match self.what {
            FileEvent::Created => uploaded(envelope).map(|told| (told.bucket, told.key)),
            FileEvent::Scanned => scanned(envelope).map(|told| (told.bucket, told.key)),
        };
        place.is_ok_and(|(bucket, key)| bucket == BUCKET && key.starts_with(self.prefix))
    }
}

/// The queues of all jobs, the bus that fills them, and when schedules last ran.
pub struct LocalQueues {
    connection: Mutex<Connection>,
    subscriptions: Vec<Subscription>,
    watched: Vec<Watched>,
    mailed: Vec<&'static str>,
    schedules: Vec<(&'static str, Schedule)>,
    jobs: Vec<&'static str>,
    published: Mutex<VecDeque<Event>>,
}

/// Events that are remembered for whoever looks.
const REMEMBERED: usize = 500;

const SCHEMA: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    CREATE TABLE IF NOT EXISTS message (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        job TEXT NOT NULL,
        body TEXT NOT NULL,
        state TEXT NOT NULL DEFAULT 'waiting',
        receives INTEGER NOT NULL DEFAULT 0,
        reason TEXT
    );
    CREATE INDEX IF NOT EXISTS message_of_job ON message (job, state, id);
    CREATE TABLE IF NOT EXISTS schedule (job TEXT PRIMARY KEY, due INTEGER NOT NULL);
    UPDATE message SET state = 'waiting' WHERE state = 'taken';
";

impl LocalQueues {
    /// The queues of the jobs among `functions`, kept in `file`, or in memory.
    pub(crate) fn open(
        file: Option<&Path>,
        functions: &[Function],
    ) -> Result<Self, QueueFileError> {
        let connection = match file {
            None => Connection::open_in_memory()?,
            Some(file) => Connection::open(file)?,
        };
        connection.execute_batch(SCHEMA)?;
        let mut queues = Self {
            connection: Mutex::new(connection),
            subscriptions: Vec::new(),
            watched: Vec::new(),
            mailed: Vec::new(),
            schedules: Vec::new(),
            jobs: Vec::new(),
            published: Mutex::default(),
        };
        for function in functions {
            let Function::Job(job) = function else {
                continue;
            };
            queues.jobs.push(job.operation);
            match job.source {
                Source::Events { types } => queues.subscriptions.push(Subscription {
                    job: job.operation,
                    types,
                }),
                Source::Schedule(schedule) => queues.schedules.push((job.operation, schedule)),
                Source::Files { prefix, what } => queues.watched.push(Watched {
                    job: job.operation,
                    prefix,
                    what,
                }),
                Source::Mail => queues.mailed.push(job.operation),
                Source::Changes { .. } | Source::Messages => {}
            }
        }
        Ok(queues)
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, messages: &[(&str, String)]) -> Result<(), QueueFileError> {
        let mut connection = self.connection();
        let transaction = connection.transaction()?;
        {
            let mut insert =
                transaction.prepare_cached("INSERT INTO message (job, body) VALUES (?1, ?2)")?;
            for (job, body) in messages {
                insert.execute(params![job, body])?;
            }
        }
        Ok(transaction.commit()?)
    }

    /// Takes up to `most` messages that wait for `job`, oldest first.
    pub(crate) fn take(&self, job: &str, most: u32) -> Result<Vec<Message>, QueueFileError> {
        let connection = self.connection();
        let mut take = connection.prepare_cached(
            "UPDATE message SET state = 'taken', receives = receives + 1
             WHERE id IN (SELECT id FROM message WHERE job = ?1 AND state = 'waiting' ORDER BY id LIMIT ?2)
             RETURNING id, body",
        )?;
        let read = |row: &rusqlite::Row<'_>| {
            Ok(Message {
                id: row.get(0)?,
                body: row.get(1)?,
            })
        };
        let mut taken = take
            .query_map(params![job, most], read)?
            .collect::<Result<Vec<_>, _>>()?;
        taken.sort_by_key(|message| message.id);
        Ok(taken)
    }

    /// Lets go of messages that were worked.
    pub(crate) fn done(&self, ids: &[i64]) -> Result<(), QueueFileError> {
        let mut connection = self.connection();
        let transaction = connection.transaction()?;
        {
            let mut delete = transaction.prepare_cached("DELETE FROM message WHERE id = ?1")?;
            for id in ids {
                delete.execute([id])?;
            }
        }
        Ok(transaction.commit()?)
    }

    /// Puts a message that could not be worked back into its queue, or aside if it was tried `tries` times; tells
    /// whether it is to be tried again.
    pub(crate) fn failed(&self, id: i64, reason: &str, tries: u32) -> Result<bool, QueueFileError> {
        let connection = self.connection();
        let state: Option<String> = connection
            .query_row(
                "UPDATE message SET reason = ?2, state = CASE WHEN receives >= ?3 THEN 'dead' ELSE 'waiting' END
                 WHERE id = ?1 RETURNING state",
                params![id, reason, tries],
                |row| row.get(0),
            )
            .optional()?;
        Ok(state.as_deref() == Some("waiting"))
    }

    /// Sets aside what a job that follows the stream could not work.
    pub(crate) fn set_aside(
        &self,
        job: &str,
        body: &str,
        reason: &str,
    ) -> Result<(), QueueFileError> {
        self.connection()
            .execute(
                "INSERT INTO message (job, body, state, reason) VALUES (?1, ?2, 'dead', ?3)",
                params![job, body, reason],
            )
            .map(|_| ())
            .map_err(QueueFileError::from)
    }

    /// What was set aside, oldest first.
    pub fn dead_letters(&self) -> Result<Vec<DeadLetter>, QueueFileError> {
        let connection = self.connection();
        let mut query = connection.prepare_cached(
            "SELECT id, job, reason FROM message WHERE state = 'dead' ORDER BY id LIMIT 1000",
        )?;
        let read = |row: &rusqlite::Row<'_>| {
            Ok(DeadLetter {
                id: row.get(0)?,
                job: row.get(1)?,
                reason: row.get::<_, Option<String>>(2)?.unwrap_or_default(),
            })
        };
        Ok(query.query_map([], read)?.collect::<Result<Vec<_>, _>>()?)
    }

    /// Puts what was set aside of `job` back into its queue; tells how much that was.
    pub fn redrive(&self, job: &str) -> Result<usize, QueueFileError> {
        Ok(self.connection().execute(
            "UPDATE message SET state = 'waiting', receives = 0 WHERE job = ?1 AND state = 'dead'",
            [job],
        )?)
    }

    /// Queues the jobs whose time has come by `now`, each once, however often it was due since. One that is new here
    /// waits for its next time.
    pub(crate) fn tick(&self, now: Timestamp) -> Result<(), QueueFileError> {
        let mut connection = self.connection();
        let transaction = connection.transaction()?;
        for (job, schedule) in &self.schedules {
            let due = schedule.last_due(now);
            let last: Option<i64> = transaction
                .query_row("SELECT due FROM schedule WHERE job = ?1", [job], |row| {
                    row.get(0)
                })
                .optional()?;
            if last.is_some_and(|last| last < due.as_second()) {
                transaction.execute(
                    "INSERT INTO message (job, body) VALUES (?1, ?2)",
                    params![job, due.to_string()],
                )?;
            }
            if last.is_none_or(|last| last < due.as_second()) {
                transaction.execute(
                    "INSERT INTO schedule (job, due) VALUES (?1, ?2)
                     ON CONFLICT (job) DO UPDATE SET due = excluded.due",
                    params![job, due.as_second()],
                )?;
            }
        }
        Ok(transaction.commit()?)
    }

    /// Queues a job of the clock for this time, whether or not that has come.
    pub fn run(&self, job: &str, due: Timestamp) -> Result<(), QueueFileError> {
        self.put(&[(job, due.to_string())])
    }

    /// Hands what the default bus tells of a file, in its envelope, to the jobs that follow such; returns how many do.
    pub fn put_file_event(&self, envelope: &Value) -> Result<usize, QueueFileError> {
        let envelope = envelope.to_string();
        let told: Vec<_> = self
            .watched
            .iter()
            .filter(|watched| watched.fits(&envelope))
            .map(|watched| (watched.job, envelope.clone()))
            .collect();
        self.put(&told)?;
        Ok(told.len())
    }

    /// Hands what the default bus tells of an e-mail, in its envelope, to the jobs that follow such; returns how many do.
    pub fn put_mail_event(&self, envelope: &Value) -> Result<usize, QueueFileError> {
        let envelope = envelope.to_string();
        let told: Vec<_> = self
            .mailed
            .iter()
            .map(|job| (*job, envelope.clone()))
            .collect();
        self.put(&told)?;
        Ok(told.len())
    }

    /// The last events that were published, oldest first, since the process started.
    pub fn published(&self) -> Vec<Event> {
        let published = self.published.lock();
        let published = published.unwrap_or_else(PoisonError::into_inner);
        published.iter().cloned().collect()
    }

    fn remember(&self, events: &[Event]) {
        let published = self.published.lock();
        let mut published = published.unwrap_or_else(PoisonError::into_inner);
        published.extend(events.iter().cloned());
        let surplus = published.len().saturating_sub(REMEMBERED);
        published.drain(..surplus);
    }

    fn counts(&self) -> Result<Vec<QueueDepth>, QueueFileError> {
        let connection = self.connection();
        let mut query = connection
            .prepare_cached("SELECT state, COUNT(*) FROM message WHERE job = ?1 GROUP BY state")?;
        self.jobs
            .iter()
            .map(|job| {
                let mut depth = QueueDepth {
                    job: (*job).to_owned(),
                    waiting: 0,
                    in_flight: 0,
                    dead: 0,
                };
                let mut rows = query.query([job])?;
                while let Some(row) = rows.next()? {
                    let count = row.get::<_, i64>(1)?.unsigned_abs();
                    match row.get::<_, String>(0)?.as_str() {
                        "waiting" => depth.waiting = count,
                        "taken" => depth.in_flight = count,
                        _ => depth.dead = count,
                    }
                }
                Ok(depth)
            })
            .collect()
    }
}

#[async_trait]
impl Bus for LocalQueues {
    async fn publish(&self, events: &[Event]) -> Result<(), BusError> {
        let failed = |reason: String| BusError {
            left: events.len(),
            reason,
        };
        let mut messages = Vec::new();
        for event in events {
            let body = detail(event).map_err(|error| failed(error.to_string()))?;
            let follow = |subscription: &&Subscription| {
                let types = subscription.types;
                types.is_empty() || types.contains(&event.fact.kind())
            };
            let followers = self.subscriptions.iter().filter(follow);
            messages.extend(followers.map(|follower| (follower.job, body.clone())));
        }
        self.put(&messages)
            .map_err(|error| failed(error.to_string()))?;
        self.remember(events);
        Ok(())
    }
}

#[async_trait]
impl Queues for LocalQueues {
    async fn send(&self, job: &str, messages: &[Value]) -> Result<(), QueueError> {
        if !self.jobs.contains(&job) {
            return Err(QueueError::Unknown(job.to_owned()));
        }
        let messages: Vec<_> = messages
            .iter()
            .map(|message| (job, message.to_string()))
            .collect();
        self.put(&messages)
            .map_err(|error| QueueError::Unavailable(job.to_owned(), error.to_string()))
    }

    async fn depths(&self) -> Result<Vec<QueueDepth>, QueueError> {
        self.counts()
            .map_err(|error| QueueError::Unavailable("any job".to_owned(), error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plat_registry::{Job, JobFailure};

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn jobs() -> Vec<Function> {
        let every = Schedule::Every { minutes: 5 };
        vec![
            Job::on_message("leads.import_rows", |_, _: Value| async {
                Ok::<_, JobFailure>(())
            })
            .into(),
            Job::on_schedule("admin.check_health", every, |_, _| async {
                Ok::<_, JobFailure>(())
            })
            .into(),
        ]
    }

    fn told(bucket: &str, key: &str) -> Value {
        serde_json::json!({
            "detail-type": "Object Created",
            "time": "2026-03-02T15:00:00Z",
            "detail": {"bucket": {"name": bucket}, "object": {"key": key, "size": 5}},
        })
    }

    #[test]
    fn jobs_that_follow_mail_are_told_of_it() {
        let follow = |operation| {
            Job::on_mail_event(operation, |_, _| async { Ok::<_, JobFailure>(()) }).into()
        };
        let mut jobs = jobs();
        jobs.extend([follow("emails.record_event"), follow("tasks.settle")]);
        let queues = LocalQueues::open(None, &jobs).unwrap();

        let told = queues.put_mail_event(&serde_json::json!({"detail-type": "Email Opened"}));

        assert_eq!(told.unwrap(), 2);
        for job in ["emails.record_event", "tasks.settle"] {
            let taken = queues.take(job, 10).unwrap();
            assert_eq!(taken[0].body, r#"{"detail-type":"Email Opened"}"#);
        }
        assert!(queues.take("leads.import_rows", 10).unwrap().is_empty());
    }

    #[test]
    fn a_job_is_told_of_the_files_under_its_prefix() {
        let jobs = [
            Job::on_upload("documents.record_upload", "documents/", |_, _| async {
                Ok::<_, JobFailure>(())
            })
            .into(),
            Job::on_scan("documents.record_scan", "documents/", |_, _| async {
                Ok::<_, JobFailure>(())
            })
            .into(),
        ];
        let queues = LocalQueues::open(None, &jobs).unwrap();

        for (bucket, key, jobs) in [
            (BUCKET, "documents/a", 1),
            (BUCKET, "exports/a", 0),
            ("others", "documents/a", 0),
        ] {
            assert_eq!(queues.put_file_event(&told(bucket, key)).unwrap(), jobs);
        }

        assert_eq!(depth(&queues, "documents.record_upload"), (1, 0, 0));
        assert_eq!(depth(&queues, "documents.record_scan"), (0, 0, 0));
    }

    fn queues() -> LocalQueues {
        LocalQueues::open(None, &jobs()).unwrap()
    }

    fn send(queues: &LocalQueues, bodies: &[&str]) {
        let messages: Vec<_> = bodies
            .iter()
            .map(|body| ("leads.import_rows", (*body).to_owned()))
            .collect();
        queues.put(&messages).unwrap();
    }

    fn depth(queues: &LocalQueues, job: &str) -> (u64, u64, u64) {
        let depths = queues.counts().unwrap();
        let depth = depths.iter().find(|depth| depth.job == job).unwrap();
        (depth.waiting, depth.in_flight, depth.dead)
    }

    #[test]
    fn a_message_that_fails_too_often_is_set_aside_and_can_be_put_back() {
        let queues = queues();
        send(&queues, &["a", "b"]);
        for again in [true, false] {
            let taken = queues.take("leads.import_rows", 1).unwrap();
            assert_eq!(taken[0].body, "a");
            assert_eq!(queues.failed(taken[0].id, "no luck", 2).unwrap(), again);
        }
        assert_eq!(depth(&queues, "leads.import_rows"), (1, 0, 1));
        assert_eq!(queues.dead_letters().unwrap()[0].reason, "no luck");

        assert_eq!(queues.redrive("leads.import_rows").unwrap(), 1);

        assert_eq!(depth(&queues, "leads.import_rows"), (2, 0, 0));
    }

    #[test]
    fn what_was_taken_when_the_process_ended_is_handed_over_again() {
        let folder = std::env::temp_dir().join(format!("plat-queues-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("queues.db");
        let first = LocalQueues::open(Some(&file), &jobs()).unwrap();
        send(&first, &["a", "b"]);
        let taken = first.take("leads.import_rows", 2).unwrap();
        first.done(&[taken[1].id]).unwrap();
        drop(first);

        let second = LocalQueues::open(Some(&file), &jobs()).unwrap();

        let bodies: Vec<_> = second
            .take("leads.import_rows", 10)
            .unwrap()
            .into_iter()
            .map(|message| message.body)
            .collect();
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(bodies, ["a"]);
    }

    #[test]
    fn a_schedule_runs_once_for_all_the_times_it_was_due() {
        let queues = queues();
        queues.tick(at("2026-03-02T15:02:00Z")).unwrap();
        assert_eq!(
            depth(&queues, "admin.check_health").0,
            0,
            "it waits for its first time"
        );
        queues.tick(at("2026-03-02T15:04:59Z")).unwrap();
        assert_eq!(depth(&queues, "admin.check_health").0, 0);
        queues.tick(at("2026-03-02T15:05:00Z")).unwrap();
        queues.tick(at("2026-03-02T15:06:00Z")).unwrap();
        assert_eq!(depth(&queues, "admin.check_health").0, 1);
        queues.tick(at("2026-03-05T01:02:03Z")).unwrap();
        let due: Vec<_> = queues
            .take("admin.check_health", 10)
            .unwrap()
            .into_iter()
            .map(|message| message.body)
            .collect();
        assert_eq!(due, ["2026-03-02T15:05:00Z", "2026-03-05T01:00:00Z"]);
    }
}
