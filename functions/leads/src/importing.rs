//! What the functions that import leads share.
//!
//! An import goes in steps, each of which can be done again: the file is cut into parts and its columns are recognised (`cut`,
//! `columns`, `repeats`), each part is worked (`person`, `worker`), and what its rows came to is put together (`outcome`).
//! Between the steps everything is in files (`files`): what a row came to is written before it is counted. Ids follow from the
//! import and the number of the row, so that a row that is worked twice makes one lead.

pub(crate) mod columns;
pub(crate) mod cut;
pub(crate) mod files;
pub(crate) mod options;
pub(crate) mod outcome;
pub(crate) mod person;
mod repeats;
pub(crate) mod verdict;
pub(crate) mod view;
pub(crate) mod worker;

use columns::Found;
use jiff::Timestamp;
use options::ImportOptions;
use plat_domain::{Actor, BatchId, BatchKind, LeadId, TeamId};
use plat_registry::{App, JobFailure};
use plat_store::{BatchWork, Command, StoreError, Stored};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The job that works parts.
pub(crate) const WORKS: &str = "leads.import_rows";

/// A row of an import, to name what is done because of it.
#[derive(Debug, Clone)]
pub(crate) struct Import {
    /// Whose.
    pub(crate) team: TeamId,
    /// Which.
    pub(crate) id: BatchId,
    /// When it was asked for; its leads are as old.
    pub(crate) at: Timestamp,
    /// Who asked for it.
    pub(crate) by: Actor,
}

/// What is to be done for an import next.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct WorkPart {
    pub(crate) team: TeamId,
    pub(crate) import: BatchId,
    /// The part that is to be worked; without one, what all came to is to be put together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) part: Option<u64>,
}

/// An import of a team. Other long work is none.
pub(crate) async fn find(
    app: &App,
    team: TeamId,
    import: BatchId,
) -> Result<Stored<BatchWork<ImportOptions>>, StoreError> {
    let work = app.store.team(team).batch_jobs();
    let work: Stored<BatchWork<Value>> = work.work(import).await?;
    if work.value.batch.kind != BatchKind::Import {
        return Err(StoreError::NotFound);
    }
    let options = serde_json::from_value(work.value.options.clone())
        .map_err(|error| StoreError::Fault(format!("options of an import: {error}")))?;
    Ok(work.map(|work| BatchWork {
        batch: work.batch,
        options,
        found: work.found,
        cursor: work.cursor,
        parts: work.parts,
        parts_done: work.parts_done,
    }))
}

/// What was found out about the file of an import that was cut.
pub(crate) fn found(work: &Stored<BatchWork<ImportOptions>>) -> Result<Found, JobFailure> {
    let found = work.value.found.as_deref();
    let found = found.ok_or_else(|| JobFailure("the import was not cut".to_owned()))?;
    Ok(serde_json::from_str(found)?)
}

impl Import {
    /// The import that a batch is of.
    pub(crate) fn of(team: TeamId, work: &Stored<BatchWork<ImportOptions>>) -> Self {
        Self {
            team,
            id: work.value.batch.id,
            at: work.created_at,
            by: work.created_by.clone(),
        }
    }

    /// What is done because of a row.
    pub(crate) fn row(&self, number: u64) -> Command {
        self.command(&format!("row {number}"))
    }

    /// The lead that a row makes.
    pub(crate) fn lead(&self, row: u64) -> LeadId {
        self.row(row).new_id(0)
    }

    /// What else is done, named by `what`.
    pub(crate) fn command(&self, what: &str) -> Command {
        Command::because(&format!("import {} {what}", self.id), self.at, &self.by)
    }

    /// The same at the time that it is done.
    pub(crate) fn command_at(&self, what: &str, now: Timestamp) -> Command {
        Command::because(&format!("import {} {what}", self.id), now, &self.by)
    }
}
