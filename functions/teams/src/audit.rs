//! `GET /api/teams/{teamId}/audit`

use crate::view::TeamPath;
use plat_domain::audit::SubjectQuery;
use plat_domain::{AuditHead, AuditRow, EventType, Moment, Permission, UserId};
use plat_registry::{
    App, Endpoint, Failure, Grant, InTeam, Input, ListingWith, Method, NoBody, Principal,
};
use plat_store::AuditFilter;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Which rows.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ListAudit {
    /// What this person did.
    actor: Option<UserId>,
    /// Events of this type; several may be given.
    #[serde(default, rename = "type")]
    kinds: BTreeSet<EventType>,
    /// What happened to this record: its kind and its id with a colon between, such as `lead:01D39ZY06FGSCTVN4T2V9PKHFZ`.
    subject: Option<SubjectQuery>,
    /// What happened at this time or later.
    from: Option<Moment>,
    /// What happened before this time.
    to: Option<Moment>,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::GET,
        "/api/teams/{teamId}/audit",
        "teams.audit",
        InTeam(Permission::AuditRead),
        handle,
    )
    .summary(
        "List who changed what in a team, newest first; a first page without `to` tells the head of the chain in \
         `X-Audit-Head`, as `seq:hash`",
    )
    .grants(&[Grant::ReadTable])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<TeamPath, NoBody, ListAudit>,
) -> Result<ListingWith<AuditRow>, Failure> {
    let query = input.query;
    let filter = AuditFilter {
        kinds: query.kinds,
        actor: query.actor,
        subject: query.subject.map(|SubjectQuery(subject)| subject),
        from: query.from.map(Moment::timestamp),
        to: query.to.map(Moment::timestamp),
    };
    let chain = app.store.team(who.team).audit();
    let found = chain.list(&filter, &input.page).await?;
    Ok(ListingWith {
        page: found.page,
        header: AuditHead::HEADER,
        value: found.head.map(|head| head.to_string()),
    })
}
