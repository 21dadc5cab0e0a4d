//! What jobs have begun and done. Events and messages may be handed over twice; what follows from them must not be.
//!
//! Work with an effect outside the table is claimed for a while before it is begun and marked when it is done. Work that
//! is a write puts its `mark` in the transaction that writes it, if there is none yet.

use crate::condition::{Condition, Update, number, text};
use crate::db::{Db, Written};
use crate::error::StoreError;
use crate::keys;
use crate::record::{Item, expiry, time};
use jiff::{SignedDuration, Timestamp};

/// How long work is remembered: longer than a message can come back, which is 14 days in a dead-letter queue after 4 in
/// its own.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(24 * 20);

/// What came of asking for a piece of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// It is yours until the lease ends.
    Yours,
    /// It was done before.
    Done,
    /// Somebody else is at it.
    Busy,
}

/// The door to work.
pub struct Work {
    db: Db,
}

impl Work {
    pub(crate) fn new(db: Db) -> Self {
        Self { db }
    }

    /// Asks for the piece of `job`'s work that is named `id`, for as long as `lease`. One whose lease ended without being
    /// done is given out again.
    pub async fn claim(
        &self,
        job: &str,
        id: &str,
        lease: SignedDuration,
        now: Timestamp,
    ) -> Result<Claim, StoreError> {
        let free = Condition::Any(vec![
            Condition::Absent,
            Condition::All(vec![
                Condition::Lacks("doneAt".to_owned()),
                Condition::Below("leaseUntil".to_owned(), now.as_millisecond() + 1),
            ]),
        ]);
        let until = now.checked_add(lease).unwrap_or(now);
        let claim = mark(job, id, now).with("leaseUntil", time(until));
        Ok(match self.db.put(&claim, Some(&free)).await? {
            Written::Yes(_) => Claim::Yours,
            Written::No(Some(item)) if item.0.contains_key("doneAt") => Claim::Done,
            Written::No(_) => Claim::Busy,
        })
    }

    /// Marks a claimed piece of work as done.
    pub async fn done(&self, job: &str, id: &str, now: Timestamp) -> Result<(), StoreError> {
        let done = Update::default().set("doneAt", time(now));
        self.db
            .update(&keys::work(job, id), &done, None)
            .await
            .map(|_| ())
    }

    /// Gives a claimed piece of work back, since it did not succeed.
    pub async fn give_back(&self, job: &str, id: &str) -> Result<(), StoreError> {
        let free = Update::default().set("leaseUntil", number(0));
        let undone = Condition::All(vec![
            Condition::Present,
            Condition::Lacks("doneAt".to_owned()),
        ]);
        self.db
            .update(&keys::work(job, id), &free, Some(&undone))
            .await
            .map(|_| ())
    }
}

/// The item of a piece of work.
pub(crate) fn mark(job: &str, id: &str, now: Timestamp) -> Item {
    let forgotten = now.checked_add(REMEMBERED).unwrap_or(now);
    Item(keys::work(job, id).attributes())
        .with("type", text("work"))
        .with(crate::table::EXPIRES_AT, expiry(forgotten))
}
