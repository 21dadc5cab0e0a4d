//! Tags: all names and colours of a team in one item, how often each is worn in items of their own.
//!
//! A lead stores the ids of its tags. Their names are looked up when it is read, so renaming or deleting a tag is one
//! write however many leads wear it.

use crate::command::Command;
use crate::db::{Db, Range};
use crate::error::StoreError;
use crate::keys;
use crate::record::{Stored, decode, encode};
use crate::transaction::Transaction;
use plat_domain::{Color, Lead, TagId, TagName, TeamId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Tags a team may have: all of them are read together, and 300 of them are about 20 KB.
pub const MAX_TEAM_TAGS: usize = 300;

/// How often a change of the tags is tried anew when another came first.
const CHANGE_TRIES: u32 = 8;

/// One tag.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tag {
    /// Its name; unique in the team, whatever the case.
    pub name: TagName,
    /// Its colour.
    pub color: Color,
    /// One more with each change of this tag.
    #[serde(default = "first")]
    pub version: u64,
}

fn first() -> u64 {
    1
}

/// Every tag of a team.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TagSet {
    /// Tags by id.
    pub tags: BTreeMap<TagId, Tag>,
}

impl TagSet {
    /// The tag of this name, in any case.
    pub fn named(&self, name: &TagName) -> Option<TagId> {
        let key = name.key();
        self.tags
            .iter()
            .find(|(_, tag)| tag.name.key() == key)
            .map(|(id, _)| *id)
    }
}

/// The door to tags.
pub struct Tags {
    db: Db,
    team: TeamId,
}

impl Tags {
    pub(crate) fn new(db: Db, team: TeamId) -> Self {
        Self { db, team }
    }

    /// Every tag.
    pub async fn get(&self) -> Result<TagSet, StoreError> {
        let item = self.db.get(&keys::tags(self.team), false).await?;
        item.map_or_else(|| Ok(TagSet::default()), |item| item.decode())
    }

    /// Every tag and how many leads wear it: one request.
    pub async fn with_uses(&self) -> Result<(TagSet, BTreeMap<TagId, u64>), StoreError> {
        let (from, to) = keys::tags_and_uses();
        let limit = 2 * MAX_TEAM_TAGS + 1;
        let items = self
            .db
            .range(&Range {
                index: None,
                pk: keys::tags(self.team).pk,
                from,
                to,
                descending: false,
                limit,
            })
            .await?;
        let mut set = TagSet::default();
        let mut uses = BTreeMap::new();
        for item in &items {
            match item
                .string("SK")
                .and_then(|sk| sk.strip_prefix("TAGS#USE#"))
                .and_then(|id| id.parse().ok())
            {
                Some(tag) => {
                    uses.insert(
                        tag,
                        item.int("uses")
                            .and_then(|count| u64::try_from(count).ok())
                            .unwrap_or_default(),
                    );
                }
                None => set = item.decode()?,
            }
        }
        Ok((set, uses))
    }

    /// Changes the tags as `decide` says, and returns them with its answer. A decision that changes nothing writes
    /// nothing.
    pub async fn change<T, E: From<StoreError>>(
        &self,
        command: &Command,
        mut decide: impl FnMut(&mut TagSet) -> Result<T, E>,
    ) -> Result<(TagSet, T), E> {
        let mut tries = 0;
        loop {
            let item = self.db.get(&keys::tags(self.team), true).await?;
            let current: Option<Stored<TagSet>> = item.as_ref().map(decode).transpose()?;
            let before = current
                .as_ref()
                .map(|stored| stored.value.clone())
                .unwrap_or_default();
            let mut after = before.clone();
            let answer = decide(&mut after)?;
            if after == before {
                return Ok((after, answer));
            }
            if after.tags.len() > MAX_TEAM_TAGS && after.tags.len() > before.tags.len() {
                return Err(StoreError::LimitReached("tags").into());
            }
            let transaction = Transaction::new(command);
            let key = keys::tags(self.team);
            let transaction = match &current {
                None => transaction.create(
                    encode(
                        &key,
                        "tags",
                        Some(self.team),
                        &Stored::new(after.clone(), command),
                    )?,
                    StoreError::Stale { current: 0 },
                ),
                Some(current) => transaction.replace(
                    encode(
                        &key,
                        "tags",
                        Some(self.team),
                        &current.changed(after.clone(), command),
                    )?,
                    current.version,
                ),
            };
            let gone = before.tags.keys().filter(|id| !after.tags.contains_key(id));
            let transaction = gone.fold(transaction, |transaction, id| {
                transaction.delete(keys::tag_use(self.team, *id))
            });
            match transaction.commit(&self.db).await {
                Ok(()) => return Ok((after, answer)),
                Err(StoreError::Stale { .. }) if tries < CHANGE_TRIES => {
                    tries += 1;
                    crate::db::pause(tries).await;
                }
                Err(StoreError::Stale { .. }) => return Err(StoreError::Contended.into()),
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// How a change of a lead changes the uses of tags.
pub(crate) fn uses(before: &Lead, after: &Lead) -> Vec<(TagId, i64)> {
    let worn = |lead: &Lead| {
        if lead.deleted_at.is_some() {
            BTreeSet::new()
        } else {
            lead.tags.clone()
        }
    };
    let (before, after) = (worn(before), worn(after));
    let more = after.difference(&before).map(|tag| (*tag, 1));
    let fewer = before.difference(&after).map(|tag| (*tag, -1));
    more.chain(fewer).collect()
}
