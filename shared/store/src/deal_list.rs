//! Lists of deals: their filters and orders, and which index serves them.

use crate::deal::{Deals, ListedDeal, listed};
use crate::deal_index::{
    ADDRESS, CHANGED, PRICE, SELLER, SINCE, order_facet, price_value, reference_facet,
};
use crate::entries::{LAST, time_value, word_facet};
use crate::error::StoreError;
use crate::key::Key;
use crate::keys;
use crate::listing::{Driver, Filter, List, Listed, Plan, all_places, beginning_with, created_in};
use crate::page::{Page, PageRequest};
use crate::record::Item;
use crate::sight::Sight;
use plat_domain::{
    Deal, DealId, DealKind, DealStatus, Money, Query, RecordRef, Span, TeamId, UserId, kind,
    text_words,
};
use std::collections::BTreeSet;
use std::mem::take;

/// Which deals are wanted. An empty filter wants all.
#[derive(Debug, Clone, PartialEq)]
pub struct DealFilter {
    /// Any of these; empty for every status.
    pub statuses: BTreeSet<DealStatus>,
    /// This assignee; `Some(None)` for deals that nobody has.
    pub assigned_to: Option<Option<UserId>>,
    /// With a seller whose name has these words.
    pub seller: Option<Query>,
    /// At an address that has these words.
    pub address: Option<Query>,
    /// With a target price in this range.
    pub price: Option<PriceRange>,
    /// Of this kind.
    pub kind: Option<DealKind>,
    /// Created in this time.
    pub created: Span,
    /// Last changed in this time.
    pub updated: Span,
    /// Pointing to all of these records.
    pub references: BTreeSet<RecordRef>,
    /// What the asking person may see.
    pub sight: Sight,
}

/// Prices of one currency, both ends included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PriceRange {
    /// The least.
    pub least: Money,
    /// The most; of the same currency.
    pub most: Money,
}

/// In which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DealSort {
    /// By creation, latest first.
    Newest,
    /// By creation, earliest first.
    Oldest,
    /// By target price, one currency after another.
    Price {
        /// Highest first.
        descending: bool,
    },
    /// By last change.
    LastChange {
        /// Latest first.
        descending: bool,
    },
    /// By the time for which they have had their status.
    TimeInStage {
        /// Longest first.
        descending: bool,
    },
}

impl DealFilter {
    /// Everything that `sight` sees.
    pub fn everything(sight: Sight) -> Self {
        Self {
            statuses: BTreeSet::new(),
            assigned_to: None,
            seller: None,
            address: None,
            price: None,
            kind: None,
            created: Span::default(),
            updated: Span::default(),
            references: BTreeSet::new(),
            sight,
        }
    }
}

impl PriceRange {
    fn has(&self, price: &Money) -> bool {
        price.currency() == self.least.currency()
            && price.minor() >= self.least.minor()
            && price.minor() <= self.most.minor()
    }
}

impl Deals {
    /// A page of the deals that `filter` wants. With words and no order, the order is that of the matching word.
    pub async fn list(
        &self,
        filter: &DealFilter,
        sort: Option<DealSort>,
        page: &PageRequest,
    ) -> Result<Page<ListedDeal>, StoreError> {
        if filter.sight.hides(filter.assigned_to) {
            return Ok(Page::empty());
        }
        let list = List {
            db: &self.db,
            team: self.team,
            filter,
            plan: plan(self.team, filter.clone(), sort),
        };
        list.page(page).await
    }
}

/// How a list is read. What its driver answers is taken out of the filter; if nothing is left, every row is wanted.
fn plan(team: TeamId, mut left: DealFilter, sort: Option<DealSort>) -> Plan {
    // An index of all is read at once, where one of each status would be merged.
    if left.statuses.len() == DealStatus::ALL.len() {
        left.statuses.clear();
    }
    let by_word = if sort.is_none() {
        words(&mut left)
    } else {
        None
    };
    let (driver, (from, to), descending) = match (by_word, sort.unwrap_or(DealSort::Newest)) {
        (Some((driver, places)), _) => (driver, places, false),
        (None, order @ (DealSort::Newest | DealSort::Oldest)) => {
            let (driver, places) = by_creation(team, &mut left);
            (driver, places, order == DealSort::Newest)
        }
        (None, DealSort::Price { descending }) => {
            let places = left.price.take().map_or_else(all_places, priced_in);
            (by_status(PRICE, &mut left), places, descending)
        }
        (None, DealSort::LastChange { descending }) => {
            let places = at_times(&take(&mut left.updated));
            (by_status(CHANGED, &mut left), places, descending)
        }
        // Who came to a status first has been there longest.
        (None, DealSort::TimeInStage { descending }) => {
            (by_status(SINCE, &mut left), all_places(), !descending)
        }
    };
    Plan {
        driver,
        from,
        to,
        descending,
        close: left == DealFilter::everything(Sight::All),
    }
}

/// The entries of the longest word that is asked for, with the places of those that begin with it.
fn words(left: &mut DealFilter) -> Option<(Driver, (String, String))> {
    let length = |query: &Option<Query>| query.as_ref().map(|query| query.driver().chars().count());
    let (of, query) = if length(&left.seller) >= length(&left.address) {
        (SELLER, &mut left.seller)
    } else {
        (ADDRESS, &mut left.address)
    };
    let asked = query.take()?;
    let word = asked.driver();
    let facets = vec![word_facet(of, word)];
    let places = beginning_with(word);
    *query = Some(asked).filter(|asked| !asked.is_single());
    Some((Driver::Entries { facets }, places))
}

/// What serves a list by creation, with the ids that are wanted.
fn by_creation(team: TeamId, left: &mut DealFilter) -> (Driver, (String, String)) {
    let places = created_in::<kind::Deal>(&take(&mut left.created));
    let index = |name, partitions| Driver::Index { name, partitions };
    let of = |assignee| keys::deals_of(team, assignee);
    let driver = if let Some(record) = left.references.pop_first() {
        let facets = vec![reference_facet(record)];
        Driver::Entries { facets }
    } else if let Some(assignee) = left.assigned_to.take() {
        left.sight = Sight::All;
        index("GSI3", vec![of(assignee)])
    } else if let Sight::Own(user) = left.sight {
        left.sight = Sight::All;
        index("GSI3", vec![of(Some(user)), of(None)])
    } else if left.statuses.is_empty() {
        index("GSI1", vec![keys::deals(team)])
    } else {
        let statuses = take(&mut left.statuses).into_iter();
        let partitions = statuses.map(|status| keys::deals_with_status(team, status));
        index("GSI2", partitions.collect())
    };
    (driver, places)
}

/// An order that is kept apart for each status.
fn by_status(order: &str, left: &mut DealFilter) -> Driver {
    let facet = |status: &DealStatus| order_facet(order, *status);
    let statuses = take(&mut left.statuses);
    let facets = if statuses.is_empty() {
        DealStatus::ALL.iter().map(facet).collect()
    } else {
        statuses.iter().map(facet).collect()
    };
    Driver::Entries { facets }
}

fn priced_in(range: PriceRange) -> (String, String) {
    let most = price_value(Some(&range.most));
    (price_value(Some(&range.least)), format!("{most}{LAST}"))
}

/// A place is a time and an id, so the place that is a time alone lies before all of that time.
fn at_times(span: &Span) -> (String, String) {
    let (from, to) = all_places();
    (
        span.from.map_or(from, time_value),
        span.to.map_or(to, time_value),
    )
}

impl Listed for Deal {
    type Row = ListedDeal;

    fn key(team: TeamId, id: DealId) -> Key {
        keys::deal(team, id)
    }

    fn listed(item: &Item) -> Result<ListedDeal, StoreError> {
        listed(item)
    }
}

impl Filter for DealFilter {
    type Record = Deal;

    fn wants(&self, row: &ListedDeal) -> bool {
        let deal = &row.deal;
        let seller = deal.seller_name.as_ref();
        (self.statuses.is_empty() || self.statuses.contains(&deal.status))
            && self
                .assigned_to
                .is_none_or(|wanted| wanted == deal.assigned_to)
            && self.seller.as_ref().is_none_or(|query| {
                seller.is_some_and(|name| query.matches(&text_words(name.as_str())))
            })
            && self
                .address
                .as_ref()
                .is_none_or(|query| query.matches(&text_words(deal.property_address.as_str())))
            && self.price.is_none_or(|range| {
                deal.target_price
                    .as_ref()
                    .is_some_and(|price| range.has(price))
            })
            && self.kind.is_none_or(|kind| kind == deal.kind)
            && self.created.has(row.created_at)
            && self.updated.has(row.updated_at)
            && self.sight.sees(deal.assigned_to)
    }

    fn wants_record(&self, deal: &Deal) -> bool {
        self.references
            .iter()
            .all(|wanted| deal.references().any(|(_, record)| record == *wanted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plat_domain::LeadId;

    /// How a list is read: the index or the facets, from where to where, which way, and whether that answers all.
    fn told(filter: &DealFilter, sort: Option<DealSort>) -> String {
        let team = TeamId::from_bits(1);
        let plan = plan(team, filter.clone(), sort);
        let driver = match plan.driver {
            Driver::Index { name, partitions } => format!("{name} {}", partitions.join(" + ")),
            Driver::Entries { facets } => facets.join(" + "),
        };
        let way = if plan.descending { "down" } else { "up" };
        let rest = if plan.close { "" } else { ", filtered" };
        format!("{driver} {way}{rest}").replace(&format!("T#{team}#"), "")
    }

    #[test]
    fn a_list_is_read_from_the_index_that_answers_most() {
        let all = || DealFilter::everything(Sight::All);
        let me = UserId::from_bits(2);
        let change = Some(DealSort::LastChange { descending: true });
        let longest = Some(DealSort::TimeInStage { descending: true });
        let price = Some(DealSort::Price { descending: false });
        let open = BTreeSet::from([DealStatus::New, DealStatus::Assigned]);
        let every = DealStatus::ALL.iter().copied().collect();
        let hundred = Money::parse_amount("100", plat_domain::Currency::USD).unwrap();
        let hundred = PriceRange {
            least: hundred,
            most: hundred,
        };
        let lead = RecordRef::Lead(LeadId::from_bits(3));
        let cases = [
            (all(), None, "GSI1 DEALS down"),
            (all(), Some(DealSort::Oldest), "GSI1 DEALS up"),
            (
                DealFilter {
                    statuses: open.clone(),
                    ..all()
                },
                None,
                "GSI2 DEALS#new + DEALS#assigned down",
            ),
            (
                DealFilter {
                    statuses: every,
                    ..all()
                },
                None,
                "GSI1 DEALS down",
            ),
            (
                DealFilter {
                    statuses: open.clone(),
                    ..all()
                },
                change,
                "changed#new + changed#assigned down",
            ),
            (
                DealFilter {
                    assigned_to: Some(None),
                    ..all()
                },
                None,
                "GSI3 DEALS@none down",
            ),
            (
                DealFilter {
                    assigned_to: Some(None),
                    statuses: open,
                    ..all()
                },
                None,
                "GSI3 DEALS@none down, filtered",
            ),
            (
                DealFilter::everything(Sight::Own(me)),
                None,
                "GSI3 DEALS@00000000000000000000000002 + DEALS@none down",
            ),
            (
                all(),
                longest,
                "since#new + since#negotiating + since#under_contract + since#assigned + since#closed + since#dead up",
            ),
            (
                DealFilter {
                    price: Some(hundred),
                    statuses: BTreeSet::from([DealStatus::Dead]),
                    ..all()
                },
                price,
                "price#dead up",
            ),
            (
                DealFilter {
                    price: Some(hundred),
                    ..all()
                },
                None,
                "GSI1 DEALS down, filtered",
            ),
            (
                DealFilter {
                    references: BTreeSet::from([lead]),
                    ..all()
                },
                None,
                "of#lead#00000000000000000000000003 down",
            ),
            (
                DealFilter {
                    seller: Query::of_words("ann"),
                    address: Query::of_words("12 elmira"),
                    ..all()
                },
                None,
                "address#e up, filtered",
            ),
            (
                DealFilter {
                    address: Query::of_words("elm"),
                    ..all()
                },
                None,
                "address#e up",
            ),
            (
                DealFilter {
                    address: Query::of_words("12 elm"),
                    ..all()
                },
                None,
                "address#e up, filtered",
            ),
            (
                DealFilter {
                    address: Query::of_words("elm"),
                    ..all()
                },
                Some(DealSort::Newest),
                "GSI1 DEALS down, filtered",
            ),
            (
                DealFilter {
                    kind: Some(DealKind::Flip),
                    ..all()
                },
                None,
                "GSI1 DEALS down, filtered",
            ),
        ];
        for (filter, sort, expected) in cases {
            assert_eq!(told(&filter, sort), expected);
        }
    }
}
