//! Figures: counters that follow what happens.
//!
//! Here belongs the job that keeps them. Not here: what is counted of an event (`domain::figures`), how counters are
//! stored (`store::figures`), and the recount that proves them (`admin`).

mod aggregate;

use plat_registry::Function;

/// Every function of this domain.
pub fn functions() -> Vec<Function> {
    vec![aggregate::job().into()]
}
