//! Single-use tokens that were mailed to somebody.
//!
//! Nothing secret is at rest: what is mailed is this item's id with a MAC over it, and only who holds the key can make
//! one. The item says what the token is for, until when, and whether it was used. Its creation is what causes the mail.

use crate::command::Command;
use crate::condition::{Condition, Update, text};
use crate::db::Db;
use crate::error::StoreError;
use crate::keys;
use crate::record::{Item, Stored, decode, encode, expiry, time};
use crate::session::millis;
use crate::transaction::Transaction;
use jiff::Timestamp;
use plat_domain::{Email, InviteDetails, Language, TokenId, TokenPurpose, UserId};
use serde::{Deserialize, Serialize};

/// A mailed token.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Token {
    /// Which.
    pub id: TokenId,
    /// What for.
    pub purpose: TokenPurpose,
    /// Where it was mailed to.
    pub email: Email,
    /// Whose account it is about; none for an invitation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    /// What it invites to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invite: Option<InviteDetails>,
    /// The language of the mail.
    pub language: Language,
    /// When it stops working.
    #[serde(with = "millis")]
    pub ends_at: Timestamp,
}

/// The door to tokens.
pub struct Tokens {
    db: Db,
}

impl Tokens {
    pub(crate) fn new(db: Db) -> Self {
        Self { db }
    }

    /// Writes a token, which causes its mail.
    pub async fn create(&self, command: &Command, token: &Token) -> Result<(), StoreError> {
        Transaction::new(command)
            .create(Self::item(token, command)?, StoreError::Contended)
            .commit(&self.db)
            .await
    }

    /// A token that can still be used at `now` for `purpose`, or that this very command used before.
    pub async fn find(
        &self,
        command: &Command,
        token: TokenId,
        purpose: TokenPurpose,
    ) -> Result<Option<Token>, StoreError> {
        let Some(item) = self.db.get(&keys::token(token), true).await? else {
            return Ok(None);
        };
        let spent = item.0.contains_key("usedAt") && !item.written_by(command);
        let found: Stored<Token> = decode(&item)?;
        Ok(Some(found.value)
            .filter(|token| token.purpose == purpose && !spent && token.ends_at > command.at))
    }

    pub(crate) fn item(token: &Token, command: &Command) -> Result<Item, StoreError> {
        let record = Stored::new(token.clone(), command);
        let item = encode(&keys::token(token.id), "token", None, &record)?;
        Ok(item.with(crate::table::EXPIRES_AT, expiry(token.ends_at)))
    }

    /// Adds to a transaction that the token is used, once.
    pub(crate) fn use_up(
        transaction: Transaction,
        token: &Token,
        command: &Command,
    ) -> Transaction {
        let used = Update::default()
            .set("usedAt", time(command.at))
            .set("commandId", text(command.id));
        let unused = Condition::All(vec![
            Condition::Present,
            Condition::Lacks("usedAt".to_owned()),
        ]);
        transaction.update_if(keys::token(token.id), used, unused, |_| {
            StoreError::NotFound
        })
    }
}
