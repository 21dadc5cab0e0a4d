//! Teams: their members, roles and invitations.

use plat_registry::Function;

/// Every function of this domain.
pub fn functions() -> Vec<Function> {
    Vec::new()
}
