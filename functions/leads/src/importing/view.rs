//! What clients see of an import.

use crate::importing::columns::Found;
use crate::importing::files::{CSV, ImportKey};
use crate::importing::options::{Duplicates, ImportOptions};
use crate::importing::verdict::Came;
use jiff::Timestamp;
use plat_domain::{Actor, BatchFailure, BatchId, BatchStatus, FileName, Reason, TeamId};
use plat_registry::{App, Failure, Versioned};
use plat_services::files::FileVersion;
use plat_store::{BatchWork, Stored};
use plat_views::PresignedView;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The id in the path of everything about one import.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ImportPath {
    /// The import.
    pub(crate) import_id: BatchId,
}

/// What a list shows of an import.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ImportSummary")]
pub(crate) struct ImportSummaryView {
    /// Which.
    id: BatchId,
    /// How far it is.
    status: BatchStatus,
    /// The name of its file.
    file_name: FileName,
    /// The size of its file in bytes.
    size: u64,
    /// What becomes of rows whose person is a lead already.
    duplicates: Duplicates,
    /// How many rows came to what, up to now.
    counts: ImportCounts,
    /// How many rows there are, once that is known.
    total: Option<u64>,
    /// Why nothing was imported.
    failure: Option<ImportFailureView>,
    /// Who asked for it.
    created_by: Actor,
    /// When that was.
    #[serde(serialize_with = "plat_domain::write_time")]
    created_at: Timestamp,
    /// When it was over.
    ended_at: Option<Timestamp>,
}

/// An import.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Import")]
pub(crate) struct ImportView {
    #[serde(flatten)]
    summary: ImportSummaryView,
    /// How the characters of its file are encoded, once that is known.
    encoding: Option<String>,
    /// What separates its cells.
    delimiter: Option<char>,
    /// What its columns were taken for, once that is known.
    columns: Option<Vec<ImportColumnView>>,
    /// How to download what each row came to, once it is completed. Kept for 30 days.
    result: Option<PresignedView>,
    /// How to download the rows that failed, with the reason, to be mended and sent again; null if none did.
    failed_rows: Option<PresignedView>,
    /// How far it is with being undone, if it is.
    undo: Option<UndoView>,
}

/// How many rows came to what.
#[derive(Debug, Serialize, JsonSchema)]
struct ImportCounts {
    /// New leads.
    created: u64,
    /// Changes of leads.
    updated: u64,
    /// Nothing: their person is a lead already.
    skipped: u64,
    /// Nothing: something is wrong with them.
    failed: u64,
}

/// Why nothing was imported.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ImportFailure")]
struct ImportFailureView {
    /// A stable word for programs.
    code: String,
    /// A sentence for people.
    detail: Reason,
}

/// A column of the file.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ImportColumn")]
struct ImportColumnView {
    /// Its name.
    name: String,
    /// The field that it was taken for, `custom:` and the key of one of the team's own, or `ignore`.
    field: String,
}

/// How far an import is with being undone.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ImportUndo")]
struct UndoView {
    /// How far it is.
    status: BatchStatus,
    /// Leads that were deleted. They can be restored for 30 days.
    removed: u64,
    /// Leads that were left, since somebody changed them.
    left: u64,
}

impl Versioned for ImportView {
    fn version(&self) -> u64 {
        1
    }
}

impl ImportSummaryView {
    pub(crate) fn new(stored: Stored<BatchWork<ImportOptions>>) -> Self {
        let BatchWork { batch, options, .. } = stored.value;
        let count = |came: Came| batch.counts.get(came.as_str()).copied().unwrap_or_default();
        Self {
            id: batch.id,
            status: batch.status,
            file_name: options.file_name,
            size: options.size,
            duplicates: options.duplicates,
            counts: ImportCounts {
                created: count(Came::Created),
                updated: count(Came::Updated),
                skipped: count(Came::Skipped),
                failed: count(Came::Failed),
            },
            total: batch.total,
            failure: batch
                .failure
                .map(|BatchFailure { code, detail }| ImportFailureView { code, detail }),
            created_by: stored.created_by,
            created_at: stored.created_at,
            ended_at: batch.ended_at,
        }
    }
}

impl ImportView {
    /// An import of `team`, with how to download what came of it.
    pub(crate) async fn of(
        app: &App,
        team: TeamId,
        now: Timestamp,
        stored: Stored<BatchWork<ImportOptions>>,
        undo: Option<&plat_domain::Batch>,
    ) -> Result<Self, Failure> {
        let found: Option<Found> = stored
            .value
            .found
            .as_deref()
            .and_then(|found| serde_json::from_str(found).ok());
        let summary = ImportSummaryView::new(stored);
        let key = ImportKey {
            team,
            import: summary.id,
        };
        let is_whole = match summary.status {
            BatchStatus::Completed => true,
            BatchStatus::Waiting
            | BatchStatus::Running
            | BatchStatus::Failed
            | BatchStatus::Cancelled => false,
        };
        let name = summary.file_name.to_string();
        let plain = name.strip_suffix(".csv").unwrap_or(&name);
        let any_failed = is_whole && summary.counts.failed > 0;
        let (result, failed) = (format!("{plain} result.csv"), format!("{plain} failed.csv"));
        let result = download(app, is_whole, key.result(), &result, now).await?;
        let failed_rows = download(app, any_failed, key.failed(), &failed, now).await?;
        let undo = undo.map(|undo| {
            let count = |what: &str| undo.counts.get(what).copied().unwrap_or_default();
            UndoView {
                status: undo.status,
                removed: count("removed"),
                left: count("left"),
            }
        });
        Ok(Self {
            summary,
            encoding: found.as_ref().map(|found| found.encoding.clone()),
            delimiter: found.as_ref().map(|found| found.delimiter),
            columns: found.map(|found| {
                let columns = found.columns.into_iter();
                columns
                    .map(|column| ImportColumnView {
                        name: column.name,
                        field: column.target.to_string(),
                    })
                    .collect()
            }),
            result,
            failed_rows,
            undo,
        })
    }
}

async fn download(
    app: &App,
    is_there: bool,
    key: String,
    file_name: &str,
    now: Timestamp,
) -> Result<Option<PresignedView>, Failure> {
    if !is_there {
        return Ok(None);
    }
    let file = FileVersion { key, version: None };
    let files = &app.files;
    let request = files.presign_download(&file, file_name, CSV, now).await?;
    Ok(Some(request.into()))
}
