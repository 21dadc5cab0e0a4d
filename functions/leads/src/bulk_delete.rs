//! `POST /api/leads/bulk/delete`

use futures::stream::{self, StreamExt};
use plat_domain::{LeadId, Permission};
use plat_http::problems;
use plat_registry::{App, Can, Endpoint, Failure, Grant, Input, Json, Method, NoPath, Principal};
use plat_store::{Command, StoreError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Leads that one request deletes: what is done well within the time a client waits.
const MOST: usize = 100;

/// Leads that are deleted at once.
const AT_ONCE: usize = 10;

/// Which leads go.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct BulkDelete {
    /// 1 to 100 leads.
    #[schemars(length(min = 1, max = 100))]
    ids: BTreeSet<LeadId>,
    /// Only tell what would happen.
    #[serde(default)]
    dry_run: bool,
}

/// What became of each.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct BulkDeleted {
    /// Whether nothing was done.
    dry_run: bool,
    /// One for each id, in the order of the ids.
    results: Vec<BulkResult>,
}

/// What became of one lead.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct BulkResult {
    id: LeadId,
    outcome: Outcome,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "BulkDeleteOutcome")]
enum Outcome {
    /// It is deleted, or would be.
    Deleted,
    /// There is no such lead, or none that this person sees.
    NotFound,
    /// Others were changing it; ask again for this one.
    Conflict,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::POST,
        "/api/leads/bulk/delete",
        "leads.bulk_delete",
        Can(Permission::LeadsBulk),
        handle,
    )
    .summary("Delete up to 100 leads by their ids; they can be restored for 30 days")
    .grants(&[Grant::ReadTable, Grant::WriteTable])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<NoPath, BulkDelete>,
) -> Result<Json<BulkDeleted>, Failure> {
    let command = input.command(&who.user);
    let BulkDelete { ids, dry_run } = input.body;
    if !(1..=MOST).contains(&ids.len()) {
        let detail = format!("Name 1 to {MOST} leads.");
        return Err(problems::invalid_field("/ids", "invalid_length", &detail).into());
    }
    let outcomes: Vec<Result<BulkResult, StoreError>> = stream::iter(ids)
        .map(|id| one(&app, &who, &command, id, dry_run))
        .buffered(AT_ONCE)
        .collect()
        .await;
    let results = outcomes.into_iter().collect::<Result<_, _>>()?;
    Ok(Json(BulkDeleted { dry_run, results }))
}

async fn one(
    app: &App,
    who: &Principal,
    command: &Command,
    id: LeadId,
    dry_run: bool,
) -> Result<BulkResult, StoreError> {
    let leads = app.store.team(who.team).leads();
    let done = if dry_run {
        leads.get(id, who.sight()).await.map(|_| ())
    } else {
        leads.delete(command, id, who.sight(), None).await
    };
    let outcome = match done {
        Ok(()) => Outcome::Deleted,
        Err(StoreError::NotFound) => Outcome::NotFound,
        Err(StoreError::Contended | StoreError::Stale { .. }) => Outcome::Conflict,
        // Repeating the request under its key goes on where this one stopped.
        Err(
            error @ (StoreError::Taken(_)
            | StoreError::MissingReference(_)
            | StoreError::LimitReached(_)
            | StoreError::Unavailable(_)
            | StoreError::Fault(_)),
        ) => return Err(error),
    };
    Ok(BulkResult { id, outcome })
}
