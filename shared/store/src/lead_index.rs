//! Under what leads are found: score, last contact, name, source, tags, words, pairs of words.

use crate::entries::{Entry, Indexed, time_value};
use crate::error::StoreError;
use crate::keys;
use crate::record::{Item, Stored};
use plat_domain::{Lead, LeadId, Score, TagId, TeamId, fold};
use std::collections::BTreeSet;

pub(crate) const SCORE: &str = "score";
pub(crate) const CONTACT: &str = "contact";
pub(crate) const NAME: &str = "name";
pub(crate) const WORD: &str = "word";
const PAIR: &str = "pair";

impl Indexed for Lead {
    const KIND: &'static str = "lead";
    type Id = LeadId;

    fn facet(team: TeamId, facet: &str) -> String {
        keys::lead_facet(team, facet)
    }

    fn read(item: Item) -> Result<Stored<Self>, StoreError> {
        crate::lead::read(item)
    }

    fn entries(record: &Stored<Self>) -> BTreeSet<Entry> {
        let lead = &record.value;
        if lead.deleted_at.is_some() {
            return BTreeSet::new();
        }
        let id = lead.id;
        let contact = lead
            .last_contact_at
            .map_or_else(|| "-".to_owned(), time_value);
        let ordered = [
            Entry::at(SCORE, &score_value(lead.score), id),
            Entry::at(CONTACT, &contact, id),
            Entry::at(NAME, &name_value(lead.name.as_str()), id),
        ];
        let words = lead.search_words();
        let words = words.iter().map(|word| Entry::under(WORD, word, id));
        let pairs = lead.search_pairs();
        let pairs = pairs
            .iter()
            .map(|(first, other)| Entry::at(pair_facet(first), other, id));
        let sources = lead.source.iter();
        let sources = sources.map(|source| Entry::by_creation(source_facet(&source.key()), id));
        let tags = lead.tags.iter();
        let tags = tags.map(|tag| Entry::by_creation(tag_facet(*tag), id));
        let all = ordered
            .into_iter()
            .chain(words)
            .chain(pairs)
            .chain(sources)
            .chain(tags);
        all.collect()
    }
}

/// Pairs are spread over partitions by the letters of the one word, and ordered by the other.
pub(crate) fn pair_facet(first: &str) -> String {
    format!("{PAIR}#{first}")
}

pub(crate) fn source_facet(key: &str) -> String {
    format!("source#{key}")
}

pub(crate) fn tag_facet(tag: TagId) -> String {
    format!("tag#{tag}")
}

/// Three digits, so that text sorts as numbers do; leads without a score come first.
pub(crate) fn score_value(score: Option<Score>) -> String {
    score.map_or_else(|| "-".to_owned(), |score| format!("{:03}", score.get()))
}

/// The words of the name without case and accents; 60 characters tell names apart well enough to sort by.
///
/// Words are joined by a character that sorts behind the one that ends the value, so that `Ann` comes before `Ann Lee`.
pub(crate) fn name_value(name: &str) -> String {
    let words: Vec<String> = fold(name)
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    words.join("-").chars().take(60).collect()
}
