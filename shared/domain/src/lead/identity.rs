//! By what two records are of one person.
//!
//! What belongs here: the keys under which a store finds who is there already, and how a name is read for that. What does
//! not: how sure it is that two are one (`alike`), and what becomes of them then (`merge`, `update`).

use std::collections::BTreeSet;
use std::fmt;

use sha2::{Digest, Sha256};

use crate::search::fold;
use crate::{EmailHash, Lead, Name, PlaceKey, UsPlace};

/// Words before and behind a name that are no part of it.
const TITLES: [&str; 27] = [
    "mr", "mrs", "ms", "miss", "mx", "dr", "rev", "prof", "hon", "sir", "madam", "esq", "md",
    "phd", "dds", "cpa", "jr", "sr", "ii", "iii", "iv", "2nd", "3rd", "4th", "junior", "senior",
    "and",
];

/// What two records of one person have in common: the same address, the same number, or the same name at the same place.
///
/// As a text it is a letter and 32 hexadecimal digits, the first 128 bits of a SHA-256, so it is as long for everybody and
/// shows nobody. Whoever knows an address or a number finds it: it is no secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IdentityKey {
    /// The e-mail address, in any case.
    Email(EmailHash),
    /// The phone number, without its extension.
    Phone([u8; 16]),
    /// The words of the name, in any order, and a place.
    NameAtPlace([u8; 16]),
    /// A place alone. Who lives there may be somebody else: it finds whom to compare, and proves nothing.
    Place([u8; 16]),
}

impl IdentityKey {
    /// Whether one key in common makes two records one person, as far as a key can tell.
    pub const fn identifies(self) -> bool {
        match self {
            Self::Email(_) | Self::Phone(_) | Self::NameAtPlace(_) => true,
            Self::Place(_) => false,
        }
    }
}

impl fmt::Display for IdentityKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (letter, EmailHash(bits)) = match *self {
            Self::Email(hash) => ('e', hash),
            Self::Phone(hash) => ('p', EmailHash(hash)),
            Self::NameAtPlace(hash) => ('n', EmailHash(hash)),
            Self::Place(hash) => ('a', EmailHash(hash)),
        };
        write!(f, "{letter}{:032x}", u128::from_be_bytes(bits))
    }
}

/// The keys that make a lead one person with whoever has one of them too: at most four.
pub fn identity_keys(lead: &Lead) -> BTreeSet<IdentityKey> {
    candidate_keys(lead)
        .into_iter()
        .filter(|key| key.identifies())
        .collect()
}

/// The keys under which a lead finds everybody with whom [`alike`](fn@crate::lead::alike::alike) may find it alike, but for those who have
/// only the last four digits of a number in common: at most six.
pub fn candidate_keys(lead: &Lead) -> BTreeSet<IdentityKey> {
    let email = lead
        .email
        .as_ref()
        .map(|email| IdentityKey::Email(email.hash()));
    let phone = lead
        .phone
        .as_ref()
        .map(|phone| IdentityKey::Phone(hash(phone.e164())));
    let name = name_words(&lead.name).join(" ");
    let places = lead.address.as_ref().and_then(UsPlace::of);
    let at_places = places
        .iter()
        .flat_map(UsPlace::keys)
        .flat_map(|place: PlaceKey| {
            let named = || IdentityKey::NameAtPlace(hash(&format!("{name}\n{place}")));
            // A name without a letter is nobody's.
            let named = (!name.is_empty()).then(named);
            named
                .into_iter()
                .chain([IdentityKey::Place(hash(place.as_str()))])
        });
    email.into_iter().chain(phone).chain(at_places).collect()
}

fn hash(text: &str) -> [u8; 16] {
    let digest = Sha256::digest(text);
    digest.first_chunk().copied().unwrap_or_default()
}

/// The folded words of a name in the order of the alphabet: without titles, and without initials where two whole words are
/// left. What is only titles is kept, and so are `LLC` and `Trust`: a company is not its owner.
pub(crate) fn name_words(name: &Name) -> Vec<String> {
    let all = all_words(name);
    let is_title = |word: &String| TITLES.contains(&word.as_str());
    let mut words: Vec<String> = all.iter().filter(|word| !is_title(word)).cloned().collect();
    if words.is_empty() {
        words = all;
    }
    let is_whole = |word: &String| word.chars().nth(1).is_some();
    if words.iter().filter(|word| is_whole(word)).count() > 1 {
        words.retain(is_whole);
    }
    words.sort();
    words.dedup();
    words
}

/// The folded words of a name as they stand. `O'Neil` is one word, as it is where the apostrophe got lost.
pub(crate) fn all_words(name: &Name) -> Vec<String> {
    let folded = fold(name.as_str()).replace(['\'', '’', '‘', '`', 'ʼ'], "");
    // `Ph.D.` and `L.L.C.` are one word; `J.Smith` is two.
    let words = folded.split(|c: char| !c.is_alphanumeric() && c != '.');
    words
        .flat_map(|word| {
            let parts: Vec<&str> = word.split('.').filter(|part| !part.is_empty()).collect();
            if parts.iter().all(|part| part.chars().count() <= 2) {
                vec![parts.concat()]
            } else {
                parts.into_iter().map(str::to_owned).collect()
            }
        })
        .filter(|word| !word.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn lead(name: &str, more: serde_json::Value) -> Lead {
        let mut lead = json!({
            "id": "01D39ZY06FGSCTVN4T2V9PKHFZ", "name": name, "status": "new", "createdAt": "2026-01-02T03:04:05Z",
        });
        lead.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        serde_json::from_value(lead).unwrap()
    }

    fn at(name: &str, street: &str) -> Lead {
        lead(
            name,
            json!({"address": {"street": street, "city": "Austin", "state": "TX", "zip": "78701"}}),
        )
    }

    #[test]
    fn a_name_is_its_words_without_titles() {
        let cases = [
            ("John Smith", "john smith"),
            ("SMITH, JOHN", "john smith"),
            ("Mr. John Q. Smith Jr.", "john smith"),
            ("John Smith III, Esq.", "john smith"),
            ("J. Smith", "j smith"),
            ("J.Q. Smith", "jq smith"),
            ("John & Mary Smith", "john mary smith"),
            ("Mary and John Smith", "john mary smith"),
            ("Ann-Marie O'Neil", "ann marie oneil"),
            ("José Núñez", "jose nunez"),
            ("Smith Homes, L.L.C.", "homes llc smith"),
            ("Smith Homes LLC", "homes llc smith"),
            ("Dr.", "dr"),
            ("Anna Smith, Ph.D.", "anna smith"),
            ("?!", ""),
        ];
        for (name, expected) in cases {
            assert_eq!(
                name_words(&Name::parse(name).unwrap()).join(" "),
                expected,
                "{name}"
            );
        }
    }

    #[test]
    fn one_person_in_two_spellings_shares_every_key() {
        let phones = |given: &str, e164: &str| json!({"given": given, "e164": e164});
        let one = lead(
            "Mr. John Smith",
            json!({
                "email": "John@Example.com",
                "phone": phones("(202) 555-0173 x42", "+12025550173"),
                "address": {"street": "12 Oak Street", "city": "Austin", "state": "Texas", "zip": "78701-1234"},
            }),
        );
        let other = lead(
            "SMITH, JOHN",
            json!({
                "email": "john@example.COM",
                "phone": phones("202.555.0173", "+12025550173"),
                "address": {"street": "12 OAK ST.", "city": "austin", "state": "TX", "zip": "78701"},
            }),
        );

        assert_eq!(identity_keys(&one), identity_keys(&other));
        assert_eq!(identity_keys(&one).len(), 4);
        assert_eq!(candidate_keys(&one).len(), 6);
    }

    #[test]
    fn who_has_only_the_place_in_common_is_a_candidate_and_no_more() {
        let (one, other) = (at("John Smith", "12 Oak St"), at("Mary Jones", "12 Oak St"));

        assert!(identity_keys(&one).is_disjoint(&identity_keys(&other)));
        assert!(!candidate_keys(&one).is_disjoint(&candidate_keys(&other)));
    }

    #[test]
    fn a_company_is_not_its_owner_and_a_name_alone_is_nobody() {
        let owner = at("John Smith", "12 Oak St");

        assert!(
            identity_keys(&owner).is_disjoint(&identity_keys(&at("John Smith LLC", "12 Oak St")))
        );
        assert!(identity_keys(&owner).is_disjoint(&identity_keys(&at("John Smith", "14 Oak St"))));
        assert!(identity_keys(&lead("John Smith", json!({}))).is_empty());
        assert!(identity_keys(&at("???", "12 Oak St")).is_empty());
    }

    #[test]
    fn a_key_never_changes() {
        let all = candidate_keys(&lead(
            "Ann Lee",
            json!({
                "email": "ann@example.com",
                "phone": {"given": "202-555-0173", "e164": "+12025550173"},
                "address": {"street": "12 Elm St", "zip": "78701"},
            }),
        ));
        // `printf '%s' ann@example.com | sha256sum`, +12025550173, `ann lee\n12 elm st, 78701`, `12 elm st, 78701`.
        assert_eq!(
            Vec::from_iter(all.iter().map(IdentityKey::to_string)),
            [
                "e71d4f55f72fa128dfb468a1a3901507c",
                "pc3060480bc7601985026fd9bb24c0c73",
                "n5619b04c32e56aaee621aea908b88c1b",
                "acb794155a1a58df26db3f444966ef961",
            ]
        );
    }

    proptest! {
        #[test]
        fn a_key_is_a_letter_and_hexadecimal_digits(name in "\\PC{1,30}", street in "[0-9]{1,3} \\PC{1,30}") {
            let Ok(name) = Name::parse(&name) else { return Ok(()) };
            let Ok(street) = Name::parse(&street) else { return Ok(()) };
            for key in candidate_keys(&at(name.as_str(), street.as_str())) {
                let text = key.to_string();
                prop_assert_eq!(text.len(), 33);
                prop_assert!(text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()));
            }
        }

        #[test]
        fn the_order_of_a_name_does_not_matter(mut words in prop::collection::vec("[A-Z][a-z]{1,8}", 1..5)) {
            let before = name_words(&Name::parse(&words.join(" ")).unwrap());
            words.reverse();
            prop_assert_eq!(before, name_words(&Name::parse(&words.join(", ")).unwrap()));
        }
    }
}
