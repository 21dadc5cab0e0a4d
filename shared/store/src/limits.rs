//! Counters that slow down guessing and flooding. Each lives as long as its window.

use crate::condition::{Condition, Update};
use crate::db::{Db, Written};
use crate::error::StoreError;
use crate::keys;
use crate::record::expiry;
use jiff::{SignedDuration, Timestamp};

/// What is counted, and how much of it is let through.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    /// Names the counter (`login`, `public`).
    pub what: &'static str,
    /// How many are let through in a window.
    pub times: i64,
    /// The window's length in seconds.
    pub seconds: i64,
}

/// The door to counters.
pub struct Limits {
    db: Db,
}

impl Limits {
    pub(crate) fn new(db: Db) -> Self {
        Self { db }
    }

    /// Counts one; false, with the seconds to wait, when the window's share is used up.
    pub async fn take(
        &self,
        limit: Limit,
        whom: &str,
        now: Timestamp,
    ) -> Result<Result<(), i64>, StoreError> {
        let window = now.as_second().div_euclid(limit.seconds);
        let ends = Timestamp::from_second((window + 1) * limit.seconds).unwrap_or(now);
        let kept = ends
            .checked_add(SignedDuration::from_secs(limit.seconds))
            .unwrap_or(ends);
        let update = Update::default()
            .add("used", 1)
            .set_default(crate::table::EXPIRES_AT, expiry(kept));
        let room = Condition::Any(vec![
            Condition::Lacks("used".to_owned()),
            Condition::Below("used".to_owned(), limit.times),
        ]);
        match self
            .db
            .update(&keys::limit(limit.what, whom, window), &update, Some(&room))
            .await?
        {
            Written::Yes(_) => Ok(Ok(())),
            Written::No(_) => Ok(Err(ends.as_second() - now.as_second())),
        }
    }

    /// Gives back what was taken for an attempt that turned out to be welcome.
    pub async fn give_back(
        &self,
        limit: Limit,
        whom: &str,
        taken_at: Timestamp,
    ) -> Result<(), StoreError> {
        let window = taken_at.as_second().div_euclid(limit.seconds);
        let some = Condition::Above("used".to_owned(), 0);
        self.db
            .update(
                &keys::limit(limit.what, whom, window),
                &Update::default().add("used", -1),
                Some(&some),
            )
            .await
            .map(|_| ())
    }
}
