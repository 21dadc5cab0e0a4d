//! What somebody wants of an import, as it is kept with it.

use plat_domain::{Country, FileName, Source, TagId, UserId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The largest file, in bytes.
pub(crate) const MAX_SIZE: u64 = 250 * 1024 * 1024;

/// The most columns that are mapped by hand: as many as a file may have.
pub(crate) const MAX_MAPPED: usize = 500;

/// The most members among whom leads are dealt out.
pub(crate) const MAX_ASSIGNEES: usize = 50;

/// What becomes of a row whose person is a lead already.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "ImportDuplicates")]
pub(crate) enum Duplicates {
    /// Nothing.
    #[default]
    Skip,
    /// Its values replace the lead's. Nothing is cleared, and consent only becomes less.
    Update,
    /// Another lead, unless they have one e-mail address, which is one lead's alone.
    Create,
}

/// What is wanted.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ImportOptions {
    pub(crate) file_name: FileName,
    pub(crate) size: u64,
    pub(crate) duplicates: Duplicates,
    /// What columns are taken for, by their names, as `Target` writes it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) mapping: BTreeMap<String, String>,
    /// Tags of every lead.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) tags: BTreeSet<TagId>,
    /// Where leads came from whose rows do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) source: Option<Source>,
    /// Who works on new leads whose rows do not say, in turn.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) assignees: Vec<UserId>,
    /// The country of phone numbers that do not say theirs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) country: Option<Country>,
}

impl ImportOptions {
    /// The country of phone numbers that do not say theirs.
    pub(crate) fn country(&self) -> &str {
        self.country.as_ref().map_or("US", Country::as_str)
    }

    /// Whose turn the lead of a row is.
    pub(crate) fn assignee(&self, row: u64) -> Option<UserId> {
        let among = u64::try_from(self.assignees.len()).unwrap_or(u64::MAX);
        let turn = row.checked_rem(among)?;
        self.assignees.get(usize::try_from(turn).ok()?).copied()
    }
}
