//! The operators' side: health of the installation, upkeep, and the audit log of everything.
//!
//! Here belongs what concerns no single team. Nobody gets here by a role in a team: operators are marked in the table.

mod audit_logs;
mod check_health;
mod clean_up;
mod health;
mod recount;
mod recount_team;
mod schedules;

use plat_registry::Function;

/// Every function of this domain.
pub fn functions() -> Vec<Function> {
    vec![
        audit_logs::endpoint().into(),
        health::endpoint().into(),
        check_health::job().into(),
        clean_up::job().into(),
        recount::job().into(),
        recount_team::job().into(),
    ]
}
