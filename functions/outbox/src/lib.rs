//! The way from changes of the table to domain events.
//!
//! Here belongs the one job that publishes events. Not here: which events a change makes (`store::outbox` and
//! `domain::event`), what follows from them (the jobs that name their types).

mod relay;

use plat_registry::Function;

/// Every function of this domain.
pub fn functions() -> Vec<Function> {
    vec![relay::job().into()]
}
