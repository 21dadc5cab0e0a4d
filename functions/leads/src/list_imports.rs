//! `GET /api/leads/imports`

use crate::importing::view::ImportSummaryView;
use plat_domain::{BatchKind, Permission};
use plat_registry::{App, Can, Endpoint, Failure, Grant, Input, Listing, Method, Principal};
use std::sync::Arc;

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::GET,
        "/api/leads/imports",
        "leads.list_imports",
        Can(Permission::LeadsImport),
        handle,
    )
    .summary("Imports of the team, latest first")
    .grants(&[Grant::ReadTable])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input,
) -> Result<Listing<ImportSummaryView>, Failure> {
    let jobs = app.store.team(who.team).batch_jobs();
    let page = jobs.list_work(BatchKind::Import, &input.page).await?;
    Ok(Listing(page.map(ImportSummaryView::new)))
}
