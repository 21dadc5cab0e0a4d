//! `PATCH /api/leads/{leadId}/status`

use crate::problems::move_refused;
use crate::view::{LeadPath, LeadView};
use plat_domain::{LeadStatus, Permission, Reason};
use plat_http::problems::{ILLEGAL_TRANSITION, MERGED, STALE};
use plat_registry::{App, Can, Endpoint, Entity, Failure, Grant, Input, Method, Principal};
use plat_store::{LeadChange, StatusChange};
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

/// A move to another status.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SetStatus {
    /// Where the lead goes.
    status: LeadStatus,
    /// Why; required to reopen a lead that is won or lost.
    note: Option<Reason>,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::PATCH,
        "/api/leads/{leadId}/status",
        "leads.set_status",
        Can(Permission::LeadsWrite),
        handle,
    )
    .summary("Move a lead to another status, with a note")
    .grants(&[Grant::ReadTable, Grant::WriteTable])
    .problems(&[&ILLEGAL_TRANSITION, &MERGED, &STALE])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<LeadPath, SetStatus>,
) -> Result<Entity<LeadView>, Failure> {
    let command = input.command(&who.user);
    let SetStatus { status: to, note } = input.body;
    let note = note.map(Reason::into_string);
    let stored = app
        .store
        .team(who.team)
        .leads()
        .change(
            &command,
            input.path.lead_id,
            who.sight(),
            input.if_match,
            |lead| -> Result<LeadChange, Failure> {
                let from = lead.status;
                LeadStatus::check_move(from, to, note.as_deref())
                    .map_err(|refused| move_refused(refused, from, to))?;
                lead.status = to;
                let row = StatusChange {
                    id: command.new_id(0),
                    old_status: from,
                    new_status: to,
                    note: note.clone(),
                };
                Ok(LeadChange {
                    history: Some(row),
                    ..LeadChange::default()
                })
            },
        )
        .await?;
    Ok(Entity(LeadView::written(&app, who.team, stored).await?))
}
