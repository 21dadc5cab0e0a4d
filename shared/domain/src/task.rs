//! Tasks: what somebody is to do, and the follow-ups that write and send themselves.
//!
//! What belongs here: the record, the moves between its statuses, and which follow-ups a client gets when. What does not:
//! what a follow-up says (`writing`), and how tasks are stored, found when they are due, and done.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::invalid::wire_enum;
use crate::{ClientId, CommandId, EmailId, Line, RecordRef, TaskId, TeamId, Text, UserId};

/// What is noted about a task.
pub type TaskNotes = Text<1, 500>;
/// What a task is about, at length.
pub type TaskDescription = Text<1, 5_000>;

wire_enum! {
    /// Who does a task.
    pub enum TaskKind {
        /// A member of the team.
        Todo = "todo",
        /// Plat: it writes to the client and sends.
        FollowUp = "follow_up",
    }
}

wire_enum! {
    /// Which of the follow-ups of a client it is.
    pub enum FollowUpType {
        /// A day after the client was made.
        Day1 = "day_1",
        /// Three days after.
        Day3 = "day_3",
        /// A week after.
        Week1 = "week_1",
        /// Two weeks after.
        Week2 = "week_2",
        /// A month after.
        Month1 = "month_1",
        /// One that somebody planned.
        Custom = "custom",
    }
}

wire_enum! {
    /// How much a task matters.
    pub enum Priority {
        /// Most.
        High = "high",
        /// As most do.
        Medium = "medium",
        /// Least.
        Low = "low",
    }
}

wire_enum! {
    /// Where a task stands.
    pub enum TaskStatus {
        /// It is to be done.
        Pending = "pending",
        /// It is being done.
        InProgress = "in_progress",
        /// It was done.
        Completed = "completed",
        /// Somebody chose not to do it.
        Skipped = "skipped",
        /// There is no reason for it any more.
        Cancelled = "cancelled",
    }
}

impl TaskStatus {
    /// Whether it is still to be done.
    pub const fn is_open(self) -> bool {
        match self {
            Self::Pending | Self::InProgress => true,
            Self::Completed | Self::Skipped | Self::Cancelled => false,
        }
    }

    /// What a task may become from here, at the hand of a person.
    pub const fn legal_moves(self) -> &'static [Self] {
        match self {
            Self::Pending => &[
                Self::InProgress,
                Self::Completed,
                Self::Skipped,
                Self::Cancelled,
            ],
            Self::InProgress => &[
                Self::Pending,
                Self::Completed,
                Self::Skipped,
                Self::Cancelled,
            ],
            Self::Completed | Self::Skipped | Self::Cancelled => &[Self::Pending],
        }
    }
}

/// Why a task does not become what somebody wants it to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskMoveRefused {
    /// Nothing leads there from where it stands.
    Illegal,
    /// Its e-mail was sent, which nobody takes back.
    Sent,
}

/// What is wrong with what a task is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskUnfit {
    /// A follow-up writes to a client, so it is about one.
    ClientRequired,
    /// A to-do is no follow-up, so it is none of their types.
    TypeOfTodo,
    /// A follow-up is of some type.
    TypeRequired,
}

/// A follow-up that every new client gets: which, how many days after the client was made, and how much it matters.
pub const FOLLOW_UPS: [(FollowUpType, i64, Priority); 5] = [
    (FollowUpType::Day1, 1, Priority::High),
    (FollowUpType::Day3, 3, Priority::Medium),
    (FollowUpType::Week1, 7, Priority::Medium),
    (FollowUpType::Week2, 14, Priority::Low),
    (FollowUpType::Month1, 30, Priority::Low),
];

/// The follow-ups of a client made at `created_at`, with the time of each. Days have 24 hours.
pub fn follow_ups(
    created_at: Timestamp,
) -> impl Iterator<Item = (FollowUpType, Timestamp, Priority)> {
    FOLLOW_UPS.into_iter().map(move |(kind, days, priority)| {
        let after = SignedDuration::from_hours(24 * days);
        let due = created_at.checked_add(after).unwrap_or(Timestamp::MAX);
        (kind, due, priority)
    })
}

impl FollowUpType {
    /// What the task is called.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Day1 => "First follow-up",
            Self::Day3 => "Follow-up after three days",
            Self::Week1 => "Follow-up after a week",
            Self::Week2 => "Follow-up after two weeks",
            Self::Month1 => "Follow-up after a month",
            Self::Custom => "Follow-up",
        }
    }
}

/// Something to do. Serialised for events, not for the wire: what is absent is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Task {
    /// The id, which also says when the task was made.
    pub id: TaskId,
    /// What it is called.
    pub title: Line,
    /// What it is about, at length.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<TaskDescription>,
    /// Who does it.
    pub kind: TaskKind,
    /// Which follow-up it is; a to-do is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follow_up_type: Option<FollowUpType>,
    /// When it is to be done.
    pub due_at: Timestamp,
    /// How much it matters.
    pub priority: Priority,
    /// Where it stands.
    pub status: TaskStatus,
    /// Who it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assigned_to: Option<UserId>,
    /// What it is about. A follow-up is about a client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<RecordRef>,
    /// What is noted about it; for whoever writes a follow-up, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<TaskNotes>,
    /// When it was completed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<Timestamp>,
    /// The e-mail that was sent for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email_id: Option<EmailId>,
    /// Why it stands as it does, if Plat has something to say about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_note: Option<String>,
    /// Whether Plat has given up on it: it is left to people until one of them plans it anew.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub held: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Timestamp>,
}

/// What is told to whoever sends follow-ups: that one is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DueFollowUp {
    /// Whose.
    pub team: TeamId,
    /// Which.
    pub task: TaskId,
    /// When it was due. One that is due at another time by now is another matter.
    pub due_at: Timestamp,
    /// Tells this message from every other about the same task, so that one of them claims it.
    pub by: CommandId,
}

impl Task {
    /// A to-do of which only the title and the time are known.
    pub fn new(id: TaskId, title: Line, due_at: Timestamp, created_at: Timestamp) -> Self {
        Self {
            id,
            title,
            description: None,
            kind: TaskKind::Todo,
            follow_up_type: None,
            due_at: at_millisecond(due_at),
            priority: Priority::Medium,
            status: TaskStatus::Pending,
            assigned_to: None,
            record: None,
            notes: None,
            completed_at: None,
            email_id: None,
            status_note: None,
            held: false,
            created_at,
            deleted_at: None,
        }
    }

    /// A follow-up of a client.
    pub fn follow_up(
        id: TaskId,
        client: ClientId,
        kind: FollowUpType,
        due_at: Timestamp,
        created_at: Timestamp,
    ) -> Self {
        let title = Line::from_stored(kind.title().to_owned());
        Self {
            kind: TaskKind::FollowUp,
            follow_up_type: Some(kind),
            record: Some(RecordRef::Client(client)),
            ..Self::new(id, title, due_at, created_at)
        }
    }

    /// The client that a follow-up writes to.
    pub fn client(&self) -> Option<ClientId> {
        match self.record {
            Some(RecordRef::Client(client)) => Some(client),
            Some(RecordRef::Deal(_) | RecordRef::Lead(_) | RecordRef::Property(_)) | None => None,
        }
    }

    /// Whether Plat does it when it is due.
    pub fn is_dispatched(&self) -> bool {
        self.kind == TaskKind::FollowUp
            && self.status == TaskStatus::Pending
            && !self.held
            && self.deleted_at.is_none()
    }

    /// Whether it is about what its kind asks for.
    ///
    /// # Errors
    /// [`TaskUnfit`].
    pub fn check(&self) -> Result<(), TaskUnfit> {
        match (self.kind, self.follow_up_type, self.client()) {
            (TaskKind::Todo, None, _) | (TaskKind::FollowUp, Some(_), Some(_)) => Ok(()),
            (TaskKind::Todo, Some(_), _) => Err(TaskUnfit::TypeOfTodo),
            (TaskKind::FollowUp, None, _) => Err(TaskUnfit::TypeRequired),
            (TaskKind::FollowUp, Some(_), None) => Err(TaskUnfit::ClientRequired),
        }
    }

    /// Puts it off or brings it forward, to the millisecond. Whoever plans a follow-up anew wants it sent.
    pub fn plan(&mut self, due_at: Timestamp) {
        let due_at = at_millisecond(due_at);
        if due_at != self.due_at {
            self.due_at = due_at;
            self.held = false;
            self.status_note = None;
        }
    }

    /// Has a person move it to another status. Staying where it is, is no move.
    ///
    /// # Errors
    /// [`TaskMoveRefused`].
    pub fn move_to(&mut self, to: TaskStatus, at: Timestamp) -> Result<(), TaskMoveRefused> {
        if to == self.status {
            return Ok(());
        }
        if !self.status.legal_moves().contains(&to) {
            return Err(TaskMoveRefused::Illegal);
        }
        if to == TaskStatus::Pending && self.email_id.is_some() {
            return Err(TaskMoveRefused::Sent);
        }
        self.status = to;
        self.completed_at = (to == TaskStatus::Completed).then_some(at);
        self.held = false;
        self.status_note = None;
        Ok(())
    }
}

/// A time as tasks are kept by: nobody plans to parts of a millisecond.
fn at_millisecond(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_gets_five_follow_ups_at_their_times() {
        let made: Timestamp = "2026-03-02T15:04:05Z".parse().unwrap();

        let planned: Vec<_> = follow_ups(made)
            .map(|(kind, due, priority)| format!("{kind} {due} {priority}"))
            .collect();

        assert_eq!(
            planned,
            [
                "day_1 2026-03-03T15:04:05Z high",
                "day_3 2026-03-05T15:04:05Z medium",
                "week_1 2026-03-09T15:04:05Z medium",
                "week_2 2026-03-16T15:04:05Z low",
                "month_1 2026-04-01T15:04:05Z low",
            ]
        );
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn follow_up() -> Task {
        let (made, due) = (at("2026-03-02T15:00:00Z"), at("2026-03-03T15:00:00Z"));
        let (id, client) = (TaskId::from_bits(1), ClientId::from_bits(2));
        Task::follow_up(id, client, FollowUpType::Day1, due, made)
    }

    #[test]
    fn a_task_becomes_what_its_status_leads_to() {
        let done = at("2026-03-04T15:00:00Z");
        let from = |status| Task {
            status,
            ..follow_up()
        };

        let every = || TaskStatus::ALL.iter().copied();
        let told: Vec<String> = every()
            .map(|status| {
                let to: Vec<&str> = every()
                    .filter(|to| *to != status && from(status).move_to(*to, done).is_ok())
                    .map(TaskStatus::as_str)
                    .collect();
                format!("{status}: {}", to.join(", "))
            })
            .collect();

        assert_eq!(
            told,
            [
                "pending: in_progress, completed, skipped, cancelled",
                "in_progress: pending, completed, skipped, cancelled",
                "completed: pending",
                "skipped: pending",
                "cancelled: pending",
            ]
        );
    }

    #[test]
    fn a_task_says_when_it_was_completed_and_only_then() {
        let done = at("2026-03-04T15:00:00Z");
        let mut task = follow_up();

        task.move_to(TaskStatus::Completed, done).unwrap();
        assert_eq!(task.completed_at, Some(done));
        // Staying is no move, so the time stays.
        task.move_to(TaskStatus::Completed, at("2026-03-05T15:00:00Z"))
            .unwrap();
        assert_eq!(task.completed_at, Some(done));

        task.move_to(TaskStatus::Pending, done).unwrap();
        assert_eq!(task, follow_up());
    }

    #[test]
    fn what_was_sent_is_not_to_be_done_again() {
        let sent = Task {
            status: TaskStatus::Completed,
            email_id: Some(EmailId::from_bits(3)),
            ..follow_up()
        };

        let mut reopened = sent.clone();
        let refused = reopened.move_to(TaskStatus::Pending, sent.due_at);

        assert_eq!(
            (refused, reopened),
            (Err(TaskMoveRefused::Sent), sent.clone())
        );
    }

    #[test]
    fn what_plat_gave_up_on_is_sent_once_somebody_plans_it_anew() {
        let held = Task {
            held: true,
            status_note: Some("Three tries failed.".to_owned()),
            ..follow_up()
        };
        assert!(follow_up().is_dispatched() && !held.is_dispatched());

        let mut same = held.clone();
        same.plan(held.due_at);
        assert_eq!(same, held);

        let mut later = held.clone();
        later.plan(at("2026-03-09T15:00:00.000400Z"));
        assert!(later.is_dispatched() && later.status_note.is_none());
        assert_eq!(later.due_at, at("2026-03-09T15:00:00Z"));

        let mut again = held;
        again
            .move_to(TaskStatus::Skipped, follow_up().due_at)
            .unwrap();
        again
            .move_to(TaskStatus::Pending, follow_up().due_at)
            .unwrap();
        assert!(again.is_dispatched());
    }

    #[test]
    fn a_follow_up_is_about_a_client_and_a_to_do_about_anything() {
        let lead = Some(RecordRef::Lead(crate::LeadId::from_bits(4)));
        let todo = Task {
            kind: TaskKind::Todo,
            follow_up_type: None,
            ..follow_up()
        };
        let without = |record| Task {
            record,
            ..follow_up()
        };

        assert_eq!(follow_up().check(), Ok(()));
        for record in [None, lead, follow_up().record] {
            let todo = Task {
                record,
                ..todo.clone()
            };
            assert_eq!(todo.check(), Ok(()));
        }
        for record in [None, lead] {
            assert_eq!(without(record).check(), Err(TaskUnfit::ClientRequired));
        }
        let typed = Task {
            follow_up_type: Some(FollowUpType::Custom),
            ..todo.clone()
        };
        assert_eq!(typed.check(), Err(TaskUnfit::TypeOfTodo));
        let untyped = Task {
            kind: TaskKind::FollowUp,
            ..todo
        };
        assert_eq!(untyped.check(), Err(TaskUnfit::TypeRequired));
    }

    #[test]
    fn nothing_is_planned_behind_the_end_of_time() {
        assert!(follow_ups(Timestamp::MAX).all(|(_, due, _)| due == Timestamp::MAX));
    }
}
