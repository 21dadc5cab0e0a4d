//! Keys by which others send something in without an account: what comes by a key, and a hash of its secret.
//!
//! The key itself names its team and its item, so finding it is one read. Its secret is told once and is nowhere at rest.

use crate::command::Command;
use crate::condition::{Condition, Update, number};
use crate::db::{Db, Range, Written};
use crate::error::StoreError;
use crate::keys;
use crate::outbox::{Removal, one};
use crate::page::{Page, PageRequest, Position};
use crate::record::{Item, Stored, decode, encode};
use crate::transaction::{Transaction, stale};
use aws_lc_rs::digest;
use jiff::{SignedDuration, Timestamp};
use plat_domain::event::SettingsFact;
use plat_domain::{
    ApiKeyId, Fact, FieldKey, Id, Name, SettingsSection, Source, Step, SubjectKind, TagId, TeamId,
    UserId,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeSet;
use std::fmt;

/// Keys of a team: all are listed together.
const MAX_KEYS: usize = 50;

/// How fresh the time of the last use is: a key that is used all day costs one write an hour for it.
const COARSE: SignedDuration = SignedDuration::from_hours(1);

const USED_AT: &str = "usedAt";
const TURNS: &str = "turns";

/// Characters of each of the three ids that make up a key.
const ID_LENGTH: usize = 26;

/// A key by which leads are sent in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiKey {
    /// Which.
    pub id: ApiKeyId,
    /// What the team calls it.
    pub name: Name,
    /// Where its leads come from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// Who works its leads, by turns; nobody if there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assigned_to: Vec<UserId>,
    /// What its leads wear.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub tags: BTreeSet<TagId>,
    /// The field of its form that people do not see, and only programs fill in.
    pub trap: FieldKey,
    /// SHA-256 of its secret, in hexadecimal digits.
    pub hash: String,
    /// When it was used last, to the hour.
    #[serde(default, skip_serializing)]
    used_at: Option<i64>,
}

impl ApiKey {
    /// A key that was never used.
    pub fn new(name: Name, trap: FieldKey, secret: &ApiSecret) -> Self {
        Self {
            id: secret.id,
            name,
            source: None,
            assigned_to: Vec::new(),
            tags: BTreeSet::new(),
            trap,
            hash: secret.hash(),
            used_at: None,
        }
    }

    /// When it was used last, to the hour.
    pub fn used_at(&self) -> Option<Timestamp> {
        Timestamp::from_millisecond(self.used_at?).ok()
    }

    /// What is told of it: all but its secret.
    fn told(&self) -> serde_json::Value {
        json!({
            "name": self.name,
            "source": self.source,
            "assignedTo": self.assigned_to,
            "tags": self.tags,
        })
    }

    fn fact() -> Fact {
        let section = SettingsSection::ApiKeys;
        Fact::SettingsUpdated(SettingsFact { section })
    }

    pub(crate) fn subject() -> (SubjectKind, String) {
        (SubjectKind::Settings, SettingsSection::ApiKeys.to_string())
    }

    /// What is told of a new one.
    pub(crate) fn steps(old: Option<&Self>, new: &Self) -> Vec<Step> {
        let created = old.is_none().then(|| new.told());
        let changes = created.map(|told| one(&new.id.to_string(), None, Some(&told)));
        changes
            .into_iter()
            .map(|changes| (Self::fact(), changes))
            .collect()
    }
}

/// What somebody has who may use a key: written, the team, the key and 128 bits that nobody guesses, each as an id.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiSecret {
    /// Whose key it is.
    pub team: TeamId,
    /// Which.
    pub id: ApiKeyId,
    secret: Id<()>,
}

impl ApiSecret {
    /// The secret of a key out of random bits.
    pub fn new(team: TeamId, id: ApiKeyId, bits: u128) -> Self {
        let secret = Id::from_bits(bits);
        Self { team, id, secret }
    }

    /// Reads it; none if it is no such thing.
    pub fn parse(text: &str) -> Option<Self> {
        let (team, rest) = text.split_at_checked(ID_LENGTH)?;
        let (id, secret) = rest.split_at_checked(ID_LENGTH)?;
        Some(Self {
            team: team.parse().ok()?,
            id: id.parse().ok()?,
            secret: secret.parse().ok()?,
        })
    }

    /// It in full, for whoever may use it.
    pub fn reveal(&self) -> String {
        format!("{}{}{}", self.team, self.id, self.secret)
    }

    fn hash(&self) -> String {
        let hash = digest::digest(&digest::SHA256, self.reveal().as_bytes());
        let digits = hash.as_ref().iter().map(|byte| format!("{byte:02x}"));
        digits.collect()
    }
}

impl fmt::Debug for ApiSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiSecret({})", self.id)
    }
}

/// The door to keys.
pub struct ApiKeys {
    db: Db,
    team: TeamId,
}

impl ApiKeys {
    pub(crate) fn new(db: Db, team: TeamId) -> Self {
        Self { db, team }
    }

    /// A page of the keys, oldest first.
    pub async fn list(&self, page: &PageRequest) -> Result<Page<Stored<ApiKey>>, StoreError> {
        let (from, to) = keys::api_keys();
        let from = page.after.as_ref().map_or(from, Position::behind);
        let items = self.range(from, to, page.limit + page.skip + 1).await?;
        Page::read(&items, page.skip, page.limit)
    }

    /// Keeps a new key whose assignees are members. The same command keeps one, with the last secret that was made for it.
    pub async fn create(
        &self,
        command: &Command,
        key: ApiKey,
    ) -> Result<Stored<ApiKey>, StoreError> {
        let (from, to) = keys::api_keys();
        let there = self.range(from, to, MAX_KEYS).await?;
        if there
            .iter()
            .filter(|item| !item.written_by(command))
            .count()
            >= MAX_KEYS
        {
            return Err(StoreError::LimitReached("api_keys"));
        }
        let record = Stored::new(key, command);
        let place = keys::api_key(self.team, record.value.id);
        let item = encode(&place, "api_key", Some(self.team), &record)?;
        let transaction = Transaction::new(command).put(item);
        let members = record.value.assigned_to.iter();
        let transaction = members.fold(transaction, |transaction, user| {
            transaction.check(
                keys::member(self.team, *user),
                Condition::Present,
                StoreError::MissingReference("assignedTo"),
            )
        });
        transaction.commit(&self.db).await?;
        Ok(record)
    }

    /// Revokes a key: nothing comes by it from now on.
    pub async fn delete(&self, command: &Command, key: ApiKeyId) -> Result<(), StoreError> {
        let place = keys::api_key(self.team, key);
        let item = self.db.get(&place, true).await?;
        let gone: Stored<ApiKey> = decode(item.ok_or(StoreError::NotFound)?)?;
        let told = (
            ApiKey::fact(),
            one(&key.to_string(), Some(&gone.value.told()), None),
        );
        let removal = Removal::item(
            command,
            Some(self.team),
            ApiKey::subject(),
            &gone.with(()),
            told,
        )?;
        Transaction::new(command)
            .delete_if(place, Condition::Present, stale)
            .create(removal, StoreError::Contended)
            .commit(&self.db)
            .await
    }

    /// The key of this secret, as of the last write: one that was revoked is good for nothing.
    pub async fn open(&self, secret: &ApiSecret) -> Result<Option<Stored<ApiKey>>, StoreError> {
        let place = keys::api_key(self.team, secret.id);
        let item = self.db.get(&place, true).await?;
        let key: Option<Stored<ApiKey>> = item.map(decode).transpose()?;
        // What is compared are hashes, so how far they agree tells nothing of the secret.
        Ok(key.filter(|key| key.value.hash == secret.hash()))
    }

    /// Notes that a key is used, unless that was noted less than an hour ago.
    pub async fn used(&self, key: &ApiKey, at: Timestamp) -> Result<(), StoreError> {
        let before = at.checked_sub(COARSE).unwrap_or(at);
        if key.used_at().is_some_and(|used| used > before) {
            return Ok(());
        }
        let update = Update::default().set(USED_AT, number(at.as_millisecond()));
        let stale = Condition::Any(vec![
            Condition::Lacks(USED_AT.to_owned()),
            Condition::Below(USED_AT.to_owned(), before.as_millisecond() + 1),
        ]);
        let there = Condition::All(vec![Condition::Present, stale]);
        let place = keys::api_key(self.team, key.id);
        self.db.update(&place, &update, Some(&there)).await?;
        Ok(())
    }

    /// Who works the next lead of a key, and who instead if they have left, in order. One who works all of them needs no
    /// turns.
    pub async fn next_in_turn(&self, key: &ApiKey) -> Result<Vec<UserId>, StoreError> {
        let mut order = key.assigned_to.clone();
        if order.len() < 2 {
            return Ok(order);
        }
        let place = keys::api_key(self.team, key.id);
        let turn = Update::default().add(TURNS, 1);
        let taken = self.db.update(&place, &turn, Some(&Condition::Present));
        if let Written::Yes(item) = taken.await? {
            let turn = item.int(TURNS).and_then(|turn| usize::try_from(turn).ok());
            let first = turn.unwrap_or(1).saturating_sub(1) % order.len();
            order.rotate_left(first);
        }
        Ok(order)
    }

    async fn range(&self, from: String, to: String, limit: usize) -> Result<Vec<Item>, StoreError> {
        let range = Range {
            index: None,
            pk: keys::team(self.team).pk,
            from,
            to,
            descending: false,
            limit,
        };
        self.db.range_latest(&range).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_read_as_it_was_written_and_never_shown_by_accident() {
        let secret = ApiSecret::new(TeamId::from_bits(1), ApiKeyId::from_bits(2), u128::MAX);

        let read = ApiSecret::parse(&secret.reveal()).unwrap();

        assert_eq!(read, secret);
        assert!(!format!("{secret:?}").contains("7ZZZ"));
        assert_eq!(secret.hash().len(), 64);
        for other in [
            "",
            "x",
            &secret.reveal()[1..],
            &format!("{}0", secret.reveal()),
        ] {
            assert_eq!(ApiSecret::parse(other), None, "{other}");
        }
    }
}
