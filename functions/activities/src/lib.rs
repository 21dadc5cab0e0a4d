//! What follows changes so that timelines tell of them.
//!
//! Here belongs the job that writes the lines of timelines. Not here: what an event means (`domain::activity`), reading a
//! timeline (`leads`, `deals`) or the latest of the whole team (`dashboard`).

mod record;

use plat_registry::Function;

/// Every function of this domain.
pub fn functions() -> Vec<Function> {
    vec![record::job().into()]
}
