//! What is counted of clients, tasks and e-mails, and what is made of the counts.

use jiff::Timestamp;
use jiff::civil::Date;

use super::days::{day_of, quarter_of};
use super::sums::Sums;
use super::{Field, Figure, Figures, Measure, What, Whose};
use crate::event::{ClientFacts, EmailFact, TaskFacts};
use crate::invalid::wire_enum;
use crate::{ClientStage, Decimal, TaskKind, TaskStatus, UserId};

/// Parts of a whole are told to a hundredth of a percent.
const RATE_DIGITS: u8 = 4;

wire_enum! {
    /// How far e-mails came. Each counts once for a step, and stays counted whatever becomes of it.
    pub enum EmailStep {
        /// The provider took it.
        Sent = "sent",
        /// The recipient's server took it.
        Delivered = "delivered",
        /// Somebody looked at it.
        Opened = "opened",
        /// Somebody followed a link in it.
        Clicked = "clicked",
        /// It came back.
        Bounced = "bounced",
        /// Somebody marked it as unwanted.
        Complained = "complained",
        /// It could not be sent.
        Failed = "failed",
        /// Somebody said by it that they want no more.
        Unsubscribed = "unsubscribed",
    }
}

impl Figures {
    /// Adds a client as it stands, `by` times.
    pub fn stand_client(&mut self, client: &ClientFacts, by: i64) {
        if !client.deleted {
            self.follow_up(client.assigned_to, What::Client(client.stage), by);
        }
    }

    /// Adds a task as it stands, `by` times.
    pub fn stand_task(&mut self, task: &TaskFacts, by: i64) {
        if !task.deleted {
            self.follow_up(task.assigned_to, What::Task(task.kind, task.status), by);
        }
    }

    /// Adds an e-mail that came as far as `what`.
    pub(super) fn tell_email(&mut self, what: What, email: &EmailFact, at: Timestamp) {
        self.follow_up(email.assigned_to, what, 1);
        if what == What::Email(EmailStep::Sent) {
            // It may be told later, by the provider; it counts when it was sent.
            let at = email.sent_at.unwrap_or(at);
            let sent = What::SentIn(quarter_of(at));
            self.happen(day_of(at), email.assigned_to, &[sent]);
        } else if what != What::Email(EmailStep::Delivered) {
            // That it arrived is no news of a day.
            self.happen(day_of(at), email.assigned_to, &[what]);
        }
    }

    /// Adds what happened on a day to something of `assigned_to`.
    pub(super) fn happen(&mut self, day: Date, assigned_to: Option<UserId>, happened: &[What]) {
        for (whose, what) in super::each(assigned_to, happened) {
            self.add_of(&Figure::Day(day, whose), what, Measure::Count, 1);
        }
    }

    fn follow_up(&mut self, assigned_to: Option<UserId>, what: What, by: i64) {
        for whose in [Whose::All, Whose::Of(assigned_to)] {
            self.add_of(&Figure::FollowUp(whose), what, Measure::Count, by);
        }
    }
}

/// Figures of clients, tasks and e-mails, added together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FollowUpFigures(Sums);

impl FromIterator<(Field, i64)> for FollowUpFigures {
    fn from_iter<T: IntoIterator<Item = (Field, i64)>>(counts: T) -> Self {
        Self(counts.into_iter().collect())
    }
}

impl FollowUpFigures {
    /// How many clients stand at `stage`.
    pub fn clients(&self, stage: ClientStage) -> u64 {
        self.0.count(What::Client(stage))
    }

    /// How many clients there are.
    pub fn all_clients(&self) -> u64 {
        let all = ClientStage::ALL.iter();
        all.map(|stage| self.clients(*stage)).sum()
    }

    /// How many of them are being worked.
    pub fn active_clients(&self) -> u64 {
        let active = ClientStage::ALL.iter().filter(|stage| stage.is_active());
        active.map(|stage| self.clients(*stage)).sum()
    }

    /// What part of all clients have closed.
    pub fn conversion_rate(&self) -> Option<Decimal> {
        let closed = self.clients(ClientStage::Closed);
        Decimal::part(closed, self.all_clients(), RATE_DIGITS)
    }

    /// How many tasks of this kind stand at `status`.
    pub fn tasks(&self, kind: TaskKind, status: TaskStatus) -> u64 {
        self.0.count(What::Task(kind, status))
    }

    /// How many e-mails came as far as `step`.
    pub fn emails(&self, step: EmailStep) -> u64 {
        self.0.count(What::Email(step))
    }

    /// What part of the e-mails that were sent came as far as `step`. Of those that were delivered more may have been opened:
    /// not every server tells that it took one, but every one that was opened was sent.
    pub fn email_rate(&self, step: EmailStep) -> Option<Decimal> {
        let sent = self.emails(EmailStep::Sent);
        Decimal::part(self.emails(step), sent, RATE_DIGITS)
    }
}

#[cfg(test)]
mod tests;
