//! `GET /api/dashboard/recent-activity`
//!
//! Lines about a record are seen by who may see the record as it is today, lines about the team by everybody in it, except
//! that who was invited is the business of those who see everything. A deleted record keeps its lines, marked as such,
//! until it is removed for good: that somebody deleted it is what one looks for here.

use plat_domain::{ActivityType, Permission, SubjectKind, Visibility};
use plat_registry::{App, Can, Endpoint, Failure, Grant, Input, Listing, Method, Principal};
use plat_store::{ActivityRow, RecentActivity};
use plat_views::ActivityView;
use schemars::JsonSchema;
use serde::Serialize;
use std::sync::Arc;

/// A line of the team's timeline.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "RecentActivity")]
struct RecentActivityView {
    #[serde(flatten)]
    line: ActivityView,
    /// What it happened to.
    subject: SubjectView,
}

/// What a line is about.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ActivitySubject")]
struct SubjectView {
    /// Its kind: `lead`, `client`, `deal`, `member`, `team`, `settings`, `integration` or `invitation`.
    kind: SubjectKind,
    /// Its id; that of a member is their user's, and null for an invitation.
    id: Option<String>,
    /// The name of the lead, the client or the team or the address of the deal as of now, or the name of the member as it
    /// was; null for an invitation, a part of the settings or a service.
    name: Option<String>,
    /// Whether it is deleted.
    deleted: bool,
}

impl From<RecentActivity> for RecentActivityView {
    fn from(recent: RecentActivity) -> Self {
        let RecentActivity { line, about } = recent;
        let row = &line.value;
        let of_member = || row.data.get("name")?.as_str().map(str::to_owned);
        let (name, deleted) = match about {
            Some(today) => (Some(today.name), today.deleted),
            None => (of_member(), false),
        };
        let subject = SubjectView {
            kind: row.subject.kind,
            id: row.subject.id.clone(),
            name,
            deleted,
        };
        let line = line.into();
        Self { line, subject }
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
    let timelines = app.store.team(who.team).activities();
    let wanted = |line: &ActivityRow| may_see(&who, line);
    let page = timelines.recent(who.sight(), wanted, &input.page).await?;
    Ok(Listing(page.map(RecentActivityView::from)))
}

/// Whether their role lets somebody see lines of this kind about this kind of record.
fn may_see(who: &Principal, line: &ActivityRow) -> bool {
    // Managers and above: they see everything, whatever the team's visibility.
    let sees_invitations = who.role.sees_all(Visibility::Own);
    let of_record = line.subject.record().map(|record| record.seen_with());
    let asked = [of_record, line.kind.seen_with()];
    (sees_invitations || line.kind != ActivityType::InvitationSent)
        && asked.into_iter().flatten().all(|asked| who.can(asked))
}
