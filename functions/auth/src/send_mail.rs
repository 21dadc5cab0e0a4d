//! The job `auth.send_mail`: a token that was issued is mailed.
//!
//! A mail that is sent twice is a nuisance, one that is never sent locks somebody out: the claim is marked as done only
//! when the mail was taken, and of two that are handed the same event at once, one waits for the other.

use crate::mails;
use jiff::SignedDuration;
use plat_domain::{Event, EventType, Fact, TokenPurpose};
use plat_registry::{App, Grant, Job, JobFailure};
use plat_services::MailedPurpose;
use plat_store::Claim;
use std::sync::Arc;

const OPERATION: &str = "auth.send_mail";

/// Longer than the job may run.
const LEASE: SignedDuration = SignedDuration::from_secs(45);

pub(crate) fn job() -> Job {
    Job::on_event(OPERATION, &[EventType::TokenIssued], handle)
        .summary("Mail the token that was issued")
        .grants(&[Grant::WriteTable, Grant::MailTokens, Grant::SendMail])
}

async fn handle(app: Arc<App>, event: Event) -> Result<(), JobFailure> {
    let Fact::TokenIssued(token) = &event.fact else {
        return Ok(());
    };
    let now = app.clock.now();
    // After a long outage, a link that does not work any more would only confuse.
    if token.ends_at <= now {
        return Ok(());
    }
    let link = |purpose: MailedPurpose, page: &str| {
        let secret = app.keys.mailed_token(purpose, token.id)?;
        Ok::<_, JobFailure>(format!("{}/{page}?token={secret}", app.settings.app_origin))
    };
    let to = token.email.as_str();
    let mail = match token.purpose {
        TokenPurpose::VerifyEmail => {
            mails::verify_email(to, &link(MailedPurpose::VerifyEmail, "verify-email")?)
        }
        TokenPurpose::ResetPassword => {
            mails::reset_password(to, &link(MailedPurpose::ResetPassword, "reset-password")?)
        }
        TokenPurpose::AcceptInvite => {
            let invited = token
                .invitation
                .as_ref()
                .ok_or_else(|| JobFailure("an invitation has no details".to_owned()))?;
            let link = link(MailedPurpose::AcceptInvite, "accept-invite")?;
            mails::accept_invite(to, invited, &link)
        }
        TokenPurpose::Decoy => return Ok(()),
    };
    let (work, id) = (app.store.work(), event.id.to_string());
    match work.claim(OPERATION, &id, LEASE, now).await? {
        Claim::Done => return Ok(()),
        Claim::Busy => return Err(JobFailure("somebody else is sending it".to_owned())),
        Claim::Yours => {}
    }
    if let Err(error) = app.mailer.send(&mail).await {
        work.give_back(OPERATION, &id).await?;
        return Err(error.into());
    }
    work.done(OPERATION, &id, now).await?;
    Ok(())
}
