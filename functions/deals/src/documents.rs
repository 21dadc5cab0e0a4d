//! `GET /api/deals/{dealId}/documents`

use crate::view::DealPath;
use plat_domain::{Permission, RecordRef};
use plat_registry::{App, Can, Endpoint, Failure, Grant, Input, Listing, Method, Principal};
use plat_views::DocumentSummaryView;
use std::sync::Arc;

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::GET,
        "/api/deals/{dealId}/documents",
        "deals.documents",
        Can(Permission::DocumentsRead),
        handle,
    )
    .summary("Documents of a deal, newest first")
    .grants(&[Grant::ReadTable])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<DealPath>,
) -> Result<Listing<DocumentSummaryView>, Failure> {
    let deal = RecordRef::Deal(input.path.deal_id);
    let documents = app.store.team(who.team).documents();
    let page = documents.list(deal, who.sight(), &input.page).await?;
    Ok(Listing(page.map(DocumentSummaryView::from)))
}
