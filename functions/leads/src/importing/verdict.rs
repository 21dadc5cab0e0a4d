//! What a row came to.

use plat_domain::{Invalid, LeadId, TagId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What a row came to, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Came {
    /// A new lead.
    Created,
    /// A change of a lead.
    Updated,
    /// Nothing, and nothing is wrong.
    Skipped,
    /// Nothing: it cannot be a lead.
    Failed,
}

/// What a row came to, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Verdict {
    pub(crate) row: u64,
    pub(crate) came: Came,
    /// The lead that it made, changed, or is already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) lead: Option<LeadId>,
    /// Why, for programs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    /// The column that is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) column: Option<String>,
    /// Why, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) detail: Option<String>,
    /// What else there is to say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) remarks: Vec<String>,
    /// The tags of a lead that it made.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) tags: BTreeSet<TagId>,
}

/// Why a row cannot be a lead.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Unfit {
    pub(crate) code: String,
    pub(crate) column: Option<String>,
    pub(crate) detail: String,
}

impl Came {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Skipped => "skipped",
            Self::Failed => "failed",
        }
    }
}

impl Unfit {
    pub(crate) fn new(code: &str, detail: &str) -> Self {
        Self {
            code: code.to_owned(),
            column: None,
            detail: detail.to_owned(),
        }
    }

    /// What a rule refused in this column.
    pub(crate) fn in_column(column: &str, refused: Invalid) -> Self {
        Self {
            code: refused.code.to_owned(),
            column: Some(column.to_owned()),
            detail: refused.detail.into_owned(),
        }
    }
}

impl Verdict {
    pub(crate) fn of(row: u64, came: Came, lead: Option<LeadId>, remarks: Vec<String>) -> Self {
        Self {
            row,
            came,
            lead,
            reason: None,
            column: None,
            detail: None,
            remarks,
            tags: BTreeSet::new(),
        }
    }

    /// The same, and why.
    pub(crate) fn because(mut self, reason: &str, detail: String) -> Self {
        self.reason = Some(reason.to_owned());
        self.detail = Some(detail);
        self
    }

    pub(crate) fn failed(row: u64, unfit: Unfit) -> Self {
        let mut verdict = Self::of(row, Came::Failed, None, Vec::new());
        verdict.column = unfit.column;
        verdict.because(&unfit.code, unfit.detail)
    }
}

/// How many came to what.
pub(crate) fn counts(verdicts: &[Verdict]) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for verdict in verdicts {
        *counts.entry(verdict.came.as_str().to_owned()).or_default() += 1;
    }
    counts
}

/// How many of the new leads wear each tag.
pub(crate) fn tag_uses(verdicts: &[Verdict]) -> BTreeMap<TagId, i64> {
    let mut uses = BTreeMap::new();
    for tag in verdicts.iter().flat_map(|verdict| &verdict.tags) {
        *uses.entry(*tag).or_default() += 1;
    }
    uses
}
