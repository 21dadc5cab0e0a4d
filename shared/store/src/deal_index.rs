//! Under what deals are found: last change, time in stage and price, each apart for each status; the words of the
//! seller's name and of the address; the records that a deal points to.

use crate::entries::{Entry, Indexed, place, time_value};
use crate::error::StoreError;
use crate::keys;
use crate::page::Position;
use crate::record::{Item, Stored};
use jiff::Timestamp;
use plat_domain::{Deal, DealId, DealStatus, Money, RecordRef, TeamId, text_words};
use std::collections::BTreeSet;

pub(crate) const CHANGED: &str = "changed";
pub(crate) const SINCE: &str = "since";
pub(crate) const PRICE: &str = "price";
pub(crate) const SELLER: &str = "seller";
pub(crate) const ADDRESS: &str = "address";

impl Indexed for Deal {
    const KIND: &'static str = "deal";
    type Id = DealId;

    fn facet(team: TeamId, facet: &str) -> String {
        keys::deal_facet(team, facet)
    }

    fn read(item: Item) -> Result<Stored<Self>, StoreError> {
        crate::deal::read(item)
    }

    fn entries(record: &Stored<Self>) -> BTreeSet<Entry> {
        let deal = &record.value;
        if deal.deleted_at.is_some() {
            return BTreeSet::new();
        }
        let id = deal.id;
        let price = price_value(deal.target_price.as_ref());
        let ordered = [
            (CHANGED, time_value(record.updated_at)),
            (SINCE, time_value(deal.since)),
            (PRICE, price),
        ];
        let ordered = ordered
            .into_iter()
            .map(|(order, value)| Entry::at(order_facet(order, deal.status), &value, id));
        let seller = deal.seller_name.iter();
        let seller = seller.flat_map(|name| text_words(name.as_str()));
        let seller = seller.map(|word| Entry::under(SELLER, &word, id));
        let address = text_words(deal.property_address.as_str()).into_iter();
        let address = address.map(|word| Entry::under(ADDRESS, &word, id));
        let references = deal.references();
        let references =
            references.map(|(_, record)| Entry::by_creation(reference_facet(record), id));
        let all = ordered.chain(seller).chain(address).chain(references);
        all.collect()
    }
}

/// Each status has its own, so that a column of the board is read in order; lists of several merge theirs.
pub(crate) fn order_facet(order: &str, status: DealStatus) -> String {
    format!("{order}#{status}")
}

pub(crate) fn reference_facet(record: RecordRef) -> String {
    format!("of#{}#{}", record.kind(), record.id())
}

/// By currency, and then in as many digits as the largest amount has; deals without a price come first.
pub(crate) fn price_value(price: Option<&Money>) -> String {
    price.map_or_else(
        || "-".to_owned(),
        |price| format!("{}{:014}", price.currency(), price.minor()),
    )
}

/// Where a deal stands in the order of last changes, whether of one status or of several: what a list in that order
/// goes on from.
pub(crate) fn changed_place(deal: DealId, updated_at: Timestamp) -> Position {
    Position(place(&time_value(updated_at), deal))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::Command;
    use crate::entries::turn;
    use plat_domain::{Actor, Currency, Id, LeadId, Line, Name, Origin, UserId};
    use proptest::prelude::*;

    fn stored(deal: Deal, millisecond: i64) -> Stored<Deal> {
        let command = Command {
            id: Id::from_bits(1),
            at: Timestamp::from_millisecond(millisecond).unwrap(),
            by: Actor {
                id: UserId::from_bits(1),
                name: "Ann".to_owned(),
            },
            origin: Origin::default(),
            depth: 0,
        };
        Stored::new(deal, &command)
    }

    fn deal() -> Deal {
        let address = Line::parse("12 Elm St").unwrap();
        Deal::new(DealId::from_bits(7), address, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn a_deal_has_an_entry_for_each_order_word_and_reference() {
        let mut deal = deal();
        deal.seller_name = Name::parse("Zo\u{eb} Lee").ok();
        deal.target_price = Money::new(18_500_050, Currency::USD).ok();
        deal.lead_id = Some(LeadId::from_bits(8));
        deal.status = DealStatus::UnderContract;
        let id = deal.id.to_string();

        let entries = Deal::entries(&stored(deal, 1_000));

        let spelled = entries.iter().map(|entry| {
            let sk = entry.sk.replace(&id, "X");
            format!("{} {sk}", entry.facet)
        });
        assert_eq!(
            Vec::from_iter(spelled),
            [
                "address#1 12#X",
                "address#e elm#X",
                "address#s st#X",
                "changed#under_contract 377705023202000#X",
                "of#lead#00000000000000000000000008 X",
                "price#under_contract USD00000018500050#X",
                "seller#l lee#X",
                "seller#z zoe#X",
                "since#under_contract 377705023201000#X",
            ]
        );
    }

    #[test]
    fn the_place_of_a_card_is_that_of_its_entry() {
        let stored = stored(deal(), 1_772_463_600_000);

        let Position(place) = changed_place(stored.value.id, stored.updated_at);

        let entry = Entry {
            facet: order_facet(CHANGED, DealStatus::New),
            sk: place,
        };
        assert!(Deal::entries(&stored).contains(&entry));
    }

    fn any_state() -> impl Strategy<Value = Option<Stored<Deal>>> {
        let state = (
            0..DealStatus::ALL.len(),
            "[a-c]{1,2}( [a-c]{1,2}){0,3}",
            proptest::option::of("[a-c]{1,2}"),
            proptest::option::of(0_i64..3),
            proptest::option::of(0_u128..3),
            (0_i64..3, 0_i64..3),
            proptest::bool::weighted(0.1),
        );
        let state = state.prop_map(
            |(status, address, seller, price, lead, (since, updated), deleted)| {
                let mut deal = deal();
                deal.status = DealStatus::ALL[status];
                deal.property_address = Line::parse(&address).unwrap();
                deal.seller_name = seller.and_then(|name| Name::parse(&name).ok());
                deal.target_price = price.and_then(|price| Money::new(price, Currency::USD).ok());
                deal.lead_id = lead.map(LeadId::from_bits);
                deal.since = Timestamp::from_millisecond(since).unwrap();
                deal.deleted_at = deleted.then_some(deal.since);
                stored(deal, updated)
            },
        );
        proptest::option::weighted(0.95, state)
    }

    proptest! {
        #[test]
        fn whatever_happens_to_a_deal_it_has_the_entries_of_what_it_is(
            states in proptest::collection::vec(any_state(), 1..12),
        ) {
            let mut kept = BTreeSet::new();
            let mut old = None;
            for new in states {
                let (come, go) = turn(old.as_ref(), new.as_ref());
                prop_assert!(go.is_subset(&kept) && come.is_disjoint(&kept));
                kept = &(&kept - &go) | &come;
                let expected = new.as_ref().map(Deal::entries).unwrap_or_default();
                prop_assert_eq!(&kept, &expected);
                // A change may be handed over twice.
                prop_assert_eq!(&(&kept - &go) | &come, expected);
                old = new;
            }
        }

        #[test]
        fn prices_sort_as_their_values_do(
            a in 0..=plat_domain::MAX_MINOR_UNITS,
            b in 0..=plat_domain::MAX_MINOR_UNITS,
        ) {
            let value = |minor| price_value(Money::new(minor, Currency::USD).ok().as_ref());
            prop_assert_eq!(value(a).cmp(&value(b)), a.cmp(&b));
            prop_assert!(price_value(None) < value(a));
        }
    }
}
