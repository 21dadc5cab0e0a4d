//! Changes of status.

use jiff::Timestamp;
use plat_domain::{Actor, HistoryId};
use plat_store::{StatusChange, Stored};
use schemars::JsonSchema;
use serde::Serialize;

/// A change of a record's status.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "{S}Change")]
pub struct StatusChangeView<S> {
    /// Which.
    id: HistoryId,
    /// The status before.
    old_status: S,
    /// The status after.
    new_status: S,
    /// Who changed it.
    changed_by: Actor,
    /// When.
    changed_at: Timestamp,
    /// What was said about it.
    note: Option<String>,
}

impl<S> From<Stored<StatusChange<S>>> for StatusChangeView<S> {
    fn from(stored: Stored<StatusChange<S>>) -> Self {
        let change = stored.value;
        Self {
            id: change.id,
            old_status: change.old_status,
            new_status: change.new_status,
            changed_by: stored.created_by,
            changed_at: stored.created_at,
            note: change.note,
        }
    }
}
