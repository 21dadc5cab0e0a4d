//! Which rows of a file may be of one person.
//!
//! All rows but the first of a person are worked after the others, one part after the other, so that the first makes the lead
//! and the others find it. What is found here is a suspicion: two keys may have one hash, and a number may be a household's.
//! A row that was suspected in vain is worked a little later, and that is all.

use plat_domain::IdentityKey;
use std::collections::{BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Rows before it with which a row is compared.
const MOST: usize = 20;

/// What has been seen of a file: sixteen bytes for each key of each row, so that a million rows are remembered.
#[derive(Default)]
pub(crate) struct Repeats {
    first: HashMap<u64, u32>,
    more: HashMap<u64, Vec<u32>>,
}

impl Repeats {
    /// The rows before `row` that have one of these keys.
    pub(crate) fn see(&mut self, keys: &BTreeSet<IdentityKey>, row: u64) -> Vec<u64> {
        let Ok(number) = u32::try_from(row) else {
            return Vec::new();
        };
        let mut before = BTreeSet::new();
        for key in keys {
            let mut hasher = DefaultHasher::new();
            key.hash(&mut hasher);
            let hash = hasher.finish();
            match self.first.get(&hash) {
                None => {
                    self.first.insert(hash, number);
                }
                Some(first) => {
                    before.insert(u64::from(*first));
                    let more = self.more.entry(hash).or_default();
                    before.extend(more.iter().copied().map(u64::from));
                    if more.len() < MOST {
                        more.push(number);
                    }
                }
            }
        }
        before.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_repeats_those_that_have_something_in_common_with_it() {
        let key = |bits: u8| IdentityKey::Phone([bits; 16]);
        let mut repeats = Repeats::default();

        assert!(repeats.see(&BTreeSet::from([key(1), key(2)]), 2).is_empty());
        assert!(repeats.see(&BTreeSet::from([key(3)]), 3).is_empty());
        assert_eq!(repeats.see(&BTreeSet::from([key(2), key(3)]), 4), [2, 3]);
        assert_eq!(repeats.see(&BTreeSet::from([key(3)]), 5), [3, 4]);
        assert!(repeats.see(&BTreeSet::new(), 6).is_empty());
    }
}
