//! What follows leads so that they are found.

use plat_registry::Function;

/// Every function of this domain.
pub fn functions() -> Vec<Function> {
    Vec::new()
}
