//! `POST /api/tasks`

use crate::view::TaskView;
use crate::{about, problems};
use jiff::Timestamp;
use plat_domain::{
    ClientId, DealId, FollowUpType, LeadId, Line, Moment, Permission, Priority, PropertyId,
    RecordRef, Task, TaskDescription, TaskId, TaskKind, TaskNotes, UserId,
};
use plat_http::Problem;
use plat_http::patch::Patch;
use plat_registry::{
    App, Can, Created, Endpoint, Failure, Grant, Input, Method, NoPath, Principal,
};
use plat_store::Required;
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

/// A new task: a to-do, or a follow-up that Plat writes and sends when it is due.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CreateTask {
    /// What it is called; a follow-up has a usual title.
    title: Option<Line>,
    /// What it is about, at length.
    description: Option<TaskDescription>,
    /// Who does it; `todo` unless given.
    kind: Option<TaskKind>,
    /// `custom`, for a follow-up; the others are planned for each new client.
    follow_up_type: Option<FollowUpType>,
    /// When it is to be done. A follow-up that is due already is sent within a minute, unless it is night.
    due_at: Moment,
    /// How much it matters; `medium` unless given.
    priority: Option<Priority>,
    /// A member of the team; null for nobody. Unless given, a to-do is for whoever creates it, a follow-up for whoever works
    /// with the client.
    #[serde(default)]
    assigned_to: Patch<UserId>,
    /// The client that it is about.
    client_id: Option<ClientId>,
    /// The deal that it is about.
    deal_id: Option<DealId>,
    /// The lead that it is about.
    lead_id: Option<LeadId>,
    /// The property that it is about.
    property_id: Option<PropertyId>,
    /// What is noted about it; whoever writes a follow-up reads it, too.
    notes: Option<TaskNotes>,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::POST,
        "/api/tasks",
        "tasks.create",
        Can(Permission::TasksWrite),
        handle,
    )
    .summary("Create a to-do or a custom follow-up")
    .grants(&[Grant::ReadTable, Grant::WriteTable])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<NoPath, CreateTask>,
) -> Result<Created<TaskView>, Failure> {
    let command = input.command(&who.user);
    let body = input.body;
    let named = about::given(body.client_id, body.deal_id, body.lead_id, body.property_id);
    let named = about::one(&named)?;
    if let Some((_, record)) = named {
        who.must_have(record.seen_with())?;
    }
    let assignee = body.assigned_to;
    let record = named.map(|(_, record)| record);
    let mut task = body.into_task(command.new_id(0), record, command.at)?;
    let tasks = app.store.team(who.team).tasks();
    task.assigned_to = match (assignee, task.client(), task.kind) {
        (Patch::Set(user), _, _) => Some(user),
        (Patch::Clear, _, _) => None,
        (Patch::Keep, Some(client), TaskKind::FollowUp) => tasks.works_with(client).await?,
        (Patch::Keep, _, _) => Some(who.id()),
    };
    let beside = Required {
        // Whoever plans something for themselves is a member: the session gate has just said so. Whoever works with the
        // client may have left, and was not asked for.
        member: assignee.as_set().copied().filter(|user| *user != who.id()),
        references: named.into_iter().collect(),
    };
    let stored = tasks.create(&command, who.sight(), task, beside).await?;
    Ok(Created {
        location: format!("/api/tasks/{}", stored.value.id),
        entity: stored.into(),
    })
}

impl CreateTask {
    /// The task, for nobody yet, and about `record`.
    fn into_task(
        self,
        id: TaskId,
        record: Option<RecordRef>,
        created_at: Timestamp,
    ) -> Result<Task, Problem> {
        let kind = self.kind.unwrap_or(TaskKind::Todo);
        let (follow_up_type, usual_title) = match (kind, self.follow_up_type) {
            (TaskKind::Todo, given) => (given, None),
            (TaskKind::FollowUp, None | Some(FollowUpType::Custom)) => {
                let custom = FollowUpType::Custom;
                (Some(custom), Some(custom.title()))
            }
            (TaskKind::FollowUp, Some(_)) => return Err(problems::only_custom()),
        };
        let usual_title = usual_title.map(|title| Line::from_stored(title.to_owned()));
        let title = self.title.or(usual_title);
        let title = title.ok_or_else(|| problems::untitled(kind))?;
        let task = Task {
            description: self.description,
            kind,
            follow_up_type,
            priority: self.priority.unwrap_or(Priority::Medium),
            record,
            notes: self.notes,
            ..Task::new(id, title, self.due_at.timestamp(), created_at)
        };
        task.check().map_err(|why| problems::unfit(why, &task))?;
        Ok(task)
    }
}
