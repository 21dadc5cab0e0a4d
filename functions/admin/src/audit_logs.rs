//! `GET /api/admin/audit-logs`

use plat_domain::audit::SubjectQuery;
use plat_domain::{AuditHead, AuditRow, EventType, Invalid, Moment, TeamId, UserId};
use plat_http::problems::FORBIDDEN;
use plat_registry::{
    App, Endpoint, Failure, Grant, Input, ListingWith, Method, NoBody, NoPath, Person, Platform,
};
use plat_store::AuditFilter;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Which rows.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ListAuditLogs {
    /// The chain of this team; `none` for that of what concerns no team. All chains together unless given.
    team_id: Option<Chain>,
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

/// The word for no team.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Installation {
    None,
}

/// A team's id or `none`.
#[derive(Debug, Clone, Copy, JsonSchema)]
#[schemars(untagged)]
enum Chain {
    Installation(Installation),
    Team(TeamId),
}

impl<'de> Deserialize<'de> for Chain {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.as_str() {
            "none" => Ok(Self::Installation(Installation::None)),
            id => id.parse().map(Self::Team).map_err(|_| {
                Invalid::new("invalid_id", "Write a team's id or `none`.").into_serde()
            }),
        }
    }
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::GET,
        "/api/admin/audit-logs",
        "admin.audit_logs",
        Platform,
        handle,
    )
    .summary(
        "List who changed what in all teams, newest first; with `teamId`, a first page without `to` tells the head of the \
         chain in `X-Audit-Head`, as `seq:hash`",
    )
    .grants(&[Grant::ReadTable])
    .problems(&[&FORBIDDEN])
}

async fn handle(
    app: Arc<App>,
    _: Person,
    input: Input<NoPath, NoBody, ListAuditLogs>,
) -> Result<ListingWith<AuditRow>, Failure> {
    let query = input.query;
    let filter = AuditFilter {
        kinds: query.kinds,
        actor: query.actor,
        subject: query.subject.map(|SubjectQuery(subject)| subject),
        from: query.from.map(Moment::timestamp),
        to: query.to.map(Moment::timestamp),
    };
    let found = match query.team_id {
        None => app.store.audit().list_all(&filter, &input.page).await?,
        Some(Chain::Installation(Installation::None)) => {
            app.store.audit().list(&filter, &input.page).await?
        }
        Some(Chain::Team(team)) => {
            let chain = app.store.team(team).audit();
            chain.list(&filter, &input.page).await?
        }
    };
    Ok(ListingWith {
        page: found.page,
        header: AuditHead::HEADER,
        value: found.head.map(|head| head.to_string()),
    })
}
