//! `GET /api/leads`

use crate::view::LeadSummaryView;
use plat_domain::{AssignedTo, LeadStatus, Moment, Permission, Query, Score, Source, Span, TagId};
use plat_registry::{
    App, Can, Endpoint, Failure, Grant, Input, Listing, Method, NoBody, NoPath, Principal,
};
use plat_store::{LeadFilter, LeadSort, Page, TagSet};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Which leads, in which order.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ListLeads {
    /// Leads of this status; several may be given.
    #[serde(default)]
    status: BTreeSet<LeadStatus>,
    /// Leads of this member; `me` for one's own, `none` for nobody's.
    assigned_to: Option<AssignedTo>,
    /// Leads from this source.
    source: Option<Source>,
    /// Leads that wear the tag with this id.
    tag: Option<TagId>,
    /// Leads with at least this score.
    min_score: Option<Score>,
    /// Leads created at this time or later.
    created_after: Option<Moment>,
    /// Leads created before this time.
    created_before: Option<Moment>,
    /// Words that begin a word of the name, the company or the e-mail address, or a phone number in any spelling.
    q: Option<String>,
    /// The order; newest first unless given. With `q` and no order, the order of the words that match.
    sort: Option<Sort>,
}

/// An order; a minus sign turns it around.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
enum Sort {
    Newest,
    Oldest,
    Score,
    #[serde(rename = "-score")]
    ScoreDescending,
    LastContact,
    #[serde(rename = "-lastContact")]
    LastContactDescending,
    Name,
    #[serde(rename = "-name")]
    NameDescending,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::GET,
        "/api/leads",
        "leads.list",
        Can(Permission::LeadsRead),
        handle,
    )
    .summary("List leads with filters, search, order and cursor")
    .grants(&[Grant::ReadTable])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<NoPath, NoBody, ListLeads>,
) -> Result<Listing<LeadSummaryView>, Failure> {
    let query = input.query;
    let team = app.store.team(who.team);
    let mut tags = None;
    if let Some(tag) = query.tag {
        let set = team.tags().get().await?;
        // Leads keep the id of a deleted tag until they are changed; it stands for nothing.
        if !set.tags.contains_key(&tag) {
            return Ok(Listing(Page {
                items: Vec::new(),
                next: None,
            }));
        }
        tags = Some(set);
    }
    let filter = LeadFilter {
        statuses: query.status,
        assigned_to: query.assigned_to.map(|wanted| wanted.asked_by(who.id())),
        source: query.source,
        tag: query.tag,
        min_score: query.min_score,
        created: Span::between(query.created_after, query.created_before),
        query: query.q.as_deref().and_then(Query::parse),
        sight: who.sight(),
    };
    let page = team
        .leads()
        .list(&filter, query.sort.map(order), &input.page)
        .await?;
    let tagged = page.items.iter().any(|lead| !lead.lead.tags.is_empty());
    let tags = match tags {
        Some(tags) => tags,
        None if tagged => team.tags().get().await?,
        None => TagSet::default(),
    };
    Ok(Listing(page.map(|lead| LeadSummaryView::new(lead, &tags))))
}

fn order(sort: Sort) -> LeadSort {
    match sort {
        Sort::Newest => LeadSort::Newest,
        Sort::Oldest => LeadSort::Oldest,
        Sort::Score => LeadSort::Score { descending: false },
        Sort::ScoreDescending => LeadSort::Score { descending: true },
        Sort::LastContact => LeadSort::LastContact { descending: false },
        Sort::LastContactDescending => LeadSort::LastContact { descending: true },
        Sort::Name => LeadSort::Name { descending: false },
        Sort::NameDescending => LeadSort::Name { descending: true },
    }
}
