//! `POST /api/activities`

use crate::about;
use plat_domain::{
    ActivityNotes, ClientId, ContactOutcome, DealId, LeadId, Line, LoggedActivity, LoggedKind,
    Minutes, Moment, Permission,
};
use plat_http::problems;
use plat_registry::{
    App, Can, Created, Endpoint, Failure, Grant, Input, Method, NoPath, Principal,
};
use plat_views::RecentActivityView;
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

/// A call, a meeting or another contact that Plat has no part in. It names one record.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct LogActivity {
    /// What it was.
    r#type: LoggedKind,
    /// The client that it was with.
    client_id: Option<ClientId>,
    /// The deal that it was about.
    deal_id: Option<DealId>,
    /// The lead that it was with.
    lead_id: Option<LeadId>,
    /// What it was, in words; a usual title unless given.
    title: Option<Line>,
    /// What is noted about it.
    notes: Option<ActivityNotes>,
    /// When it was; now unless given. It stands in timelines at this time.
    at: Option<Moment>,
    /// How long it took.
    duration_minutes: Option<Minutes>,
    /// What came of it.
    outcome: Option<ContactOutcome>,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::POST,
        "/api/activities",
        "activities.create",
        Can(Permission::LeadsWrite),
        handle,
    )
    .summary("Log a call, a meeting or another contact; a lead or a client was talked to then")
    .grants(&[Grant::ReadTable, Grant::WriteTable])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<NoPath, LogActivity>,
) -> Result<Created<RecentActivityView>, Failure> {
    let command = input.command(&who.user);
    let body = input.body;
    let record = about::one(body.client_id, body.deal_id, body.lead_id)?;
    let unnamed = || {
        let detail = "Name the lead, the client or the deal that it was about.";
        problems::invalid_field("/leadId", "required", detail)
    };
    let record = record.ok_or_else(unnamed)?;
    who.must_have(record.changed_with())?;
    let at = body.at.map(Moment::timestamp);
    let at = LoggedActivity::happened(at, command.at)
        .map_err(|why| problems::invalid_field("/at", why.code, &why.detail))?;
    let logged = LoggedActivity {
        kind: body.r#type,
        record,
        at,
        title: body
            .title
            .unwrap_or_else(|| LoggedActivity::usual_title(body.r#type)),
        notes: body.notes,
        duration: body.duration_minutes,
        outcome: body.outcome,
    };
    let timelines = app.store.team(who.team).activities();
    let line = timelines.log(&command, who.sight(), &logged).await?;
    Ok(Created {
        location: format!("/api/activities/{}", line.line.value.id),
        entity: line.into(),
    })
}
