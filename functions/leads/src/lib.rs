//! Leads: people who might do business.
//!
//! Here belong the endpoints under `/api/leads` and what they show. Not here: the rules of a lead (`domain::lead`), how
//! it is stored (`store::lead`), the jobs that follow its changes (`search`, `activities`).

mod create;
mod get;
mod list;
mod problems;
mod set_status;
mod update;
mod view;

use plat_registry::Function;

/// Every function of this domain.
pub fn functions() -> Vec<Function> {
    vec![
        create::endpoint().into(),
        get::endpoint().into(),
        list::endpoint().into(),
        set_status::endpoint().into(),
        update::endpoint().into(),
    ]
}
