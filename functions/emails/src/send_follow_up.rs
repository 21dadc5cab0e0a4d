//! `emails.send_follow_up`: a follow-up that is due is written, sent and done; once, whatever ends in between.
//!
//! A message claims its follow-up. What is about to be sent is in the table before it is handed over, so whoever is handed
//! the same message after a crash finds how far the one before came. What may have been sent is not sent again: an event of
//! the provider tells what became of it, or a person decides.

use crate::compose::{Purpose, compose};
use crate::hand_over::{hand_over, of_this_run, outcome};
use crate::problems::why;
use crate::ready::{Instead, Ready, ready};
use jiff::{SignedDuration, Timestamp};
use plat_domain::{
    Client, DueFollowUp, EmailStatus, OutgoingEmail, SuppressionReason, Task, TaskNotes,
    TaskStatus, try_again_after,
};
use plat_registry::{App, Failure, Grant, Job, JobFailure};
use plat_services::MailError;
use plat_services::writer::Limits;
use plat_store::{Claimed, Command, Hold, Stored, TakenUp, Tasks, Then};
use std::sync::Arc;

/// Seconds: a model may take twenty, a provider of mail ten, the table the rest.
const TIMEOUT: u32 = 60;

/// Longer than one message is worked, shorter than until it is handed over again.
const LEASE: SignedDuration = SignedDuration::from_mins(2);

/// When sending is taken up again that was too fast, or too much for a day.
const WHEN_THROTTLED: SignedDuration = SignedDuration::from_mins(1);
const WHEN_USED_UP: SignedDuration = SignedDuration::from_hours(1);

pub(crate) fn job() -> Job {
    Job::on_message("emails.send_follow_up", handle)
        .summary("Write and send a follow-up that is due")
        .grants(&[
            Grant::ReadTable,
            Grant::WriteTable,
            Grant::MailTokens,
            Grant::SendTeamMail,
            Grant::CallProviders,
            Grant::OpenSecrets,
            Grant::AskBedrock,
        ])
        .batch(1)
        .timeout(TIMEOUT)
}

async fn handle(app: Arc<App>, due: DueFollowUp) -> Result<(), JobFailure> {
    let (tasks, by) = (app.store.team(due.team).tasks(), due.by.to_string());
    let now = app.clock.now();
    let claimed = tasks.claim(due.task, due.due_at, &by, LEASE, now).await?;
    // What somebody else has, they do; what is gone, is done.
    let Claimed::Yours(task) = claimed else {
        return Ok(());
    };
    let hold = Hold {
        task: due.task,
        by: &by,
    };
    let instead = match ready(&app, &due, &task.value).await? {
        Ok(ready) => send(&app, &due, &task, hold, ready).await?,
        Err(instead) => Some(instead),
    };
    match instead {
        None => Ok(()),
        Some(instead) => leave(&app, &tasks, &due, &task, hold, instead).await,
    }
}

/// Writes it, takes it up, hands it over, and writes what came of that.
async fn send(
    app: &App,
    due: &DueFollowUp,
    task: &Stored<Task>,
    hold: Hold<'_>,
    ready: Ready,
) -> Result<Option<Instead>, JobFailure> {
    let Ready {
        with,
        mailer,
        kind,
        before,
    } = ready;
    let emails = app.store.team(due.team).emails();
    let mut email = match &before {
        Some(before) if says_the_same(&before.value, &with.client) => before.value.clone(),
        Some(_) | None => {
            let made_at = before.as_ref().map(|before| before.created_at);
            let purpose = Purpose {
                email: OutgoingEmail::id_for(due.task),
                task: Some(due.task),
                kind,
                instructions: task.value.notes.as_ref().map(TaskNotes::as_str),
                within: Limits::default().within,
            };
            let made_at = made_at.unwrap_or_else(|| app.clock.now());
            let written = compose(app, &with, purpose, made_at).await;
            written.map_err(|failure: Failure| {
                JobFailure(
                    failure
                        .inward
                        .unwrap_or_else(|| "it was not written".to_owned()),
                )
            })?
        }
    };
    let (id, now) = (email.id, app.clock.now());
    email.provider = with.settings.email.provider;
    email.take_up(now);
    let command = Command::because(&due.task.to_string(), now, &task.created_by);
    let begun = of_this_run(app, &command);
    match emails
        .take_up(&begun, email, before.as_ref(), Some(hold))
        .await?
    {
        TakenUp::Yes(taken) => {
            let handed = hand_over(app, &with, &*mailer, &taken.value).await;
            let (how, ended) = (outcome(&handed), of_this_run(app, &command));
            let then = |email: &OutgoingEmail| then(handed.as_ref().err(), email, ended.at);
            let hold = Some(hold);
            emails.handed_over(&ended, id, &how, hold, then).await?;
            Ok(None)
        }
        // Whoever moved it has put it where it belongs.
        TakenUp::TaskMoved => Ok(None),
        TakenUp::Suppressed => {
            let why = why(SuppressionReason::Unsubscribed);
            Ok(Some(Instead::Cancel(why.to_owned())))
        }
        TakenUp::Elsewhere => Err(JobFailure("somebody else is sending it".to_owned())),
    }
}

/// Whether what was written before can be sent still: nothing of it was given up, and it is to the same address.
fn says_the_same(email: &OutgoingEmail, client: &Client) -> bool {
    email.status == EmailStatus::Queued && email.to == client.email
}

/// What becomes of a follow-up whose e-mail was not sent, or may not have been.
fn then(error: Option<&MailError>, email: &OutgoingEmail, now: Timestamp) -> Then {
    let after = |pause| now.checked_add(pause).unwrap_or(now);
    match error {
        Some(MailError::Throttled(_)) => Then::Again(after(WHEN_THROTTLED), None),
        Some(MailError::QuotaExceeded(_)) => {
            let note = "No more mail can be sent for now. It is tried again every hour.";
            Then::Again(after(WHEN_USED_UP), Some(note.to_owned()))
        }
        Some(MailError::Unavailable(said) | MailError::Refused(said)) => {
            if email.status == EmailStatus::Failed {
                Then::Held(format!("Its e-mail could not be sent: {said}"))
            } else {
                let pause = try_again_after(email.failures);
                Then::Again(after(pause), Some(format!("Sending it failed: {said}")))
            }
        }
        Some(MailError::Uncertain(_)) | None => Then::InDoubt(
            "Its e-mail may have been sent. If its provider tells nothing more, decide whether to send it again.".to_owned(),
        ),
    }
}

/// Leaves a follow-up as it is to be, since it is not sent now.
async fn leave(
    app: &App,
    tasks: &Tasks,
    due: &DueFollowUp,
    task: &Stored<Task>,
    hold: Hold<'_>,
    instead: Instead,
) -> Result<(), JobFailure> {
    let (now, id) = (app.clock.now(), due.task);
    let command = Command::because(&id.to_string(), now, &task.created_by);
    let command = of_this_run(app, &command);
    match instead {
        Instead::CancelAll(client) => {
            let note = "The client is not followed up any more.";
            tasks.cancel_pending_of(&command, client, note).await?;
        }
        Instead::Cancel(note) => {
            let to = TaskStatus::Cancelled;
            tasks.hold(&command, id, hold.by, to, &note).await?;
        }
        Instead::Hold(note) => {
            let to = TaskStatus::Pending;
            tasks.hold(&command, id, hold.by, to, &note).await?;
        }
        Instead::Wait(until) => {
            tasks.put_back(id, hold.by, until, None).await?;
        }
        Instead::Conclude(how) => {
            let emails = app.store.team(due.team).emails();
            let then = |email: &OutgoingEmail| then(None, email, now);
            let email = OutgoingEmail::id_for(id);
            emails
                .handed_over(&command, email, &how, Some(hold), then)
                .await?;
        }
    }
    Ok(())
}
