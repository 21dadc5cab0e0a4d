//! Counts of several figures, added together.

use std::collections::BTreeMap;

use super::{Field, Measure, What};
use crate::Currency;

/// The sum of each field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Sums(BTreeMap<Field, i64>);

impl FromIterator<(Field, i64)> for Sums {
    fn from_iter<T: IntoIterator<Item = (Field, i64)>>(counts: T) -> Self {
        let mut sums = Self::default();
        for (field, count) in counts {
            sums.add(field, count);
        }
        sums
    }
}

impl Sums {
    pub(super) fn add(&mut self, field: Field, count: i64) {
        let sum = self.0.entry(field).or_default();
        *sum = sum.saturating_add(count);
    }

    /// One of them.
    pub(super) fn get(&self, what: What, measure: Measure) -> i64 {
        let sum = self.0.get(&Field { what, measure });
        sum.copied().unwrap_or_default()
    }

    /// How many there are. While an event is under way, what has left one place may not have come to the next, and a count
    /// may be below zero for a moment.
    pub(super) fn count(&self, what: What) -> u64 {
        unsigned(self.get(what, Measure::Count))
    }

    /// What leads are worth, in minor units of each currency that they have.
    pub(super) fn values(&self, what: What) -> BTreeMap<Currency, i64> {
        let values = self
            .iter()
            .filter(|(field, sum)| field.what == what && *sum != 0);
        let values = values.filter_map(|(field, sum)| match field.measure {
            Measure::Value(currency) => Some((currency, sum)),
            Measure::Count
            | Measure::Target(_)
            | Measure::Assigned(_)
            | Measure::Since
            | Measure::Seconds
            | Measure::Documents => None,
        });
        values.collect()
    }

    /// Each of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Field, i64)> {
        self.0.iter().map(|(field, sum)| (*field, *sum))
    }
}

pub(super) fn unsigned(count: i64) -> u64 {
    u64::try_from(count).unwrap_or_default()
}
