//! What follows changes so that timelines tell of them.
//!
//! Here belongs the job that writes the lines of a lead's timeline. Not here: what a change means (`domain::event`),
//! reading timelines (`leads`).

mod record;

use plat_registry::Function;

/// Every function of this domain.
pub fn functions() -> Vec<Function> {
    vec![record::job().into()]
}
