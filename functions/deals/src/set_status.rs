//! `PUT /api/deals/{dealId}/status`

use crate::problems::move_refused;
use crate::view::{DealPath, DealView};
use plat_domain::{DealStatus, Permission, Reason};
use plat_http::problems::{ILLEGAL_TRANSITION, STALE};
use plat_registry::{App, Can, Endpoint, Failure, Grant, Input, Method, Principal, Representation};
use plat_store::DealMove;
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

/// A move to another status.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SetDealStatus {
    /// Where the deal goes. It becomes `assigned` only with an assigned price.
    status: DealStatus,
    /// Why; required to go a step back and to come back from `dead`.
    note: Option<Reason>,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::PUT,
        "/api/deals/{dealId}/status",
        "deals.set_status",
        Can(Permission::DealsWrite),
        handle,
    )
    .summary("Move a deal to another status, with a note")
    .grants(&[Grant::ReadTable, Grant::WriteTable])
    .problems(&[&ILLEGAL_TRANSITION, &STALE])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<DealPath, SetDealStatus>,
) -> Result<Representation<DealView>, Failure> {
    let command = input.command(&who.user);
    let SetDealStatus { status: to, note } = input.body;
    let (deal, note) = (input.path.deal_id, note.map(Reason::into_string));
    let deals = app.store.team(who.team).deals();
    let moved = deals
        .move_to(
            &command,
            deal,
            who.sight(),
            input.if_match,
            to,
            note.as_deref(),
        )
        .await?;
    if let DealMove::Refused { from, why } = moved {
        return Err(move_refused(why, from, to).into());
    }
    if input.prefers_minimal {
        // The move made the version that comes after the one that it was meant for.
        let version = input.if_match.map(|version| version + 1);
        return Ok(Representation::Minimal { version });
    }
    let stored = deals.latest(deal, who.sight()).await?;
    Ok(Representation::Whole(stored.into()))
}
