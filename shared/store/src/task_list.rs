//! Lists of tasks: their filters, and which index serves them. Every one of them is by when tasks are due.

use crate::entries::{Indexed, LAST, time_value};
use crate::error::StoreError;
use crate::key::Key;
use crate::keys;
use crate::listing::{Driver, Filter, List, Listed, Plan};
use crate::page::{Page, PageRequest};
use crate::record::{Item, Stored};
use crate::sight::Sight;
use crate::task::{ListedTask, Tasks, listed};
use jiff::Timestamp;
use plat_domain::{
    FollowUpType, Priority, RecordRef, Span, Task, TaskId, TaskKind, TaskStatus, TeamId, UserId,
};
use std::collections::BTreeSet;
use std::mem::take;

/// Which tasks are wanted. An empty filter wants all.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskFilter {
    /// Any of these; empty for every status.
    pub statuses: BTreeSet<TaskStatus>,
    /// This assignee; `Some(None)` for tasks that nobody has.
    pub assigned_to: Option<Option<UserId>>,
    /// Of this kind.
    pub kind: Option<TaskKind>,
    /// Any of these follow-ups; empty for every task.
    pub follow_up_types: BTreeSet<FollowUpType>,
    /// Any of these; empty for every priority.
    pub priorities: BTreeSet<Priority>,
    /// About this record.
    pub record: Option<RecordRef>,
    /// Due in this time.
    pub due: Span,
    /// Whether they were to be done by this time and are still open; `false` for all others.
    pub overdue: Option<(Timestamp, bool)>,
    /// What the asking person may see.
    pub sight: Sight,
}

/// In which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TaskSort {
    /// Due first, first.
    #[default]
    Due,
    /// Due last, first.
    DueDescending,
}

impl TaskFilter {
    /// Everything that `sight` sees.
    pub fn everything(sight: Sight) -> Self {
        Self {
            statuses: BTreeSet::new(),
            assigned_to: None,
            kind: None,
            follow_up_types: BTreeSet::new(),
            priorities: BTreeSet::new(),
            record: None,
            due: Span::default(),
            overdue: None,
            sight,
        }
    }
}

impl Tasks {
    /// A page of the tasks that `filter` wants.
    pub async fn list(
        &self,
        filter: &TaskFilter,
        sort: TaskSort,
        page: &PageRequest,
    ) -> Result<Page<ListedTask>, StoreError> {
        if filter.sight.hides(filter.assigned_to) {
            return Ok(Page::empty());
        }
        let list = List {
            db: &self.db,
            team: self.team,
            filter,
            plan: plan(self.team, filter.clone(), sort),
        };
        list.page(page).await
    }

    /// A page of the tasks about a record, due first, first. Whether the record may be seen is for the caller to know.
    pub async fn of_record(
        &self,
        record: RecordRef,
        sight: Sight,
        page: &PageRequest,
    ) -> Result<Page<ListedTask>, StoreError> {
        let filter = TaskFilter {
            record: Some(record),
            ..TaskFilter::everything(sight)
        };
        self.list(&filter, TaskSort::Due, page).await
    }
}

/// How a list is read. What its driver answers is taken out of the filter; if nothing is left, every row is wanted.
fn plan(team: TeamId, mut left: TaskFilter, sort: TaskSort) -> Plan {
    if let (Some((at, true)), true) = (left.overdue, left.statuses.is_empty()) {
        let open = TaskStatus::ALL.iter().filter(|status| status.is_open());
        left.statuses = open.copied().collect();
        left.due.to = Some(left.due.to.map_or(at, |to| to.min(at)));
        left.overdue = None;
    }
    let due = take(&mut left.due);
    // A place is a time and an id, so the place that is a time alone lies before all of that time.
    let from = due.from.map_or_else(|| " ".to_owned(), time_value);
    let to = due.to.map_or_else(|| LAST.to_string(), time_value);
    let with = |status: &TaskStatus| keys::tasks_with_status(team, *status);
    let of = |assignee| keys::tasks_of(team, assignee);
    let (name, partitions) = if let Some(record) = left.record.take() {
        ("GSI1", vec![keys::tasks_about(team, Some(record))])
    } else if let Some(assignee) = left.assigned_to.take() {
        left.sight = Sight::All;
        ("GSI3", vec![of(assignee)])
    } else if let Sight::Own(user) = left.sight {
        left.sight = Sight::All;
        ("GSI3", vec![of(Some(user)), of(None)])
    } else if left.statuses.is_empty() {
        ("GSI2", TaskStatus::ALL.iter().map(with).collect())
    } else {
        ("GSI2", take(&mut left.statuses).iter().map(with).collect())
    };
    Plan {
        driver: Driver::Index { name, partitions },
        from,
        to,
        descending: sort == TaskSort::DueDescending,
        close: left == TaskFilter::everything(Sight::All),
    }
}

impl Indexed for Task {
    const KIND: &'static str = "task";
    type Id = TaskId;

    fn read(item: Item) -> Result<Stored<Self>, StoreError> {
        crate::task::read(item)
    }
}

impl Listed for Task {
    type Row = ListedTask;

    fn key(team: TeamId, id: TaskId) -> Key {
        keys::task(team, id)
    }

    fn listed(item: &Item) -> Result<ListedTask, StoreError> {
        listed(item)
    }
}

impl Filter for TaskFilter {
    type Record = Task;

    fn wants(&self, row: &ListedTask) -> bool {
        let task = &row.task;
        let follow_up = task.follow_up_type;
        (self.statuses.is_empty() || self.statuses.contains(&task.status))
            && self
                .assigned_to
                .is_none_or(|wanted| wanted == task.assigned_to)
            && self.kind.is_none_or(|kind| kind == task.kind)
            && (self.follow_up_types.is_empty()
                || follow_up.is_some_and(|kind| self.follow_up_types.contains(&kind)))
            && (self.priorities.is_empty() || self.priorities.contains(&task.priority))
            && self.record.is_none_or(|record| Some(record) == task.record)
            && self.due.has(task.due_at)
            && self
                .overdue
                .is_none_or(|(at, wanted)| (task.status.is_open() && task.due_at < at) == wanted)
            && self.sight.sees(task.assigned_to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plat_domain::ClientId;

    /// How a list is read: the index, from where to where, which way, and whether that answers all.
    fn told(filter: TaskFilter, sort: TaskSort) -> String {
        let team = TeamId::from_bits(1);
        let plan = plan(team, filter, sort);
        let (name, partitions) = match plan.driver {
            Driver::Index { name, partitions } => (name, partitions.join(" + ")),
            Driver::Entries { facets } => ("entries", facets.join(" + ")),
        };
        let until = plan.to.trim_end_matches(LAST);
        let until = keys::task_at(&format!("{until}#{}", TaskId::from_bits(0)));
        let until = until.map_or_else(String::new, |(at, _)| format!(" until {at}"));
        let way = if plan.descending { "down" } else { "up" };
        let rest = if plan.close { "" } else { ", filtered" };
        format!("{name} {partitions} {way}{until}{rest}").replace(&format!("T#{team}#"), "")
    }

    #[test]
    fn a_list_is_read_from_the_index_that_answers_most() {
        let all = || TaskFilter::everything(Sight::All);
        let me = UserId::from_bits(2);
        let now: Timestamp = "2026-03-02T15:00:00Z".parse().unwrap();
        let sooner: Timestamp = "2026-03-01T15:00:00Z".parse().unwrap();
        let until = |to| Span {
            from: None,
            to: Some(to),
        };
        let client = RecordRef::Client(ClientId::from_bits(3));
        let of_client = TaskFilter {
            record: Some(client),
            ..all()
        };
        let pending = BTreeSet::from([TaskStatus::Pending]);
        let cases = [
            (
                all(),
                "GSI2 TASKS#pending + TASKS#in_progress + TASKS#completed + TASKS#skipped + TASKS#cancelled up",
            ),
            (
                TaskFilter {
                    statuses: pending.clone(),
                    due: until(now),
                    ..all()
                },
                "GSI2 TASKS#pending up until 2026-03-02T15:00:00Z",
            ),
            (
                TaskFilter {
                    overdue: Some((now, true)),
                    due: until(sooner),
                    ..all()
                },
                "GSI2 TASKS#pending + TASKS#in_progress up until 2026-03-01T15:00:00Z",
            ),
            (
                TaskFilter {
                    overdue: Some((now, true)),
                    statuses: pending.clone(),
                    ..all()
                },
                "GSI2 TASKS#pending up, filtered",
            ),
            (
                TaskFilter {
                    assigned_to: Some(None),
                    ..all()
                },
                "GSI3 TASKS@none up",
            ),
            (
                TaskFilter {
                    statuses: pending.clone(),
                    ..TaskFilter::everything(Sight::Own(me))
                },
                "GSI3 TASKS@00000000000000000000000002 + TASKS@none up, filtered",
            ),
            (
                of_client.clone(),
                "GSI1 TASKS#client#00000000000000000000000003 up",
            ),
            (
                TaskFilter {
                    sight: Sight::Own(me),
                    ..of_client
                },
                "GSI1 TASKS#client#00000000000000000000000003 up, filtered",
            ),
            (
                TaskFilter {
                    kind: Some(TaskKind::Todo),
                    statuses: pending,
                    ..all()
                },
                "GSI2 TASKS#pending up, filtered",
            ),
        ];
        for (filter, expected) in cases {
            assert_eq!(told(filter, TaskSort::Due), expected);
        }
    }
}
