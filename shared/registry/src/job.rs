//! The declaration of a job: a function that nobody calls, and that follows changes, events, messages or the clock.
//!
//! What belongs here: where work comes from, how one piece's rule is lifted to the batches in which it comes, and what of
//! a batch failed. What does not: how batches look in AWS (`runtime`) or on one machine (the local host).

use crate::{App, Grant};
use futures::FutureExt;
use futures::future::BoxFuture;
use jiff::Timestamp;
use plat_domain::{Event, EventType, MailEvent};
use plat_services::files::{self, Scanned, Uploaded};
use plat_services::mail_events::from_ses;
use plat_store::Change;
use serde::de::DeserializeOwned;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

/// Why a piece of work could not be done. It is tried again, and set aside after some tries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobFailure(pub String);

impl<E: std::fmt::Display> From<E> for JobFailure {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

/// Where a job's work comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The table's stream, in order: changes of these kinds of record, or of all.
    ///
    /// DynamoDB lets two readers at a shard, so no more than two jobs may have this source.
    Changes {
        /// The kinds; none for all.
        kinds: &'static [&'static str],
    },
    /// Domain events of these types, or of all, in any order, through a queue of the job's own.
    Events {
        /// The types; none for all.
        types: &'static [EventType],
    },
    /// What happens to files whose key begins with `prefix`, in any order, through a queue of the job's own.
    Files {
        /// How their keys begin.
        prefix: &'static str,
        /// What of it.
        what: FileEvent,
    },
    /// What becomes of mail of teams, as SES tells it, in any order, through a queue of the job's own.
    Mail,
    /// A queue of the job's own, into which functions put messages that were granted it.
    Messages,
    /// The clock.
    Schedule(Schedule),
}

/// What can happen to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileEvent {
    /// It was put where it is, for the first time or again.
    Created,
    /// It was searched for malware.
    Scanned,
}

/// When a job runs, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schedule {
    /// Every so many minutes.
    Every {
        /// How many; a divisor of a day's.
        minutes: u32,
    },
    /// Once a day.
    Daily {
        /// At this hour,
        hour: u8,
        /// and this minute.
        minute: u8,
    },
}

const MINUTE: i64 = 60;
const DAY: i64 = 24 * 60 * MINUTE;

impl Schedule {
    /// The last time it was due, up to `now`.
    pub fn last_due(self, now: Timestamp) -> Timestamp {
        let (period, offset) = match self {
            Self::Every { minutes } => (i64::from(minutes).max(1) * MINUTE, 0),
            Self::Daily { hour, minute } => {
                let minutes = i64::from(hour) * 60 + i64::from(minute);
                (DAY, minutes * MINUTE)
            }
        };
        let second = now.as_second();
        let due = second - (second - offset).rem_euclid(period);
        Timestamp::from_second(due).unwrap_or(now)
    }
}

/// One piece of work, as it was handed over.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// What its source calls it.
    pub id: String,
    /// The work.
    pub payload: Payload,
}

/// What a piece of work is.
#[derive(Debug, Clone)]
pub enum Payload {
    /// A change of the table.
    Change(Box<Change>),
    /// The text of a message: an event, what a function sent, or what happened to a file or to mail with the bus's
    /// envelope around it.
    Message(String),
    /// It is time.
    Tick(Timestamp),
    /// It could not even be read.
    Unreadable(String),
}

/// A piece of work that was not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// What its source calls it.
    pub id: String,
    /// Why.
    pub failure: JobFailure,
}

type Rule =
    Box<dyn Fn(Arc<App>, Vec<Payload>) -> BoxFuture<'static, Result<(), JobFailure>> + Send + Sync>;

/// A function that works what its source hands over. It is safe to run twice on the same.
pub struct Job {
    /// Its name everywhere.
    pub operation: &'static str,
    /// What it does, in one line.
    pub summary: &'static str,
    /// Where its work comes from.
    pub source: Source,
    /// What it may do.
    pub grants: &'static [Grant],
    /// How many pieces it is handed at most at a time.
    pub batch: u32,
    /// How many of it may run at a time.
    pub concurrency: u32,
    /// How long it may take, in seconds.
    pub timeout: u32,
    /// The memory that it runs in, in MB.
    pub memory: u32,
    /// Whether its rule takes a whole batch at once.
    together: bool,
    rule: Rule,
}

impl Job {
    fn new(operation: &'static str, source: Source, together: bool, rule: Rule) -> Self {
        Self {
            operation,
            summary: "",
            source,
            grants: &[],
            batch: 10,
            concurrency: 10,
            timeout: 30,
            memory: 256,
            together,
            rule,
        }
    }

    /// A job that works each change of a record of one of `kinds`, in order.
    pub fn on_change<F, Fut>(
        operation: &'static str,
        kinds: &'static [&'static str],
        handle: F,
    ) -> Self
    where
        F: Fn(Arc<App>, Change) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), JobFailure>> + Send + 'static,
    {
        let source = Source::Changes { kinds };
        Self::new(operation, source, false, each(change, handle)).batch(100)
    }

    /// A job that works changes of records of `kinds`, or of all kinds, in order and many at once.
    pub fn on_changes<F, Fut>(
        operation: &'static str,
        kinds: &'static [&'static str],
        handle: F,
    ) -> Self
    where
        F: Fn(Arc<App>, Vec<Change>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), JobFailure>> + Send + 'static,
    {
        let source = Source::Changes { kinds };
        Self::new(operation, source, true, all(change, handle)).batch(100)
    }

    /// A job that works each event of `types`, or of all types.
    pub fn on_event<F, Fut>(operation: &'static str, types: &'static [EventType], handle: F) -> Self
    where
        F: Fn(Arc<App>, Event) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), JobFailure>> + Send + 'static,
    {
        let source = Source::Events { types };
        Self::new(operation, source, false, each(message, handle))
    }

    /// A job that works events of `types`, or of all types, many at once. If they cannot be worked together, each is
    /// worked alone, so that one does not hold up the others.
    pub fn on_events<F, Fut>(
        operation: &'static str,
        types: &'static [EventType],
        handle: F,
    ) -> Self
    where
        F: Fn(Arc<App>, Vec<Event>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), JobFailure>> + Send + 'static,
    {
        let source = Source::Events { types };
        Self::new(operation, source, true, all(message, handle))
    }

    /// A job that works each upload of a file whose key begins with `prefix`.
    pub fn on_upload<F, Fut>(operation: &'static str, prefix: &'static str, handle: F) -> Self
    where
        F: Fn(Arc<App>, Uploaded) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), JobFailure>> + Send + 'static,
    {
        let what = FileEvent::Created;
        let source = Source::Files { prefix, what };
        Self::new(operation, source, false, each(uploaded, handle))
    }

    /// A job that works each verdict on a file whose key begins with `prefix`.
    pub fn on_scan<F, Fut>(operation: &'static str, prefix: &'static str, handle: F) -> Self
    where
        F: Fn(Arc<App>, Scanned) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), JobFailure>> + Send + 'static,
    {
        let what = FileEvent::Scanned;
        let source = Source::Files { prefix, what };
        Self::new(operation, source, false, each(scanned, handle))
    }

    /// A job that works each thing that happened to an e-mail of a team. What is told of other mail is passed over.
    pub fn on_mail_event<F, Fut>(operation: &'static str, handle: F) -> Self
    where
        F: Fn(Arc<App>, MailEvent) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), JobFailure>> + Send + 'static,
    {
        let handle = Arc::new(handle);
        let if_any = move |app, event: Option<MailEvent>| {
            let handle = handle.clone();
            async move {
                match event {
                    Some(event) => handle(app, event).await,
                    None => Ok(()),
                }
            }
        };
        Self::new(operation, Source::Mail, false, each(mail_event, if_any))
    }

    /// A job that works each message that a function sends it.
    pub fn on_message<M, F, Fut>(operation: &'static str, handle: F) -> Self
    where
        M: DeserializeOwned + Send + 'static,
        F: Fn(Arc<App>, M) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), JobFailure>> + Send + 'static,
    {
        Self::new(operation, Source::Messages, false, each(message, handle))
    }

    /// A job that runs by the clock, and is told the time that it was due.
    pub fn on_schedule<F, Fut>(operation: &'static str, schedule: Schedule, handle: F) -> Self
    where
        F: Fn(Arc<App>, Timestamp) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), JobFailure>> + Send + 'static,
    {
        let source = Source::Schedule(schedule);
        Self::new(operation, source, false, each(tick, handle)).batch(1)
    }

    /// What it may do.
    #[must_use]
    pub fn grants(mut self, grants: &'static [Grant]) -> Self {
        self.grants = grants;
        self
    }

    /// What it does, in one line.
    #[must_use]
    pub fn summary(mut self, summary: &'static str) -> Self {
        self.summary = summary;
        self
    }

    /// How many pieces it is handed at most at a time.
    #[must_use]
    pub fn batch(mut self, batch: u32) -> Self {
        self.batch = batch;
        self
    }

    /// How many of it may run at a time; 2 is the least that SQS knows.
    #[must_use]
    pub fn concurrency(mut self, concurrency: u32) -> Self {
        self.concurrency = concurrency;
        self
    }

    /// How long it may take, in seconds.
    #[must_use]
    pub fn timeout(mut self, seconds: u32) -> Self {
        self.timeout = seconds;
        self
    }

    /// Whether this is work of its: of its kinds or types. Sources ask before they hand over.
    pub fn follows(&self, payload: &Payload) -> bool {
        match (self.source, payload) {
            (Source::Changes { kinds }, Payload::Change(change)) => {
                kinds.is_empty() || kinds.contains(&change.kind())
            }
            _ => true,
        }
    }

    /// Works a batch, and tells what of it was not done.
    ///
    /// Of changes, the first that fails ends the batch, since what comes behind must not overtake it. Of anything else,
    /// each piece succeeds or fails for itself. What is not begun by `until` is left for another time. A panic is a
    /// failure like any other.
    pub async fn run(
        &self,
        app: &Arc<App>,
        batch: Vec<Delivery>,
        until: Option<Instant>,
    ) -> Vec<Failed> {
        let batch: Vec<Delivery> = batch
            .into_iter()
            .filter(|delivery| self.follows(&delivery.payload))
            .collect();
        let ordered = matches!(self.source, Source::Changes { .. });
        if self.together && !batch.is_empty() {
            let payloads = batch.iter().map(|one| one.payload.clone()).collect();
            match (self.attempt(app, payloads).await, batch.as_slice()) {
                (Ok(()), _) => return Vec::new(),
                // Handing it over again from its first piece lets the source halve it until the culprit is found.
                (Err(failure), [first, ..]) if ordered => {
                    let id = first.id.clone();
                    return vec![Failed { id, failure }];
                }
                (Err(failure), [only]) => {
                    let id = only.id.clone();
                    return vec![Failed { id, failure }];
                }
                (Err(_), _) => {}
            }
        }
        let mut failed = Vec::new();
        for Delivery { id, payload } in batch {
            let outcome = if until.is_some_and(|until| Instant::now() >= until) {
                Err(JobFailure("there was no time left for it".to_owned()))
            } else {
                self.attempt(app, vec![payload]).await
            };
            if let Err(failure) = outcome {
                failed.push(Failed { id, failure });
                if ordered {
                    break;
                }
            }
        }
        failed
    }

    async fn attempt(&self, app: &Arc<App>, work: Vec<Payload>) -> Result<(), JobFailure> {
        AssertUnwindSafe(async { (self.rule)(app.clone(), work).await })
            .catch_unwind()
            .await
            .unwrap_or_else(|_| Err(JobFailure("it panicked".to_owned())))
    }
}

/// The rule that works one piece after the other.
fn each<T, F, Fut>(read: fn(Payload) -> Result<T, JobFailure>, handle: F) -> Rule
where
    T: Send + 'static,
    F: Fn(Arc<App>, T) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<(), JobFailure>> + Send + 'static,
{
    let handle = Arc::new(handle);
    Box::new(move |app, work| {
        let handle = handle.clone();
        Box::pin(async move {
            for payload in work {
                handle(app.clone(), read(payload)?).await?;
            }
            Ok(())
        })
    })
}

/// The rule that works all pieces at once.
fn all<T, F, Fut>(read: fn(Payload) -> Result<T, JobFailure>, handle: F) -> Rule
where
    T: Send + 'static,
    F: Fn(Arc<App>, Vec<T>) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<(), JobFailure>> + Send + 'static,
{
    let handle = Arc::new(handle);
    Box::new(move |app, work| {
        let handle = handle.clone();
        Box::pin(async move {
            let work = work.into_iter().map(read).collect::<Result<_, _>>()?;
            handle(app, work).await
        })
    })
}

fn change(payload: Payload) -> Result<Change, JobFailure> {
    match payload {
        Payload::Change(change) => Ok(*change),
        Payload::Message(_) | Payload::Tick(_) => Err("it is no change".into()),
        Payload::Unreadable(reason) => Err(JobFailure(reason)),
    }
}

fn message<M: DeserializeOwned>(payload: Payload) -> Result<M, JobFailure> {
    read(payload, |text| serde_json::from_str(text))
}

fn uploaded(payload: Payload) -> Result<Uploaded, JobFailure> {
    read(payload, files::uploaded)
}

fn scanned(payload: Payload) -> Result<Scanned, JobFailure> {
    read(payload, files::scanned)
}

/// What happened to an e-mail of a team; none if it is nobody's, or if nothing happened.
fn mail_event(payload: Payload) -> Result<Option<MailEvent>, JobFailure> {
    let event = from_ses(&text(payload)?)?;
    Ok(event.filter(|event| event.team_id.is_some() && event.email_id.is_some()))
}

fn read<M>(payload: Payload, read: fn(&str) -> serde_json::Result<M>) -> Result<M, JobFailure> {
    // What is wrong is told by its place; the text itself may be somebody's.
    read(&text(payload)?).map_err(|error| {
        JobFailure(format!(
            "the message does not read, at line {} column {}",
            error.line(),
            error.column()
        ))
    })
}

fn text(payload: Payload) -> Result<String, JobFailure> {
    match payload {
        Payload::Message(text) => Ok(text),
        Payload::Change(_) | Payload::Tick(_) => Err("it is no message".into()),
        Payload::Unreadable(reason) => Err(JobFailure(reason)),
    }
}

fn tick(payload: Payload) -> Result<Timestamp, JobFailure> {
    match payload {
        Payload::Tick(at) => Ok(at),
        Payload::Change(_) | Payload::Message(_) => Err("it is no time".into()),
        Payload::Unreadable(reason) => Err(JobFailure(reason)),
    }
}
