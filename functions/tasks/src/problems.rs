//! The problems that only tasks have.

use crate::about;
use plat_domain::{Task, TaskKind, TaskMoveRefused, TaskStatus, TaskUnfit};
use plat_http::Problem;
use plat_http::problems::{self, ILLEGAL_TRANSITION};

/// Why a task does not move from `from` to `to`.
pub(crate) fn move_refused(refused: TaskMoveRefused, from: TaskStatus, to: TaskStatus) -> Problem {
    let legal: Vec<&str> = match refused {
        TaskMoveRefused::Illegal => from.legal_moves().iter().map(|to| to.as_str()).collect(),
        TaskMoveRefused::Sent => Vec::new(),
    };
    let detail = match refused {
        TaskMoveRefused::Illegal => format!(
            "The task is {from} and cannot become {to} from there, only {}.",
            legal.join(" or ")
        ),
        TaskMoveRefused::Sent => {
            "The e-mail of this follow-up was sent. Plan another follow-up instead.".to_owned()
        }
    };
    Problem::new(&ILLEGAL_TRANSITION, detail).with("legalMoves", legal)
}

/// Why a task cannot be reopened that is open.
pub(crate) fn is_open(status: TaskStatus) -> Problem {
    let legal: Vec<&str> = status.legal_moves().iter().map(|to| to.as_str()).collect();
    let detail = format!("The task is {status}, so there is nothing to take back.");
    Problem::new(&ILLEGAL_TRANSITION, detail).with("legalMoves", legal)
}

/// What is wrong with what a task is about.
pub(crate) fn unfit(unfit: TaskUnfit, task: &Task) -> Problem {
    let (field, code, detail) = match unfit {
        TaskUnfit::ClientRequired => (
            task.record.map_or("clientId", about::field),
            "client_required",
            "A follow-up is about a client.",
        ),
        TaskUnfit::TypeOfTodo => (
            "followUpType",
            "not_a_follow_up",
            "Only a task of kind follow_up is of such a type.",
        ),
        TaskUnfit::TypeRequired => ("followUpType", "required", "A follow-up is of some type."),
    };
    problems::invalid_field(&format!("/{field}"), code, detail)
}

/// A person makes no follow-up of the types that each client gets by itself.
pub(crate) fn only_custom() -> Problem {
    let detail =
        "Follow-ups of this type are planned for each new client. Plan one that is custom.";
    problems::invalid_field("/followUpType", "only_custom", detail)
}

/// A task needs a title, unless it is one that has a usual one.
pub(crate) fn untitled(kind: TaskKind) -> Problem {
    let detail = format!("Say what the {kind} is called.");
    problems::invalid_field("/title", "required", &detail)
}
