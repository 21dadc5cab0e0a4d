//! An e-mail on its way, together with the follow-up that it was made for and the client whom it reaches.
//!
//! At most once: what is about to be handed over is written first, at the version that was read, so of two who take up the
//! same e-mail one does, and whoever comes after a crash finds that it was begun. Nothing that may have been sent is taken
//! up again but by a person.

use crate::client::Clients;
use crate::command::Command;
use crate::condition::{Condition, Update, text};
use crate::email::Emails;
use crate::email_event;
use crate::error::StoreError;
use crate::key::Key;
use crate::keys;
use crate::note::done;
use crate::record::Stored;
use crate::suppression::{self, Suppression};
use crate::task_due;
use crate::transaction::Transaction;
use jiff::Timestamp;
use plat_domain::{
    EmailHash, EmailId, HandingOver, MailEvent, MailEventKind, OutgoingEmail, Standing, TaskId,
    TaskStatus,
};

/// A follow-up that a message has claimed.
#[derive(Debug, Clone, Copy)]
pub struct Hold<'a> {
    /// Which.
    pub task: TaskId,
    /// The message.
    pub by: &'a str,
}

/// Whether an e-mail was taken up.
#[derive(Debug)]
pub enum TakenUp {
    /// It was; it may be handed over now.
    Yes(Box<Stored<OutgoingEmail>>),
    /// Its follow-up was changed, done or given up by somebody meanwhile.
    TaskMoved,
    /// Somebody else took it up meanwhile.
    Elsewhere,
    /// Its recipient said no meanwhile.
    Suppressed,
}

/// What becomes of a claimed follow-up whose e-mail was not sent, or may not have been.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Then {
    /// It is due again at this time, with a note if there is something to say.
    Again(Timestamp, Option<String>),
    /// It is left to people, pending, with a note that says why.
    Held(String),
    /// It is left to people, begun, with a note that says why.
    InDoubt(String),
}

/// One step of an e-mail, and what goes with it.
struct Step {
    command: Command,
    email: OutgoingEmail,
    /// A change of its task. If the task does not stand so, it goes its own way.
    task: Option<(Key, Update, Condition)>,
    /// What is told of it by a provider, once.
    event: Option<MailEvent>,
    /// Who is not written to any more.
    suppressed: Option<(EmailHash, Suppression)>,
}

const TOLD_BEFORE: StoreError = StoreError::Taken("event");
const TASK_MOVED: StoreError = StoreError::MissingReference("taskId");
const SAID_NO: StoreError = StoreError::MissingReference("to");

impl Emails {
    /// Writes an e-mail that is about to be handed over: a new one, or `before` again. It happens only if its recipient may
    /// still be written to, and its follow-up is still held.
    pub async fn take_up(
        &self,
        command: &Command,
        email: OutgoingEmail,
        before: Option<&Stored<OutgoingEmail>>,
        hold: Option<Hold<'_>>,
    ) -> Result<TakenUp, StoreError> {
        let next = match before {
            Some(before) => before.changed(email, command),
            None => Stored::new(email, command),
        };
        let item = self.item(&next)?;
        let transaction = Transaction::new(command);
        let mut transaction = match before {
            Some(before) => transaction.replace(item, before.version),
            None => transaction.create(item, StoreError::Stale { current: 0 }),
        };
        let address = next.value.to.hash();
        transaction = suppression::unless_suppressed(transaction, self.team, address, SAID_NO);
        if let Some(Hold { task, by }) = hold {
            let key = keys::task(self.team, task);
            transaction = transaction.check(key, task_due::held(by), TASK_MOVED);
        }
        match transaction.commit(&self.db).await {
            Ok(()) => Ok(TakenUp::Yes(Box::new(next))),
            Err(error) if error == TASK_MOVED => Ok(TakenUp::TaskMoved),
            Err(error) if error == SAID_NO => Ok(TakenUp::Suppressed),
            Err(StoreError::Stale { .. } | StoreError::NotFound) => Ok(TakenUp::Elsewhere),
            Err(error) => Err(error),
        }
    }

    /// Writes what came of handing an e-mail over. If it was sent, its follow-up is completed and the client contacted; if
    /// not, what becomes of the follow-up that is held is for `then` to say.
    pub async fn handed_over(
        &self,
        command: &Command,
        email: EmailId,
        how: &HandingOver,
        hold: Option<Hold<'_>>,
        then: impl Fn(&OutgoingEmail) -> Then,
    ) -> Result<Stored<OutgoingEmail>, StoreError> {
        self.follow(email, |current| {
            let mut after = current.value.clone();
            after.handed_over(how, command.at);
            let task = match after.standing() {
                Standing::Sent => self.completed(command, &after),
                Standing::Waits | Standing::UnderWay | Standing::Failed => {
                    hold.map(|hold| self.turned(command, hold, then(&after)))
                }
            };
            Step {
                command: command.clone(),
                email: after,
                task,
                event: None,
                suppressed: None,
            }
        })
        .await
    }

    /// Takes in what a provider tells of an e-mail, once. What was uncertain is settled by it, and who cannot or will not
    /// be written to, is not from now on.
    ///
    /// # Errors
    /// `NotFound` for an e-mail that the team does not have.
    pub async fn tell(&self, event: &MailEvent, now: Timestamp) -> Result<(), StoreError> {
        let email = event.email_id.ok_or(StoreError::NotFound)?;
        // No clock of others is ahead of ours; what is written would stay ahead.
        let event = MailEvent {
            at: event.at.min(now),
            ..event.clone()
        };
        let told = self.follow(email, |current| {
            let address = current.value.to.hash();
            self.told(current, event.clone(), address)
        });
        match told.await {
            Err(error) if error == TOLD_BEFORE => Ok(()),
            told => told.map(|_| ()),
        }
    }

    /// Has the team write to an address no more because its owner says so by a link in `email`. To say it again changes
    /// nothing, and it counts whatever has become of the e-mail.
    pub async fn unsubscribe(
        &self,
        email: EmailId,
        address: EmailHash,
        from: std::net::IpAddr,
        user_agent: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let told = self.follow(email, |current| {
            let event = MailEvent {
                provider: current.value.provider,
                event_id: format!("link#{address}"),
                email_id: Some(email),
                team_id: Some(self.team),
                task_id: current.value.task_id,
                message_id: String::new(),
                kind: MailEventKind::Unsubscribed,
                at,
                ip: Some(from),
                user_agent: (!user_agent.is_empty()).then(|| user_agent.to_owned()),
                url: None,
                reason: None,
                machine: false,
            };
            self.told(current, event, address)
        });
        match told.await {
            Ok(_) => Ok(()),
            Err(error) if error == TOLD_BEFORE => Ok(()),
            Err(StoreError::NotFound) => {
                let suppression = Suppression {
                    reason: plat_domain::SuppressionReason::Unsubscribed,
                    at,
                    email: Some(email),
                };
                let suppressions = suppression::Suppressions::new(self.db.clone(), self.team);
                suppressions.add(address, suppression).await
            }
            Err(error) => Err(error),
        }
    }

    fn told(&self, current: &Stored<OutgoingEmail>, event: MailEvent, to: EmailHash) -> Step {
        let before = &current.value;
        let mut after = before.clone();
        after.tell(&event);
        let what = format!("{}#told#{}", before.id, event.event_id);
        let command = Command::because(&what, event.at, &current.created_by);
        let task = if before.standing() == Standing::UnderWay {
            match after.standing() {
                Standing::Sent => self.completed(&command, &after),
                Standing::Failed => before.task_id.map(|task| {
                    let note = "The provider could not make a message of it.";
                    let (key, update) = self.held(&command, task, TaskStatus::Pending, note);
                    (key, update, open())
                }),
                Standing::UnderWay | Standing::Waits => None,
            }
        } else {
            None
        };
        let suppressed = event.kind.suppresses().map(|reason| {
            let suppression = Suppression {
                reason,
                at: event.at,
                email: Some(before.id),
            };
            (to, suppression)
        });
        Step {
            command,
            email: after,
            task,
            event: Some(event),
            suppressed,
        }
    }

    /// Takes one step of an e-mail, decided on as it stands. What does not change it, writes only what goes with it.
    async fn follow(
        &self,
        email: EmailId,
        step: impl Fn(&Stored<OutgoingEmail>) -> Step,
    ) -> Result<Stored<OutgoingEmail>, StoreError> {
        let clients = Clients::new(self.db.clone(), self.team);
        let (mut tries, mut with_task) = (0, true);
        loop {
            let current = self.latest(email).await?;
            let step = step(&current);
            let command = &step.command;
            if current.is_written_by(command) {
                return Ok(current);
            }
            let mut transaction = Transaction::new(command);
            let mut next = current.clone();
            if step.email != current.value {
                next = current.changed(step.email, command);
                transaction = transaction.replace(self.item(&next)?, current.version);
            }
            if let Some(event) = &step.event {
                let item = email_event::item(self.team, email, event)?;
                transaction = transaction.create(item, TOLD_BEFORE);
            }
            if let Some((address, suppression)) = step.suppressed {
                transaction = suppression::add(transaction, self.team, address, suppression);
            }
            if let (Some((key, update, stands)), true) = (step.task, with_task) {
                transaction = transaction.update_if(key, update, stands, |_| TASK_MOVED);
            }
            if let (None, Some(sent_at)) = (current.value.sent_at, next.value.sent_at)
                && let Some(client) = clients.standing(next.value.client_id).await?
                && client.value.deleted_at.is_none()
            {
                transaction = clients.contacted(transaction, command, &client, sent_at)?;
            }
            match transaction.commit(&self.db).await {
                // The task goes its own way.
                Err(error) if error == TASK_MOVED => with_task = false,
                written => {
                    if done(written, None, &mut tries).await? {
                        return Ok(next);
                    }
                }
            }
        }
    }

    fn completed(
        &self,
        command: &Command,
        email: &OutgoingEmail,
    ) -> Option<(Key, Update, Condition)> {
        let (key, update) =
            task_due::sent(self.team, command, email.task_id?, email.id, command.at);
        Some((key, update, open()))
    }

    fn turned(
        &self,
        command: &Command,
        Hold { task, by }: Hold<'_>,
        then: Then,
    ) -> (Key, Update, Condition) {
        let (key, update) = match then {
            Then::Again(due_at, note) => {
                task_due::put_back(self.team, task, due_at, note.as_deref())
            }
            Then::Held(note) => self.held(command, task, TaskStatus::Pending, &note),
            Then::InDoubt(note) => self.held(command, task, TaskStatus::InProgress, &note),
        };
        (key, update, task_due::held(by))
    }

    fn held(
        &self,
        command: &Command,
        task: TaskId,
        status: TaskStatus,
        note: &str,
    ) -> (Key, Update) {
        task_due::given_up(self.team, command, task, status, note)
    }
}

/// That a task is still to be done, whoever has it.
fn open() -> Condition {
    let is = |status: TaskStatus| Condition::Equals("status".to_owned(), text(status));
    Condition::Any(vec![is(TaskStatus::Pending), is(TaskStatus::InProgress)])
}
