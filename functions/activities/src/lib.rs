//! Timelines: the lines that follow what happens, and those that people write themselves.
//!
//! Here belong the job that writes lines of what happened, logging by hand, and the lines of the whole team with their
//! filters. Not here: what an event means and what counts as a contact (`domain::activity`), the timeline of one record
//! (`leads`, `clients`, `deals`) or the latest of the whole team at a glance (`dashboard`).

mod about;
mod create;
mod get;
mod list;
mod record;

use plat_registry::Function;

/// Every function of this domain.
pub fn functions() -> Vec<Function> {
    vec![
        create::endpoint().into(),
        get::endpoint().into(),
        list::endpoint().into(),
        record::job().into(),
    ]
}
