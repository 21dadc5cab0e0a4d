//! `clients.schedule_follow_ups`: plans the follow-ups of a new client, cancels those of one who is not followed up any
//! more, brings them back with the client, and hands them over with it.
//!
//! Events come in any order and more than once. So none of them says what is to be done but the client as it is now. Events
//! say only what that cannot: that a client was worked when it was made, and whose it was before.

use plat_domain::{Client, Event, EventType, Fact, Task, TaskStatus, follow_ups};
use plat_registry::{App, Grant, Job, JobFailure};
use plat_store::{Command, Stored};
use std::sync::Arc;

/// What follow-ups are cancelled with.
const WHY: &str = "The client is not followed up any more.";

pub(crate) fn job() -> Job {
    const FOLLOWED: &[EventType] = &[
        EventType::ClientAssigned,
        EventType::ClientCreated,
        EventType::ClientDeleted,
        EventType::ClientRestored,
        EventType::ClientStageChanged,
    ];
    Job::on_event("clients.schedule_follow_ups", FOLLOWED, handle)
        .summary("Plan the follow-ups of new clients, and cancel, revive or hand them over with the client")
        .grants(&[Grant::ReadTable, Grant::WriteTable])
}

async fn handle(app: Arc<App>, event: Event) -> Result<(), JobFailure> {
    let Some(team) = event.team_id else {
        return Ok(());
    };
    let id = event.subject.id.parse()?;
    let team = app.store.team(team);
    let (clients, tasks) = (team.clients(), team.tasks());
    let Some(client) = clients.standing(id).await? else {
        return Ok(());
    };
    if let Fact::ClientAssigned(change) = &event.fact {
        let from = change.before.as_ref().and_then(|before| before.assigned_to);
        let command = Command::after(&event, "follow-ups go along");
        let to = client.value.assigned_to;
        return Ok(tasks.hand_over_of(&command, id, from, to).await?);
    }
    if let Fact::ClientCreated(made) = &event.fact
        && made.after.stage.is_active()
    {
        let command = Command::after(&event, "follow-ups");
        let planned = plan(&command, &client.value);
        tasks.schedule(&command, &client, planned).await?;
    }
    if client.value.is_followed_up() {
        let command = Command::after(&event, "follow-ups come back");
        tasks.revive_of(&command, id, app.clock.now()).await?;
    } else {
        let command = Command::after(&event, "no more follow-ups");
        tasks.cancel_pending_of(&command, id, WHY).await?;
    }
    stands(&client, clients.standing(id).await?)
}

/// The follow-ups of a client. Of one who is not followed up any more they are planned too, for the day on which they come
/// back.
fn plan(command: &Command, client: &Client) -> Vec<Task> {
    let (status, status_note) = if client.is_followed_up() {
        (TaskStatus::Pending, None)
    } else {
        (TaskStatus::Cancelled, Some(WHY.to_owned()))
    };
    let planned = (0..).zip(follow_ups(client.created_at));
    let planned = planned.map(|(nth, (kind, due_at, priority))| Task {
        priority,
        status,
        status_note: status_note.clone(),
        assigned_to: client.assigned_to,
        ..Task::follow_up(command.new_id(nth), client.id, kind, due_at, command.at)
    });
    planned.collect()
}

/// That the client is followed up as it was when it was decided what to do. If somebody changed that meanwhile, what was
/// done here may have come after what was done about theirs, so it is decided anew.
fn stands(before: &Stored<Client>, after: Option<Stored<Client>>) -> Result<(), JobFailure> {
    let followed = before.value.is_followed_up();
    match after {
        Some(after) if after.value.is_followed_up() != followed => {
            Err("the client changed meanwhile".into())
        }
        Some(_) | None => Ok(()),
    }
}
