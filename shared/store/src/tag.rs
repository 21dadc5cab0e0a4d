//! Tags: all names and colours of a team in one item, how often each is worn in items of their own.
//!
//! A lead stores the ids of its tags. Their names are looked up when it is read, so renaming or deleting a tag is one
//! write however many leads wear it.

use crate::command::Command;
use crate::condition::{number, text};
use crate::db::{Db, Range};
use crate::error::StoreError;
use crate::keys;
use crate::page::{Page, PageRequest};
use crate::record::{Item, Stored, decode, encode};
use crate::transaction::Transaction;
use plat_domain::{Color, Lead, TagId, TagName, TeamId, fold};
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

/// One tag of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct TagRow {
    /// Which.
    pub id: TagId,
    /// What it is.
    pub tag: Tag,
    /// How many leads that are not deleted wear it.
    pub uses: u64,
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

    /// Every tag, as of the last change.
    pub(crate) async fn latest(&self) -> Result<TagSet, StoreError> {
        let item = self.db.get(&keys::tags(self.team), true).await?;
        item.map_or_else(|| Ok(TagSet::default()), |item| item.decode())
    }

    /// A page of the tags by name. All are read, since they are few.
    pub async fn list(&self, page: &PageRequest) -> Result<Page<TagRow>, StoreError> {
        let (set, uses) = self.with_uses().await?;
        let mut rows: Vec<(String, TagRow)> = set
            .tags
            .into_iter()
            .map(|(id, tag)| {
                let uses = uses.get(&id).copied().unwrap_or_default();
                (place(&tag.name, id), TagRow { id, tag, uses })
            })
            .filter(|(place, _)| page.after.as_ref().is_none_or(|after| *place > after.0))
            .collect();
        rows.sort_by(|(a, _), (b, _)| a.cmp(b));
        rows.drain(..page.skip.min(rows.len()));
        Ok(Page::cut(rows, page.limit))
    }

    /// How many leads that are not deleted wear `tag`.
    pub async fn uses(&self, tag: TagId) -> Result<u64, StoreError> {
        let item = self.db.get(&keys::tag_use(self.team, tag), false).await?;
        Ok(item.as_ref().map(count).unwrap_or_default())
    }

    /// Every tag and how many leads wear it: one request.
    async fn with_uses(&self) -> Result<(TagSet, BTreeMap<TagId, u64>), StoreError> {
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
        for item in items {
            match item.string("SK").and_then(keys::counted_tag) {
                Some(tag) => {
                    uses.insert(tag, count(&item));
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
            let made = after.tags.keys().filter(|id| !before.tags.contains_key(id));
            let transaction = made.fold(transaction, |transaction, id| {
                transaction.put(self.counter(*id))
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

    /// How often a new tag is worn.
    fn counter(&self, tag: TagId) -> Item {
        Item(keys::tag_use(self.team, tag).attributes())
            .with("type", text("tag_use"))
            .with("teamId", text(self.team))
            .with("uses", number(0))
    }
}

fn count(counter: &Item) -> u64 {
    counter
        .int("uses")
        .and_then(|uses| u64::try_from(uses).ok())
        .unwrap_or_default()
}

/// The order of a list of tags: by name without case and accents. The separator sorts below every character of a name,
/// so that a name comes before those that it begins.
fn place(name: &TagName, id: TagId) -> String {
    format!("{}\u{1f}{id}", fold(name.as_str()))
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
