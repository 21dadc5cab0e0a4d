//! `POST /api/leads/bulk/delete`

use crate::bulk::{BulkReply, BulkWork, answer, which};
use crate::bulk_change::Change;
use crate::filter::LeadQuery;
use plat_domain::{LeadId, Permission};
use plat_registry::{App, Can, Endpoint, Failure, Grant, Input, Method, NoPath, Principal, Worked};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Which leads go: named by their ids or by a filter.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct BulkDelete {
    /// 1 to 1,000 leads.
    #[schemars(length(min = 1, max = 1_000))]
    ids: Option<BTreeSet<LeadId>>,
    /// Those that it wants; an empty one wants all.
    filter: Option<LeadQuery>,
    /// Only tell what would happen.
    #[serde(default)]
    dry_run: bool,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::POST,
        "/api/leads/bulk/delete",
        "leads.bulk_delete",
        Can(Permission::LeadsBulk),
        handle,
    )
    .summary("Delete many leads; they can be restored for 30 days")
    .grants(&[Grant::ReadTable, Grant::WriteTable])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<NoPath, BulkDelete>,
) -> Result<Worked<BulkReply>, Failure> {
    let command = input.command(&who.user);
    let body = input.body;
    let work = BulkWork {
        which: which(body.ids, body.filter)?,
        change: Change::Delete,
        sight: who.sight(),
    };
    answer(&app, &who, &command, body.dry_run, work).await
}
