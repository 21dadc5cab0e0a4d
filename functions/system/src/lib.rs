//! The service itself: what it is, whether it lives, how it is called.

use plat_registry::Function;

/// Every function of this domain.
pub fn functions() -> Vec<Function> {
    Vec::new()
}
