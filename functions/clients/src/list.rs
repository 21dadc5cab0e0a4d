//! `GET /api/clients`

use plat_domain::{AssignedTo, ClientStage, LeadId, Moment, Permission, PropertyType, Query, Span};
use plat_registry::{
    App, Can, Endpoint, Failure, Grant, Input, Listing, Method, NoBody, NoPath, Principal,
};
use plat_store::{ClientFilter, ClientSort};
use plat_views::ClientSummaryView;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Which clients, in which order.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ListClients {
    /// Clients at this stage; several may be given.
    #[serde(default)]
    stage: BTreeSet<ClientStage>,
    /// Clients of this member; `me` for one's own, `none` for nobody's.
    assigned_to: Option<AssignedTo>,
    /// Clients with this kind of property.
    property_type: Option<PropertyType>,
    /// Clients that were this lead.
    lead_id: Option<LeadId>,
    /// Clients created at this time or later.
    created_after: Option<Moment>,
    /// Clients created before this time.
    created_before: Option<Moment>,
    /// Words that begin a word of the name, the e-mail address or the property's address, or a phone number in any spelling.
    q: Option<String>,
    /// The order; newest first unless given. With `q` and no order, the order of the words that match.
    sort: Option<Sort>,
}

/// An order; a minus sign turns it around. `lastContacted` begins with who was never written to.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ClientSort")]
enum Sort {
    Newest,
    Oldest,
    LastContacted,
    #[serde(rename = "-lastContacted")]
    LastContactedDescending,
    Name,
    #[serde(rename = "-name")]
    NameDescending,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::GET,
        "/api/clients",
        "clients.list",
        Can(Permission::ClientsRead),
        handle,
    )
    .summary("List clients with filters, search, order and cursor")
    .grants(&[Grant::ReadTable])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<NoPath, NoBody, ListClients>,
) -> Result<Listing<ClientSummaryView>, Failure> {
    let query = input.query;
    let filter = ClientFilter {
        stages: query.stage,
        assigned_to: query.assigned_to.map(|wanted| wanted.asked_by(who.id())),
        property_type: query.property_type,
        lead: query.lead_id,
        created: Span::between(query.created_after, query.created_before),
        query: query.q.as_deref().and_then(Query::parse),
        sight: who.sight(),
    };
    let clients = app.store.team(who.team).clients();
    let page = clients
        .list(&filter, query.sort.map(order), &input.page)
        .await?;
    Ok(Listing(page.map(ClientSummaryView::from)))
}

fn order(sort: Sort) -> ClientSort {
    match sort {
        Sort::Newest => ClientSort::Newest,
        Sort::Oldest => ClientSort::Oldest,
        Sort::LastContacted => ClientSort::LastContacted { descending: false },
        Sort::LastContactedDescending => ClientSort::LastContacted { descending: true },
        Sort::Name => ClientSort::Name { descending: false },
        Sort::NameDescending => ClientSort::Name { descending: true },
    }
}
