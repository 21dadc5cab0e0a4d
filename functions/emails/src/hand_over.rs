//! Handing an e-mail to whoever sends it for the team.

use crate::correspondence::{Correspondence, unsubscribe_link};
use crate::write;
use plat_domain::{HandingOver, IntegrationProvider, MailProvider, OutgoingEmail};
use plat_registry::App;
use plat_services::mail::{HeaderText, Headers, MailTags};
use plat_services::sendgrid::SendGrid;
use plat_services::vault::VaultError;
use plat_services::{MailError, Sent, TeamMail, TeamMailer};
use plat_store::Command;

/// Who sends.
pub(crate) enum Route {
    /// The installation, by SES.
    Ses,
    /// The team's own account.
    SendGrid(Box<SendGrid>),
}

/// Why a team cannot send as it is set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NoRoute {
    /// What is to be done about it.
    SetUp(&'static str),
    /// Trying again may help.
    Unavailable(String),
}

impl Route {
    /// The way that the team's mail goes.
    pub(crate) async fn of(app: &App, with: &Correspondence) -> Result<Self, NoRoute> {
        let settings = &with.settings.email;
        match settings.provider {
            MailProvider::Ses => Ok(Self::Ses),
            MailProvider::SendGrid => {
                let connection = with.settings.connection(IntegrationProvider::SendGrid);
                let connection = connection.ok_or(NoRoute::SetUp("Connect SendGrid first."))?;
                let from = settings.from.clone();
                let from = from.ok_or(NoRoute::SetUp("Say from which address SendGrid sends."))?;
                let key = write::open(app, with, connection).await;
                let key = key.map_err(|error| match error {
                    VaultError::Unavailable(said) => NoRoute::Unavailable(said),
                    VaultError::DoesNotOpen | VaultError::Refused(_) => {
                        NoRoute::SetUp("Connect SendGrid again; its key cannot be read any more.")
                    }
                })?;
                let (outgoing, url) = (app.outgoing.clone(), &app.settings.sendgrid_url);
                Ok(Self::SendGrid(Box::new(SendGrid::new(
                    outgoing, url, key, from,
                ))))
            }
        }
    }
}

/// Hands an e-mail over, at most once.
pub(crate) async fn hand_over(
    app: &App,
    with: &Correspondence,
    route: &Route,
    email: &OutgoingEmail,
) -> Result<Sent, MailError> {
    let mail = message(app, with, email).map_err(MailError::Refused)?;
    match route {
        Route::Ses => app.mailer.send_for_team(&mail).await,
        Route::SendGrid(sendgrid) => sendgrid.send_for_team(&mail).await,
    }
}

/// What is known of an e-mail that was handed over so.
pub(crate) fn outcome(handed: &Result<Sent, MailError>) -> HandingOver {
    match handed {
        Ok(sent) => HandingOver::Taken {
            message_id: sent.message_id.clone(),
        },
        Err(error) => {
            let said = error.to_string();
            match error {
                MailError::Unavailable(_) => HandingOver::NotTaken {
                    error: said,
                    for_good: false,
                },
                MailError::Refused(_) => HandingOver::NotTaken {
                    error: said,
                    for_good: true,
                },
                MailError::Throttled(_) | MailError::QuotaExceeded(_) => {
                    HandingOver::PutOff { error: said }
                }
                MailError::Uncertain(_) => HandingOver::Unknown { error: said },
            }
        }
    }
}

/// The same command, now and of this run alone. A write that finds its own command is done already; of two runs of one
/// message, neither must take the other's for its own.
pub(crate) fn of_this_run(app: &App, command: &Command) -> Command {
    let at = app.clock.now();
    Command {
        id: app.new_id(at),
        at,
        ..command.clone()
    }
}

fn message(app: &App, with: &Correspondence, email: &OutgoingEmail) -> Result<TeamMail, String> {
    let said = |error: plat_services::mail::NotAHeader| error.to_string();
    let unsubscribe = unsubscribe_link(app, with.team, email.id, &email.to);
    let unsubscribe = unsubscribe.map_err(|error| error.to_string())?;
    Ok(TeamMail {
        to: email.to.clone(),
        from_name: HeaderText::parse(&with.sender_name()).map_err(said)?,
        reply_to: with.reply_to.clone(),
        subject: HeaderText::parse(&email.subject).map_err(said)?,
        text: email.text.clone(),
        html: email.html.clone(),
        headers: Headers::one_click(&unsubscribe).map_err(said)?,
        tags: MailTags {
            team: with.team,
            email: email.id,
            task: email.task_id,
        },
    })
}
