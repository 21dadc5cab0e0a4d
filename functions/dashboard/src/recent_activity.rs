//! `GET /api/dashboard/recent-activity`
//!
//! Lines about a record are seen by who may see the record as it is today, lines about the team by everybody in it, except
//! that who was invited is the business of those who see everything. A deleted record keeps its lines, marked as such,
//! until it is removed for good: that somebody deleted it is what one looks for here.

use plat_domain::Permission;
use plat_registry::{App, Can, Endpoint, Failure, Grant, Input, Listing, Method, Principal};
use plat_store::{ActivityFilter, ActivityRow};
use plat_views::{RecentActivityView, seen_by};
use std::sync::Arc;

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::GET,
        "/api/dashboard/recent-activity",
        "dashboard.recent_activity",
        Can(Permission::DashboardRead),
        handle,
    )
    .summary("What happened last in the team, latest first")
    .grants(&[Grant::ReadTable])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input,
) -> Result<Listing<RecentActivityView>, Failure> {
    let timelines = app.store.team(who.team).activities();
    let all = ActivityFilter::everything(who.sight());
    let wanted = |line: &ActivityRow| seen_by(&who, line);
    let page = timelines.search(&all, wanted, &input.page).await?;
    Ok(Listing(page.map(RecentActivityView::from)))
}
