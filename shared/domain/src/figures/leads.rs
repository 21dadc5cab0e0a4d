//! What is made of the counts of leads that stand.

use std::collections::BTreeMap;

use super::sums::Sums;
use super::{Field, What};
use crate::{Currency, Decimal, LeadStatus};

/// Parts of a whole are told to a hundredth of a percent.
const RATE_DIGITS: u8 = 4;

/// Figures of leads, added together. While an event is under way, what has left one status may not have come to the next.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeadFigures(Sums);

impl FromIterator<(Field, i64)> for LeadFigures {
    fn from_iter<T: IntoIterator<Item = (Field, i64)>>(counts: T) -> Self {
        Self(counts.into_iter().collect())
    }
}

impl Extend<(Field, i64)> for LeadFigures {
    fn extend<T: IntoIterator<Item = (Field, i64)>>(&mut self, counts: T) {
        for (field, count) in counts {
            self.0.add(field, count);
        }
    }
}

impl LeadFigures {
    /// Each count.
    pub fn iter(&self) -> impl Iterator<Item = (Field, i64)> {
        self.0.iter()
    }

    /// How many leads stand at `status`.
    pub fn count(&self, status: LeadStatus) -> u64 {
        self.0.count(What::Lead(status))
    }

    /// How many leads there are.
    pub fn total(&self) -> u64 {
        LeadStatus::ALL.iter().map(|each| self.count(*each)).sum()
    }

    /// How many of them are still being worked.
    pub fn open(&self) -> u64 {
        open().map(|each| self.count(each)).sum()
    }

    /// How many leads have come as far as `status`, or farther, and are not lost. How far a lost one came is not counted.
    pub fn reached(&self, status: LeadStatus) -> u64 {
        let farther = LeadStatus::ALL.iter().skip_while(|each| **each != status);
        let standing = farther.filter(|each| **each != LeadStatus::Lost);
        standing.map(|each| self.count(*each)).sum()
    }

    /// What the leads of `status` are worth, in minor units.
    pub fn value(&self, status: LeadStatus) -> BTreeMap<Currency, i64> {
        self.0.values(What::Lead(status))
    }

    /// What those are worth that are still being worked.
    pub fn open_value(&self) -> BTreeMap<Currency, i64> {
        let mut values = BTreeMap::new();
        for (currency, value) in open().flat_map(|status| self.value(status)) {
            let sum: &mut i64 = values.entry(currency).or_default();
            *sum = sum.saturating_add(value);
        }
        values
    }

    /// What part of those that ended was won; none if none ended.
    pub fn win_rate(&self) -> Option<Decimal> {
        let won = self.count(LeadStatus::Won);
        Decimal::part(won, won + self.count(LeadStatus::Lost), RATE_DIGITS)
    }

    /// What part of all was won; none if there are none.
    pub fn conversion_rate(&self) -> Option<Decimal> {
        Decimal::part(self.count(LeadStatus::Won), self.total(), RATE_DIGITS)
    }
}

fn open() -> impl Iterator<Item = LeadStatus> {
    let all = LeadStatus::ALL.iter().copied();
    all.filter(|status| status.is_open())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(counts: &[(&str, i64)]) -> LeadFigures {
        let counts = counts.iter();
        counts
            .map(|(field, count)| (field.parse().unwrap(), *count))
            .collect()
    }

    #[test]
    fn rates_are_of_those_that_ended_and_of_all() {
        let some = figures(&[("new", 3), ("proposal", 1), ("won", 3), ("lost", 1)]);

        assert_eq!((some.total(), some.open()), (8, 4));
        assert_eq!(some.win_rate().unwrap().to_string(), "0.7500");
        assert_eq!(some.conversion_rate().unwrap().to_string(), "0.3750");
        assert_eq!(figures(&[]).win_rate(), None);
        assert_eq!(figures(&[]).conversion_rate(), None);
    }

    #[test]
    fn who_stands_farther_has_come_as_far_and_the_lost_nowhere() {
        let some = figures(&[("new", 4), ("qualified", 2), ("won", 1), ("lost", 9)]);
        let reached = LeadStatus::ALL.iter().map(|status| some.reached(*status));

        assert_eq!(reached.collect::<Vec<_>>(), [7, 3, 3, 1, 1, 1, 0]);
    }

    #[test]
    fn values_are_added_up_by_currency() {
        let some = figures(&[("new:USD", 5), ("contacted:USD", 7), ("won:EUR", 2)]);

        assert_eq!(some.open_value(), BTreeMap::from([(Currency::USD, 12)]));
        assert_eq!(
            some.value(LeadStatus::Won),
            BTreeMap::from([(Currency::parse("EUR").unwrap(), 2)])
        );
    }
}
