//! Lists are read a page at a time.

use crate::error::StoreError;
use crate::record::{Item, Stored, decode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Where a page ended: the sort key of its last row. Opaque to everybody but the list that made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Position(pub(crate) String);

impl Position {
    /// The largest sort key below this one: every sort key ends in an id, so its last character can be lowered.
    pub(crate) fn before(&self) -> String {
        let mut key = self.0.clone();
        match key.pop() {
            Some(last) => {
                let lower = char::from_u32(u32::from(last).saturating_sub(1)).unwrap_or(' ');
                format!("{key}{lower}~")
            }
            None => key,
        }
    }

    /// Whether a row with this sort key comes behind it, in a list that ascends.
    pub fn is_before(&self, sk: &str) -> bool {
        self.0.as_str() < sk
    }

    /// A sort key above this one and below every other that follows it.
    pub(crate) fn behind(&self) -> String {
        format!("{}!", self.0)
    }
}

/// Which page is wanted.
#[derive(Debug, Clone)]
pub struct PageRequest {
    /// Rows at most, 1 to 100.
    pub limit: usize,
    /// Start behind this row.
    pub after: Option<Position>,
    /// Rows to pass over first; the convenience of `page=` for the first 10,000 rows.
    pub skip: usize,
}

impl PageRequest {
    /// The first page of `limit` rows.
    pub fn first(limit: usize) -> Self {
        Self {
            limit,
            after: None,
            skip: 0,
        }
    }
}

/// Rows, and where to go on.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// The rows, at most as many as asked for.
    pub items: Vec<T>,
    /// None at the end of the list.
    pub next: Option<Position>,
}

impl<T> Page<T> {
    /// The whole of a list that has nothing.
    pub fn empty() -> Self {
        Self {
            items: Vec::new(),
            next: None,
        }
    }

    /// The same page with each row turned into something else.
    pub fn map<U>(self, to: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(to).collect(),
            next: self.next,
        }
    }

    /// The first `limit` of `rows`, which are all there are, each with its sort key.
    pub fn of(rows: Vec<(String, T)>, limit: usize) -> Self {
        Self::cut(rows, limit)
    }

    /// Cuts `rows`, which were read one further than asked to see whether more follow, to a page.
    pub(crate) fn cut(mut rows: Vec<(String, T)>, limit: usize) -> Self {
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows
            .last()
            .filter(|_| more)
            .map(|(sk, _)| Position(sk.clone()));
        Self {
            items: rows.into_iter().map(|(_, row)| row).collect(),
            next,
        }
    }
}

impl<T: DeserializeOwned> Page<Stored<T>> {
    /// Reads `items` behind the first `skip` as rows; one further than `limit` shows that more follow.
    pub(crate) fn read(items: &[Item], skip: usize, limit: usize) -> Result<Self, StoreError> {
        let rows = items.iter().skip(skip).map(|item| {
            Ok((
                item.string("SK").unwrap_or_default().to_owned(),
                decode(item)?,
            ))
        });
        Ok(Self::cut(
            rows.collect::<Result<Vec<_>, StoreError>>()?,
            limit,
        ))
    }
}
