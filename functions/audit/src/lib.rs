//! The audit log: who changed what, when, from where; nothing of it can be altered unnoticed.
//!
//! Here belongs the job that writes it. Not here: what a row is and how rows are chained (`domain::audit`), reading it
//! (`teams` for a team, `admin` for the operators).

mod record;

use plat_registry::Function;

/// Every function of this domain.
pub fn functions() -> Vec<Function> {
    vec![record::job().into()]
}
