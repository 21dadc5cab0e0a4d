//! `GET /api/activities`
//!
//! Lines about a record are seen by who may see the record as it is today; see `dashboard.recent_activity`.

use crate::about;
use plat_domain::{
    ActivityType, ClientId, DealId, LeadId, Moment, Permission, RecordRef, Span, UserId,
};
use plat_registry::{
    App, Can, Endpoint, Failure, Grant, Input, Listing, Method, NoBody, NoPath, Principal,
};
use plat_store::{ActivityFilter, ActivityRow};
use plat_views::{RecentActivityView, seen_by};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Which lines.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ListActivities {
    /// Lines of this type; several may be given.
    #[serde(default)]
    r#type: BTreeSet<ActivityType>,
    /// Lines about this client.
    client_id: Option<ClientId>,
    /// Lines about this deal.
    deal_id: Option<DealId>,
    /// Lines about this lead.
    lead_id: Option<LeadId>,
    /// Lines of what this person did.
    user_id: Option<UserId>,
    /// Lines of what happened at this time or later.
    after: Option<Moment>,
    /// Lines of what happened before this time.
    before: Option<Moment>,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::GET,
        "/api/activities",
        "activities.list",
        Can(Permission::LeadsRead),
        handle,
    )
    .summary("What happened in the team, by type, record, person and time, latest first")
    .grants(&[Grant::ReadTable])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<NoPath, NoBody, ListActivities>,
) -> Result<Listing<RecentActivityView>, Failure> {
    let query = input.query;
    let record = about::one(query.client_id, query.deal_id, query.lead_id)?;
    if let Some(asked) = record.map(RecordRef::seen_with) {
        who.must_have(asked)?;
    }
    let filter = ActivityFilter {
        kinds: query.r#type,
        record,
        by: query.user_id,
        at: Span::between(query.after, query.before),
        sight: who.sight(),
    };
    let timelines = app.store.team(who.team).activities();
    let wanted = |line: &ActivityRow| seen_by(&who, line);
    let page = timelines.search(&filter, wanted, &input.page).await?;
    Ok(Listing(page.map(RecentActivityView::from)))
}
