//! What a handler gets: the store, and a trait object for each thing outside.

use jiff::Timestamp;
use plat_domain::{CommandId, Id};
use plat_services::{Bus, Clock, Files, KeyError, Keys, Mailer, PublicKey, Queues, Random};
use plat_store::{PublishedKey, Store, StoreError};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// The parts that Plat runs on.
pub struct App {
    /// The table.
    pub store: Store,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub random: Arc<dyn Random>,
    /// Outgoing mail.
    pub mailer: Arc<dyn Mailer>,
    /// Where events are published.
    pub bus: Arc<dyn Bus>,
    /// The queues of jobs.
    pub queues: Arc<dyn Queues>,
    /// Files.
    pub files: Arc<dyn Files>,
    /// Tokens and seals.
    pub keys: Arc<Keys>,
    /// When the public keys were read last.
    pub keys_read: KeysRead,
    /// What differs between installations.
    pub settings: Settings,
}

/// What differs between installations.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the web app is; mailed links lead there.
    pub app_origin: String,
    /// Origins whose pages may call the API.
    pub cors_origins: Vec<String>,
    /// Requests a signed-in person may make in a minute.
    pub user_per_minute: i64,
    /// Requests an address may make to public endpoints in a minute.
    pub public_per_minute: i64,
}

impl Settings {
    /// The limits of the HTTP contract, for an app at `app_origin`.
    pub fn new(app_origin: impl Into<String>) -> Self {
        let app_origin = app_origin.into();
        Self {
            cors_origins: vec![app_origin.clone()],
            app_origin,
            user_per_minute: 100,
            public_per_minute: 20,
        }
    }
}

/// When the public keys were read last, so that tokens under made-up keys do not make us read them each time.
#[derive(Debug, Default)]
pub struct KeysRead(AtomicI64);

/// Seconds between two readings of the public keys.
const KEYS_EVERY: i64 = 5;

impl App {
    /// Reads the public keys, unless that was done a moment ago; tells whether it did.
    pub async fn learn_keys(&self, now: Timestamp) -> Result<bool, StoreError> {
        let second = now.as_second();
        let last = self.keys_read.0.swap(second, Ordering::Relaxed);
        if (second - last).abs() < KEYS_EVERY {
            self.keys_read.0.store(last, Ordering::Relaxed);
            return Ok(false);
        }
        let known = self.store.public_keys().all().await?;
        let known = known
            .into_iter()
            .map(|key| PublicKey {
                kid: key.kid,
                x: key.x,
            })
            .collect();
        self.keys
            .learn(known)
            .map_err(|error: KeyError| StoreError::Fault(error.to_string()))?;
        Ok(true)
    }

    /// Makes the own signing key, if there is one, known to all who verify. What it signs is good from then on.
    pub async fn publish_key(&self, now: Timestamp) -> Result<(), StoreError> {
        let Some(key) = self.keys.signing_key() else {
            return Ok(());
        };
        let key = PublishedKey {
            kid: key.kid.clone(),
            x: key.x.clone(),
        };
        let published = self.store.public_keys().all().await?;
        if !published.contains(&key) {
            self.store.public_keys().publish(&key, now).await?;
        }
        Ok(())
    }

    /// A new id as of `at`.
    pub fn new_id<K>(&self, at: Timestamp) -> Id<K> {
        Id::from_parts(at, self.random.bits())
    }

    /// The id of a command that nobody named.
    pub(crate) fn fresh_command(&self, at: Timestamp) -> CommandId {
        self.new_id(at)
    }
}
