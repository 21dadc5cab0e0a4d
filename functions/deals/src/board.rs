//! `GET /api/deals/board`

use crate::view::DealSummaryView;
use plat_domain::figures::DealFigures;
use plat_domain::{AssignedTo, Currency, DealStatus, Permission, SignedMoney};
use plat_registry::{
    App, Can, Endpoint, Failure, Grant, Input, Json, ListAt, Method, NoBody, NoPath, Principal,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Whose board, and in which currency.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct BoardQuery {
    /// Deals of this member; `me` for one's own, `none` for nobody's.
    assigned_to: Option<AssignedTo>,
    /// The currency of the totals. Unless given, dollars, or if no price is in dollars, a currency that has prices.
    currency: Option<Currency>,
}

/// Deals by where they stand.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "DealBoard")]
struct BoardView {
    /// All statuses, in the order of a deal's life.
    columns: Vec<ColumnView>,
    /// Currencies in which there are prices too, which these totals leave out; ask for each with `currency`.
    other_currencies: BTreeSet<Currency>,
}

/// The deals of one status.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "DealBoardColumn")]
struct ColumnView {
    /// Which.
    status: DealStatus,
    /// How many they are.
    count: u64,
    /// The sum of their target prices.
    target_total: SignedMoney,
    /// The sum of their assigned prices.
    assigned_total: SignedMoney,
    /// Up to 20 of those that changed last, latest first.
    items: Vec<DealSummaryView>,
    /// Send it as `cursor` to `/api/deals?status=…&sort=-lastChange`, with `assignedTo` if that was asked here, to go on;
    /// null at the end.
    #[schemars(required)]
    next_cursor: Option<String>,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::GET,
        "/api/deals/board",
        "deals.board",
        Can(Permission::DealsRead),
        handle,
    )
    .summary("The board of deals: for each status the count, the totals and the first cards")
    .grants(&[Grant::ReadTable])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<NoPath, NoBody, BoardQuery>,
) -> Result<Json<BoardView>, Failure> {
    let BoardQuery {
        assigned_to,
        currency,
    } = input.query;
    let assignee = assigned_to.map(|wanted| wanted.asked_by(who.id()));
    let team = app.store.team(who.team);
    let (deals, figures) = (team.deals(), team.figures());
    let (columns, figures) = futures::try_join!(
        deals.board(assignee, who.sight()),
        figures.deals(who.sight(), assignee),
    )?;

    let mut currencies = currencies(&figures);
    let currency = currency.unwrap_or_else(|| {
        let first = currencies.first().copied().unwrap_or_default();
        currencies.get(&Currency::USD).copied().unwrap_or(first)
    });
    currencies.remove(&currency);
    let total = |sums: BTreeMap<Currency, i64>| {
        let minor = sums.get(&currency).copied().unwrap_or_default();
        SignedMoney::new(minor, currency)
    };
    let assigned_to = assigned_to.map(|wanted| match wanted {
        AssignedTo::Named(word) => word.to_string(),
        AssignedTo::Member(user) => user.to_string(),
    });
    let mut views = Vec::with_capacity(columns.len());
    for column in columns {
        let status = column.status;
        let count = figures.count(status);
        let next_cursor = column.next(count).map(|after| {
            let mut query = vec![("status", status.as_str()), ("sort", "-lastChange")];
            query.extend(assigned_to.as_deref().map(|wanted| ("assignedTo", wanted)));
            let list = ListAt {
                operation: "deals.list",
                path: "/api/deals",
                query,
            };
            list.cursor(&app, &who, after, input.now)
        });
        views.push(ColumnView {
            status,
            count,
            target_total: total(figures.target(status)),
            assigned_total: total(figures.assigned(status)),
            items: column.cards.into_iter().map(Into::into).collect(),
            next_cursor: next_cursor.transpose()?,
        });
    }
    Ok(Json(BoardView {
        columns: views,
        other_currencies: currencies,
    }))
}

/// The currencies in which deals have prices.
fn currencies(figures: &DealFigures) -> BTreeSet<Currency> {
    let sums = DealStatus::ALL
        .iter()
        .flat_map(|status| [figures.target(*status), figures.assigned(*status)]);
    sums.flat_map(BTreeMap::into_keys).collect()
}
