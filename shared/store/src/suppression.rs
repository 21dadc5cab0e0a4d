//! Addresses that a team does not write to any more: no such mailbox, or its owner said no.
//!
//! They are kept by a hash. So a "no" outlives the client who said it, and tells nobody who that was.

use crate::condition::{Condition, Update, text};
use crate::db::Db;
use crate::error::StoreError;
use crate::key::Key;
use crate::keys;
use crate::record::{Item, read_time, time};
use crate::transaction::Transaction;
use jiff::Timestamp;
use plat_domain::{EmailHash, EmailId, SuppressionReason, TeamId};

pub(crate) const KIND: &str = "suppressed";

/// Why an address is not written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Suppression {
    /// What was said or told of it.
    pub reason: SuppressionReason,
    /// When.
    pub at: Timestamp,
    /// By which e-mail.
    pub email: Option<EmailId>,
}

/// The door to them.
pub struct Suppressions {
    db: Db,
    team: TeamId,
}

impl Suppressions {
    pub(crate) fn new(db: Db, team: TeamId) -> Self {
        Self { db, team }
    }

    /// Why the team does not write to an address, as of the last write; none if it may.
    pub async fn get(&self, address: EmailHash) -> Result<Option<Suppression>, StoreError> {
        let item = self.db.get(&key(self.team, address), true).await?;
        item.as_ref().map(read).transpose()
    }

    /// Has the team write to an address no more. What was known of it before, stays.
    pub async fn add(
        &self,
        address: EmailHash,
        suppression: Suppression,
    ) -> Result<(), StoreError> {
        let (key, update) = adding(self.team, address, suppression);
        self.db.update(&key, &update, None).await.map(|_| ())
    }
}

/// The same as a part of a transaction.
pub(crate) fn add(
    transaction: Transaction,
    team: TeamId,
    address: EmailHash,
    suppression: Suppression,
) -> Transaction {
    let (key, update) = adding(team, address, suppression);
    transaction.update(key, update)
}

/// Has a transaction happen only if the team may write to an address.
pub(crate) fn unless_suppressed(
    transaction: Transaction,
    team: TeamId,
    address: EmailHash,
    otherwise: StoreError,
) -> Transaction {
    transaction.check(key(team, address), Condition::Absent, otherwise)
}

pub(crate) fn key(team: TeamId, address: EmailHash) -> Key {
    keys::suppressed(team, &address.to_string())
}

pub(crate) fn read(item: &Item) -> Result<Suppression, StoreError> {
    let broken = || StoreError::Fault("a suppressed address does not say why".to_owned());
    let reason = item.string("reason").and_then(|text| text.parse().ok());
    Ok(Suppression {
        reason: reason.ok_or_else(broken)?,
        at: read_time(item, "at").unwrap_or_default(),
        email: item.string("emailId").and_then(|id| id.parse().ok()),
    })
}

/// The first reason stays: whoever unsubscribes from an address that bounced, may not have it back by that.
fn adding(team: TeamId, address: EmailHash, suppression: Suppression) -> (Key, Update) {
    let update = Update::default()
        .set("type", text(KIND))
        .set("teamId", text(team))
        .set_default("reason", text(suppression.reason))
        .set_default("at", time(suppression.at));
    let update = match suppression.email {
        Some(email) => update.set_default("emailId", text(email)),
        None => update,
    };
    (key(team, address), update)
}
