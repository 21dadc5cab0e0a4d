//! `POST /api/leads/imports/{importId}/undo`

use crate::importing::files::IMPORTS;
use crate::importing::find;
use crate::importing::options::ImportOptions;
use crate::importing::view::{ImportPath, ImportView};
use crate::undo_rows::UndoOptions;
use plat_domain::{Actor, Batch, BatchKind, BatchStatus, Permission, TeamId};
use plat_http::Problem;
use plat_http::problems::CONFLICT;
use plat_registry::{App, Begun, Can, Endpoint, Failure, Grant, Input, Method, Principal};
use plat_store::{BatchWork, Command, StoreError, Stored};
use std::sync::Arc;

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::POST,
        "/api/leads/imports/{importId}/undo",
        "leads.undo_import",
        Can(Permission::LeadsImport),
        handle,
    )
    .summary("Delete the leads that an import made and nobody changed since")
    .grants(&[
        Grant::ReadTable,
        Grant::WriteTable,
        Grant::ReadFiles(IMPORTS),
    ])
    .problems(&[&CONFLICT])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<ImportPath>,
) -> Result<Begun<ImportView>, Failure> {
    let jobs = app.store.team(who.team).batch_jobs();
    let work = find(&app, who.team, input.path.import_id).await?;
    let batch = &work.value.batch;
    let Some(command) = undoing(batch, &who.user) else {
        let detail = "The import is not over yet.";
        return Err(Problem::new(&CONFLICT, detail).into());
    };
    let options = UndoOptions {
        import: batch.id,
        imported_at: work.created_at,
        imported_by: work.created_by.clone(),
        rows: batch.total.unwrap_or_default(),
    };
    let undo = jobs
        .begin(
            &command,
            BatchKind::UndoImport,
            BatchStatus::Running,
            &options,
        )
        .await?;
    Ok(Begun {
        location: format!("/api/leads/imports/{}", batch.id),
        entity: ImportView::of(&app, who.team, input.now, work, Some(&undo.value)).await?,
    })
}

/// By what an import is undone, once it is over: the same each time, so that it is undone once.
fn undoing(import: &Batch, by: &Actor) -> Option<Command> {
    let ended = import.ended_at?;
    Some(Command::because(
        &format!("undo import {}", import.id),
        ended,
        by,
    ))
}

/// How far an import is with being undone, if it is.
pub(crate) async fn undo_of(
    app: &App,
    team: TeamId,
    import: &Stored<BatchWork<ImportOptions>>,
) -> Result<Option<Batch>, StoreError> {
    // The id does not depend on who undoes it.
    let Some(command) = undoing(&import.value.batch, &import.created_by) else {
        return Ok(None);
    };
    let jobs = app.store.team(team).batch_jobs();
    match jobs.get(command.new_id(0)).await {
        Ok(undo) => Ok(Some(undo.value)),
        Err(StoreError::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}
