//! When two names may be one person's.

use super::nicknames::{are_related, is_known};
use crate::Name;
use crate::lead::identity::{all_words, name_words};

/// How alike two words must be by Jaro and Winkler, from 0 to 1. `Johnson` and `Jonson` are, `Mark` and `Mary` are not.
const SIMILAR: f64 = 0.9;

/// Shorter words are too easily alike, in characters.
const MIN_SIMILAR: usize = 3;

/// Suffixes by generation: a son of the same name is the second.
const GENERATIONS: [(&str, u8); 10] = [
    ("sr", 1),
    ("senior", 1),
    ("jr", 2),
    ("junior", 2),
    ("ii", 2),
    ("2nd", 2),
    ("iii", 3),
    ("3rd", 3),
    ("iv", 4),
    ("4th", 4),
];

/// Words that make a name a company's or a trust's.
const LEGAL: [&str; 16] = [
    "llc",
    "inc",
    "incorporated",
    "corp",
    "corporation",
    "co",
    "company",
    "ltd",
    "lp",
    "llp",
    "pllc",
    "pc",
    "trust",
    "estate",
    "foundation",
    "association",
];

/// How far two names agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NameMatch {
    /// In every word, in any order.
    Same,
    /// But for short forms.
    Nickname,
    /// But for a few letters.
    Similar,
    /// In all words that one of them has, or in its initials.
    Part,
    /// Not.
    Different,
}

/// What comes of comparing two names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Compared {
    pub(super) names: NameMatch,
    /// Both say a generation, and not the same.
    pub(super) generations_differ: bool,
}

/// Compares two names. The order of the two makes no difference.
pub(super) fn compare(one: &Name, other: &Name) -> Compared {
    let (all, all_of_other) = (all_words(one), all_words(other));
    let generation = |words: &[String]| {
        let of_word = |word: &String| GENERATIONS.iter().find(|(known, _)| known == word);
        words
            .iter()
            .find_map(of_word)
            .map(|(_, generation)| *generation)
    };
    let generations = (generation(&all), generation(&all_of_other));
    let is_legal = |words: &[String]| words.iter().any(|word| LEGAL.contains(&word.as_str()));
    // `Maryann` is `Mary Ann`; but a name without a letter is only its own spelling.
    let is_one_word = !all.is_empty() && all.concat() == all_of_other.concat();
    let names = if is_one_word || one == other {
        NameMatch::Same
    } else if is_legal(&all) != is_legal(&all_of_other) {
        NameMatch::Different
    } else {
        let (mut few, mut many) = (name_words(one), name_words(other));
        // The same pairs are made whichever comes first.
        if (few.len(), &few) > (many.len(), &many) {
            std::mem::swap(&mut few, &mut many);
        }
        let found = of_words(&few, &many);
        if found == NameMatch::Same && initials_differ(&all, &all_of_other) {
            NameMatch::Part
        } else {
            found
        }
    };
    Compared {
        names,
        generations_differ: matches!(generations, (Some(one), Some(other)) if one != other),
    }
}

fn of_words(few: &[String], many: &[String]) -> NameMatch {
    if few.is_empty() {
        return NameMatch::Different;
    }
    let (mut left, mut open) = (few.to_vec(), many.to_vec());
    let mut weakest = None;
    // Words that agree best are paired first.
    for kind in [
        WordMatch::Exact,
        WordMatch::Nickname,
        WordMatch::Similar,
        WordMatch::Initial,
    ] {
        left.retain(|word| {
            let Some(place) = open
                .iter()
                .position(|other| of_word(word, other) == Some(kind))
            else {
                return true;
            };
            open.remove(place);
            weakest = Some(kind);
            false
        });
    }
    match weakest {
        _ if !left.is_empty() => NameMatch::Different,
        // All of a name by its first letters is nobody's.
        Some(WordMatch::Initial) if few.iter().all(|word| is_initial(word)) => NameMatch::Different,
        Some(_) if !open.is_empty() => NameMatch::Part,
        Some(WordMatch::Exact) => NameMatch::Same,
        Some(WordMatch::Nickname) if few.len() > 1 => NameMatch::Nickname,
        Some(WordMatch::Similar) if few.len() > 1 => NameMatch::Similar,
        Some(WordMatch::Nickname | WordMatch::Similar | WordMatch::Initial) => NameMatch::Part,
        None => NameMatch::Different,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum WordMatch {
    Exact,
    Nickname,
    Similar,
    Initial,
}

fn of_word(one: &str, other: &str) -> Option<WordMatch> {
    if one == other {
        Some(WordMatch::Exact)
    } else if is_initial(one) || is_initial(other) {
        (one.starts_with(other) || other.starts_with(one)).then_some(WordMatch::Initial)
    } else if are_related(one, other) {
        Some(WordMatch::Nickname)
    } else if is_known(one) && is_known(other) {
        // `Michael` and `Michelle` are spelled alike, and are two people.
        None
    } else {
        are_similar(one, other).then_some(WordMatch::Similar)
    }
}

fn is_initial(word: &str) -> bool {
    word.chars().nth(1).is_none()
}

fn are_similar(one: &str, other: &str) -> bool {
    let is_long = |word: &str| word.chars().count() >= MIN_SIMILAR;
    // The algorithm pairs letters from the left, so two words may be a little more alike the other way round.
    let is_alike = |one: &str, other: &str| strsim::jaro_winkler(one, other) >= SIMILAR;
    is_long(one)
        && is_long(other)
        && !is_couple(one, other)
        && (is_alike(one, other) || is_alike(other, one))
}

/// Names of a man and a woman that differ only in their ending: `Ivan` and `Ivana`, `Silvio` and `Silvia`.
fn is_couple(one: &str, other: &str) -> bool {
    let is_hers = |his: &str, hers: &str| {
        hers.strip_suffix('a')
            .is_some_and(|stem| his == stem || his.strip_suffix('o') == Some(stem))
    };
    is_hers(one, other) || is_hers(other, one)
}

/// Whether both have middle initials, and none in common.
fn initials_differ(one: &[String], other: &[String]) -> bool {
    let initials = |words: &[String]| -> Vec<String> {
        words
            .iter()
            .filter(|word| is_initial(word))
            .cloned()
            .collect()
    };
    let (one, other) = (initials(one), initials(other));
    !one.is_empty() && !other.is_empty() && !one.iter().any(|initial| other.contains(initial))
}
