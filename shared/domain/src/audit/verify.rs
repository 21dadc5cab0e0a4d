//! Whether a chain is as it was written.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use super::{AuditHead, hash_of};

/// A head that somebody kept: the hash of a row, and, if they kept it, its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptHead {
    /// The place of the row.
    pub seq: Option<u64>,
    /// Its hash.
    pub hash: String,
}

/// What is said of a chain in which nothing is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intact {
    /// The place of the first row that was checked.
    pub first: u64,
    /// The end of the chain.
    pub head: AuditHead,
}

/// The first place at which a chain is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The place; none for something that does not say its own.
    pub seq: Option<u64>,
    /// How it shows.
    pub flaw: Flaw,
}

/// How it shows that a chain was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flaw {
    /// It has no `seq`, so it is no row.
    NoRow,
    /// The row says something else than what was hashed.
    Altered,
    /// Rows are missing up to this place.
    Missing {
        /// The last one that is missing.
        to: u64,
    },
    /// Several rows claim the place.
    Twice,
    /// The row does not name the hash of the row before it.
    Unlinked,
    /// The row is not the one whose hash was kept.
    NotTheKept,
    /// The chain ends here, before the row whose hash was kept.
    CutOff,
}

/// Checks the rows of one chain, in any order, from the row behind `after` on.
///
/// Rows before that are passed over. `kept` must be the head of a row among them: then nothing was cut off up to there.
///
/// # Errors
/// The first place at which something is wrong.
pub fn verify(
    rows: Vec<Value>,
    after: &AuditHead,
    kept: Option<&KeptHead>,
) -> Result<Intact, Broken> {
    let broken = |seq: u64, flaw: Flaw| {
        let seq = Some(seq);
        Err(Broken { seq, flaw })
    };
    let mut places: BTreeMap<u64, Vec<Value>> = BTreeMap::new();
    for row in rows {
        let Some(seq) = row.get("seq").and_then(Value::as_u64) else {
            return Err(Broken {
                seq: None,
                flaw: Flaw::NoRow,
            });
        };
        let place = places.entry(seq).or_default();
        // A row that was read twice is one row.
        if !place.contains(&row) {
            place.push(row);
        }
    }
    let mut found = kept.is_none_or(|kept| kept.hash == after.hash);
    let mut head = after.clone();
    for (seq, rows) in places.range(after.seq..) {
        let row = match rows.as_slice() {
            [row] => row,
            _ => return broken(*seq, Flaw::Twice),
        };
        let text = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default();
        let hash = text("hash");
        if *seq == after.seq {
            if hash != after.hash {
                return broken(*seq, Flaw::NotTheKept);
            }
            continue;
        }
        let next = head.seq.saturating_add(1);
        if *seq != next {
            let to = seq.saturating_sub(1);
            return broken(next, Flaw::Missing { to });
        }
        if hash != hash_of(row) {
            return broken(*seq, Flaw::Altered);
        }
        if text("previousHash") != head.hash {
            return broken(*seq, Flaw::Unlinked);
        }
        if let Some(kept) = kept {
            let is_kept = kept.hash == hash;
            if kept.seq.is_some_and(|kept| (kept == *seq) != is_kept) {
                return broken(*seq, Flaw::NotTheKept);
            }
            found |= is_kept;
        }
        head = AuditHead {
            seq: *seq,
            hash: hash.to_owned(),
        };
    }
    if !found {
        return broken(head.seq, Flaw::CutOff);
    }
    let first = after.seq.saturating_add(1);
    Ok(Intact { first, head })
}

impl KeptHead {
    /// Reads `<seq>:<hash>`, as the API tells the head of a chain, or the hash alone.
    pub fn parse(text: &str) -> Option<Self> {
        let (seq, hash) = match text.split_once(':') {
            Some((seq, hash)) => (Some(seq.parse().ok()?), hash),
            None => (None, text),
        };
        let is_hash = hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit());
        is_hash.then(|| Self {
            seq,
            hash: hash.to_ascii_lowercase(),
        })
    }
}

impl fmt::Display for Intact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, last) = (self.first, self.head.seq);
        match last.saturating_add(1).saturating_sub(first) {
            0 => write!(f, "0 rows: nothing to check"),
            1 => write!(f, "1 row, {last}, head {}: intact", self.head.hash),
            count => write!(
                f,
                "{count} rows, {first} to {last}, head {}: intact",
                self.head.hash
            ),
        }
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(seq) = self.seq else {
            return f.write_str("something without a `seq` stands among the rows");
        };
        match &self.flaw {
            Flaw::NoRow => write!(f, "row {seq} is no row"),
            Flaw::Altered => write!(
                f,
                "row {seq} was altered: its hash is not that of what it says"
            ),
            Flaw::Missing { to } if *to == seq => {
                write!(
                    f,
                    "row {seq} is missing: it was removed or given another place"
                )
            }
            Flaw::Missing { to } => write!(f, "rows {seq} to {to} are missing"),
            Flaw::Twice => write!(
                f,
                "row {seq} is there more than once, with different contents"
            ),
            Flaw::Unlinked => write!(
                f,
                "row {seq} does not follow the row before it: its previousHash is not that row's hash, so one of the two was \
                 replaced"
            ),
            Flaw::NotTheKept => write!(
                f,
                "row {seq} is not the row whose hash was kept: the chain was written anew"
            ),
            Flaw::CutOff => write!(
                f,
                "the chain ends with row {seq}, but the head that was kept is not in it: its end was cut off or written anew"
            ),
        }
    }
}
