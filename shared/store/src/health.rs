//! What is known of the installation itself: how it is, when that changed, and when its scheduled jobs ran.

use crate::condition::{Condition, Update, text};
use crate::db::{Db, Range, Written};
use crate::error::StoreError;
use crate::figures::command;
use crate::keys;
use crate::record::{Item, expiry, read_time, time};
use crate::table;
use crate::transaction::Transaction;
use jiff::{SignedDuration, Timestamp};
use plat_domain::health::RunMeasured;
use plat_domain::{Health, HealthStatus, Id};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// How long it is kept when health changed.
const TURNS_KEPT: SignedDuration = SignedDuration::from_hours(24 * 90);

/// More jobs than will ever run by the clock.
const RUNS: usize = 1_000;

/// The latest check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HealthCheck {
    /// When.
    pub at: Timestamp,
    /// Since when the status is what it is.
    pub since: Timestamp,
    /// What it found.
    pub health: Health,
}

/// A change of health.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HealthTurn {
    /// When it was noticed.
    pub at: Timestamp,
    /// How it was.
    pub from: HealthStatus,
    /// How it is since.
    pub to: HealthStatus,
    /// What was not as it should be then, in words.
    pub reasons: Vec<String>,
}

/// The door to checks of health.
pub struct HealthChecks {
    db: Db,
}

impl HealthChecks {
    pub(crate) fn new(db: Db) -> Self {
        Self { db }
    }

    /// Keeps what a check found, and notes it if the status is another one than before. A check that is older than the
    /// latest is passed over.
    pub async fn keep(&self, health: Health, now: Timestamp) -> Result<(), StoreError> {
        let key = keys::health();
        let last = self.db.get(&key, true).await?;
        let version = last.as_ref().map(Item::version).unwrap_or_default();
        let last: Option<HealthCheck> = last.map(Item::decode).transpose()?;
        if last.as_ref().is_some_and(|last| last.at >= now) {
            return Ok(());
        }
        let turned = last
            .as_ref()
            .filter(|last| last.health.status != health.status);
        let turn = turned.map(|last| HealthTurn {
            at: now,
            from: last.health.status,
            to: health.status,
            reasons: health.reasons.clone(),
        });
        let check = HealthCheck {
            at: now,
            since: last
                .filter(|last| last.health.status == health.status)
                .map_or(now, |last| last.since),
            health,
        };
        let command = command(Id::from_parts(now, u128::from(version)), now);
        let item = plain(&check, "health")?
            .with("version", crate::condition::number(next(version)))
            .with("commandId", text(command.id));
        let item = keyed(item, key);
        let mut transaction = Transaction::new(&command);
        transaction = match version {
            0 => transaction.create(item, StoreError::Stale { current: 1 }),
            version => transaction.replace(item, version),
        };
        if let Some(turn) = turn {
            let until = now.checked_add(TURNS_KEPT).unwrap_or(now);
            let item = keyed(plain(&turn, "health_turn")?, keys::health_turn(now))
                .with(table::EXPIRES_AT, expiry(until));
            transaction = transaction.put(item);
        }
        match transaction.commit(&self.db).await {
            // Another check was faster, and knows as much.
            Err(StoreError::Stale { .. }) => Ok(()),
            kept => kept,
        }
    }

    /// The latest check.
    pub async fn latest(&self) -> Result<Option<HealthCheck>, StoreError> {
        let item = self.db.get(&keys::health(), false).await?;
        item.map(Item::decode).transpose()
    }

    /// The latest changes, newest first, up to `most`.
    pub async fn turns(&self, most: usize) -> Result<Vec<HealthTurn>, StoreError> {
        let (from, to) = keys::health_turns();
        let range = Range {
            index: None,
            pk: keys::health().pk,
            from,
            to,
            descending: true,
            limit: most,
        };
        let items = self.db.range(&range).await?;
        items.into_iter().map(Item::decode).collect()
    }
}

/// The door to when scheduled jobs ran.
pub struct Runs {
    db: Db,
}

impl Runs {
    pub(crate) fn new(db: Db) -> Self {
        Self { db }
    }

    /// Notes that `operation` did what was due at `due`. What was due earlier than the last time is not noted again.
    pub async fn ran(
        &self,
        operation: &str,
        due: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let ran = Update::default()
            .set("type", text("run"))
            .set("due", time(due))
            .set("ranAt", time(now))
            .set_default("since", time(now));
        let later = Condition::Any(vec![
            Condition::Lacks("due".to_owned()),
            Condition::Below("due".to_owned(), due.as_millisecond() + 1),
        ]);
        let written = self
            .db
            .update(&keys::run(operation), &ran, Some(&later))
            .await?;
        match written {
            Written::Yes(_) | Written::No(_) => Ok(()),
        }
    }

    /// Notes that `operation` is expected to run from now on, unless that is known.
    pub async fn expect(&self, operation: &str, now: Timestamp) -> Result<(), StoreError> {
        let expected = Update::default()
            .set("type", text("run"))
            .set_default("since", time(now));
        self.db
            .update(&keys::run(operation), &expected, None)
            .await
            .map(|_| ())
    }

    /// The time for which `operation` last ran.
    pub async fn last_due(&self, operation: &str) -> Result<Option<Timestamp>, StoreError> {
        let item = self.db.get(&keys::run(operation), true).await?;
        Ok(item.as_ref().and_then(|item| read_time(item, "due")))
    }

    /// What is known of each job of `expected`, which says how often each runs. One that is not known yet is expected
    /// from now on.
    pub async fn all(
        &self,
        expected: &[(&str, SignedDuration)],
        now: Timestamp,
    ) -> Result<Vec<RunMeasured>, StoreError> {
        let (from, to) = keys::everything();
        let range = Range {
            index: None,
            pk: keys::run("").pk,
            from,
            to,
            descending: false,
            limit: RUNS,
        };
        let items = self.db.range(&range).await?;
        let known: HashMap<&str, &Item> = items
            .iter()
            .filter_map(|item| Some((item.string("SK")?, item)))
            .collect();
        let mut runs = Vec::with_capacity(expected.len());
        for (operation, every) in expected {
            let item = known.get(operation);
            if item.is_none() {
                self.expect(operation, now).await?;
            }
            let told = |name: &str| item.and_then(|item| read_time(item, name));
            runs.push(RunMeasured {
                operation: (*operation).to_owned(),
                every: *every,
                since: told("since").unwrap_or(now),
                last: told("due").zip(told("ranAt")),
            });
        }
        Ok(runs)
    }
}

fn plain<T: Serialize>(value: &T, kind: &str) -> Result<Item, StoreError> {
    serde_dynamo::to_item(value)
        .map(|item: HashMap<_, _>| Item(item).with("type", text(kind)))
        .map_err(|error| StoreError::Fault(format!("a {kind} does not write: {error}")))
}

fn keyed(mut item: Item, key: crate::key::Key) -> Item {
    item.0.extend(key.attributes());
    item
}

fn next(version: u64) -> i64 {
    i64::try_from(version).unwrap_or(i64::MAX).saturating_add(1)
}
