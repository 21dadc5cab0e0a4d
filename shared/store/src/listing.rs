//! How lists are read: the order that is asked for, from the index that serves it, with what no index answers filtered
//! in a loop whose length is bounded.
//!
//! What belongs here is the same for every kind of record. Which filters and orders a kind has, and which index serves
//! them, is told in one file a kind.

use crate::db::{Db, Range};
use crate::entries::{Indexed, LAST, record_at};
use crate::error::StoreError;
use crate::key::Key;
use crate::page::{Page, PageRequest, Position};
use crate::record::{Item, Stored};
use crate::table::INDEX_SORT_KEY;
use futures::future::try_join_all;
use plat_domain::{Id, Span, TeamId};
use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;

/// Rows read at a time while a filter throws some away.
const BATCH: usize = 100;

/// How many such batches one request reads at most before it answers with what it found and a cursor to go on.
const MAX_BATCHES: usize = 10;

/// A kind of record that is listed.
pub(crate) trait Listed: Indexed<Id: Hash> {
    /// What is read of the rows of an index, beside the record's id.
    const ROW: &'static [&'static str] = &[
        "row",
        "status",
        "since",
        "version",
        "createdAt",
        "updatedAt",
    ];

    /// What a list shows of it.
    type Row: From<Stored<Self>>;

    fn key(team: TeamId, id: Self::Id) -> Key;

    /// A row of one of the table's indexes.
    fn listed(item: &Item) -> Result<Self::Row, StoreError>;
}

/// Which records are wanted.
pub(crate) trait Filter {
    type Record: Listed;

    /// Whether a row is wanted: every condition, asked of the row itself.
    fn wants(&self, row: &<Self::Record as Listed>::Row) -> bool;

    /// The same of conditions that only the record answers.
    fn wants_record(&self, _: &Self::Record) -> bool {
        true
    }

    /// Whether there is such a condition. Then the records are read even where rows would do; entries lead to them anyway.
    fn asks_records(&self) -> bool {
        false
    }
}

/// The index that serves a list.
#[derive(Debug, PartialEq)]
pub(crate) enum Driver {
    /// Partitions of one of the table's indexes, merged by creation.
    Index {
        name: &'static str,
        partitions: Vec<String>,
    },
    /// Facets of the entries that `search.index` keeps, merged by their values.
    Entries { facets: Vec<String> },
}

/// How a list is read.
#[derive(Debug, PartialEq)]
pub(crate) struct Plan {
    pub(crate) driver: Driver,
    /// Inclusive bounds of the places that are wanted.
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) descending: bool,
    /// Whether few or none of the driver's rows are thrown away, so that it is read no further than the page needs.
    pub(crate) close: bool,
}

/// Every place that an entry may have.
pub(crate) fn all_places() -> (String, String) {
    (" ".to_owned(), LAST.to_string())
}

/// The places of entries whose value begins with `beginning`.
pub(crate) fn beginning_with(beginning: &str) -> (String, String) {
    (beginning.to_owned(), format!("{beginning}{LAST}"))
}

/// The ids that records created in a span have.
pub(crate) fn created_in<K>(span: &Span) -> (String, String) {
    let first = |at| Id::<K>::first_at(at).to_string();
    let from = span.from.map_or_else(|| "0".to_owned(), first);
    let to = span
        .to
        .map_or_else(|| "~".to_owned(), |to| Position(first(to)).before());
    (from, to)
}

/// A list of a team, as it is about to be read.
pub(crate) struct List<'a, F> {
    pub(crate) db: &'a Db,
    pub(crate) team: TeamId,
    pub(crate) filter: &'a F,
    pub(crate) plan: Plan,
}

type RowOf<F> = <<F as Filter>::Record as Listed>::Row;

impl<F: Filter> List<'_, F> {
    /// A page of what the filter wants.
    ///
    /// It may be short, or even empty, and still have a cursor: then the filter left so little that the bound on one
    /// request was reached.
    pub(crate) async fn page(&self, page: &PageRequest) -> Result<Page<RowOf<F>>, StoreError> {
        let close = self.plan.close;
        // Entries may be such as their records have outgrown, so they are counted only after these are read.
        let exact = close && matches!(self.plan.driver, Driver::Index { .. });
        let mut after = page.after.clone();
        let mut skip = page.skip;
        let mut rows: Vec<(String, RowOf<F>)> = Vec::new();
        for round in 0..MAX_BATCHES.max(skip.div_ceil(BATCH) + 1) {
            let wanted = if close {
                // Each round that leaves some wanting reads further, lest many outgrown entries become many requests.
                let left = skip + page.limit + 1 - rows.len();
                left.max(BATCH.min(page.limit << round.min(8)))
            } else {
                BATCH.max(page.limit + 1)
            };
            let mut batch = self.read(after.as_ref(), wanted).await?;
            let ended = batch.len() < wanted;
            after = batch.last().map(|(sk, _)| Position(sk.clone())).or(after);
            if exact {
                let passed = skip.min(batch.len());
                batch.drain(..passed);
                skip -= passed;
            }
            for (sk, row) in self.complete(batch).await? {
                if !exact {
                    if !self.filter.wants(&row) {
                        continue;
                    }
                    if skip > 0 {
                        skip -= 1;
                        continue;
                    }
                }
                rows.push((sk, row));
            }
            if rows.len() > page.limit {
                return Ok(Page::cut(rows, page.limit));
            }
            if ended {
                after = None;
                break;
            }
        }
        Ok(Page {
            items: rows.into_iter().map(|(_, row)| row).collect(),
            next: after,
        })
    }

    /// Up to `wanted` rows or entries of the plan's driver, in order, behind `after`.
    async fn read(
        &self,
        after: Option<&Position>,
        wanted: usize,
    ) -> Result<Vec<(String, Item)>, StoreError> {
        let Plan {
            driver,
            from,
            to,
            descending,
            ..
        } = &self.plan;
        let (mut from, mut to) = (from.clone(), to.clone());
        match (after, descending) {
            (Some(after), true) => to = after.before(),
            (Some(after), false) => from = after.behind(),
            (None, _) => {}
        }
        if from > to {
            return Ok(Vec::new());
        }
        let (index, partitions, sort_key) = match driver {
            Driver::Index { name, partitions } => (Some(*name), partitions.clone(), INDEX_SORT_KEY),
            Driver::Entries { facets } => {
                let facets = facets.iter();
                let partitions = facets.map(|facet| F::Record::facet(self.team, facet));
                (None, partitions.collect(), "SK")
            }
        };
        let reads = partitions.into_iter().map(|pk| {
            let range = Range {
                index,
                pk,
                from: from.clone(),
                to: to.clone(),
                descending: *descending,
                limit: wanted,
            };
            // Entries are keys only.
            async move {
                match index {
                    Some(_) => self.db.range_of(&range, F::Record::ROW).await,
                    None => self.db.range(&range).await,
                }
            }
        });
        let read = try_join_all(reads).await?.into_iter().flatten();
        let placed = read.map(|item| (item.string(sort_key).unwrap_or_default().to_owned(), item));
        Ok(merge(placed.collect(), *descending, wanted))
    }

    /// Turns what was read into rows. Entries are keys only: their records are read, and an entry that its record has
    /// outgrown is passed over. A record counts once, at the first of the places that it has among those asked for.
    async fn complete(
        &self,
        batch: Vec<(String, Item)>,
    ) -> Result<Vec<(String, RowOf<F>)>, StoreError> {
        let facets = match &self.plan.driver {
            Driver::Index { .. } if self.filter.asks_records() => {
                return self.complete_rows(batch).await;
            }
            Driver::Index { .. } => {
                let rows = batch
                    .into_iter()
                    .map(|(sk, item)| Ok((sk, F::Record::listed(&item)?)));
                return rows.collect();
            }
            Driver::Entries { facets } => facets,
        };
        let records: BTreeSet<_> = batch.iter().filter_map(|(sk, _)| record_at(sk)).collect();
        let keys: Vec<Key> = records
            .into_iter()
            .map(|id| F::Record::key(self.team, id))
            .collect();
        let (from, to) = (&self.plan.from, &self.plan.to);
        let mut found = HashMap::new();
        for item in self.db.get_many(&keys).await? {
            let record = F::Record::read(item)?;
            let places = F::Record::entries(&record).into_iter().filter(|entry| {
                facets.contains(&entry.facet) && *from <= entry.sk && entry.sk <= *to
            });
            if let Some(first) = places.map(|entry| entry.sk).min() {
                found.insert(first, record);
            }
        }
        Ok(batch
            .into_iter()
            .filter_map(|(sk, _)| {
                let record = found.remove(&sk)?;
                let wanted = self.filter.wants_record(&record.value);
                wanted.then(|| (sk, record.into()))
            })
            .collect())
    }

    /// The rows of those records that are wanted, which only the records themselves tell.
    async fn complete_rows(
        &self,
        batch: Vec<(String, Item)>,
    ) -> Result<Vec<(String, RowOf<F>)>, StoreError> {
        let records = batch.iter().filter_map(|(sk, _)| record_at(sk));
        let keys: Vec<Key> = records.map(|id| F::Record::key(self.team, id)).collect();
        let mut wanted = BTreeSet::new();
        for item in self.db.get_many(&keys).await? {
            let place = item.string(INDEX_SORT_KEY).map(str::to_owned);
            let record = F::Record::read(item)?;
            if self.filter.wants_record(&record.value) {
                wanted.extend(place);
            }
        }
        let rows = batch.into_iter().filter(|(sk, _)| wanted.contains(sk));
        rows.map(|(sk, item)| Ok((sk, F::Record::listed(&item)?)))
            .collect()
    }
}

/// The first `wanted` of what was read from several partitions. What goes from one to another meanwhile may be in both; it
/// counts once, as its later version.
fn merge(mut read: Vec<(String, Item)>, descending: bool, wanted: usize) -> Vec<(String, Item)> {
    read.sort_by(|(a, old), (b, new)| {
        let order = if descending { b.cmp(a) } else { a.cmp(b) };
        order.then_with(|| new.version().cmp(&old.version()))
    });
    read.dedup_by(|(a, _), (b, _)| a == b);
    read.truncate(wanted);
    read
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::condition::number;

    #[test]
    fn what_is_in_two_partitions_counts_once_as_its_later_version() {
        let row = |sk: &str, version| {
            let item = Item::default().with("version", number(version));
            (sk.to_owned(), item)
        };
        let read = vec![
            row("1", 1),
            row("3", 1),
            row("2", 4),
            row("3", 2),
            row("2", 3),
        ];
        let told = |descending, wanted| {
            let merged = merge(read.clone(), descending, wanted).into_iter();
            merged
                .map(|(sk, item)| format!("{sk} v{}", item.version()))
                .collect::<Vec<_>>()
        };

        assert_eq!(told(false, 9), ["1 v1", "2 v4", "3 v2"]);
        assert_eq!(told(true, 2), ["3 v2", "2 v4"]);
    }
}
