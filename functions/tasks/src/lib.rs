//! Tasks: what somebody is to do, and follow-ups until they are due.
//!
//! Here belong the endpoints under `/api/tasks` and the jobs that find what is due and clean up what is done. Not here: the
//! rules of a task (`domain::task`), how tasks are stored (`store::task`), and how follow-ups are sent (`emails`).

mod about;
mod clean_up;
mod complete;
mod create;
mod delete;
mod dispatch_due;
mod get;
mod list;
mod problems;
mod uncomplete;
mod update;
mod view;

use plat_registry::Function;

/// Every function of this domain.
pub fn functions() -> Vec<Function> {
    vec![
        clean_up::job().into(),
        complete::endpoint().into(),
        create::endpoint().into(),
        delete::endpoint().into(),
        dispatch_due::job().into(),
        get::endpoint().into(),
        list::endpoint().into(),
        uncomplete::endpoint().into(),
        update::endpoint().into(),
    ]
}
