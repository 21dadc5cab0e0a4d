use proptest::prelude::*;

use super::*;
use crate::{Address, Email, LeadId, Line, Name, Phone};

/// A lead of a name and, by their first letter, an address of mail, a phone number, a place and a company.
fn lead(text: &str) -> Lead {
    let mut parts = text.split("; ");
    let name = Name::parse(parts.next().unwrap()).unwrap();
    let mut lead = Lead::new(
        LeadId::from_bits(7),
        name,
        "2026-01-02T03:04:05Z".parse().unwrap(),
    );
    for part in parts {
        let (kind, value) = part.split_once(' ').unwrap();
        match kind {
            "e" => lead.email = Some(Email::parse(value).unwrap()),
            "p" => lead.phone = Some(Phone::parse(value).unwrap()),
            "a" => {
                lead.address = Some(Address {
                    street: Some(Line::parse(value).unwrap()),
                    // What has a comma says for itself where it is.
                    zip: (!value.contains(',')).then(|| crate::Text::parse("78701").unwrap()),
                    ..Address::default()
                });
            }
            "c" => lead.company = Some(Line::parse(value).unwrap()),
            other => panic!("{other}"),
        }
    }
    lead
}

#[test]
fn pairs_of_real_lists_score_as_a_person_would_judge() {
    let cases: [(&str, &str, u8); 56] = [
        // One person.
        ("Ann Lee; e ann@x.com", "ann lee; e ANN@X.com", 100),
        ("Ann Lee; e ann@x.com", "A. Lee; e ann@x.com", 95),
        (
            "John Smith; p 202-555-0173",
            "SMITH, JOHN; p (202) 555-0173 x4",
            100,
        ),
        (
            "Mr. John Q. Smith; p 202-555-0173",
            "John Smith; p 2025550173",
            100,
        ),
        (
            "Bob Smith; p 202-555-0173",
            "Robert Smith; p 202-555-0173",
            100,
        ),
        (
            "Liz Taylor; p 202-555-0173",
            "Elizabeth Taylor; p 202-555-0173",
            100,
        ),
        (
            "Jon Smith; p 202-555-0173",
            "John Smith; p 202-555-0173",
            100,
        ),
        (
            "Jonh Smith; p 202-555-0173",
            "John Smith; p 202-555-0173",
            90,
        ),
        ("John Smith; a 12 Oak St", "Smith John; a 12 OAK STREET", 90),
        ("José Núñez; a 12 Oak St", "Jose Nunez; a 12 Oak St", 90),
        (
            "Ann-Marie O'Neil; a 12 Oak St",
            "Ann Marie ONeil; a 12 Oak St",
            90,
        ),
        ("Maryann Lee; a 12 Oak St", "Mary Ann Lee; a 12 Oak St", 90),
        (
            "Oak Homes LLC; a 12 Oak St",
            "Oak Homes, L.L.C.; a 12 Oak St",
            90,
        ),
        // Probably one.
        ("Bob Smith; a 12 Oak St", "Robert Smith; a 12 Oak St", 85),
        (
            "Peggy Jones; a 12 Oak St",
            "Margaret Jones; a 12 Oak St",
            85,
        ),
        (
            "Steven Jones; a 12 Oak St",
            "Stephen Jones; a 12 Oak St",
            85,
        ),
        ("J Smith; p 202-555-0173", "John Smith; p 202-555-0173", 85),
        ("John; p 202-555-0173", "John Smith; p 202-555-0173", 85),
        (
            "John Quincy Smith; p 202-555-0173",
            "John Smith; p 202-555-0173",
            85,
        ),
        (
            "John & Mary Smith; p 202-555-0173",
            "Mary Smith; p 202-555-0173",
            85,
        ),
        (
            "John A Smith; p 202-555-0173",
            "John B Smith; p 202-555-0173",
            85,
        ),
        (
            "Jonathan Gonzalez; a 12 Oak St",
            "Jonathan Gonzales; a 12 Oak St",
            75,
        ),
        (
            "Katherine Johnson; a 12 Oak St",
            "Kathrine Johnson; a 12 Oak St",
            75,
        ),
        ("J Smith; a 12 Oak St", "John Smith; a 12 Oak St", 70),
        (
            "John Smith; a 12 Oak St",
            "John Smith; a 12 Oak St Apt 4",
            70,
        ),
        (
            "John Smith; p 202-555-0173",
            "John Smith; p 703-555-0173",
            70,
        ),
        (
            "John Smith; c Oak Homes LLC",
            "John Smith; c OAK HOMES L.L.C.",
            65,
        ),
        (
            "Bob Smith; p 202-555-0173",
            "Robert Smith; p 703-555-0173",
            65,
        ),
        ("Ann Lee; e ann@x.com", "Bill Lee; e ann@x.com", 60),
        (
            "Ann Lee; e ann@x.com; p 202-555-0173",
            "Bill Lee; e ann@x.com; p 202-555-0173",
            75,
        ),
        // A hint.
        (
            "Jon Gonzalez; p 202-555-0173",
            "Jon Gonzales; p 703-555-0173",
            55,
        ),
        (
            "Jonathan Gonzalez; c Oak Homes",
            "Jonathan Gonzales; c Oak Homes",
            50,
        ),
        (
            "John Smith Jr; a 12 Oak St",
            "John Smith Sr; a 12 Oak St",
            50,
        ),
        (
            "John Smith II; p 202-555-0173",
            "John Smith III; p 202-555-0173",
            50,
        ),
        (
            "John Smith; p 202-555-0173",
            "Mary Smith; p 202-555-0173",
            40,
        ),
        (
            "John Smith; p 202-555-0173; a 12 Oak St",
            "Mary Smith; p 202-555-0173; a 12 Oak St",
            40,
        ),
        (
            "Michael Lee; p 202-555-0173",
            "Michelle Lee; p 202-555-0173",
            40,
        ),
        (
            "Robert Lee; p 202-555-0173",
            "Roberta Lee; p 202-555-0173",
            40,
        ),
        (
            "Mario Ruiz; p 202-555-0173",
            "Maria Ruiz; p 202-555-0173",
            40,
        ),
        (
            "Silvio Ruiz; p 202-555-0173",
            "Silvia Ruiz; p 202-555-0173",
            40,
        ),
        ("Mark Lee; p 202-555-0173", "Mary Lee; p 202-555-0173", 40),
        ("J Smith; p 202-555-0173", "K Smith; p 202-555-0173", 40),
        (
            "John Smith; p 202-555-0173",
            "John Smith LLC; p 202-555-0173",
            40,
        ),
        ("Wei Chen; p 202-555-0173", "Wei Chan; p 202-555-0173", 40),
        // Two people.
        ("???; a 12 Oak St", "!!!; a 12 Oak St", 0),
        ("John Smith", "John Smith", 0),
        ("John Smith; e john@x.com", "John Smith; e smith@x.com", 0),
        (
            "John Smith; p 202-555-0173",
            "John Smith; p 202-555-0174",
            0,
        ),
        ("John Smith; a 12 Oak St", "Mary Smith; a 12 Oak St", 0),
        ("John Smith; a 12 Oak St", "John Smith; a 14 Oak St", 0),
        (
            "John Smith; a 12 Oak St Apt 4",
            "John Smith; a 12 Oak St Apt 5",
            0,
        ),
        ("John Smith; a 12 N Oak St", "John Smith; a 12 S Oak St", 0),
        (
            "John Smith; p 202-555-0173",
            "Mary Jones; p 703-555-0173",
            0,
        ),
        ("John Smith; c Oak Homes", "Mary Jones; c Oak Homes", 0),
        ("Carlos Diaz; a 12 Oak St", "Carla Diaz; a 12 Oak St", 0),
        (
            "John Smith; a 12 Oak St",
            "Smith Family Trust; a 12 Oak St",
            0,
        ),
    ];
    for (one, other, expected) in cases {
        let found = alike(&lead(one), &lead(other));
        assert_eq!(
            found.map_or(0, |found| found.score),
            expected,
            "{one} | {other}"
        );
    }
}

#[test]
fn the_reasons_tell_what_was_found() {
    use Resemblance::*;
    for (one, other, expected) in [
        (
            "Bob Smith; e bob@x.com; p 202-555-0173; a 12 Oak St; c Oak Homes",
            "Robert Smith; e bob@x.com; p 202-555-0173; a 12 Oak St; c Oak Homes",
            vec![SameEmail, SamePhone, SamePlace, SameCompany, SameByNickname],
        ),
        (
            "John Smith Jr; p 202-555-0173; a 12 Oak St Apt 4",
            "John Smith Sr; p 703-555-0173; a 12 Oak St",
            vec![SameLastDigits, SameHouse, SameName, DifferentGeneration],
        ),
        (
            "Ann Lee; p 202-555-0173",
            "Bill Lee; p 202-555-0173",
            vec![SamePhone, DifferentName],
        ),
    ] {
        let found = alike(&lead(one), &lead(other)).unwrap();
        assert_eq!(found.reasons, expected, "{one} | {other}");
        assert!(found.reasons.is_sorted());
    }
}

#[test]
fn only_what_is_certain_is_taken_for_one() {
    let likeness = |one, other| alike(&lead(one), &lead(other)).unwrap();

    assert!(likeness("John Smith; a 12 Oak St", "Smith, John; a 12 Oak St").is_certain());
    assert!(!likeness("Bob Smith; a 12 Oak St", "Robert Smith; a 12 Oak St").is_certain());
}

/// Leads of few names, numbers and places, so that any two have something in common.
fn any_lead() -> impl Strategy<Value = Lead> {
    let pick = |from: &'static [&'static str]| prop::sample::select(from);
    let name = prop_oneof![
        pick(&[
            "John Smith",
            "Jon Smith",
            "J Smith",
            "John Q Smith Jr",
            "Mary Smith",
            "Robert Gonzalez",
            "Bob Gonzales",
            "Roberta Gonzales",
            "Oak LLC",
            "Smith",
            "Ann Marie Lee",
            "Annmarie Lee",
            "???",
        ])
        .prop_map(str::to_owned),
        "[a-e]{1,6} [a-e]{1,6}( [a-e]{1,6})?",
    ];
    let email = prop::option::of(pick(&["a@x.com", "A@x.com", "b@x.com"]));
    let phone = prop::option::of(pick(&["202-555-0173", "(202) 555-0173", "703-555-0173"]));
    let place = prop::option::of(pick(&[
        "12 Oak St",
        "12 OAK STREET",
        "12 Oak St #4",
        "14 Oak St",
        "12 Oak St, Austin, TX 78701",
        "12 Oak St, Austin, TX 78702",
        "12 Oak St #4, Austin, TX",
    ]));
    let company = prop::option::of(pick(&["Oak Homes", "Elm Homes"]));
    (name, email, phone, place, company).prop_map(|(name, email, phone, place, company)| {
        let parts = [("e", email), ("p", phone), ("a", place), ("c", company)];
        let parts = parts
            .into_iter()
            .filter_map(|(kind, value)| Some(format!("; {kind} {}", value?)));
        lead(&parts.fold(name, |lead, part| lead + &part))
    })
}

proptest! {
    #[test]
    fn the_order_of_two_leads_makes_no_difference(one in any_lead(), other in any_lead()) {
        prop_assert_eq!(alike(&one, &other), alike(&other, &one));
    }

    #[test]
    fn a_lead_is_most_alike_to_itself(one in any_lead(), other in any_lead()) {
        let itself = alike(&one, &one);
        let can_be_known = one.email.is_some() || one.phone.is_some() || one.address.is_some();
        prop_assert_eq!(itself.as_ref().is_some_and(Likeness::is_certain), can_be_known);
        if let Some(likeness) = alike(&one, &other) {
            prop_assert!((1..=100).contains(&likeness.score));
            // Who is more alike to another than to itself has too little of its own.
            prop_assert!(itself.is_none_or(|itself| likeness.score <= itself.score));
        }
    }

    #[test]
    fn who_shares_a_key_is_alike(one in any_lead(), other in any_lead()) {
        use crate::lead::identity::{candidate_keys, identity_keys};
        if !identity_keys(&one).is_disjoint(&identity_keys(&other)) {
            prop_assert!(alike(&one, &other).is_some(), "{one:?} {other:?}");
        }
        if let Some(likeness) = alike(&one, &other)
            && likeness.reasons.contains(&Resemblance::SamePlace)
        {
            prop_assert!(!candidate_keys(&one).is_disjoint(&candidate_keys(&other)));
        }
    }
}
