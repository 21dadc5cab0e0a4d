//! Figures: counters that follow what happens.
//!
//! Here belongs the job that keeps them. Not here: what is counted of an event (`domain::figures`), how counters are
//! stored (`store::figures`).

use plat_registry::Function;

/// Every function of this domain.
pub fn functions() -> Vec<Function> {
    Vec::new()
}
