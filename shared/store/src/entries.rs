//! The orders and words by which records are found, as items of their own.
//!
//! Lists by creation, status and assignee are the table's indexes and hold at once. What is here follows each change
//! within a moment, through the job `search.index`: entries are keys only, and what they lead to is read from the
//! records themselves, so a list never shows what no longer is. Which entries a record has is told in one file a kind.

use crate::condition::text;
use crate::db::Db;
use crate::error::StoreError;
use crate::key::Key;
use crate::record::{Change, Item, Stored};
use crate::same::Same;
use jiff::Timestamp;
use plat_domain::{Client, Deal, Lead, TeamId};
use std::collections::BTreeSet;
use std::fmt::Display;
use std::str::FromStr;

/// The kinds of record that have entries.
pub const INDEXED_KINDS: [&str; 3] = [Client::KIND, Deal::KIND, Lead::KIND];

/// Sorts behind every value, whatever its script.
pub(crate) const LAST: char = char::MAX;

/// A kind of record that is found by entries, or, if it has none, by the table's indexes alone.
pub(crate) trait Indexed: Sized {
    /// Its name in items.
    const KIND: &'static str;

    /// How every place of one of its records ends.
    type Id: Copy + Ord + FromStr;

    /// The partition of a facet. A kind without entries has no facets.
    fn facet(_: TeamId, _: &str) -> String {
        String::new()
    }

    fn read(item: Item) -> Result<Stored<Self>, StoreError>;

    /// Every entry that a record has; none once it is deleted.
    fn entries(_: &Stored<Self>) -> BTreeSet<Entry> {
        BTreeSet::new()
    }
}

/// One entry: a facet and the place in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry {
    pub(crate) facet: String,
    pub(crate) sk: String,
}

impl Entry {
    /// Under a value that orders the facet, and among equal ones by creation.
    pub(crate) fn at(facet: impl Into<String>, value: &str, id: impl Display) -> Self {
        let facet = facet.into();
        let sk = place(value, id);
        Self { facet, sk }
    }

    /// In a facet that is ordered by creation.
    pub(crate) fn by_creation(facet: String, id: impl Display) -> Self {
        let sk = id.to_string();
        Self { facet, sk }
    }

    /// Under a word of what `of` names. Words are spread over partitions by their first character.
    pub(crate) fn under(of: &str, word: &str, id: impl Display) -> Self {
        Self::at(word_facet(of, word), word, id)
    }
}

pub(crate) fn word_facet(of: &str, word: &str) -> String {
    let first = word.chars().next().map(String::from).unwrap_or_default();
    format!("{of}#{first}")
}

pub(crate) fn place(value: &str, id: impl Display) -> String {
    format!("{value}#{id}")
}

/// The record that an entry leads to: every sort key ends in its id.
pub(crate) fn record_at<I: FromStr>(sk: &str) -> Option<I> {
    sk.get(sk.len().checked_sub(26)?..)?.parse().ok()
}

/// Milliseconds since the first moment there is, in as many digits as the last one has, so that text sorts as time
/// does before 1970 too.
pub(crate) fn time_value(at: Timestamp) -> String {
    let since = at
        .as_millisecond()
        .saturating_sub(Timestamp::MIN.as_millisecond());
    format!("{since:015}")
}

/// The time of such a value.
pub(crate) fn time_of(value: &str) -> Option<Timestamp> {
    let since: i64 = value.parse().ok()?;
    let millisecond = since.checked_add(Timestamp::MIN.as_millisecond())?;
    Timestamp::from_millisecond(millisecond).ok()
}

/// The door to the entries of a team's records.
pub struct Entries {
    db: Db,
    team: TeamId,
}

impl Entries {
    pub(crate) fn new(db: Db, team: TeamId) -> Self {
        Self { db, team }
    }

    /// Brings the entries from what the record had before a change to what it has since. Doing it again changes nothing.
    pub async fn follow(&self, change: &Change) -> Result<(), StoreError> {
        match change.kind() {
            Client::KIND => self.bring::<Client>(change).await,
            Deal::KIND => self.bring::<Deal>(change).await,
            Lead::KIND => {
                self.bring::<Lead>(change).await?;
                Same::new(self.db.clone(), self.team).follow(change).await
            }
            other => Err(StoreError::Fault(format!("a {other} has no entries"))),
        }
    }

    async fn bring<R: Indexed>(&self, change: &Change) -> Result<(), StoreError> {
        let read = |item: &Option<Item>| item.clone().map(R::read).transpose();
        let (old, new) = (read(&change.old)?, read(&change.new)?);
        let (come, go) = turn(old.as_ref(), new.as_ref());
        let key = |entry: &Entry| Key::new(R::facet(self.team, &entry.facet), &entry.sk);
        let puts = come.iter().map(|entry| {
            Item(key(entry).attributes())
                .with("type", text(format!("{}_index", R::KIND)))
                .with("teamId", text(self.team))
        });
        let deletes = go.iter().map(key);
        self.db.write_many(puts.collect(), deletes.collect()).await
    }
}

/// The entries that come with a change, and those that go.
pub(crate) fn turn<R: Indexed>(
    old: Option<&Stored<R>>,
    new: Option<&Stored<R>>,
) -> (BTreeSet<Entry>, BTreeSet<Entry>) {
    let entries = |record: Option<&Stored<R>>| record.map(R::entries).unwrap_or_default();
    let (before, after) = (entries(old), entries(new));
    (&after - &before, &before - &after)
}

#[cfg(test)]
mod tests {
    use super::*;
    use plat_domain::DealId;
    use proptest::prelude::*;

    #[test]
    fn a_place_leads_to_its_record() {
        let deal = DealId::from_bits(7);

        assert_eq!(record_at(&place("elm#st", deal)), Some(deal));
        assert_eq!(record_at(&deal.to_string()), Some(deal));
        assert_eq!(record_at::<DealId>("elm"), None);
        assert_eq!(record_at::<DealId>(&format!("{}é", deal)), None);
    }

    proptest! {
        #[test]
        fn times_sort_as_their_values_do(
            a in Timestamp::MIN.as_millisecond()..=Timestamp::MAX.as_millisecond(),
            b in Timestamp::MIN.as_millisecond()..=Timestamp::MAX.as_millisecond(),
        ) {
            let value = |at| time_value(Timestamp::from_millisecond(at).unwrap());
            prop_assert_eq!(value(a).cmp(&value(b)), a.cmp(&b));
            prop_assert_eq!(value(a).len(), 15);
            prop_assert_eq!(time_of(&value(a)).map(Timestamp::as_millisecond), Some(a));
        }
    }
}
