//! The operators' side: health of the installation, upkeep, and the audit log of everything.
//!
//! Here belongs what concerns no single team. Nobody gets here by a role in a team: operators are marked in the table.

use plat_registry::Function;

/// Every function of this domain.
pub fn functions() -> Vec<Function> {
    Vec::new()
}
