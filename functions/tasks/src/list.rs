//! `GET /api/tasks`

use crate::about;
use plat_domain::{
    AssignedTo, ClientId, DealId, FollowUpType, LeadId, Moment, Permission, Priority, PropertyId,
    Span, TaskKind, TaskStatus,
};
use plat_registry::{
    App, Can, Endpoint, Failure, Grant, Input, Listing, Method, NoBody, NoPath, Principal,
};
use plat_store::{TaskFilter, TaskSort};
use plat_views::TaskSummaryView;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Which tasks, in which order.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ListTasks {
    /// Tasks of this status; several may be given.
    #[serde(default)]
    status: BTreeSet<TaskStatus>,
    /// Tasks for this member; `me` for one's own, `none` for nobody's.
    assigned_to: Option<AssignedTo>,
    /// Tasks of this kind.
    kind: Option<TaskKind>,
    /// Follow-ups of this type; several may be given.
    #[serde(default)]
    follow_up_type: BTreeSet<FollowUpType>,
    /// Tasks of this priority; several may be given.
    #[serde(default)]
    priority: BTreeSet<Priority>,
    /// Tasks about this client.
    client_id: Option<ClientId>,
    /// Tasks about this deal.
    deal_id: Option<DealId>,
    /// Tasks about this lead.
    lead_id: Option<LeadId>,
    /// Tasks about this property.
    property_id: Option<PropertyId>,
    /// Tasks due at this time or later.
    due_after: Option<Moment>,
    /// Tasks due before this time.
    due_before: Option<Moment>,
    /// With `true`, tasks that are open and were due before now; with `false`, all others.
    overdue: Option<bool>,
    /// The order; what is due first comes first unless given.
    sort: Option<Sort>,
}

/// An order; a minus sign turns it around.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "TaskSort")]
enum Sort {
    DueAt,
    #[serde(rename = "-dueAt")]
    DueAtDescending,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::GET,
        "/api/tasks",
        "tasks.list",
        Can(Permission::TasksRead),
        handle,
    )
    .summary("List tasks with filters, by when they are due")
    .grants(&[Grant::ReadTable])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<NoPath, NoBody, ListTasks>,
) -> Result<Listing<TaskSummaryView>, Failure> {
    let query = input.query;
    let named = about::given(
        query.client_id,
        query.deal_id,
        query.lead_id,
        query.property_id,
    );
    let filter = TaskFilter {
        statuses: query.status,
        assigned_to: query.assigned_to.map(|wanted| wanted.asked_by(who.id())),
        kind: query.kind,
        follow_up_types: query.follow_up_type,
        priorities: query.priority,
        record: about::one(&named)?.map(|(_, record)| record),
        due: Span::between(query.due_after, query.due_before),
        overdue: query.overdue.map(|wanted| (input.now, wanted)),
        sight: who.sight(),
    };
    let sort = match query.sort {
        None | Some(Sort::DueAt) => TaskSort::Due,
        Some(Sort::DueAtDescending) => TaskSort::DueDescending,
    };
    let tasks = app.store.team(who.team).tasks();
    let page = tasks.list(&filter, sort, &input.page).await?;
    Ok(Listing(page.map(TaskSummaryView::from)))
}
