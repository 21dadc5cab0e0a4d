//! `GET /api/leads/imports/{importId}`

use crate::importing::files::IMPORTS;
use crate::importing::find;
use crate::importing::view::{ImportPath, ImportView};
use crate::undo_import::undo_of;
use plat_domain::Permission;
use plat_registry::{App, Can, Endpoint, Failure, Grant, Input, Json, Method, Principal};
use std::sync::Arc;

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::GET,
        "/api/leads/imports/{importId}",
        "leads.get_import",
        Can(Permission::LeadsImport),
        handle,
    )
    .summary("How far an import is, and how to download what its rows came to")
    .grants(&[Grant::ReadTable, Grant::ReadFiles(IMPORTS)])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<ImportPath>,
) -> Result<Json<ImportView>, Failure> {
    let work = find(&app, who.team, input.path.import_id).await?;
    let undo = undo_of(&app, who.team, &work).await?;
    let view = ImportView::of(&app, who.team, input.now, work, undo.as_ref()).await?;
    Ok(Json(view))
}
