//! `POST /api/emails/send`

use crate::by_hand::{Asked, WITHIN, check, send_now};
use crate::compose::{Purpose, compose};
use crate::correspondence::Correspondence;
use crate::problems::{CANNOT_SEND, SUPPRESSED, nobody_takes_them};
use crate::view::EmailView;
use plat_domain::Permission;
use plat_http::problems::CONFLICT;
use plat_registry::{
    App, Can, Created, Endpoint, Failure, Grant, Input, Method, NoPath, Principal,
};
use std::sync::Arc;

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::POST,
        "/api/emails/send",
        "emails.send",
        Can(Permission::EmailsSend),
        handle,
    )
    .summary("Write to a client and send it now; its status says what became of it")
    .grants(&[
        Grant::ReadTable,
        Grant::WriteTable,
        Grant::MailTokens,
        Grant::SendTeamMail,
        Grant::CallProviders,
        Grant::OpenSecrets,
        Grant::AskBedrock,
    ])
    .problems(&[&CANNOT_SEND, &CONFLICT, &SUPPRESSED])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<NoPath, Asked>,
) -> Result<Created<EmailView>, Failure> {
    let command = input.command(&who.user);
    let asked = input.body;
    let id = command.new_id(0);
    let client = asked.client(&app, &who).await?;
    let emails = app.store.team(who.team).emails();
    let (with, before) = futures::try_join!(
        Correspondence::with(&app, who.team, client.clone()),
        emails.before_sending(id, &client.email)
    )?;
    let sent = match before.email {
        // The request was repeated before its reply was kept.
        Some(sent) => sent,
        None => {
            check(before.suppressed)?;
            let mailer = app.team_mailer(who.team, &with.settings).await;
            let mailer = mailer.map_err(nobody_takes_them)?;
            let purpose = Purpose {
                email: id,
                task: None,
                kind: asked.kind(),
                instructions: asked.instructions(),
                within: WITHIN,
            };
            let email = compose(&app, &with, purpose, command.at).await?;
            send_now(&app, &with, &*mailer, &command, email, None).await?
        }
    };
    Ok(Created {
        location: format!("/api/emails/{id}"),
        entity: EmailView::of(sent, Vec::new(), app.clock.now()),
    })
}
