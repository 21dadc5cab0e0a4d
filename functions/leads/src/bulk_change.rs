//! What is done to each of many leads.

use crate::bulk::{BulkRefusal, Outcome};
use plat_domain::{
    BatchKind, CustomFields, CustomValue, Invalid, Lead, LeadStatus, Line, MAX_TAGS, MoveRefused,
    Reason, Score, Source, TagId, UserId,
};
use plat_http::patch::{self, Patch};
use plat_store::{Command, LeadChange, StatusChange, StoreError};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// What is done.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Change {
    /// They are deleted.
    Delete,
    /// Some of their fields change.
    Update(Box<Changes>),
    /// They are given to these in turn, or to nobody.
    Assign(Vec<Option<UserId>>),
}

/// The fields that change, with tags and the team's own fields as they were found to be.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Changes {
    pub(crate) status: Option<LeadStatus>,
    pub(crate) note: Option<Reason>,
    #[serde(
        default,
        serialize_with = "patch::write",
        skip_serializing_if = "Patch::is_keep"
    )]
    pub(crate) source: Patch<Source>,
    #[serde(
        default,
        serialize_with = "patch::write",
        skip_serializing_if = "Patch::is_keep"
    )]
    pub(crate) stage: Patch<Line>,
    #[serde(
        default,
        serialize_with = "patch::write",
        skip_serializing_if = "Patch::is_keep"
    )]
    pub(crate) score: Patch<Score>,
    pub(crate) add_tags: BTreeSet<TagId>,
    pub(crate) remove_tags: BTreeSet<TagId>,
    #[serde(
        default,
        serialize_with = "patch::write",
        skip_serializing_if = "Patch::is_keep"
    )]
    pub(crate) custom_fields: Patch<BTreeMap<String, Option<CustomValue>>>,
}

/// Why a lead was not changed.
#[derive(Debug)]
pub(crate) enum Missed {
    /// The store's reason.
    Store(StoreError),
    /// A rule's.
    Refused(BulkRefusal),
}

impl From<StoreError> for Missed {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Change {
    /// The kind of work that does it to many.
    pub(crate) const fn kind(&self) -> BatchKind {
        match self {
            Self::Delete => BatchKind::BulkDelete,
            Self::Update(_) => BatchKind::BulkUpdate,
            Self::Assign(_) => BatchKind::BulkAssign,
        }
    }

    /// What has become of a lead to which it was done.
    pub(crate) const fn outcome(&self) -> Outcome {
        match self {
            Self::Delete => Outcome::Deleted,
            Self::Update(_) => Outcome::Updated,
            Self::Assign(_) => Outcome::Assigned,
        }
    }

    /// Does it to a lead, whose `turn` it is.
    pub(crate) fn apply(
        &self,
        lead: &mut Lead,
        turn: usize,
        command: &Command,
    ) -> Result<LeadChange, Missed> {
        match self {
            Self::Delete => {
                lead.deleted_at = Some(command.at);
                Ok(LeadChange::default())
            }
            Self::Update(changes) => changes.apply(lead, command),
            Self::Assign(turns) => {
                let place = turn.checked_rem(turns.len()).unwrap_or_default();
                lead.assigned_to = turns.get(place).copied().flatten();
                Ok(LeadChange {
                    member: lead.assigned_to,
                    ..LeadChange::default()
                })
            }
        }
    }
}

impl Changes {
    fn apply(&self, lead: &mut Lead, command: &Command) -> Result<LeadChange, Missed> {
        let mut beside = LeadChange::default();
        self.source.clone().apply(&mut lead.source);
        self.stage.clone().apply(&mut lead.stage);
        self.score.apply(&mut lead.score);
        lead.tags.retain(|tag| !self.remove_tags.contains(tag));
        let worn = lead.tags.len();
        lead.tags.extend(&self.add_tags);
        if lead.tags.len() > worn.max(MAX_TAGS) {
            let detail = format!("A lead wears at most {MAX_TAGS} tags.");
            return Err(refused("limit_reached", detail));
        }
        match &self.custom_fields {
            Patch::Keep => {}
            Patch::Clear => lead.custom_fields = CustomFields::default(),
            Patch::Set(changes) => {
                let merged = lead.custom_fields.merged(changes.clone());
                let unfit = |Invalid { code, detail }| refused(code, detail);
                lead.custom_fields = merged.map_err(unfit)?;
            }
        }
        if let Some(to) = self.status.filter(|to| *to != lead.status) {
            let from = lead.status;
            let note = self.note.as_ref().map(ToString::to_string);
            LeadStatus::check_move(from, to, note.as_deref()).map_err(|unfit| match unfit {
                MoveRefused::Same => refused("illegal_transition", "It is there already."),
                MoveRefused::NoteRequired => {
                    let detail = format!("Say in a note why it moves from {from} to {to}.");
                    refused("note_required", detail)
                }
            })?;
            lead.status = to;
            beside.history = Some(StatusChange {
                id: command.new_id(0),
                old_status: from,
                new_status: to,
                note,
            });
        }
        Ok(beside)
    }
}

fn refused(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Missed {
    Missed::Refused(BulkRefusal {
        code: code.into(),
        detail: detail.into(),
    })
}
