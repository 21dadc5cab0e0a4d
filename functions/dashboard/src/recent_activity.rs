//! `GET /api/dashboard/recent-activity`
//!
//! Lines about a lead are seen by who may see the lead as it is today, lines about the team by everybody in it, except
//! that who was invited is the business of those who see everything. A deleted lead keeps its lines, marked as such, until
//! it is removed for good: that somebody deleted it is what one looks for here.

use jiff::Timestamp;
use plat_domain::{ActivityId, ActivityType, Actor, Permission, SubjectKind, Visibility};
use plat_registry::{App, Can, Endpoint, Failure, Grant, Input, Listing, Method, Principal};
use plat_store::RecentActivity;
use schemars::JsonSchema;
use serde::Serialize;
use std::sync::Arc;

/// A line of the team's timeline.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "RecentActivity")]
struct RecentActivityView {
    /// Which.
    id: ActivityId,
    /// What happened.
    r#type: ActivityType,
    /// When.
    at: Timestamp,
    /// Who did it; null if nobody in particular did.
    actor: Option<Actor>,
    /// The same in words.
    title: String,
    /// What this type has to tell beside: ids, statuses, names of fields.
    data: serde_json::Map<String, serde_json::Value>,
    /// What it happened to.
    subject: SubjectView,
}

/// What a line is about.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ActivitySubject")]
struct SubjectView {
    /// Its kind: `lead`, `member`, `team` or `invitation`.
    kind: SubjectKind,
    /// Its id; that of a member is their user's, and null for an invitation.
    id: Option<String>,
    /// The name of the lead or the team as of now, or of the member as it was; null for an invitation.
    name: Option<String>,
    /// Whether it is deleted.
    deleted: bool,
}

impl From<RecentActivity> for RecentActivityView {
    fn from(recent: RecentActivity) -> Self {
        let RecentActivity { line, lead, team } = recent;
        let row = line.value;
        let of_lead = lead.as_ref().map(|lead| lead.name.to_string());
        let of_team = || team.map(|team| team.name.to_string());
        let of_member = || row.data.get("name")?.as_str().map(str::to_owned);
        let name = of_lead.or_else(of_team).or_else(of_member);
        Self {
            id: row.id,
            r#type: row.kind,
            at: line.created_at,
            actor: Some(line.created_by),
            title: row.title,
            subject: SubjectView {
                kind: row.subject.kind,
                id: row.subject.id,
                name,
                deleted: lead.is_some_and(|lead| lead.deleted_at.is_some()),
            },
            data: row.data,
        }
    }
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::GET,
        "/api/dashboard/recent-activity",
        "dashboard.recent_activity",
        Can(Permission::DashboardRead),
        handle,
    )
    .summary("What happened last in the team, latest first")
    .grants(&[Grant::ReadTable])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input,
) -> Result<Listing<RecentActivityView>, Failure> {
    // Managers and above: they see everything, whatever the team's visibility.
    let sees_invitations = who.role.sees_all(Visibility::Own);
    let page = app
        .store
        .team(who.team)
        .activities()
        .recent(
            who.sight(),
            |line| sees_invitations || line.kind != ActivityType::InvitationSent,
            &input.page,
        )
        .await?;
    Ok(Listing(page.map(RecentActivityView::from)))
}
