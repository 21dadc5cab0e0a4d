//! `POST /api/leads/export`

use crate::batch_view::BatchView;
use crate::export_columns::ExportColumn;
use crate::filter::LeadQuery;
use plat_domain::{BatchId, BatchKind, BatchStatus, Permission, TeamId};
use plat_registry::{App, Begun, Can, Endpoint, Failure, Grant, Input, Method, NoPath, Principal};
use plat_store::Sight;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Where exports are put.
pub(crate) const EXPORTS: &str = "exports/";

/// What is exported, and how.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ExportLeads {
    /// Which leads, in which order; all of them without.
    #[serde(default)]
    filter: LeadQuery,
    /// What is told of each; everything without. They are always in the same order.
    #[schemars(length(min = 1))]
    columns: Option<BTreeSet<ExportColumn>>,
    /// Whether the file begins with the mark by which spreadsheets know that it is UTF-8.
    #[serde(default)]
    bom: bool,
}

/// The same, as the job is told.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ExportWork {
    pub(crate) filter: LeadQuery,
    /// None for every one.
    pub(crate) columns: Option<BTreeSet<ExportColumn>>,
    pub(crate) bom: bool,
    /// What whoever asked may see.
    pub(crate) sight: Sight,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::POST,
        "/api/leads/export",
        "leads.export",
        Can(Permission::LeadsExport),
        handle,
    )
    .summary("Begin to write the leads of a filter into a CSV file")
    .grants(&[Grant::ReadTable, Grant::WriteTable])
}

/// Where the file of an export is.
pub(crate) fn file_of(team: TeamId, export: BatchId) -> String {
    format!("{EXPORTS}{team}/{export}.csv")
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<NoPath, ExportLeads>,
) -> Result<Begun<BatchView>, Failure> {
    let command = input.command(&who.user);
    let ExportLeads {
        filter,
        columns,
        bom,
    } = input.body;
    let work = ExportWork {
        filter,
        columns: columns.filter(|columns| !columns.is_empty()),
        bom,
        sight: who.sight(),
    };
    let team = app.store.team(who.team);
    work.filter.check_fields(&team).await?;
    let begun = team
        .batch_jobs()
        .begin(&command, BatchKind::Export, BatchStatus::Running, &work)
        .await?;
    Ok(Begun {
        location: format!("/api/leads/exports/{}", begun.value.id),
        entity: begun.into(),
    })
}
