//! What follows changes so that timelines tell of them.

use plat_registry::Function;

/// Every function of this domain.
pub fn functions() -> Vec<Function> {
    Vec::new()
}
