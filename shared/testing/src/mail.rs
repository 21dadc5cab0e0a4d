//! Mail of teams that goes wrong, and what becomes of it.

use crate::TestApp;
use plat_local::{Happening, ses_event};
use plat_services::{Mail, MailError, MailStatus, Mailer, Sent, SentMail, TeamMail, TeamMailer};
use serde_json::Value;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What goes wrong when a message of a team is handed over. Plat's own messages are not touched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailFault {
    /// It is not taken, and this is said.
    NotTaken(MailError),
    /// It is taken, and this is said all the same.
    TakenBut(MailError),
    /// The process ends before it is handed over.
    KilledBefore,
    /// It is taken, and the process ends before it hears so.
    KilledAfter,
}

/// The faults that are still to come, oldest first, and the mailer behind them.
pub struct MailFaults {
    faults: Mutex<VecDeque<MailFault>>,
    mailer: Arc<dyn Mailer>,
}

impl MailFaults {
    pub(crate) fn before(mailer: Arc<dyn Mailer>) -> Self {
        Self {
            faults: Mutex::default(),
            mailer,
        }
    }

    /// Befalls the next message of a team that none has befallen yet.
    pub fn add(&self, fault: MailFault) {
        self.add_times(1, fault);
    }

    /// The same, for as many messages.
    pub fn add_times(&self, times: usize, fault: MailFault) {
        self.faults().extend(std::iter::repeat_n(fault, times));
    }

    /// How many have not befallen any yet.
    pub fn left(&self) -> usize {
        self.faults().len()
    }

    fn faults(&self) -> MutexGuard<'_, VecDeque<MailFault>> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait::async_trait]
impl Mailer for MailFaults {
    async fn send(&self, mail: &Mail) -> Result<Sent, MailError> {
        self.mailer.send(mail).await
    }

    async fn status(&self) -> Result<MailStatus, MailError> {
        self.mailer.status().await
    }
}

#[async_trait::async_trait]
impl TeamMailer for MailFaults {
    async fn send_for_team(&self, mail: &TeamMail) -> Result<Sent, MailError> {
        let fault = self.faults().pop_front();
        match fault {
            None => self.mailer.send_for_team(mail).await,
            Some(MailFault::NotTaken(error)) => Err(error),
            Some(MailFault::TakenBut(error)) => {
                self.mailer.send_for_team(mail).await?;
                Err(error)
            }
            Some(MailFault::KilledBefore) => panic!("killed before the message was handed over"),
            Some(MailFault::KilledAfter) => {
                self.mailer.send_for_team(mail).await?;
                panic!("killed after the message was taken")
            }
        }
    }
}

impl TestApp {
    /// The mail of teams that was sent, oldest first, once the jobs are done.
    pub async fn team_mail(&self) -> Vec<SentMail> {
        self.settle().await;
        let mut sent = self.host.outbox.sent();
        sent.retain(|sent| !sent.tags.is_empty());
        sent
    }

    /// Lets something happen to a message now, and the jobs learn of it.
    pub async fn mail_happens(&self, sent: &SentMail, happening: impl Into<Happening>) {
        self.deliver_mail_event(&self.mail_event(sent, happening))
            .await;
    }

    /// What SES would tell of a message, if this happened to it now. Delivered twice, it is the same event.
    pub fn mail_event(&self, sent: &SentMail, happening: impl Into<Happening>) -> Value {
        ses_event(sent, &happening.into(), self.now())
    }

    /// Hands what SES tells, in the bus's envelope, to the jobs that follow mail.
    pub async fn deliver_mail_event(&self, event: &Value) {
        let told = self.host.queues.put_mail_event(event);
        told.expect("the queues are written");
        self.settle().await;
    }
}
