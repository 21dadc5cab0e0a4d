//! Whether a follow-up that is due is sent now, and what is done instead if it is not.

use crate::correspondence::Correspondence;
use crate::problems::why;
use jiff::Timestamp;
use plat_domain::quiet::send_from;
use plat_domain::{
    Client, ClientId, DueFollowUp, FollowUpType, HandingOver, OutgoingEmail, Standing, Task,
};
use plat_registry::{App, JobFailure, NoMailer};
use plat_services::TeamMailer;
use plat_store::Stored;
use std::sync::Arc;

/// Everything that sending asks.
pub(crate) struct Ready {
    pub(crate) with: Correspondence,
    pub(crate) mailer: Arc<dyn TeamMailer>,
    pub(crate) kind: FollowUpType,
    /// What was made of it before.
    pub(crate) before: Option<Stored<OutgoingEmail>>,
}

/// What is done with a follow-up that is not to be sent now.
pub(crate) enum Instead {
    /// Its client is not followed up any more, and none of theirs is sent.
    CancelAll(ClientId),
    /// There is no reason for it any more.
    Cancel(String),
    /// It is left to people.
    Hold(String),
    /// It is due at this time.
    Wait(Timestamp),
    /// Its e-mail was handed over before, and this is known of it.
    Conclude(HandingOver),
}

/// Reads what sending asks, and finds out whether it is to be sent at all.
pub(crate) async fn ready(
    app: &App,
    due: &DueFollowUp,
    task: &Task,
) -> Result<Result<Ready, Instead>, JobFailure> {
    let gone = || Instead::Cancel("The client is gone.".to_owned());
    let Some((client, kind)) = task.client().zip(task.follow_up_type) else {
        return Ok(Err(gone()));
    };
    let scope = app.store.team(due.team);
    let Some(client) = scope.clients().standing(client).await? else {
        return Ok(Err(gone()));
    };
    let client = client.value;
    let emails = scope.emails();
    let (with, before) = futures::try_join!(
        Correspondence::with(app, due.team, client.clone()),
        emails.before_sending(OutgoingEmail::id_for(due.task), &client.email)
    )?;
    let standing = before.email.as_ref().map(|email| email.value.standing());
    match standing {
        Some(Standing::Sent) => {
            let how = HandingOver::Taken { message_id: None };
            return Ok(Err(Instead::Conclude(how)));
        }
        Some(Standing::UnderWay) => {
            let error = "Sending it was interrupted.".to_owned();
            return Ok(Err(Instead::Conclude(HandingOver::Unknown { error })));
        }
        Some(Standing::Waits | Standing::Failed) | None => {}
    }
    if !is_written_to(&client, task) {
        return Ok(Err(Instead::CancelAll(client.id)));
    }
    if let Some(suppression) = before.suppressed {
        return Ok(Err(Instead::Cancel(why(suppression.reason).to_owned())));
    }
    if !with.settings.email.follow_ups {
        let note = "Follow-ups that send themselves are switched off.";
        return Ok(Err(Instead::Hold(note.to_owned())));
    }
    let now = app.clock.now();
    let from = send_from(now, &with.settings.business.zone());
    if from > now {
        return Ok(Err(Instead::Wait(from)));
    }
    match app.team_mailer(due.team, &with.settings).await {
        Ok(mailer) => Ok(Ok(Ready {
            with,
            mailer,
            kind,
            before: before.email,
        })),
        Err(NoMailer::SetUp(note)) => Ok(Err(Instead::Hold(note.to_owned()))),
        Err(NoMailer::Unavailable(said)) => Err(JobFailure(said)),
    }
}

/// Whether the client is to get this. Somebody who planned it once the client was closed or lost, wants it sent.
fn is_written_to(client: &Client, task: &Task) -> bool {
    let planned_since = task.created_at >= client.since;
    client.is_followed_up() || (client.deleted_at.is_none() && planned_since)
}
