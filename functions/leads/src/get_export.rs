//! `GET /api/leads/exports/{exportId}`

use crate::batch_view::BatchView;
use crate::export::{EXPORTS, file_of};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use plat_domain::{BatchId, BatchKind, BatchStatus, Permission};
use plat_http::problems;
use plat_registry::{App, Can, Endpoint, Failure, Grant, Input, Json, Method, Principal};
use plat_services::files::FileVersion;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// For how many days an export can be got; the bucket's own rule removes it then.
const KEPT_DAYS: i64 = 30;

/// Which export.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ExportPath {
    /// The export.
    export_id: BatchId,
}

/// An export, and where its file is.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Export")]
struct ExportView {
    #[serde(flatten)]
    batch: BatchView,
    /// Where to get the file; null until it is written, and once it is removed.
    download: Option<DownloadView>,
}

/// A file that can be got for a while.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ExportDownload")]
struct DownloadView {
    /// Where.
    url: String,
    /// From then on it is refused; ask for the export again.
    expires_at: Timestamp,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::GET,
        "/api/leads/exports/{exportId}",
        "leads.get_export",
        Can(Permission::LeadsExport),
        handle,
    )
    .summary("How far an export is, and where to get its file")
    .grants(&[Grant::ReadTable, Grant::ReadFiles(EXPORTS)])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<ExportPath>,
) -> Result<Json<ExportView>, Failure> {
    let jobs = app.store.team(who.team).batch_jobs();
    let export = jobs.get(input.path.export_id).await?;
    let batch = &export.value;
    match batch.kind {
        BatchKind::Export => {}
        BatchKind::Import
        | BatchKind::BulkDelete
        | BatchKind::BulkUpdate
        | BatchKind::BulkAssign
        | BatchKind::Merge
        | BatchKind::Unmerge
        | BatchKind::UndoImport => return Err(problems::not_found().into()),
    }
    let age = batch.ended_at.map(|ended| input.now.duration_since(ended));
    let is_there = batch.status == BatchStatus::Completed
        && age.is_some_and(|age| age.as_hours() < 24 * KEPT_DAYS);
    let download = if is_there {
        let file = FileVersion {
            key: file_of(who.team, batch.id),
            version: None,
        };
        let day = export.created_at.to_zoned(TimeZone::UTC).date();
        let name = format!("leads-{day}.csv");
        let presigned = app
            .files
            .presign_download(&file, &name, "text/csv; charset=utf-8", input.now)
            .await?;
        Some(DownloadView {
            url: presigned.url,
            expires_at: presigned.expires_at,
        })
    } else {
        None
    };
    Ok(Json(ExportView {
        batch: export.into(),
        download,
    }))
}
