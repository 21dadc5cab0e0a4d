//! What changes of many leads share: which leads, what becomes of each, and what is answered.

use crate::batch_view::BatchView;
use crate::bulk_change::{Change, Missed};
use crate::filter::{Asked, LeadQuery};
use futures::stream::{self, StreamExt, TryStreamExt};
use plat_domain::{BatchStatus, LeadId, UserId};
use plat_http::problems;
use plat_registry::{App, Begun, Failure, Principal, Worked};
use plat_store::{Command, PageRequest, Sight, StoreError, TeamScope};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// Leads that one request names: their ids are kept with the work.
const MOST: usize = 1_000;

/// Leads that are changed while the client waits, and by a job between two looks at whether to go on.
pub(crate) const SLICE: usize = 100;

/// Leads of a slice that are changed at once.
const TOGETHER: usize = 10;

/// Pages of leads that a dry run of a filter looks at.
const DRY_PAGES: usize = 10;

/// Which leads.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Which {
    /// These.
    Ids(BTreeSet<LeadId>),
    /// Those that it wants.
    Filter(LeadQuery),
}

/// What is to be done, as the job is told.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct BulkWork {
    pub(crate) which: Which,
    pub(crate) change: Change,
    /// What whoever asked may see.
    pub(crate) sight: Sight,
}

/// What came of a change of many leads, or of a look at what would.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BulkReply {
    /// Whether nothing was done.
    dry_run: bool,
    /// One for each id, in the order of the ids; none for a filter, and none for what a job does.
    results: Vec<BulkResult>,
    /// How many came, or would come, to what.
    counts: BTreeMap<String, u64>,
    /// Whether there are more leads than were counted.
    more: bool,
    /// The job that does it, if it takes longer than a client waits.
    batch: Option<BatchView>,
}

/// What became of one lead.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BulkResult {
    /// Which.
    pub(crate) id: LeadId,
    /// What became of it.
    pub(crate) outcome: Outcome,
    /// Why it was refused.
    pub(crate) reason: Option<BulkRefusal>,
}

/// Why a lead was not changed.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub(crate) struct BulkRefusal {
    /// A word for programs.
    pub(crate) code: Cow<'static, str>,
    /// A sentence for people.
    pub(crate) detail: Cow<'static, str>,
}

/// What becomes of a lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "BulkOutcome")]
pub(crate) enum Outcome {
    /// It is deleted, or would be.
    Deleted,
    /// It is changed, or would be.
    Updated,
    /// It is given to somebody else, or would be.
    Assigned,
    /// It is so already.
    Unchanged,
    /// There is no such lead, or none that this person sees.
    NotFound,
    /// Others were changing it; ask again for this one.
    Conflict,
    /// It cannot be changed so; the reason says why.
    Refused,
}

impl Outcome {
    /// What it is counted under.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Deleted => "deleted",
            Self::Updated => "updated",
            Self::Assigned => "assigned",
            Self::Unchanged => "unchanged",
            Self::NotFound => "not_found",
            Self::Conflict => "conflict",
            Self::Refused => "refused",
        }
    }

    /// Whether it is as whoever asked wanted it.
    pub(crate) const fn is_well(self) -> bool {
        match self {
            Self::Deleted | Self::Updated | Self::Assigned | Self::Unchanged => true,
            Self::NotFound | Self::Conflict | Self::Refused => false,
        }
    }
}

/// What a body says of which leads are meant: their ids or a filter.
pub(crate) fn which(
    ids: Option<BTreeSet<LeadId>>,
    filter: Option<LeadQuery>,
) -> Result<Which, Failure> {
    let refused = |pointer, code, detail: &str| problems::invalid_field(pointer, code, detail);
    match (ids, filter) {
        (Some(ids), None) if (1..=MOST).contains(&ids.len()) => Ok(Which::Ids(ids)),
        (Some(_), None) => {
            let detail = format!("Name 1 to {MOST} leads.");
            Err(refused("/ids", "invalid_length", &detail).into())
        }
        (None, Some(filter)) if filter.order().is_none() => Ok(Which::Filter(filter)),
        (None, Some(_)) => {
            let detail = "Changes have no order.";
            Err(refused("/filter/sort", "not_applicable", detail).into())
        }
        (None, None) => {
            let detail = "Name leads by their ids, or by a filter.";
            Err(refused("/ids", "required", detail).into())
        }
        (Some(_), Some(_)) => {
            let detail = "Name leads by their ids or by a filter, not by both.";
            Err(refused("/filter", "not_applicable", detail).into())
        }
    }
}

/// Does what is asked, looks what would come of it, or has a job do it.
pub(crate) async fn answer(
    app: &App,
    who: &Principal,
    command: &Command,
    dry_run: bool,
    work: BulkWork,
) -> Result<Worked<BulkReply>, Failure> {
    let team = app.store.team(who.team);
    if let Which::Filter(filter) = &work.which {
        filter.check_fields(&team).await?;
    }
    let (results, more) = match &work.which {
        Which::Ids(ids) if dry_run => {
            let ids: Vec<LeadId> = ids.iter().copied().collect();
            (look(&team, &work, &ids, command).await?, false)
        }
        Which::Filter(filter) if dry_run => {
            let (results, more) = look_through(&team, &work, filter, who.id(), command).await?;
            return Ok(Worked::Done(BulkReply {
                dry_run,
                counts: counts(&results),
                results: Vec::new(),
                more,
                batch: None,
            }));
        }
        Which::Ids(ids) if ids.len() <= SLICE => {
            let ids = ids.iter().map(|id| (*id, command.clone()));
            (change(&team, &work, ids.collect(), 0).await?, false)
        }
        Which::Ids(_) | Which::Filter(_) => {
            let (kind, status) = (work.change.kind(), BatchStatus::Running);
            let jobs = team.batch_jobs();
            let begun = jobs.begin(command, kind, status, &work).await?;
            return Ok(Worked::Begun(Begun {
                location: format!("/api/leads/bulk/{}", begun.value.id),
                entity: BulkReply {
                    dry_run,
                    results: Vec::new(),
                    counts: BTreeMap::new(),
                    more: false,
                    batch: Some(begun.into()),
                },
            }));
        }
    };
    Ok(Worked::Done(BulkReply {
        dry_run,
        counts: counts(&results),
        results,
        more,
        batch: None,
    }))
}

/// How many came to what.
pub(crate) fn counts(results: &[BulkResult]) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for result in results {
        let what = result.outcome.as_str().to_owned();
        *counts.entry(what).or_default() += 1;
    }
    counts
}

/// Changes leads, each by its command; `turn` is whose turn the first of them is.
pub(crate) async fn change(
    team: &TeamScope,
    work: &BulkWork,
    leads: Vec<(LeadId, Command)>,
    turn: usize,
) -> Result<Vec<BulkResult>, StoreError> {
    stream::iter((turn..).zip(leads))
        .map(|(turn, (id, command))| async move {
            let apply = |lead: &mut _| work.change.apply(lead, turn, &command);
            let changed = team
                .leads()
                .change(&command, id, work.sight, None, apply)
                .await;
            let changed = changed.map(|lead| lead.is_written_by(&command));
            result(&work.change, id, changed)
        })
        .buffered(TOGETHER)
        .try_collect()
        .await
}

/// What would become of these leads, as they are.
async fn look(
    team: &TeamScope,
    work: &BulkWork,
    ids: &[LeadId],
    command: &Command,
) -> Result<Vec<BulkResult>, StoreError> {
    let found = team.leads().get_many(ids, work.sight).await?.into_iter();
    let found: BTreeMap<LeadId, _> = found.map(|lead| (lead.value.id, lead.value)).collect();
    let results = ids.iter().enumerate().map(|(turn, id)| {
        let changed = match found.get(id) {
            None => Err(Missed::Store(StoreError::NotFound)),
            Some(before) => {
                let mut after = before.clone();
                let applied = work.change.apply(&mut after, turn, command);
                applied.map(|_| after != *before)
            }
        };
        result(&work.change, *id, changed)
    });
    results.collect()
}

/// The same of the first leads that a filter wants; and whether there are more.
async fn look_through(
    team: &TeamScope,
    work: &BulkWork,
    filter: &LeadQuery,
    me: UserId,
    command: &Command,
) -> Result<(Vec<BulkResult>, bool), StoreError> {
    if let Asked::Nothing = filter.tags(team).await? {
        return Ok((Vec::new(), false));
    }
    let filter = filter.filter(team, me, work.sight).await?;
    let mut results = Vec::new();
    let mut page = PageRequest::first(SLICE);
    for _ in 0..DRY_PAGES {
        let found = team.leads().list(&filter, None, &page).await?;
        let ids: Vec<LeadId> = found.items.iter().map(|row| row.lead.id).collect();
        results.extend(look(team, work, &ids, command).await?);
        match found.next {
            Some(after) => page.after = Some(after),
            None => return Ok((results, false)),
        }
    }
    Ok((results, true))
}

fn result(
    change: &Change,
    id: LeadId,
    changed: Result<bool, Missed>,
) -> Result<BulkResult, StoreError> {
    let refused = |code: &'static str, detail: &'static str| {
        let (code, detail) = (code.into(), detail.into());
        (Outcome::Refused, Some(BulkRefusal { code, detail }))
    };
    let (outcome, reason) = match changed {
        Ok(true) => (change.outcome(), None),
        Ok(false) => (Outcome::Unchanged, None),
        Err(Missed::Refused(reason)) => (Outcome::Refused, Some(reason)),
        Err(Missed::Store(error)) => match error {
            StoreError::NotFound | StoreError::Merged { .. } => (Outcome::NotFound, None),
            StoreError::Contended | StoreError::Stale { .. } => (Outcome::Conflict, None),
            StoreError::MissingReference(_) => refused(
                "reference_not_found",
                "The member or the tag is not in this team any more.",
            ),
            StoreError::LimitReached(_) => refused("limit_reached", "A limit is reached."),
            // Asking again goes on where this stopped.
            error @ (StoreError::Taken(_) | StoreError::Unavailable(_) | StoreError::Fault(_)) => {
                return Err(error);
            }
        },
    };
    Ok(BulkResult {
        id,
        outcome,
        reason,
    })
}
