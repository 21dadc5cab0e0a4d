//! The jobs that run by the clock. A job that is added elsewhere is added here too, so that somebody notices when it does
//! not run.

use jiff::SignedDuration;
use plat_registry::Schedule;

/// A job and when it runs.
pub(crate) struct Scheduled {
    pub(crate) operation: &'static str,
    pub(crate) schedule: Schedule,
}

pub(crate) const CHECK_HEALTH: Scheduled = Scheduled {
    operation: "admin.check_health",
    schedule: Schedule::Every { minutes: 5 },
};

pub(crate) const CLEAN_UP: Scheduled = Scheduled {
    operation: "admin.clean_up",
    schedule: Schedule::Daily {
        hour: 3,
        minute: 15,
    },
};

/// An hour behind the clean-up, so that the two do not share the table's attention.
pub(crate) const RECOUNT: Scheduled = Scheduled {
    operation: "admin.recount",
    schedule: Schedule::Daily {
        hour: 4,
        minute: 15,
    },
};

/// In `documents`, an hour before the clean-up.
const EXPIRE_PENDING: Scheduled = Scheduled {
    operation: "documents.expire_pending",
    schedule: Schedule::Daily {
        hour: 2,
        minute: 15,
    },
};

/// In `tasks`.
const DISPATCH_DUE: Scheduled = Scheduled {
    operation: "tasks.dispatch_due",
    schedule: Schedule::Every { minutes: 1 },
};

/// In `tasks`, an hour before pending files expire.
const CLEAN_UP_TASKS: Scheduled = Scheduled {
    operation: "tasks.clean_up",
    schedule: Schedule::Daily {
        hour: 1,
        minute: 15,
    },
};

/// In `dashboard`.
const SEND_WEEKLY_SUMMARIES: Scheduled = Scheduled {
    operation: "dashboard.send_weekly_summaries",
    schedule: Schedule::Every { minutes: 60 },
};

/// All of them.
pub(crate) const ALL: [Scheduled; 7] = [
    CHECK_HEALTH,
    CLEAN_UP,
    CLEAN_UP_TASKS,
    DISPATCH_DUE,
    EXPIRE_PENDING,
    RECOUNT,
    SEND_WEEKLY_SUMMARIES,
];

impl Scheduled {
    /// How often it runs.
    pub(crate) fn every(&self) -> SignedDuration {
        match self.schedule {
            Schedule::Every { minutes } => SignedDuration::from_mins(i64::from(minutes)),
            Schedule::Daily { .. } => SignedDuration::from_hours(24),
        }
    }
}
