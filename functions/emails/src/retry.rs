//! `POST /api/emails/{emailId}/retry`

use crate::by_hand::{WITHIN, check, send_now};
use crate::compose::{Purpose, compose};
use crate::correspondence::Correspondence;
use crate::problems::{CANNOT_SEND, NOT_RETRYABLE, SUPPRESSED, nobody_takes_them, not_retryable};
use crate::view::{EmailPath, EmailView};
use plat_domain::{OutgoingEmail, Permission};
use plat_http::problems::CONFLICT;
use plat_registry::{App, Can, Endpoint, Entity, Failure, Grant, Input, Method, Principal};
use std::sync::Arc;

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::POST,
        "/api/emails/{emailId}/retry",
        "emails.retry",
        Can(Permission::EmailsSend),
        handle,
    )
    .summary("Send an e-mail again that failed, or that nobody knows of whether it was sent")
    .grants(&[
        Grant::ReadTable,
        Grant::WriteTable,
        Grant::MailTokens,
        Grant::SendTeamMail,
        Grant::CallProviders,
        Grant::OpenSecrets,
        Grant::AskBedrock,
    ])
    .problems(&[&CANNOT_SEND, &CONFLICT, &NOT_RETRYABLE, &SUPPRESSED])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<EmailPath>,
) -> Result<Entity<EmailView>, Failure> {
    let command = input.command(&who.user);
    let scope = app.store.team(who.team);
    let emails = scope.emails();
    let id = input.path.email_id;
    let (seen, events) = emails.get(id, who.sight()).await?;
    let client = scope
        .clients()
        .get(seen.value.client_id, who.sight())
        .await?;
    let (with, before) = futures::try_join!(
        Correspondence::with(&app, who.team, client.value.clone()),
        emails.before_sending(id, &client.value.email)
    )?;
    check(before.suppressed)?;
    let before = before.email.unwrap_or(seen);
    let failed = &before.value;
    failed.check_retry(input.now).map_err(not_retryable)?;
    let mailer = app.team_mailer(who.team, &with.settings).await;
    let mailer = mailer.map_err(nobody_takes_them)?;
    let email = if failed.to == client.value.email {
        OutgoingEmail {
            provider: with.settings.email.provider,
            ..failed.clone()
        }
    } else {
        // It names the old address in its link, so it is written anew.
        let purpose = Purpose {
            email: id,
            task: failed.task_id,
            kind: failed.follow_up_type,
            instructions: None,
            within: WITHIN,
        };
        compose(&app, &with, purpose, failed.created_at).await?
    };
    let sent = send_now(&app, &with, &*mailer, &command, email, Some(&before)).await?;
    Ok(Entity(EmailView::of(sent, events, app.clock.now())))
}
