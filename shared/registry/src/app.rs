//! What a handler gets: the store, and a trait object for each thing outside.

use jiff::Timestamp;
use plat_domain::{CommandId, Id};
use plat_services::{Clock, Keys, Mailer, Random};
use plat_store::Store;
use std::sync::Arc;

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
    /// Tokens and seals.
    pub keys: Arc<Keys>,
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

impl App {
    /// A new id as of `at`.
    pub fn new_id<K>(&self, at: Timestamp) -> Id<K> {
        Id::from_parts(at, self.random.bits())
    }

    /// The id of a command that nobody named.
    pub(crate) fn fresh_command(&self, at: Timestamp) -> CommandId {
        self.new_id(at)
    }
}
