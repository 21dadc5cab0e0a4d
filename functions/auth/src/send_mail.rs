//! The job `auth.send_mail`: a token that is written is mailed.

use crate::mails;
use plat_registry::{App, Grant, Job, JobFailure};
use plat_services::MailedPurpose;
use plat_store::{Change, Purpose, Tokens};
use std::sync::Arc;

pub(crate) fn job() -> Job {
    Job::on_change("auth.send_mail", &["token"], handle)
        .summary("Mail the token that was written")
        .grants(&[Grant::SendMail])
}

async fn handle(app: Arc<App>, change: Change) -> Result<(), JobFailure> {
    let Some(token) = Tokens::created(&change).transpose()? else {
        return Ok(());
    };
    // After a long outage, a link that does not work any more would only confuse.
    if token.ends_at <= app.clock.now() {
        return Ok(());
    }
    let link = |purpose: MailedPurpose, page: &str| {
        let secret = app.keys.mailed_token(purpose, token.id);
        format!("{}/{page}?token={secret}", app.settings.app_origin)
    };
    let to = token.email.as_str();
    let mail = match token.purpose {
        Purpose::VerifyEmail => {
            mails::verify_email(to, &link(MailedPurpose::VerifyEmail, "verify-email"))
        }
        Purpose::ResetPassword => {
            mails::reset_password(to, &link(MailedPurpose::ResetPassword, "reset-password"))
        }
        Purpose::AcceptInvite => {
            let details = token
                .invite
                .as_ref()
                .ok_or_else(|| JobFailure("an invitation has no details".to_owned()))?;
            let link = link(MailedPurpose::AcceptInvite, "accept-invite");
            mails::accept_invite(to, details, &link)
        }
        Purpose::Decoy => return Ok(()),
    };
    app.mailer.send(&mail).await?;
    Ok(())
}
