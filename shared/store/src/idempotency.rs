//! Replies kept for 24 hours, so that a request repeated under its idempotency key gets the first one again.

use crate::condition::{Condition, Update, number, text};
use crate::db::{Db, Written};
use crate::error::StoreError;
use crate::keys;
use crate::record::{Item, expiry, read_time, time};
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};

/// How long a reply is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// How long a request may run before another may take its place: above the longest time limit of an endpoint.
const LEASE: SignedDuration = SignedDuration::from_secs(60);

/// A reply that was given before; its body is sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The status code.
    pub status: u16,
    /// The rest of the reply, as the caller sealed it.
    pub sealed: String,
}

/// What a key is found to stand for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Started {
    /// Nobody holds it: run, as of the time when it was first tried.
    Run {
        /// When the first try was made.
        first: Timestamp,
    },
    /// It was answered before.
    Answered(Kept),
    /// Another request under this key is still running.
    Running,
    /// The key was used for a different request.
    Differs,
}

/// The door to kept replies.
pub struct Idempotency {
    db: Db,
}

impl Idempotency {
    pub(crate) fn new(db: Db) -> Self {
        Self { db }
    }

    /// Takes the key `hash` of `scope` for a request whose content hashes to `body`.
    pub async fn start(
        &self,
        scope: &str,
        hash: &str,
        body: &str,
        now: Timestamp,
    ) -> Result<Started, StoreError> {
        let key = keys::once(scope, hash);
        let fresh = Item(key.attributes())
            .with("type", text("reply"))
            .with("body", text(body))
            .with("firstAt", time(now))
            .with("leaseUntil", time(later(now, LEASE)))
            .with(crate::table::EXPIRES_AT, expiry(later(now, KEPT)));
        let free = Condition::Any(vec![
            Condition::Absent,
            Condition::Below(crate::table::EXPIRES_AT.to_owned(), now.as_second()),
        ]);
        let old = match self.db.put(&fresh, Some(&free)).await? {
            Written::Yes(_) => return Ok(Started::Run { first: now }),
            Written::No(old) => old.unwrap_or_default(),
        };
        if old.string("body") != Some(body) {
            return Ok(Started::Differs);
        }
        if let (Some(status), Some(sealed)) = (
            old.int("status")
                .and_then(|status| u16::try_from(status).ok()),
            old.string("sealed"),
        ) {
            return Ok(Started::Answered(Kept {
                status,
                sealed: sealed.to_owned(),
            }));
        }
        let lease = old.int("leaseUntil").unwrap_or_default();
        if lease > now.as_millisecond() {
            return Ok(Started::Running);
        }
        let take = Update::default().set("leaseUntil", time(later(now, LEASE)));
        let unchanged = Condition::Equals("leaseUntil".to_owned(), number(lease));
        match self.db.update(&key, &take, Some(&unchanged)).await? {
            Written::Yes(_) => Ok(Started::Run {
                first: read_time(&old, "firstAt").unwrap_or(now),
            }),
            Written::No(_) => Ok(Started::Running),
        }
    }

    /// Keeps the reply.
    pub async fn finish(&self, scope: &str, hash: &str, kept: &Kept) -> Result<(), StoreError> {
        let update = Update::default()
            .set("status", AttributeValue::N(kept.status.to_string()))
            .set("sealed", text(&kept.sealed));
        self.db
            .update(&keys::once(scope, hash), &update, Some(&Condition::Present))
            .await
            .map(|_| ())
    }

    /// Lets the key go: the request failed in a way that trying again may mend. Its first time is kept, so that a
    /// repeated command makes the same ids.
    pub async fn release(&self, scope: &str, hash: &str) -> Result<(), StoreError> {
        let update = Update::default().set("leaseUntil", number(0));
        self.db
            .update(&keys::once(scope, hash), &update, Some(&Condition::Present))
            .await
            .map(|_| ())
    }
}

fn later(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.checked_add(by).unwrap_or(now)
}
