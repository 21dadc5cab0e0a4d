//! What a handler gets: the store, and a trait object for each thing outside.

use jiff::Timestamp;
use plat_domain::{CommandId, Id};
use plat_services::sendgrid::SENDGRID;
use plat_services::{
    Anthropic, Bus, Clock, Files, KeyError, Keys, Mailer, OpenAi, Outgoing, PublicKey, Queues,
    Random, Vault, Writer,
};
use plat_store::{PublishedKey, Store, StoreError};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// The parts that Plat runs on.
#[derive(Clone)]
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
    /// Third parties: providers of models and of mail.
    pub outgoing: Arc<dyn Outgoing>,
    /// The keys by which teams use them.
    pub vault: Arc<dyn Vault>,
    /// The model that the installation has for teams without one of their own; none if it has none, or if this function
    /// was not granted it.
    pub bedrock: Option<Arc<dyn Writer>>,
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
    /// Where endpoints are that people without an account call; links to unsubscribe lead there.
    pub api_origin: String,
    /// Where OpenAI is, or what speaks like it.
    pub openai_url: String,
    /// Where Anthropic is, or what speaks like it.
    pub anthropic_url: String,
    /// Where SendGrid is, or what speaks like it.
    pub sendgrid_url: String,
    /// Origins whose pages may call the API.
    pub cors_origins: Vec<String>,
    /// Requests a signed-in person may make in a minute.
    pub user_per_minute: i64,
    /// Requests an address may make to public endpoints in a minute.
    pub public_per_minute: i64,
}

impl Settings {
    /// The limits of the HTTP contract, for an app at `app_origin` that also answers what people without an account ask,
    /// and providers where they are.
    pub fn new(app_origin: impl Into<String>) -> Self {
        let app_origin = app_origin.into();
        Self {
            cors_origins: vec![app_origin.clone()],
            api_origin: app_origin.clone(),
            openai_url: OpenAi::URL.to_owned(),
            anthropic_url: Anthropic::URL.to_owned(),
            sendgrid_url: SENDGRID.to_owned(),
            app_origin,
            user_per_minute: 100,
            public_per_minute: 20,
        }
    }
}

/// When the public keys were read last, so that tokens under made-up keys do not make us read them each time.
#[derive(Debug, Default)]
pub struct KeysRead(AtomicI64);

/// Whoever has parts of their own reads for themselves.
impl Clone for KeysRead {
    fn clone(&self) -> Self {
        Self::default()
    }
}

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
