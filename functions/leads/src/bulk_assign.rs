//! `POST /api/leads/bulk/assign`

use crate::bulk::{BulkReply, BulkWork, answer, which};
use crate::bulk_change::Change;
use crate::filter::LeadQuery;
use plat_domain::{LeadId, Permission, UserId};
use plat_http::patch::Patch;
use plat_http::{FieldError, problems};
use plat_registry::{App, Can, Endpoint, Failure, Grant, Input, Method, NoPath, Principal, Worked};
use plat_store::StoreError;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Members who take turns, so that each is looked up while the client waits.
const MOST_TURNS: usize = 50;

/// Who works these leads from now on: one member, nobody, or several in turn.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct BulkAssign {
    /// 1 to 1,000 leads.
    #[schemars(length(min = 1, max = 1_000))]
    ids: Option<BTreeSet<LeadId>>,
    /// Those that it wants; an empty one wants all.
    filter: Option<LeadQuery>,
    /// A member of the team; null for nobody.
    #[serde(default)]
    assigned_to: Patch<UserId>,
    /// 1 to 50 members, in place of one; each is given the next lead in turn.
    #[schemars(length(min = 1, max = MOST_TURNS))]
    round_robin: Option<Vec<UserId>>,
    /// Only tell what would happen.
    #[serde(default)]
    dry_run: bool,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::POST,
        "/api/leads/bulk/assign",
        "leads.bulk_assign",
        Can(Permission::LeadsBulk),
        handle,
    )
    .summary("Assign many leads to a member, to several in turn, or to nobody")
    .grants(&[Grant::ReadTable, Grant::WriteTable])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<NoPath, BulkAssign>,
) -> Result<Worked<BulkReply>, Failure> {
    let command = input.command(&who.user);
    let body = input.body;
    let which = which(body.ids, body.filter)?;
    let turns = turns(body.assigned_to, body.round_robin)?;
    check_members(&app, &who, &turns).await?;
    let work = BulkWork {
        which,
        change: Change::Assign(turns.into_iter().map(|(_, user)| user).collect()),
        sight: who.sight(),
    };
    answer(&app, &who, &command, body.dry_run, work).await
}

/// Whose turn it is, one after the other, and where the request says so.
fn turns(
    one: Patch<UserId>,
    several: Option<Vec<UserId>>,
) -> Result<Vec<(String, Option<UserId>)>, Failure> {
    let alone = |user| Ok(vec![("/assignedTo".to_owned(), user)]);
    match (one, several) {
        (Patch::Set(user), None) => alone(Some(user)),
        (Patch::Clear, None) => alone(None),
        (Patch::Keep, Some(users)) if (1..=MOST_TURNS).contains(&users.len()) => {
            let turns = users.into_iter().enumerate();
            Ok(turns
                .map(|(place, user)| (format!("/roundRobin/{place}"), Some(user)))
                .collect())
        }
        (Patch::Keep, Some(_)) => {
            let detail = format!("Name 1 to {MOST_TURNS} members.");
            Err(problems::invalid_field("/roundRobin", "invalid_length", &detail).into())
        }
        (Patch::Keep, None) => {
            let detail = "Name a member, null for nobody, or several in `roundRobin`.";
            Err(problems::invalid_field("/assignedTo", "required", detail).into())
        }
        (Patch::Set(_) | Patch::Clear, Some(_)) => {
            let detail = "Name one member or several, not both.";
            Err(problems::invalid_field("/roundRobin", "not_applicable", detail).into())
        }
    }
}

async fn check_members(
    app: &App,
    who: &Principal,
    turns: &[(String, Option<UserId>)],
) -> Result<(), Failure> {
    let members = app.store.team(who.team).members();
    let mut unknown = Vec::new();
    for (pointer, user) in turns {
        let Some(user) = user else {
            continue;
        };
        match members.get(*user).await {
            Ok(_) => {}
            Err(StoreError::NotFound) => unknown.push(FieldError {
                pointer: pointer.clone(),
                code: "reference_not_found".to_owned(),
                detail: "There is no such member in this team.".to_owned(),
            }),
            Err(error) => return Err(error.into()),
        }
    }
    if unknown.is_empty() {
        Ok(())
    } else {
        Err(unknown.into())
    }
}
