//! `PATCH /api/settings/business` and its alias `PUT`: a JSON Merge Patch.

use crate::view::BusinessView;
use plat_domain::{
    Address, BusinessProfile, DaysKept, Line, Name, Permission, Phone, TimeZoneName,
};
use plat_http::patch::Patch;
use plat_http::problems::STALE;
use plat_registry::{App, Can, Endpoint, Entity, Failure, Grant, Input, Method, NoPath, Principal};
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

/// What changes. A field that is absent stays, one that is null is cleared.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct UpdateBusiness {
    /// The name that the team does business under; that of the team unless set.
    #[serde(default)]
    name: Patch<Name>,
    /// Where mail reaches it; at the foot of every e-mail. Replaces the address as a whole.
    #[serde(default)]
    postal_address: Patch<Address>,
    #[serde(default)]
    phone: Patch<Phone>,
    #[serde(default)]
    website: Patch<Line>,
    /// The number of its license.
    #[serde(default)]
    license: Patch<Line>,
    /// Where its clocks are read: no client is written to between 21:00 and 08:00.
    #[serde(default)]
    time_zone: Patch<TimeZoneName>,
    /// For how many days completed tasks are kept; for good unless set.
    #[serde(default)]
    keep_completed_tasks: Patch<DaysKept>,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::PATCH,
        "/api/settings/business",
        "settings.update_business",
        Can(Permission::TeamManage),
        handle,
    )
    .alias(Method::PUT)
    .summary("Change who the team is to those whom it writes to")
    .grants(&[Grant::ReadTable, Grant::WriteTable])
    .problems(&[&STALE])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<NoPath, UpdateBusiness>,
) -> Result<Entity<BusinessView>, Failure> {
    let command = input.command(&who.user);
    let team = app.store.team(who.team);
    let apply = |business: &mut BusinessProfile| {
        apply(input.body.clone(), business);
        Ok::<_, Failure>(())
    };
    let business = team
        .settings()
        .change_business(&command, input.if_match, apply)
        .await?;
    Ok(Entity(BusinessView::new(
        business,
        team.get().await?.value.name,
    )))
}

fn apply(body: UpdateBusiness, business: &mut BusinessProfile) {
    body.name.apply(&mut business.name);
    body.postal_address.apply(&mut business.postal_address);
    body.phone.apply(&mut business.phone);
    body.website.apply(&mut business.website);
    body.license.apply(&mut business.license);
    body.time_zone.apply(&mut business.time_zone);
    body.keep_completed_tasks
        .apply(&mut business.keep_completed_tasks);
}
