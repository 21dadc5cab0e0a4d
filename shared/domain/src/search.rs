//! Words under which a record is found, and the queries that find it.
//!
//! What belongs here: how names and queries become words, and when they match. What does
//! not: where the words are kept and how they are read.

use std::collections::BTreeSet;
use std::ops::Bound;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::text::caseless;
use crate::{Address, Email, Line, Name, Phone, Text, search_digits};

/// Longer words are cut, in characters. Nobody types more of a word than this.
const MAX_WORD: usize = 40;

/// The most words of one record. Each is an item to write, and names have a few.
const MAX_WORDS: usize = 40;

/// So many letters of a word stand for it in a pair: enough to tell most words apart, and few enough to be typed first.
const PAIR_LETTERS: usize = 2;

/// Words of a name that are paired. A fifth would cost eight more entries.
const PAIRED_NAMES: usize = 4;

/// Words of a street that are paired with the house number: `North Main` of `12 North Main Street`.
const PAIRED_STREET: usize = 2;

/// The most terms of one query. More would not narrow a search any further.
const MAX_TERMS: usize = 10;

/// The text in lower case and without diacritics: `Łódź` becomes `lodz`.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    // Compatibility forms can be upper case, and lower case can bring marks, so the case
    // is folded on both sides of the decomposition.
    let decomposed: String = text.to_lowercase().nfkd().collect();
    for c in decomposed
        .to_lowercase()
        .nfkd()
        .filter(|c| !is_combining_mark(*c))
    {
        match c {
            // Letters that do not decompose, in the spelling of those who lack the key.
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'þ' => folded.push_str("th"),
            'ø' => folded.push('o'),
            'ł' => folded.push('l'),
            'đ' | 'ð' => folded.push('d'),
            'ı' => folded.push('i'),
            'ς' => folded.push('σ'),
            other => folded.push(other),
        }
    }
    folded
}

/// The folded words of a text, each once and in their order, cut after 40 characters.
pub fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in fold(text).split(|c: char| !c.is_alphanumeric()) {
        let word: String = word.chars().take(MAX_WORD).collect();
        if !word.is_empty() && !words.contains(&word) {
            words.push(word);
        }
    }
    words
}

/// The words under which a record is found by one of its texts, such as the name of its
/// seller. At most 40.
pub fn text_words(text: &str) -> BTreeSet<String> {
    words(text).into_iter().take(MAX_WORDS).collect()
}

/// The words under which a person is found: by e-mail address, its local part and its
/// domain, by the digits of the phone number, by name and by one more line, such as a
/// company or where a property is. At most 40; the address and the number come first,
/// because they are looked up to the letter.
pub fn person_words(
    name: &Name,
    email: Option<&Email>,
    phone: Option<&Phone>,
    line: Option<&Line>,
) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let of_email = email.into_iter().flat_map(|email| {
        let whole = [email.key(), caseless(email.domain())];
        whole
            .into_iter()
            .chain(words(email.local_part()))
            .chain(inner_labels(email.domain()))
    });
    let of_phone = phone.into_iter().flat_map(Phone::search_tokens);
    let of_name = words(name.as_str());
    let of_line = line.into_iter().flat_map(|line| words(line.as_str()));
    for word in of_email.chain(of_phone).chain(of_name).chain(of_line) {
        if found.len() == MAX_WORDS {
            break;
        }
        found.insert(word);
    }
    found
}

/// The same words with those of where a lead's property is, as far as there is room. A postal code is also found without
/// its leading zeros, since digits are looked for as those of a phone number.
pub fn with_address(mut found: BTreeSet<String>, address: &Address) -> BTreeSet<String> {
    let parts = [
        address.street.as_ref().map(Line::as_str),
        address.city.as_ref().map(Text::as_str),
        address.zip.as_ref().map(Text::as_str),
        address.unit.as_ref().map(Text::as_str),
        address.state.as_ref().map(Text::as_str),
    ];
    let zip = address.zip.as_ref();
    let short_zip = zip.map(|zip| zip.as_str().trim_start_matches('0'));
    let parts = parts.into_iter().chain([short_zip]).flatten();
    for word in parts.flat_map(words) {
        if found.len() == MAX_WORDS {
            break;
        }
        found.insert(word);
    }
    found
}

/// Words that people type together, in pairs: the beginning of one and the whole of the other.
///
/// Two words of a name in either order, and a house number with the words behind it. Each is common alone in a large team,
/// and rare together.
pub fn pairs(name: &Name, street: Option<&Line>) -> BTreeSet<(String, String)> {
    let mut names = words(name.as_str());
    names.truncate(PAIRED_NAMES);
    let of_names = names.iter().flat_map(|one| {
        let others = names.iter().filter(move |other| *other != one);
        others.map(move |other| (one, other))
    });
    let street = street
        .map(|street| words(street.as_str()))
        .unwrap_or_default();
    let behind_number = match street.split_first() {
        Some((number, rest)) if is_number(number) => Some((number, rest)),
        Some(_) | None => None,
    };
    let of_street = behind_number.into_iter().flat_map(|(number, rest)| {
        let rest = rest.iter().take(PAIRED_STREET);
        rest.map(move |word| (number, word))
    });
    let all = of_names.chain(of_street);
    all.filter_map(|(one, other)| Some((pair_letters(one)?, other.clone())))
        .collect()
}

/// The first two characters of a word; none if it has one.
fn pair_letters(word: &str) -> Option<String> {
    let first: String = word.chars().take(PAIR_LETTERS).collect();
    (first.chars().count() == PAIR_LETTERS).then_some(first)
}

fn is_number(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit())
}

/// The labels of a domain besides the first, with which the whole begins, and the last,
/// which says nothing: `example` of `mail.example.com`.
fn inner_labels(domain: &str) -> Vec<String> {
    let without_last = domain.rsplit_once('.').map_or("", |(labels, _)| labels);
    without_last.split('.').skip(1).flat_map(words).collect()
}

/// What somebody typed into a search box, as terms that must all be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    driver: String,
    others: Vec<String>,
    first_two: Option<(String, String)>,
}

impl Query {
    /// Reads a query; `None` when there is nothing to look for.
    ///
    /// Something like a phone number is one term of digits; what contains an `@` is the
    /// beginning of an e-mail address (or, after a leading `@`, of a domain).
    pub fn parse(q: &str) -> Option<Self> {
        let mut terms: Vec<String> = match search_digits(q) {
            Some(digits) => vec![digits],
            None => q.split_whitespace().flat_map(terms).collect(),
        };
        terms.truncate(MAX_TERMS);
        Self::of(terms)
    }

    /// Reads the beginnings of words, and nothing but words: digits are part of an address,
    /// not of a phone number. `None` when there are none.
    pub fn of_words(text: &str) -> Option<Self> {
        let mut terms = words(text);
        terms.truncate(MAX_WORDS);
        Self::of(terms)
    }

    fn of(mut terms: Vec<String>) -> Option<Self> {
        let mut words = terms
            .iter()
            .filter(|term| term.chars().all(char::is_alphanumeric) && pair_letters(term).is_some());
        let first_two = words.next().cloned().zip(words.next().cloned());
        // The longest term is rarest; the first of equals, so that the choice is stable.
        let longest = terms
            .iter()
            .rev()
            .max_by_key(|term| term.chars().count())?
            .clone();
        terms.retain(|term| *term != longest);
        Some(Self {
            driver: longest,
            others: terms,
            first_two: first_two.filter(|(one, other)| one != other),
        })
    }

    /// The term to look up first: the longest.
    pub fn driver(&self) -> &str {
        &self.driver
    }

    /// Two of its terms as [`pairs`] have them: the first letters of one, and the other. They are the first two that have two
    /// letters, since words that belong together are typed together. None unless there are two.
    pub fn pair(&self) -> Option<(String, &str)> {
        let (one, other) = self.first_two.as_ref()?;
        // The house number comes first; else the longer is looked up whole, since it is rarer.
        let turned =
            !is_number(one) && (is_number(other) || one.chars().count() > other.chars().count());
        let (first, other) = if turned { (other, one) } else { (one, other) };
        Some((pair_letters(first)?, other))
    }

    /// Whether it has one term only.
    pub fn is_single(&self) -> bool {
        self.others.is_empty()
    }

    /// Whether every term is the beginning of a word. Terms besides the driver may also
    /// begin a part of a word, so that `example.com` finds the domain of an address.
    pub fn matches(&self, words: &BTreeSet<String>) -> bool {
        has_prefix(words, &self.driver)
            && self
                .others
                .iter()
                .all(|term| has_prefix(words, term) || has_part(words, term))
    }
}

fn terms(token: &str) -> Vec<String> {
    match token.strip_prefix('@').unwrap_or(token) {
        "" => Vec::new(),
        address if token.contains('@') => vec![caseless(address)],
        text => words(text),
    }
}

fn has_prefix(words: &BTreeSet<String>, term: &str) -> bool {
    words
        .range::<str, _>((Bound::Included(term), Bound::Unbounded))
        .next()
        .is_some_and(|word| word.starts_with(term))
}

fn has_part(words: &BTreeSet<String>, term: &str) -> bool {
    words
        .iter()
        .flat_map(|word| word.split(|c: char| !c.is_alphanumeric()))
        .any(|part| part.starts_with(term))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ann() -> BTreeSet<String> {
        person_words(
            &Name::parse("Ann-Marie O'Neil").unwrap(),
            Some(&Email::parse("Ann.ONeil+home@Mail.Example.com").unwrap()),
            Some(&Phone::parse("(202) 555-0173").unwrap()),
            Some(&Line::parse("Łódź Homes, Inc.").unwrap()),
        )
    }

    fn finds(q: &str, words: &BTreeSet<String>) -> bool {
        Query::parse(q).unwrap().matches(words)
    }

    #[test]
    fn folding_drops_case_and_diacritics() {
        let cases = [
            ("Ångström", "angstrom"),
            ("ŁÓDŹ", "lodz"),
            ("Straße", "strasse"),
            ("STRASSE", "strasse"),
            ("Søren Æbelø", "soren aebelo"),
            ("İstanbul", "istanbul"),
            ("ﬁne", "fine"),
            ("Ｔｏｋｙｏ", "tokyo"),
            ("Ελλάς", "ελλασ"),
        ];
        for (text, folded) in cases {
            assert_eq!(fold(text), folded);
        }
    }

    #[test]
    fn words_are_split_folded_and_listed_once() {
        assert_eq!(
            words("  Ann-Marie O'Neil, ann "),
            ["ann", "marie", "o", "neil"]
        );
        assert_eq!(words("--- !"), Vec::<String>::new());
        assert_eq!(words(&"x".repeat(60)), ["x".repeat(40)]);
    }

    #[test]
    fn a_lead_has_the_words_of_its_name_company_address_and_number() {
        let expected = [
            "0173",
            "12025550173",
            "2025550173",
            "ann",
            "ann.oneil+home@mail.example.com",
            "example",
            "home",
            "homes",
            "inc",
            "lodz",
            "mail.example.com",
            "marie",
            "neil",
            "o",
            "oneil",
        ];

        assert_eq!(Vec::from_iter(ann()), expected);
    }

    #[test]
    fn a_lead_is_found_by_what_people_type() {
        let words = ann();
        for q in [
            "ann",
            "ANN mar",
            "neil ann",
            "O'Neil",
            "o'n",
            "lodz",
            "Łódź",
            "homes inc",
            "ann.oneil+home@mail.example.com",
            "Ann.ONeil+h",
            "ann.oneil+home@",
            "@mail.example",
            "mail.example.com",
            "ann @mail.ex",
            "(202) 555-0173",
            "+1 202 555",
            "202.555.0173",
            "1-202-555-0173",
            "001 202 555 0173",
            "0173",
            "(202) 555-0173 x5",
        ] {
            assert!(finds(q, &words), "{q}");
        }
    }

    #[test]
    fn a_lead_is_not_found_by_something_else() {
        let words = ann();
        for q in [
            "bob",
            "ann bob",
            "nn",
            "eil",
            "bob@",
            "@example.org",
            "(202) 556",
            "9999",
            "com",
        ] {
            assert!(!finds(q, &words), "{q}");
        }
    }

    fn at_home() -> Address {
        let street = Line::parse("01200 North Élm Street").unwrap();
        Address {
            street: Some(street),
            city: Text::parse("Boston").ok(),
            state: Text::parse("MA").ok(),
            zip: Text::parse("02139").ok(),
            ..Address::default()
        }
    }

    #[test]
    fn a_lead_is_found_by_where_its_property_is() {
        let words = with_address(ann(), &at_home());
        for q in [
            "elm",
            "1200 elm",
            "boston ma",
            "02139",
            "ann bos",
            "nor elm str",
        ] {
            assert_eq!(finds(q, &words), q != "1200 elm", "{q}");
        }
        assert!(!finds("elm", &ann()));
        let full: BTreeSet<String> = (0..MAX_WORDS).map(|n| n.to_string()).collect();
        assert_eq!(with_address(full.clone(), &at_home()), full);
    }

    #[test]
    fn names_are_paired_in_either_order_and_streets_behind_their_number() {
        let name = Name::parse("Ann O Neil").unwrap();
        let pairs = pairs(&name, at_home().street.as_ref());
        let written: Vec<_> = pairs
            .iter()
            .map(|(one, other)| format!("{one} {other}"))
            .collect();

        assert_eq!(
            written,
            ["01 elm", "01 north", "an neil", "an o", "ne ann", "ne o"]
        );
        let unnumbered = Line::parse("Elm Street").unwrap();
        assert_eq!(
            super::pairs(&Name::parse("Ann").unwrap(), Some(&unnumbered)),
            BTreeSet::new()
        );
    }

    #[test]
    fn a_query_asks_for_its_first_two_words_as_a_pair() {
        let cases = [
            ("john smith", Some("jo smith")),
            ("smith john", Some("jo smith")),
            ("j smith", None),
            ("jo smi", Some("jo smi")),
            ("12345 oak", Some("12 oak")),
            ("oak 12", Some("12 oak")),
            ("maria del carmen", Some("de maria")),
            ("john a smith", Some("jo smith")),
            ("john smith austin", Some("jo smith")),
            ("12 n main", Some("12 main")),
            ("john john", None),
            ("smith", None),
            ("smith ann@example.com", None),
            ("(202) 555-0173", None),
        ];
        for (q, expected) in cases {
            let query = Query::parse(q).unwrap();
            let pair = query.pair().map(|(one, other)| format!("{one} {other}"));
            assert_eq!(pair.as_deref(), expected, "{q}");
        }
    }

    #[test]
    fn a_query_without_letters_or_digits_asks_nothing() {
        for q in ["", "   ", "@", "- ' .", "()"] {
            assert_eq!(Query::parse(q), None, "{q:?}");
        }
    }

    #[test]
    fn the_longest_term_drives_the_search() {
        let cases = [
            ("ann oneil", "oneil"),
            ("lee ann", "lee"),
            ("lee ann@example.com", "ann@example.com"),
            ("(202) 555", "202555"),
            ("Ángel", "angel"),
        ];
        for (q, driver) in cases {
            assert_eq!(Query::parse(q).unwrap().driver(), driver);
        }
    }

    #[test]
    fn the_words_of_a_record_are_bounded() {
        let name: String = (0..66).map(|n| format!("{n:02} ")).collect();
        let words = person_words(
            &Name::parse(&name).unwrap(),
            Some(&Email::parse("zoe@example.com").unwrap()),
            None,
            None,
        );

        assert_eq!(words.len(), MAX_WORDS);
        assert!(finds("zoe@example.com", &words));
    }

    #[test]
    fn every_typed_word_begins_a_word_of_the_text() {
        let address = text_words("1200-B Élm Street, Apt. 5, Austin TX 78701");
        let finds = |typed| Query::of_words(typed).unwrap().matches(&address);
        for typed in [
            "1200",
            "12 elm",
            "ELM st",
            "str elm aust",
            "+787",
            "5",
            "1200 b élm",
        ] {
            assert!(finds(typed), "{typed}");
        }
        for typed in ["200", "elms", "elm oak", "treet", "(120) 078-7010"] {
            assert!(!finds(typed), "{typed}");
        }
        for nothing in ["", "  ", "#-,"] {
            assert_eq!(Query::of_words(nothing), None, "{nothing:?}");
        }
    }

    proptest! {
        #[test]
        fn two_words_of_a_name_lead_to_a_pair_of_it(
            one in "[a-z]{3,9}", other in "[a-z]{3,9}", cut in 2_usize..9,
        ) {
            prop_assume!(one != other);
            let name = Name::parse(&format!("{one} {other}")).unwrap();
            let cut: String = one.chars().take(cut).collect();
            let Some(query) = Query::parse(&format!("{other} {cut}")) else { return Ok(()) };
            let Some((first, second)) = query.pair() else { return Ok(()) };
            let found = pairs(&name, None);
            prop_assert!(found.iter().any(|(a, b)| *a == first && b.starts_with(second)));
        }

        #[test]
        fn a_text_is_found_by_the_beginnings_of_its_words(
            text in "[\\p{L}\\p{N}'.-]{1,12}( [\\p{L}\\p{N}'.-]{1,12}){0,6}",
            order in any::<u64>(),
            cut in 1_usize..6,
        ) {
            let indexed = text_words(&text);
            let mut typed: Vec<String> = words(&text)
                .iter()
                .map(|word| word.chars().take(cut).collect())
                .collect();
            let turn = usize::try_from(order % 7).unwrap() % typed.len().max(1);
            typed.rotate_left(turn);
            let Some(query) = Query::of_words(&typed.join(" ")) else { return Ok(()) };
            prop_assert!(query.matches(&indexed), "{query:?} {indexed:?}");
            prop_assert!(indexed.iter().any(|word| word.starts_with(query.driver())));
        }

        #[test]
        fn a_lead_is_found_by_every_prefix_of_every_word_of_its_name(
            name in "[\\p{L}'-]{1,20}( [\\p{L}'-]{1,20}){0,4}",
        ) {
            let Ok(name) = Name::parse(&name) else { return Ok(()) };
            let indexed = person_words(&name, None, None, None);
            for word in name.as_str().split_whitespace() {
                for (end, c) in word.char_indices() {
                    if let Some(query) = Query::parse(&word[..end + c.len_utf8()]) {
                        prop_assert!(query.matches(&indexed), "{query:?} {indexed:?}");
                        prop_assert!(indexed.iter().any(|word| word.starts_with(query.driver())));
                    }
                }
            }
        }

        #[test]
        fn a_lead_is_found_by_its_number_in_any_format(
            line in 0_u32..10_000,
            format in 0_usize..6,
        ) {
            let name = Name::parse("Ann").unwrap();
            let phone = Phone::parse(&format!("202-555-{line:04}")).unwrap();
            let indexed = person_words(&name, None, Some(&phone), None);
            let typed = [
                format!("202555{line:04}"),
                format!("(202) 555-{line:04}"),
                format!("202.555.{line:04}"),
                format!("+1 202 555 {line:04}"),
                format!("1-202-555-{line:04}"),
                format!("{line:04}"),
            ];
            prop_assert!(finds(&typed[format], &indexed));
        }

        #[test]
        fn folding_twice_changes_nothing(text in "\\PC{0,40}") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once.clone());
            prop_assert_eq!(words(&once), words(&text));
        }

        #[test]
        fn reading_a_query_never_panics(q in "(?s).{0,80}") {
            if let Some(query) = Query::parse(&q) {
                prop_assert!(!query.driver().is_empty());
            }
        }
    }
}
