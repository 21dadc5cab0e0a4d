//! The orders and words by which leads are found, as items of their own.
//!
//! Lists by creation, status and assignee are the table's indexes and hold at once. What is here follows each change
//! within a moment, through the job `search.index`: entries are keys only, and what they lead to is read from the leads
//! themselves, so a list never shows what no longer is.

use crate::condition::text;
use crate::db::Db;
use crate::error::StoreError;
use crate::key::Key;
use crate::keys;
use crate::record::Item;
use jiff::Timestamp;
use plat_domain::{Lead, LeadId, Score, TeamId, fold};
use std::collections::BTreeSet;

/// One entry: a facet and the place in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry {
    pub(crate) facet: String,
    pub(crate) sk: String,
}

/// The door to the entries.
pub struct LeadIndex {
    db: Db,
    team: TeamId,
}

impl LeadIndex {
    pub(crate) fn new(db: Db, team: TeamId) -> Self {
        Self { db, team }
    }

    /// Brings the entries from what `old` had to what `new` has. Doing it again changes nothing.
    pub async fn follow(&self, old: Option<&Lead>, new: Option<&Lead>) -> Result<(), StoreError> {
        let entries_of = |lead: Option<&Lead>| lead.map(entries).unwrap_or_default();
        let (before, after) = (entries_of(old), entries_of(new));
        let key = |entry: &Entry| Key::new(keys::lead_facet(self.team, &entry.facet), &entry.sk);
        let puts = after.difference(&before).map(|entry| {
            Item(key(entry).attributes())
                .with("type", text("lead_index"))
                .with("teamId", text(self.team))
        });
        let deletes = before.difference(&after).map(key);
        self.db.write_many(puts.collect(), deletes.collect()).await
    }
}

/// Every entry that a lead has; none once it is deleted.
pub(crate) fn entries(lead: &Lead) -> BTreeSet<Entry> {
    if lead.deleted_at.is_some() {
        return BTreeSet::new();
    }
    let id = lead.id;
    let mut entries: BTreeSet<Entry> = lead
        .search_words()
        .into_iter()
        .map(|word| Entry {
            facet: word_facet(&word),
            sk: place(&word, id),
        })
        .collect();
    entries.insert(Entry {
        facet: "score".to_owned(),
        sk: place(&score_value(lead.score.map(Score::get)), id),
    });
    entries.insert(Entry {
        facet: "contact".to_owned(),
        sk: place(
            &contact_value(lead.last_contact_at.map(|at| at.as_millisecond())),
            id,
        ),
    });
    entries.insert(Entry {
        facet: "name".to_owned(),
        sk: place(&name_value(lead.name.as_str()), id),
    });
    if let Some(source) = &lead.source {
        entries.insert(Entry {
            facet: source_facet(&source.key()),
            sk: id.to_string(),
        });
    }
    entries.extend(lead.tags.iter().map(|tag| Entry {
        facet: format!("tag#{tag}"),
        sk: id.to_string(),
    }));
    entries
}

/// Words are spread over partitions by their first character.
pub(crate) fn word_facet(word: &str) -> String {
    format!(
        "word#{}",
        word.chars().next().map(String::from).unwrap_or_default()
    )
}

pub(crate) fn source_facet(key: &str) -> String {
    format!("source#{key}")
}

/// Three digits, so that text sorts as numbers do; leads without a score come first.
pub(crate) fn score_value(score: Option<u8>) -> String {
    score.map_or_else(|| "-".to_owned(), |score| format!("{score:03}"))
}

/// Milliseconds since the first moment there is, in as many digits as the last one has, so that text sorts as time
/// does before 1970 too.
fn contact_value(at: Option<i64>) -> String {
    let since = |at: i64| at.saturating_sub(Timestamp::MIN.as_millisecond());
    at.map_or_else(|| "-".to_owned(), |at| format!("{:015}", since(at)))
}

/// The words of the name without case and accents; 60 characters tell names apart well enough to sort by.
///
/// Words are joined by a character that sorts behind the one that ends the value, so that `Ann` comes before `Ann Lee`.
fn name_value(name: &str) -> String {
    let words: Vec<String> = fold(name)
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    words.join("-").chars().take(60).collect()
}

pub(crate) fn place(value: &str, id: LeadId) -> String {
    format!("{value}#{id}")
}

/// The lead that an entry leads to: every sort key ends in its id.
pub(crate) fn lead_of(sk: &str) -> Option<LeadId> {
    sk.get(sk.len().checked_sub(26)?..)?.parse().ok()
}
