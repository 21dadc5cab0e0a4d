//! `GET /api/activities/{activityId}`

use plat_domain::{ActivityId, Permission};
use plat_registry::{App, Can, Endpoint, Failure, Grant, Input, Json, Method, Principal};
use plat_store::StoreError;
use plat_views::{RecentActivityView, seen_by};
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

/// The id in the path of a line.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ActivityPath {
    /// The line.
    activity_id: ActivityId,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::GET,
        "/api/activities/{activityId}",
        "activities.get",
        Can(Permission::LeadsRead),
        handle,
    )
    .summary("One line of the team's timelines")
    .grants(&[Grant::ReadTable])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<ActivityPath>,
) -> Result<Json<RecentActivityView>, Failure> {
    let timelines = app.store.team(who.team).activities();
    let line = timelines.get(input.path.activity_id, who.sight()).await?;
    // Whether a line is there, only who sees it is told.
    if !seen_by(&who, &line.line.value) {
        return Err(StoreError::NotFound.into());
    }
    Ok(Json(line.into()))
}
