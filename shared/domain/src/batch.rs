//! Long work that a person starts, looks at, and may stop: imports, exports, changes of many leads.
//!
//! What belongs here: what is known of such work while it goes on and afterwards. What does not: the work itself.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::invalid::wire_enum;
use crate::{BatchId, Reason};

wire_enum! {
    /// What is done.
    pub enum BatchKind {
        /// Leads are made of the rows of a file.
        Import = "import",
        /// A file is made of leads.
        Export = "export",
        /// Leads are deleted.
        BulkDelete = "bulk_delete",
        /// Leads are changed.
        BulkUpdate = "bulk_update",
        /// Leads are given to somebody.
        BulkAssign = "bulk_assign",
        /// One lead takes in another.
        Merge = "merge",
        /// Two leads that were merged are taken apart.
        Unmerge = "unmerge",
        /// What an import made is removed.
        UndoImport = "undo_import",
    }
}

wire_enum! {
    /// How far it is.
    pub enum BatchStatus {
        /// It waits for its file.
        Waiting = "waiting",
        /// It is being done.
        Running = "running",
        /// It is done.
        Completed = "completed",
        /// It could not be done.
        Failed = "failed",
        /// Somebody stopped it. What was done by then stays done.
        Cancelled = "cancelled",
    }
}

impl BatchStatus {
    /// Whether nothing more will come of it.
    pub const fn is_over(self) -> bool {
        match self {
            Self::Waiting | Self::Running => false,
            Self::Completed | Self::Failed | Self::Cancelled => true,
        }
    }
}

/// Why it could not be done: a code for programs and a sentence for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchFailure {
    /// The code.
    pub code: String,
    /// The sentence.
    pub detail: Reason,
}

/// Long work, and how far it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Batch {
    /// The id, which also says when it was asked for.
    pub id: BatchId,
    /// What is done.
    pub kind: BatchKind,
    /// How far it is.
    pub status: BatchStatus,
    /// How many pieces there are, once that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    /// How many came to what: `created`, `updated`, `skipped`, `failed` …
    #[serde(default)]
    pub counts: BTreeMap<String, u64>,
    /// Why it could not be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<BatchFailure>,
    /// When it was over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
}

impl Batch {
    /// How many pieces are done, whatever they came to.
    pub fn done(&self) -> u64 {
        self.counts.values().copied().fold(0, u64::saturating_add)
    }
}
