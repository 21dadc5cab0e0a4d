//! Handing an e-mail to whoever sends it for the team.

use crate::correspondence::{Correspondence, unsubscribe_link};
use plat_domain::{HandingOver, OutgoingEmail};
use plat_registry::App;
use plat_services::mail::{HeaderText, Headers, MailTags};
use plat_services::{MailError, Sent, TeamMail, TeamMailer};
use plat_store::Command;

/// Hands an e-mail over, at most once.
pub(crate) async fn hand_over(
    app: &App,
    with: &Correspondence,
    mailer: &dyn TeamMailer,
    email: &OutgoingEmail,
) -> Result<Sent, MailError> {
    let mail = message(app, with, email).map_err(MailError::Refused)?;
    mailer.send_for_team(&mail).await
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
