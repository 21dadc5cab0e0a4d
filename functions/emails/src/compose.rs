//! An e-mail from nothing: written, and ready to be sent.

use crate::correspondence::{Correspondence, unsubscribe_link};
use crate::write::{Written, write};
use jiff::Timestamp;
use plat_domain::{EmailId, EmailStatus, FollowUpType, OutgoingEmail, TaskId};
use plat_registry::{App, Failure};
use std::time::Duration;

/// What an e-mail is for.
pub(crate) struct Purpose<'a> {
    pub(crate) email: EmailId,
    pub(crate) task: Option<TaskId>,
    pub(crate) kind: FollowUpType,
    pub(crate) instructions: Option<&'a str>,
    pub(crate) within: Duration,
}

/// Writes an e-mail that waits to be sent. A key that its provider refused is marked.
pub(crate) async fn compose(
    app: &App,
    with: &Correspondence,
    purpose: Purpose<'_>,
    at: Timestamp,
) -> Result<OutgoingEmail, Failure> {
    let Purpose {
        email: id,
        task,
        kind,
        instructions,
        within,
    } = purpose;
    let client = &with.client;
    let link = unsubscribe_link(app, with.team, id, &client.email)?;
    let Written {
        rendered,
        by,
        refused,
    } = write(app, with, kind, instructions, link, within).await;
    if let Some((connection, why)) = refused {
        let integrations = app.store.team(with.team).integrations();
        // The e-mail is written; that nobody is told why not by the model, is no reason not to send it.
        if let Err(error) = integrations.refused(&connection, &why).await {
            tracing::warn!(%error, "a refused key was not marked");
        }
    }
    Ok(OutgoingEmail {
        id,
        client_id: client.id,
        client_name: client.name.clone(),
        to: client.email.clone(),
        task_id: task,
        follow_up_type: kind,
        assigned_to: client.assigned_to,
        subject: rendered.subject,
        snippet: rendered.snippet,
        text: rendered.text,
        html: rendered.html,
        written_by: by,
        status: EmailStatus::Queued,
        provider: with.settings.email.provider,
        message_id: None,
        failures: 0,
        error: None,
        sending_since: None,
        uncertain: false,
        sent_at: None,
        delivered_at: None,
        first_opened_at: None,
        first_clicked_at: None,
        unsubscribed_at: None,
        opens: 0,
        clicks: 0,
        created_at: at,
    })
}
