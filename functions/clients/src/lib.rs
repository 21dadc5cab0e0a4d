//! Clients: people being worked.
//!
//! Here belong the endpoints under `/api/clients` and the job that keeps their follow-ups. Not here: the rules of a
//! client (`domain::client`), how clients are stored (`store::client`), what clients see of one (`views`), and how
//! follow-ups are sent (`emails`).

mod create;
mod delete;
mod get;
mod list;
mod path;
mod restore;
mod schedule_follow_ups;
mod tasks;
mod timeline;
mod update;

use plat_registry::Function;

/// Every function of this domain.
pub fn functions() -> Vec<Function> {
    vec![
        create::endpoint().into(),
        delete::endpoint().into(),
        get::endpoint().into(),
        list::endpoint().into(),
        restore::endpoint().into(),
        schedule_follow_ups::job().into(),
        tasks::endpoint().into(),
        timeline::endpoint().into(),
        update::endpoint().into(),
    ]
}
