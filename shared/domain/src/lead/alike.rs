//! How alike two leads are, and why.
//!
//! What belongs here: what two records have in common, what that weighs, and what speaks against it. What does not: how the
//! two were found (`identity`), and what becomes of them (`merge`).

use crate::invalid::wire_enum;
use crate::{Lead, UsPlace};

mod names;
mod nicknames;

use names::{NameMatch, compare};

/// From this score on, two leads may be taken for one without asking.
const CERTAIN: u8 = 90;

/// The score that a father and a son of one name cannot exceed: they share everything but the suffix.
const MOST_OF_TWO_GENERATIONS: u8 = 50;

/// Digits at the end of a phone number that a mistyped or an older number still has.
const LAST_DIGITS: usize = 4;

wire_enum! {
    /// What two leads have in common, or what sets them apart.
    pub enum Resemblance {
        /// The e-mail address.
        SameEmail = "same_email",
        /// The phone number.
        SamePhone = "same_phone",
        /// The last four digits of different phone numbers.
        SameLastDigits = "same_last_digits",
        /// The place, to the unit.
        SamePlace = "same_place",
        /// The house; one of them does not say which unit.
        SameHouse = "same_house",
        /// The company.
        SameCompany = "same_company",
        /// The name.
        SameName = "same_name",
        /// The name, one of them by a short form.
        SameByNickname = "same_by_nickname",
        /// The name but for a few letters.
        SimilarName = "similar_name",
        /// A part of the name, or its initials.
        PartOfName = "part_of_name",
        /// Their names are plainly others, as in a household.
        DifferentName = "different_name",
        /// One is the other's parent by the suffix, such as `Jr`.
        DifferentGeneration = "different_generation",
    }
}

/// How alike two leads are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Likeness {
    /// From 1 to 100: from 90 on they may be taken for one, from 60 on somebody should look, below it is a hint.
    pub score: u8,
    /// Why, in the order of declaration.
    pub reasons: Vec<Resemblance>,
}

impl Likeness {
    /// Whether they may be taken for one without asking.
    pub const fn is_certain(&self) -> bool {
        self.score >= CERTAIN
    }
}

/// How alike two leads are; none if nothing that is one person's alone speaks for it. A name alone does not.
///
/// What they have in common is added up. The weights are judgement: an address or a number with the same name is certain,
/// and so is the same name at the same place; a name that differs a little is certain only with an address or a number.
pub fn alike(one: &Lead, other: &Lead) -> Option<Likeness> {
    let names = compare(&one.name, &other.name);
    let mut shared = Vec::new();
    if let (Some(email), Some(of_other)) = (&one.email, &other.email)
        && email.key() == of_other.key()
    {
        shared.push((Resemblance::SameEmail, 70));
    }
    if let (Some(phone), Some(of_other)) = (&one.phone, &other.phone) {
        let (number, of_other) = (phone.e164(), of_other.e164());
        if number == of_other {
            shared.push((Resemblance::SamePhone, 60));
        } else if last_digits(number) == last_digits(of_other) {
            shared.push((Resemblance::SameLastDigits, 25));
        }
    }
    let place = |lead: &Lead| lead.address.as_ref().and_then(UsPlace::of);
    if let (Some(place), Some(of_other)) = (place(one), place(other)) {
        if place.is_same(&of_other) {
            shared.push((Resemblance::SamePlace, 45));
        } else if place.is_same_house(&of_other) {
            shared.push((Resemblance::SameHouse, 25));
        }
    }
    if let (Some(company), Some(of_other)) = (&one.company, &other.company)
        && compare(company, of_other).names == NameMatch::Same
    {
        shared.push((Resemblance::SameCompany, 20));
    }
    let (name, weight) = match names.names {
        NameMatch::Same => (Resemblance::SameName, 45),
        NameMatch::Nickname => (Resemblance::SameByNickname, 40),
        NameMatch::Similar => (Resemblance::SimilarName, 30),
        NameMatch::Part => (Resemblance::PartOfName, 25),
        NameMatch::Different => (Resemblance::DifferentName, 0),
    };
    let reasons: Vec<Resemblance> = shared
        .iter()
        .map(|(reason, _)| *reason)
        .chain([name])
        .collect();
    let score = match names.names {
        NameMatch::Different => household(&reasons)?,
        NameMatch::Same | NameMatch::Nickname | NameMatch::Similar | NameMatch::Part => {
            let sum = shared.iter().map(|(_, weight)| *weight).sum::<u16>();
            u8::try_from((sum > 0).then_some(sum)? + weight).map_or(100, |sum| sum.min(100))
        }
    };
    Some(if names.generations_differ {
        Likeness {
            score: score.min(MOST_OF_TWO_GENERATIONS),
            reasons: [reasons, vec![Resemblance::DifferentGeneration]].concat(),
        }
    } else {
        Likeness { score, reasons }
    })
}

/// The score of two different names: people of one household share a number, and seldom an address of mail. That they live
/// at one place adds nothing.
fn household(reasons: &[Resemblance]) -> Option<u8> {
    let has = |reason| reasons.contains(&reason);
    match (has(Resemblance::SameEmail), has(Resemblance::SamePhone)) {
        (true, true) => Some(75),
        (true, false) => Some(60),
        (false, true) => Some(40),
        (false, false) => None,
    }
}

fn last_digits(number: &str) -> Option<&str> {
    number.get(number.len().checked_sub(LAST_DIGITS)?..)
}

#[cfg(test)]
mod tests;
