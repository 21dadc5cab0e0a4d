//! Signed-in devices. A session stands while the gate names it; its own item says what the person sees of it.
//!
//! No refresh token is stored, not even hashed: a token names a session and a generation and carries a MAC over both,
//! and the item holds the generation that is current.

use crate::command::Command;
use crate::condition::{Condition, Update};
use crate::db::Db;
use crate::error::StoreError;
use crate::gate::{self, Gate};
use crate::key::Key;
use crate::keys;
use crate::outbox::Removal;
use crate::page::{Page, PageRequest};
use crate::record::{Item, Stored, decode, encode, expiry};
use crate::transaction::Transaction;
use jiff::Timestamp;
use plat_domain::event::SessionFact;
use plat_domain::{Fact, SessionId, SubjectKind, TeamId, UserId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Devices a person may be signed in on; signing in once more ends the oldest session.
pub const MAX_SESSIONS: usize = 20;

/// One signed-in device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// Which.
    pub id: SessionId,
    /// The team that its tokens are for.
    pub team: TeamId,
    /// The generation of refresh token that is current; the first is 0.
    pub generation: u32,
    /// When that generation was issued.
    #[serde(with = "millis")]
    pub rotated_at: Timestamp,
    /// When the session ends if its token is not refreshed before.
    #[serde(with = "millis")]
    pub ends_at: Timestamp,
    /// The device, as its user agent names itself.
    pub device: String,
    /// The address it was last refreshed from.
    pub ip: String,
}

/// The door to sessions.
pub struct Sessions {
    db: Db,
}

impl Sessions {
    pub(crate) fn new(db: Db) -> Self {
        Self { db }
    }

    pub(crate) fn item(
        user: UserId,
        session: &Session,
        command: &Command,
    ) -> Result<Item, StoreError> {
        Self::stored_item(user, &Stored::new(session.clone(), command))
    }

    fn stored_item(user: UserId, record: &Stored<Session>) -> Result<Item, StoreError> {
        let item = encode(
            &keys::session(user, record.value.id),
            "session",
            None,
            record,
        )?;
        Ok(item.with(crate::table::EXPIRES_AT, expiry(record.value.ends_at)))
    }

    /// Signs a device in.
    pub async fn start(
        &self,
        command: &Command,
        gate: &Gate,
        session: &Session,
    ) -> Result<(), StoreError> {
        let user = gate.user.id;
        let mut update = gate::stand(gate, session.id, session.ends_at, command.at);
        let mut transaction = Transaction::new(command)
            .create(Self::item(user, session, command)?, StoreError::Contended);
        let mut standing: Vec<_> = gate
            .sessions
            .iter()
            .filter(|(_, ends)| **ends > command.at)
            .collect();
        standing.sort_by_key(|(id, _)| **id);
        let surplus = (standing.len() + 1).saturating_sub(MAX_SESSIONS);
        for (oldest, _) in standing.into_iter().take(surplus) {
            update = update.remove(format!("sessions.{oldest}"));
            transaction = transaction.delete(keys::session(user, *oldest));
        }
        transaction
            .update_if(keys::gate(user), update, Condition::Present, |_| {
                StoreError::NotFound
            })
            .commit(&self.db)
            .await
    }

    /// A session and its gate in one request; none if the session has ended.
    ///
    /// Read as of the last write: a token that was issued a moment ago must not look like one from the future.
    pub async fn find(
        &self,
        user: UserId,
        session: SessionId,
    ) -> Result<Option<(Stored<Session>, Gate)>, StoreError> {
        let items = self
            .db
            .get_latest(&[keys::session(user, session), keys::gate(user)])
            .await?;
        let find = |kind: &str| items.iter().find(|item| item.kind() == kind);
        let (Some(found), Some(gate)) = (find("session"), find("gate")) else {
            return Ok(None);
        };
        let gate = gate::read(user, gate)?;
        if !gate.sessions.contains_key(&session) {
            return Ok(None);
        }
        Ok(Some((decode(found)?, gate)))
    }

    /// Makes the next generation of refresh token current.
    ///
    /// Of two requests that rotate at once, one wins; the other gets [`StoreError::Stale`] and finds the winner's
    /// generation when it looks again.
    pub async fn rotate(
        &self,
        command: &Command,
        gate: &Gate,
        current: &Stored<Session>,
        next: Session,
    ) -> Result<(), StoreError> {
        let user = gate.user.id;
        let update = gate::stand(gate, next.id, next.ends_at, command.at);
        let standing = Condition::Has(format!("sessions.{}", next.id));
        let next = current.changed(next, command);
        Transaction::new(command)
            .replace(Self::stored_item(user, &next)?, current.version)
            .update_if(keys::gate(user), update, standing, |_| StoreError::NotFound)
            .commit(&self.db)
            .await
    }

    /// Ends one session; ending it again changes nothing.
    pub async fn end(
        &self,
        command: &Command,
        user: UserId,
        session: SessionId,
        team: TeamId,
    ) -> Result<(), StoreError> {
        let update = Update::default().remove(format!("sessions.{session}"));
        let removal = Removal::item(
            command,
            Some(team),
            (SubjectKind::Session, session.to_string()),
            &Stored::new((), command),
            (Fact::SessionEnded(SessionFact::default()), BTreeMap::new()),
        )?;
        Transaction::new(command)
            .delete(keys::session(user, session))
            .put(removal)
            .update_if(keys::gate(user), update, Condition::Present, |_| {
                StoreError::NotFound
            })
            .commit(&self.db)
            .await
    }

    /// Ends every session of a person. Their items expire by themselves and are listed no more.
    pub async fn end_all(&self, user: UserId) -> Result<(), StoreError> {
        let none = Update::default().set(
            "sessions",
            aws_sdk_dynamodb::types::AttributeValue::M(std::collections::HashMap::new()),
        );
        self.db
            .update(&keys::gate(user), &none, Some(&Condition::Present))
            .await
            .map(|_| ())
    }

    /// A page of the sessions of `user` that stand, newest first.
    ///
    /// The gate has said which they are, so each is read by its key, and none that has ended is read at all.
    pub async fn standing(
        &self,
        user: UserId,
        standing: impl IntoIterator<Item = SessionId>,
        page: &PageRequest,
    ) -> Result<Page<Stored<Session>>, StoreError> {
        let behind = |key: &Key| page.after.as_ref().is_none_or(|after| key.sk < after.0);
        let mut keys: Vec<Key> = standing
            .into_iter()
            .map(|session| keys::session(user, session))
            .filter(behind)
            .collect();
        keys.sort_by(|a, b| b.sk.cmp(&a.sk));
        let wanted: Vec<Key> = keys
            .into_iter()
            .skip(page.skip)
            .take(page.limit + 1)
            .collect();
        let mut items = self.db.get_many(&wanted).await?;
        items.sort_by(|a, b| b.string("SK").cmp(&a.string("SK")));
        Page::read(&items, 0, page.limit)
    }
}

/// Times inside records are stored as milliseconds, like those of the envelope.
pub(crate) mod millis {
    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(
        at: &Timestamp,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(at.as_millisecond())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Timestamp, D::Error> {
        Timestamp::from_millisecond(i64::deserialize(deserializer)?)
            .map_err(serde::de::Error::custom)
    }
}
