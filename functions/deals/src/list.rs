//! `GET /api/deals`

use crate::view::DealSummaryView;
use plat_domain::{
    AssignedTo, ClientId, Currency, DealKind, DealStatus, LeadId, MAX_MINOR_UNITS, Moment, Money,
    Permission, PropertyId, Query, RecordRef, Span,
};
use plat_http::FieldError;
use plat_registry::{
    App, Can, Endpoint, Failure, Grant, Input, Listing, Method, NoBody, NoPath, Principal,
};
use plat_store::{DealFilter, DealSort, PriceRange};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Which deals, in which order.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ListDeals {
    /// Deals of this status; several may be given.
    #[serde(default)]
    status: BTreeSet<DealStatus>,
    /// Deals of this member; `me` for one's own, `none` for nobody's.
    assigned_to: Option<AssignedTo>,
    /// Words that begin a word of the seller's name, each of them.
    seller: Option<String>,
    /// Words that begin a word of the property's address, each of them.
    address: Option<String>,
    /// Deals with at least this target price, such as `185000` or `185000.00`.
    min_price: Option<String>,
    /// Deals with at most this target price.
    max_price: Option<String>,
    /// Deals with a target price in this currency; that of `minPrice` and `maxPrice`, where it is USD unless given.
    currency: Option<Currency>,
    /// Deals of this kind.
    kind: Option<DealKind>,
    /// Deals created at this time or later.
    created_after: Option<Moment>,
    /// Deals created before this time.
    created_before: Option<Moment>,
    /// Deals last changed at this time or later.
    updated_after: Option<Moment>,
    /// Deals last changed before this time.
    updated_before: Option<Moment>,
    /// Deals that come of this lead.
    lead_id: Option<LeadId>,
    /// Deals made with this client.
    client_id: Option<ClientId>,
    /// Deals on this property.
    property_id: Option<PropertyId>,
    /// The order; newest first unless given. With `seller` or `address` and no order, the order of the words that match.
    sort: Option<Sort>,
}

/// An order; a minus sign turns it around. `lastChange` begins with what changed longest ago, `timeInStage` with what came
/// to its status last.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "DealSort")]
enum Sort {
    Newest,
    Oldest,
    Price,
    #[serde(rename = "-price")]
    PriceDescending,
    LastChange,
    #[serde(rename = "-lastChange")]
    LastChangeDescending,
    TimeInStage,
    #[serde(rename = "-timeInStage")]
    TimeInStageDescending,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::GET,
        "/api/deals",
        "deals.list",
        Can(Permission::DealsRead),
        handle,
    )
    .summary("List deals with filters, order and cursor")
    .grants(&[Grant::ReadTable])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<NoPath, NoBody, ListDeals>,
) -> Result<Listing<DealSummaryView>, Failure> {
    let query = input.query;
    let references = [
        query.lead_id.map(RecordRef::Lead),
        query.client_id.map(RecordRef::Client),
        query.property_id.map(RecordRef::Property),
    ];
    let filter = DealFilter {
        price: price_range(&query)?,
        statuses: query.status,
        assigned_to: query.assigned_to.map(|wanted| wanted.asked_by(who.id())),
        seller: query.seller.as_deref().and_then(Query::of_words),
        address: query.address.as_deref().and_then(Query::of_words),
        kind: query.kind,
        created: Span::between(query.created_after, query.created_before),
        updated: Span::between(query.updated_after, query.updated_before),
        references: references.into_iter().flatten().collect(),
        sight: who.sight(),
    };
    let deals = app.store.team(who.team).deals();
    let page = deals
        .list(&filter, query.sort.map(order), &input.page)
        .await?;
    Ok(Listing(page.map(DealSummaryView::from)))
}

/// None if nothing is asked of the price. How an amount is written depends on the currency.
fn price_range(query: &ListDeals) -> Result<Option<PriceRange>, Failure> {
    if query.min_price.is_none() && query.max_price.is_none() && query.currency.is_none() {
        return Ok(None);
    }
    let currency = query.currency.unwrap_or_default();
    let read = |given: &Option<String>, otherwise| match given {
        Some(text) => Money::parse_amount(text, currency),
        None => Money::new(otherwise, currency),
    };
    let least = read(&query.min_price, 0);
    let most = read(&query.max_price, MAX_MINOR_UNITS);
    match (least, most) {
        (Ok(least), Ok(most)) => Ok(Some(PriceRange { least, most })),
        (least, most) => {
            let wrong = [("/maxPrice", most.err()), ("/minPrice", least.err())].into_iter();
            let wrong = wrong.filter_map(|(pointer, refused)| {
                let refused = refused?;
                Some(FieldError {
                    pointer: pointer.to_owned(),
                    code: refused.code.to_owned(),
                    detail: refused.detail.into_owned(),
                })
            });
            Err(wrong.collect::<Vec<_>>().into())
        }
    }
}

fn order(sort: Sort) -> DealSort {
    match sort {
        Sort::Newest => DealSort::Newest,
        Sort::Oldest => DealSort::Oldest,
        Sort::Price => DealSort::Price { descending: false },
        Sort::PriceDescending => DealSort::Price { descending: true },
        Sort::LastChange => DealSort::LastChange { descending: false },
        Sort::LastChangeDescending => DealSort::LastChange { descending: true },
        Sort::TimeInStage => DealSort::TimeInStage { descending: false },
        Sort::TimeInStageDescending => DealSort::TimeInStage { descending: true },
    }
}
