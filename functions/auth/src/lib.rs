//! Who is asking: registering, signing in, sessions, passwords.

use plat_registry::Function;

/// Every function of this domain.
pub fn functions() -> Vec<Function> {
    Vec::new()
}
