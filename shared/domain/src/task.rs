//! Tasks: what somebody is to do, and the follow-ups that write and send themselves.
//!
//! What belongs here: the record, the moves between its statuses, and which follow-ups a client gets when. What does not:
//! what a follow-up says (`writing`), and how tasks are stored, found when they are due, and done.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::invalid::wire_enum;
use crate::{EmailId, Line, RecordRef, TaskId, Text, UserId};

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
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Timestamp>,
}

impl Task {
    /// Whether Plat does it when it is due.
    pub fn is_dispatched(&self) -> bool {
        self.kind == TaskKind::FollowUp
            && self.status == TaskStatus::Pending
            && self.deleted_at.is_none()
    }
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

    #[test]
    fn nothing_is_planned_behind_the_end_of_time() {
        assert!(follow_ups(Timestamp::MAX).all(|(_, due, _)| due == Timestamp::MAX));
    }
}
